"""Signing in by phone: six digits by text message, which an application delivers.

`FESTOON_TEXT_MESSAGES` names the application: codes open accounts, so they are not for whichever
happens to be installed. It is asked by the hook `notify`, without a room, with
`data: {channel: "sms", to, code}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor
from host.apps.names import PLATFORM
from host.auth.person import checked, clean_name
from host.auth.phone import clean_phone
from host.contract import Category, Notification, Recipient, User
from host.errors import Conflict, Forbidden, InvalidCredentials, Unavailable
from host.services.codes import LIVES, Codes
from host.services.core import Core
from host.services.letters import brand_of
from host.services.methods import PHONE
from host.services.sessions import Sessions, SignedIn, WebSession
from host.store import codes as store
from host.store import identities, users
from host.store import sessions as ended_by
from host.store.codes import Purpose
from host.store.identities import Identity
from host.store.jobs import Job
from host.store.users import Account

T = TypeVar("T")
TEXT = "text.code"
TRIES = 9
"""Within the ten minutes that a code lives."""
NEWCOMER = "Guest"
"""What a new account is called that gives no name: a number is nobody's business."""
Opening = Callable[[AsyncConnection, User], Awaitable[T]]


@dataclass(frozen=True)
class Started:
    """A code that is on its way: how long it lives, and when another may be asked for (seconds)."""

    expires_in: int
    resend_in: int


