"""Who someone is: accounts, guests, signing in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor, need_person
from host.auth.person import checked, clean_email, clean_name, clean_password
from host.contract import User
from host.errors import (
    Conflict,
    Forbidden,
    InvalidCredentials,
    ValidationFailed,
)
from host.services.core import Core
from host.services.guessing import Guessing
from host.services.letters import ask_to_confirm
from host.services.methods import GUEST, PASSWORD
from host.services.nicknames import renaming
from host.services.profiles import Profiles
from host.services.sessions import SignedIn, TokenPair, WebSession, actor_of
from host.store import sessions, users
from host.store.users import Account

T = TypeVar("T")
Opening = Callable[[AsyncConnection, User], Awaitable[T]]


class Identity(Profiles):
    """Accounts and sessions. A failed login never tells whether the address has an account."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._guessing = Guessing(core)

    # who makes this call

    async def authenticate(self, access_token: str) -> Actor:
        """Whom an access token speaks for; Unauthorized when it does not (any more)."""
        session, _ = await self._sessions.by_token(access_token)
        return actor_of(session)

    async def authenticate_socket(self, access_token: str) -> tuple[Actor, datetime]:
        """As `authenticate`, and when the token ends."""
        session, claims = await self._sessions.by_token(access_token)
        return actor_of(session), datetime.fromtimestamp(claims.expires_at, UTC)

    async def authenticate_cookie(self, cookie: str) -> Actor:
        """Whom a browser's cookie speaks for; Unauthorized when it does not (any more)."""
        return actor_of(await self._sessions.by_cookie(cookie))

    # clients with tokens

    async def register(
        self, actor: Actor, email: str, password: str, name: str | None = None
    ) -> SignedIn:
        """Makes an account and signs in. A guest's account is the guest's: same id, same rooms.

        Without a name a guest keeps theirs, and anyone else is called as their address begins.
        Conflict when the address is taken. The guest's sessions so far are ended: who had a
        hand in the guest shall have none in the account.
        """
        opening = self._with_tokens(actor, PASSWORD)
        return await self._register(actor, email, password, name, opening)

    async def login(self, actor: Actor, email: str, password: str) -> SignedIn:
        """Signs in; InvalidCredentials, or RateLimited after too many wrong passwords."""
        user = await self._check(actor, email, password)
        opening = self._with_tokens(actor, PASSWORD)
        return await self._write(lambda c: opening(c, user))

    async def guest(self, actor: Actor, name: str) -> SignedIn:
        """Makes a guest and signs in; Forbidden where the host takes no guests."""
        return await self._guest(name, self._with_tokens(actor, GUEST))

    async def refresh(self, actor: Actor, refresh_token: str) -> TokenPair:
        """The next tokens. Of several uses of one token exactly one is accepted.

        InvalidToken otherwise; a used token also ends the session, for someone has a copy.
        """
        return await self._sessions.refresh(refresh_token)

    async def logout(self, actor: Actor) -> None:
        """Ends the session that the actor came with."""
        need_person(actor)
        if actor.session_id is not None:
            await self._sessions.end(actor.session_id)

    # browsers, whose cookie is a new one after every sign-in

    async def register_in_browser(
        self, actor: Actor, email: str, password: str, name: str | None, user_agent: str | None
    ) -> WebSession:
        """As `register`; the browser's session so far ends."""
        opening = self._in_browser(actor, user_agent, PASSWORD)
        return await self._moved(actor, await self._register(actor, email, password, name, opening))

    async def login_in_browser(
        self, actor: Actor, email: str, password: str, user_agent: str | None
    ) -> WebSession:
        """As `login`; the browser's session so far ends."""
        user = await self._check(actor, email, password)
        opening = self._in_browser(actor, user_agent, PASSWORD)
        return await self._moved(actor, await self._write(lambda c: opening(c, user)))

    async def guest_in_browser(self, actor: Actor, name: str, user_agent: str | None) -> WebSession:
        """As `guest`; the browser's session so far ends."""
        return await self._moved(
            actor, await self._guest(name, self._in_browser(actor, user_agent, GUEST))
        )

    async def open_web_session(self, user: User, user_agent: str | None) -> str:
        """Begins a browser's session for someone known already; answers the cookie's value."""
        opening = self._in_browser(Actor(), user_agent)
        return (await self._write(lambda c: opening(c, user))).cookie

    # the host itself

    async def open_session(self, user: User) -> SignedIn:
        """Begins a session with tokens for someone known already."""
        return await self._write(lambda c: self._sessions.open_with_tokens(c, user))

    async def create_account(
        self, email: str, password: str, admin: bool = False, name: str | None = None
    ) -> User:
        """Makes an account without signing in, for the command line and the demo evening."""
        account = await self._account(email, password, name, admin=admin)
        await self._write(lambda c: users.insert(c, account))
        return account.user

    async def _register(
        self, actor: Actor, email: str, password: str, name: str | None, opening: Opening[T]
    ) -> T:
        self._need_passwords()
        if not actor.is_guest or actor.user is None:
            account = await self._account(email, password, name)

            async def write(connection: AsyncConnection) -> T:
                await users.insert(connection, account)
                await ask_to_confirm(self._core, connection, account.user)
                return await opening(connection, account.user)

            return await self._write(write)
        guest = need_person(actor)
        account = await self._account(email, password, name or guest.name)

        ended: list[str] = []

        async def claim(connection: AsyncConnection) -> T:
            now = self._core.sources.now()
            called = account.user.name
            async with renaming(connection, guest.id, None if called == guest.name else called):
                claimed = await users.claim_guest(connection, guest.id, account, now)
            if claimed is None:
                raise Conflict("This guest has an account already. Sign in instead.")
            ended.extend(await sessions.end_all_of(connection, guest.id, now))
            await ask_to_confirm(self._core, connection, claimed)
            return await opening(connection, claimed)

        opened = await self._write(claim)
        await self._sessions.announce_end(ended)
        return opened

    async def _guest(self, name: str, opening: Opening[T]) -> T:
        if not self._core.config.offers(GUEST):
            raise Forbidden("This host takes no guests. Sign in or register.")
        user = self._new_user(None, checked({"name": (clean_name, name)})["name"])

        async def write(connection: AsyncConnection) -> T:
            await users.insert(connection, Account(user, is_guest=True))
            return await opening(connection, user)

        return await self._write(write)

    async def _account(
        self, email: str, password: str, name: str | None, *, admin: bool = False
    ) -> Account:
        rules = {"email": (clean_email, email), "password": (clean_password, password)}
        if name is not None:
            rules["name"] = (clean_name, name)
        kept = checked(rules)
        called = kept.get("name", kept["email"].partition("@")[0])
        return Account(
            self._new_user(kept["email"], called),
            is_admin=admin,
            password_hash=await self._core.passwords.hash(kept["password"]),
        )

    def _new_user(self, email: str | None, name: str) -> User:
        now = self._core.sources.now()
        return User(self._core.sources.new_id(), email, name, None, now, now)

    def _need_passwords(self) -> None:
        if not self._core.config.offers(PASSWORD):
            raise Forbidden("On this host nobody signs in with a password. Choose another way.")

    async def _check(self, actor: Actor, email: str, password: str) -> User:
        core = self._core
        self._need_passwords()
        try:
            kept = checked({"email": (clean_email, email), "password": (clean_password, password)})
        except ValidationFailed:
            # No account has such an address or such a password.
            raise _wrong() from None
        counted = await self._guessing.begin(actor.address, kept["email"])
        async with core.db.read() as connection:
            account = await users.by_email(connection, kept["email"])
        stored = account.password_hash if account else None
        if not await core.passwords.verify(kept["password"], stored):
            raise _wrong()
        assert account is not None
        assert stored is not None
        await self._guessing.right(counted, actor.address, kept["email"])
        if account.disabled_at is not None:
            raise Forbidden("This account is switched off. Ask those who run this host.")
        if core.passwords.is_outdated(stored):
            anew = await core.passwords.hash(kept["password"])
            await self._write(
                lambda c: users.replace_password_hash(c, account.user.id, stored, anew)
            )
        return account.user

    def _with_tokens(self, actor: Actor, method: str) -> Opening[SignedIn]:
        return partial(self._sessions.open_with_tokens, method=method, user_agent=actor.user_agent)

    def _in_browser(
        self, actor: Actor, user_agent: str | None, method: str | None = None
    ) -> Opening[WebSession]:
        async def opening(connection: AsyncConnection, user: User) -> WebSession:
            if actor.session_id is not None:
                await sessions.end(connection, actor.session_id, self._core.sources.now())
            return await self._sessions.open_with_cookie(
                connection, user, user_agent, method=method
            )

        return opening

    async def _moved(self, actor: Actor, session: WebSession) -> WebSession:
        if actor.session_id is not None:
            await self._sessions.announce_end([actor.session_id])
        return session

    async def _write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self._core.db.write() as connection:
            return await work(connection)


def _wrong() -> InvalidCredentials:
    return InvalidCredentials("The address and the password do not belong together.")
