"""Sessions: opened at a sign-in, carried on by refresh tokens, ended for good."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor
from host.auth.kept import Kept
from host.auth.tokens import ACCESS_SECONDS, Claims, fingerprint
from host.contract import User
from host.errors import InvalidToken, Unauthorized
from host.services.core import Core
from host.services.idempotency import keep_answer
from host.store import sessions
from host.store.sessions import Session, TokenUse
from host.store.together import Together

REFRESH_DAYS = 30
WEB_DAYS = 30
KEPT_SECONDS = 0.5
"""How long another process may believe in a session that was ended here."""
MOST_KEPT = 10_000
SEEN_AFTER = timedelta(minutes=5)
"""How old the last note of a session's use is before another one is written."""
SEEN_BATCH = 500


@dataclass(frozen=True)
class TokenPair:
    """A new access token and the refresh token that follows; `expires_in` in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class SignedIn(TokenPair):
    """What a client gets at a sign-in."""

    user: User


@dataclass(frozen=True)
class WebSession:
    """What a browser gets at a sign-in: the value of its cookie."""

    cookie: str
    user: User


class Sessions:
    """Opens, finds and ends sessions. What it found is kept for half a second."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._kept: Kept[Session] = Kept(
            core.sources.monotonic, seconds=KEPT_SECONDS, most=MOST_KEPT
        )
        self._seen: set[str] = set()
        self._together: Together[str, Session] = Together(self._living)

    async def open_with_tokens(
        self,
        connection: AsyncConnection,
        user: User,
        *,
        method: str | None = None,
        user_agent: str | None = None,
    ) -> SignedIn:
        """Begins a session in the caller's transaction.

        `method` is the way of signing in: password, guest, phone, or the id of a provider.
        """
        core = self._core
        now = core.sources.now()
        session_id, refresh_token = core.sources.new_id(), core.tokens.new_secret()
        expires_at = now + timedelta(days=REFRESH_DAYS)
        await sessions.insert(
            connection,
            session_id,
            user.id,
            now=now,
            expires_at=expires_at,
            user_agent=user_agent,
            method=method,
        )
        await sessions.add_token(
            connection,
            fingerprint(refresh_token),
            session_id,
            now=now,
            expires_at=expires_at,
            first=True,
        )
        access_token = core.tokens.issue(user.id, session_id)
        signed_in = SignedIn(access_token, refresh_token, ACCESS_SECONDS, user)
        await keep_answer(connection, signed_in)
        return signed_in

    async def open_with_cookie(
        self,
        connection: AsyncConnection,
        user: User,
        user_agent: str | None,
        *,
        method: str | None = None,
    ) -> WebSession:
        """Begins a browser's session in the caller's transaction, with a cookie never seen.

        `method` as in `open_with_tokens`.
        """
        core = self._core
        now = core.sources.now()
        cookie = core.tokens.new_secret()
        await sessions.insert(
            connection,
            core.sources.new_id(),
            user.id,
            now=now,
            expires_at=now + timedelta(days=WEB_DAYS),
            cookie_hash=fingerprint(cookie),
            user_agent=user_agent,
            method=method,
        )
        return WebSession(cookie, user)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """The next pair of the family; InvalidToken, and the family's end, on a used token."""
        core = self._core
        now = core.sources.now()
        following = core.tokens.new_secret()
        pair: TokenPair | None = None
        session: Session | None = None
        ended: list[str] = []
        async with core.db.write() as connection:
            use, session_id = await sessions.use_token(connection, fingerprint(refresh_token), now)
            if session_id is not None and use is TokenUse.ACCEPTED:
                session = await sessions.get(connection, session_id, now)
            elif session_id is not None and use is TokenUse.REUSED:
                ended = await sessions.end(connection, session_id, now)
            if session is not None:
                await sessions.add_token(
                    connection,
                    fingerprint(following),
                    session.id,
                    now=now,
                    expires_at=now + timedelta(days=REFRESH_DAYS),
                )
                access_token = core.tokens.issue(session.account.user.id, session.id)
                pair = TokenPair(access_token, following, ACCESS_SECONDS)
                await keep_answer(connection, pair)
        # Refused only here: the end of a family has to be committed.
        await self.announce_end(ended)
        if pair is None:
            raise InvalidToken("The refresh token is not valid (any more). Sign in again.")
        return pair

    async def end(self, session_id: str) -> None:
        """Ends a session: its tokens, its cookie and its sockets."""
        async with self._core.db.write() as connection:
            ended = await sessions.end(connection, session_id, self._core.sources.now())
        await self.announce_end(ended)

    async def announce_end(self, session_ids: Collection[str]) -> None:
        """After the commit that ended them: nothing here believes in these sessions any more.

        Other processes close their sockets when they hear of it, and look at the session
        itself anew within `KEPT_SECONDS`.
        """
        if not session_ids:
            return
        self._kept.drop(lambda session: session.id in session_ids)
        for session_id in session_ids:
            await self._core.hub.end_session(session_id)

    async def by_token(self, access_token: str) -> tuple[Session, Claims]:
        """The living session of an access token, with what that says, or Unauthorized."""
        claims = self._core.tokens.read(access_token)
        session_id = claims.session_id
        session = _found(await self._kept.get(session_id, lambda: self._together.get(session_id)))
        if session.account.user.id != claims.user_id:
            raise Unauthorized("The access token is not valid.")
        return session, claims

    async def by_cookie(self, cookie: str) -> Session:
        """The living session of a browser's cookie, or Unauthorized."""
        cookie_hash = fingerprint(cookie)

        async def load() -> Session | None:
            now = self._core.sources.now()
            async with self._core.db.read() as connection:
                found = await sessions.by_cookie(connection, cookie_hash, now)
            if found is not None:
                self._note_use(found, now)
            return found

        return _found(await self._kept.get(f"cookie {cookie_hash}", load))

    async def write_seen(self) -> None:
        """Notes which sessions were used since the last time, beside the calls that used them."""
        while batch := [self._seen.pop() for _ in range(min(SEEN_BATCH, len(self._seen)))]:
            async with self._core.db.write() as connection:
                await sessions.saw(connection, batch, self._core.sources.now())

    def forget_user(self, user_id: str) -> None:
        """Looks at this user anew, after a change of what sessions tell of them."""
        self._kept.drop(lambda session: session.account.user.id == user_id)

    async def _living(self, session_ids: Collection[str]) -> dict[str, Session]:
        now = self._core.sources.now()
        async with self._core.db.read() as connection:
            found = await sessions.among(connection, session_ids, now)
        for session in found.values():
            self._note_use(session, now)
        return found

    def _note_use(self, session: Session, now: datetime) -> None:
        if session.seen_at is None or now - session.seen_at >= SEEN_AFTER:
            self._seen.add(session.id)


def _found(session: Session | None) -> Session:
    if session is None:
        raise Unauthorized("This session has ended. Sign in again.")
    return session


def actor_of(session: Session) -> Actor:
    """The actor that a session speaks for."""
    account = session.account
    return Actor(
        user=account.user,
        is_admin=account.is_admin,
        is_guest=account.is_guest,
        session_id=session.id,
    )