class Phones:
    """All of it needs somebody who delivers text messages: `Unavailable` where nobody does."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        self._codes = Codes(core)
        core.jobs.handle(TEXT, self._text, tries=TRIES)

    @property
    def on(self) -> bool:
        """Whether people may sign in by phone here."""
        app_id = self._core.config.text_messages
        if app_id is None or app_id == PLATFORM or not self._core.config.offers(PHONE):
            return False
        return self._core.dispatch.answers("notify", app_id)

    def need(self) -> None:
        """Raises `Unavailable` where nobody delivers text messages."""
        if not self.on:
            raise Unavailable("This host is not set up to send text messages.")

    async def start(self, actor: Actor, phone: str) -> Started:
        """Sends a code; one before it is void. `RateLimited` for a number, or a network, that had
        too many: the figures `codes_…`.
        """
        self.need()
        number = checked({"phone": (clean_phone, phone)})["phone"]
        network = self._codes.network(actor.address)
        async with self._core.db.write() as connection:
            await self._codes.allow(connection, Purpose.PHONE, number, network)
            code = await self._codes.issue(connection, Purpose.PHONE, number, asked_from=network)
            await self._core.jobs.enqueue(connection, TEXT, {"code": code.id})
        lives = int(LIVES[Purpose.PHONE].total_seconds())
        return Started(lives, self._core.config.figures.code_seconds)

    async def verify(
        self, actor: Actor, phone: str, code: str, name: str | None = None
    ) -> SignedIn:
        """Signs in with the code, to the number's account or a new one.

        A guest whose number has no account keeps their own as that; somebody with an account
        gets one more way in to it. `name` is for a new account. `InvalidCredentials` for a wrong
        code, and for any after five.
        """
        opening = partial(
            self._sessions.open_with_tokens, method=PHONE, user_agent=actor.user_agent
        )
        return await self._verify(actor, phone, code, name, opening)

    async def verify_in_browser(
        self, actor: Actor, phone: str, code: str, name: str | None = None
    ) -> WebSession:
        """As `verify`; the browser's session so far ends."""

        async def opening(connection: AsyncConnection, user: User) -> WebSession:
            return await self._sessions.open_with_cookie(
                connection, user, actor.user_agent, method=PHONE
            )

        return await self._verify(actor, phone, code, name, opening, moves=True)

    async def _verify(
        self,
        actor: Actor,
        phone: str,
        typed: str,
        name: str | None,
        opening: Opening[T],
        *,
        moves: bool = False,
    ) -> T:
        self.need()
        rules = {"phone": (clean_phone, phone)}
        if name is not None:
            rules["name"] = (clean_name, name)
        kept = checked(rules)
        digits = "".join(c for c in typed if c.isdigit())
        opened: T | None = None
        ended: list[str] = []
        async with self._core.db.write() as connection:
            code = await self._codes.redeem_digits(connection, kept["phone"], digits)
            if code is not None:
                user = await self._settle(connection, actor, code.target, kept.get("name"), ended)
                if moves and actor.session_id is not None:
                    now = self._core.sources.now()
                    ended += await ended_by.end(connection, actor.session_id, now)
                opened = await opening(connection, user)
        # Refused only here: a guess that was counted has to be committed.
        if opened is None:
            raise InvalidCredentials(
                "This is not the code that we sent last, or it is over: after ten minutes, or "
                "five tries. Look once more, or have another one sent."
            )
        await self._sessions.announce_end(ended)
        self._sessions.forget_user(user.id)
        return opened

    async def _settle(
        self,
        connection: AsyncConnection,
        actor: Actor,
        number: str,
        name: str | None,
        ended: list[str],
    ) -> User:
        """Whose number it is from now on, if it is not somebody's already."""
        known = await identities.account_of(connection, PHONE, number)
        own = None
        if actor.user is not None and actor.app_id is None:
            own = await identities.hold(connection, actor.user.id)
        if known is not None:
            _let_in(known)
            return known.user
        if own is not None and not own.is_guest:
            if own.user.email is not None and own.email_verified_at is None:
                raise Conflict(
                    "Confirm your e-mail address first, then add your number.",
                    details={"reason": "ADDRESS_UNCONFIRMED", "provider": PHONE},
                )
            await self._attach(connection, own.user, number)
            return own.user
        now = self._core.sources.now()
        if own is not None:
            user = User(own.user.id, None, own.user.name, own.user.avatar, now, now)
            claimed = await users.claim_guest(connection, own.user.id, Account(user), now)
            if claimed is None:
                raise Conflict("This guest has an account already. Sign in instead.")
            # Who had a hand in the guest shall have none in the account.
            ended += await ended_by.end_all_of(connection, claimed.id, now)
            await self._attach(connection, claimed, number)
            return claimed
        user = User(self._core.sources.new_id(), None, name or NEWCOMER, None, now, now)
        await users.insert(connection, Account(user))
        await self._attach(connection, user, number)
        return user

    async def _attach(self, connection: AsyncConnection, user: User, number: str) -> None:
        sources = self._core.sources
        way = Identity(sources.new_id(), user.id, PHONE, None, sources.now())
        if not await identities.insert(connection, way, number):
            raise Conflict("The same person signs in at this moment. Try again.")

    async def _text(self, job: Job) -> None:
        async with self._core.db.read() as connection:
            code = await store.get(connection, job.payload["code"])
        app_id = self._core.config.text_messages
        if code is None or app_id is None or not self._codes.sendable(code):
            return
        digits, brand = self._codes.digits(code.id), brand_of(self._core)
        host = self._core.config.origin.partition("://")[2]
        notification = Notification(
            id=job.id,
            user_id=code.user_id or "",
            kind="sign-in:code",
            title="Your code",
            # The last line lets a phone type the code into this host's page, and no other.
            body=f"{digits} is your code for {brand}. Tell it to nobody.\n\n@{host} #{digits}",
            data={"channel": "sms", "to": code.target, "code": digits},
            category=Category.ACCOUNT,
            urgent=True,
            recipient=Recipient("", phone=code.target),
        )
        delivery = await self._core.dispatch.call("notify", app_id, None, notification=notification)
        if delivery is None or not delivery.delivered:
            raise Unavailable(f"The application '{app_id}' did not deliver it.")


def _let_in(account: Account) -> None:
    if account.disabled_at is not None:
        raise Forbidden("This account is switched off. Ask those who run this host.")
