"""What the host writes to people: the words, when they are sent, and to whom.

A letter is a job. It is written in the transaction that it follows from, holds no secret, and
says nothing that somebody else could have put into it, such as a name: or anybody could have
this host write to anybody.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from host.apps.names import PLATFORM
from host.contract import Category, Delivery, Notification, Recipient, User
from host.errors import FestoonError, RateLimited, Unavailable
from host.services.codes import LIVES, Codes
from host.services.core import Core
from host.services.jobs import GiveUp
from host.services.post import Letter, Post
from host.store import codes as store
from host.store import preferences, users
from host.store.codes import Purpose
from host.store.jobs import Job

CONFIRM = "letter.confirm"
RESET = "letter.reset"
KINDS = {CONFIRM: "letter:confirm", RESET: "letter:reset"}
"""What the letters are called where an application brings them."""
TRIES_BY_APP = 4
"""Then the host's own mail server brings them, if it has one."""
NOT_SET_UP = "This host is not set up to send mail."


def brand_of(core: Core) -> str:
    """What this host is called in a letter."""
    return core.config.brand.get("name", "Festoon")


def writes(core: Core) -> bool:
    """Whether letters can be sent: by an application, or by the host's own mail server."""
    app_id = core.config.letters
    brought = app_id not in (None, PLATFORM) and core.dispatch.answers("notify", app_id or "")
    return brought or core.config.mail is not None


def need_mail(core: Core) -> None:
    """Raises `Unavailable` where letters cannot be sent."""
    if not writes(core):
        raise Unavailable(NOT_SET_UP)


async def ask_to_confirm(core: Core, connection: AsyncConnection, user: User) -> None:
    """Has a link sent to a user's address, in the caller's transaction.

    Without mail, or without an address, nothing is sent and nothing is amiss.
    """
    if not writes(core) or user.email is None:
        return
    code = await Codes(core).issue(connection, Purpose.EMAIL, user.email, user_id=user.id)
    await core.jobs.enqueue(connection, CONFIRM, {"code": code.id})


async def ask_to_reset(core: Core, connection: AsyncConnection, email: str) -> None:
    """Has a link to a new password sent, if the address turns out to have an account.

    Nothing is looked up here, so that neither the answer nor its time tells whether it has.
    """
    await core.jobs.enqueue(connection, RESET, {"email": email})


class Letters:
    """Writes the letters when their jobs are run."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._codes = Codes(core)
        self.post = Post(core.config.mail, brand_of(core), core.sources)
        core.jobs.handle(CONFIRM, self._confirm)
        core.jobs.handle(RESET, self._reset)

    async def _confirm(self, job: Job) -> None:
        async with self._core.db.read() as connection:
            code = await store.get(connection, job.payload["code"])
        if code is None or not self._codes.sendable(code):
            return
        brand = brand_of(self._core)
        letter = Letter(
            subject=f"Confirm your address for {brand}",
            title="Is this your address?",
            text=(
                f"Somebody, we hope you, made an account at {brand} with the address "
                f"{code.target}.",
                "Confirm it, and a lost password is no trouble later on.",
            ),
            act="Confirm this address",
            link=self._link("verify", self._codes.token(code.id)),
            note=f"The link works for {_words(LIVES[Purpose.EMAIL])}. If it was not you, ignore "
            "this letter: without the link nobody can confirm your address.",
        )
        await self._bring(job, CONFIRM, letter, code.target, code.user_id)

    async def _reset(self, job: Job) -> None:
        async with self._core.db.write() as connection:
            code = await store.get(connection, job.id)
            if code is None:
                account = await users.by_email(connection, job.payload["email"])
                if account is None or account.disabled_at is not None:
                    return
                email = job.payload["email"]
                try:
                    await self._codes.allow(connection, Purpose.PASSWORD, email)
                except RateLimited:
                    # They have a letter already. Whoever asked is not told: see `ask_to_reset`.
                    return
                # Under the job's own id: tried again, it is the same link.
                code = await self._codes.issue(
                    connection,
                    Purpose.PASSWORD,
                    email,
                    user_id=account.user.id,
                    code_id=job.id,
                )
        if not self._codes.sendable(code):
            return
        brand = brand_of(self._core)
        letter = Letter(
            subject=f"A new password for {brand}",
            title="Choose a new password",
            text=(
                f"Somebody, we hope you, asked for a new password at {brand} for the address "
                f"{code.target}.",
                "Once you have chosen one, every device that is signed in is signed out.",
            ),
            act="Choose a new password",
            link=self._link("reset", self._codes.token(code.id)),
            note=f"The link works once, for {_words(LIVES[Purpose.PASSWORD])}. If it was not you, "
            "ignore this letter: your password stays as it is.",
        )
        await self._bring(job, RESET, letter, code.target, code.user_id)

    async def _bring(
        self, job: Job, kind: str, letter: Letter, to: str, user_id: str | None
    ) -> None:
        """By the application that is named for letters, and where that fails by the host's mail.

        An application that cannot be had, or does not answer, is asked again a few times first.
        """
        core, app_id = self._core, self._core.config.letters
        if app_id is None or app_id == PLATFORM:
            return await self.post.send(letter, to, job.id)
        try:
            delivery = await self._asked(app_id, job, kind, letter, to, user_id)
        except FestoonError:
            if core.config.mail is None or job.attempts < TRIES_BY_APP:
                raise
            delivery = None
        if delivery is not None and delivery.delivered:
            return None
        over = delivery is None or delivery.final or job.attempts >= TRIES_BY_APP
        if over and core.config.mail is not None:
            return await self.post.send(letter, to, job.id)
        why = delivery.failed if delivery and delivery.failed else "It was not delivered."
        if delivery is not None and delivery.final:
            raise GiveUp(f"The application '{app_id}' cannot bring it. {why}")
        raise Unavailable(f"The application '{app_id}' did not bring it. {why}")

    async def _asked(
        self, app_id: str, job: Job, kind: str, letter: Letter, to: str, user_id: str | None
    ) -> Delivery | None:
        core = self._core
        async with core.db.read() as connection:
            wishes = await preferences.get(connection, user_id or "")
            account = await users.get(connection, user_id or "")
        notification = Notification(
            id=job.id,
            user_id=user_id or "",
            kind=KINDS[kind],
            title=letter.subject,
            body="\n\n".join(letter.text),
            data={
                "channel": "mail",
                "to": to,
                "subject": letter.subject,
                "title": letter.title,
                "text": list(letter.text),
                "act": letter.act,
                "link": letter.link,
                "note": letter.note,
            },
            category=Category.ACCOUNT,
            urgent=True,
            locale=wishes.locale,
            time_zone=wishes.time_zone,
            recipient=Recipient(account.user.name if account else "", email=to),
            channels=frozenset({"mail"}),
        )
        delivery: Delivery | None = await core.dispatch.call(
            "notify", app_id, None, notification=notification
        )
        return delivery

    def _link(self, page: str, token: str) -> str:
        return f"{self._core.config.public_url.rstrip('/')}/{page}?token={token}"


def _words(time: timedelta) -> str:
    return f"{time.days} days" if time.days else "an hour"
