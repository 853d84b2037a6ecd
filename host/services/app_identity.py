"""Whom the token of an application speaks for, and whether it still does."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from host.access import Actor
from host.apps.registered import state_of
from host.apps.states import AppState
from host.auth.app_tokens import AppTokens
from host.auth.kept import Kept
from host.auth.tokens import fingerprint
from host.errors import Forbidden, InvalidCredentials, Unauthorized
from host.services.core import Core
from host.store import app_secrets, apps
from host.store.app_secrets import KeptSecret
from host.store.apps import KnownApp, Source

KEPT_SECONDS = 0.5
"""How long another process may believe in what was ended here."""
MOST_KEPT = 1_000
SESSION = "app"
"""Begins what the sockets of an application know as their session."""


@dataclass(frozen=True)
class AppToken:
    """What an application gets for its secret; `expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int


@dataclass(frozen=True)
class _Standing:
    """How a service stands, as the database has it."""

    row: KnownApp
    secrets: tuple[KeptSecret, ...]

    @property
    def state(self) -> AppState:
        return state_of(self.row)[0]

    @property
    def permissions(self) -> frozenset[str]:
        return frozenset(self.row.manifest.get("permissions", ()))

    def admits(self, secret_id: str, now: datetime) -> bool:
        return self.state is AppState.ACTIVE and any(
            one.id == secret_id and (one.ends_at is None or one.ends_at > now)
            for one in self.secrets
        )

    def session(self, secret_id: str) -> str:
        # A new version may do other things than the one before: its sockets sign in anew.
        return f"{SESSION}:{self.row.app_id}:{secret_id}:{self.row.version}"


class AppIdentity:
    """Tokens of separate services. The database is asked at most twice a second for each."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._tokens = AppTokens(core.tokens, core.config.origin, core.sources)
        self._kept: Kept[_Standing] = Kept(
            core.sources.monotonic, seconds=KEPT_SECONDS, most=MOST_KEPT
        )
        self._on_sockets_until = datetime.min.replace(tzinfo=UTC)

    async def token(self, app_id: str, secret: str) -> AppToken:
        """A token for an application's secret.

        Raises `InvalidCredentials` for a pair that does not belong together, and `Forbidden`
        for an application that is not let in, with the state that it is in.
        """
        standing = await self._look(app_id)
        given, now = fingerprint(secret), self._core.sources.now()
        fitting = [
            one
            for one in (standing.secrets if standing else ())
            if hmac.compare_digest(one.hash, given) and (one.ends_at is None or one.ends_at > now)
        ]
        if standing is None or not fitting:
            raise InvalidCredentials("The application's id and secret do not belong together.")
        if standing.state is not AppState.ACTIVE:
            raise Forbidden(
                f"The application '{app_id}' is not let in ({standing.state}).",
                details={"appId": app_id, "state": standing.state.value},
            )
        token, seconds = self._tokens.issue(app_id, fitting[0].id, fitting[0].ends_at)
        return AppToken(token, "Bearer", seconds)

    def speaks(self, token: str) -> bool:
        """Whether a bearer token is, by its own word, an application's."""
        return self._tokens.looks_like_one(token)

    async def authenticate(self, token: str, app_id: str | None = None) -> Actor:
        """The application that a token speaks for, alone; it must be `app_id` where that is said.

        Raises `Unauthorized` for a token that does not hold (any more).
        """
        claims = self._tokens.read(token)
        if app_id is not None and claims.app_id != app_id:
            raise Unauthorized("The application's token is not the one of X-App-Id.")
        standing = await self._kept.get(claims.app_id, lambda: self._look(claims.app_id))
        now = self._core.sources.now()
        if standing is None or not standing.admits(claims.secret_id, now):
            raise Unauthorized(
                "The application's token is not valid any more: the application was switched "
                "off, or its secret has ended."
            )
        return Actor(
            session_id=standing.session(claims.secret_id),
            app_id=claims.app_id,
            app_permissions=standing.permissions,
        )

    async def together(self, user: Actor, app_id: str, token: str) -> Actor:
        """A user for whom an application acts: the user's rights, as far as the application's go.

        Raises `Unauthorized` as `authenticate` does.
        """
        app = await self.authenticate(token, app_id)
        return replace(user, app_id=app.app_id, app_permissions=app.app_permissions)

    async def authenticate_socket(self, token: str) -> tuple[Actor, datetime]:
        """As `authenticate`, and when the token ends; until then `heed` minds the socket."""
        actor = await self.authenticate(token)
        ends_at = datetime.fromtimestamp(self._tokens.read(token).expires_at, UTC)
        self._on_sockets_until = max(self._on_sockets_until, ends_at)
        return actor, ends_at

    async def heed(self, changed: Collection[str]) -> None:
        """Looks at these services anew, and closes sockets of applications that have lost theirs.

        Asked every second: a secret that comes to its end tells nobody.
        """
        if changed:
            self._kept.drop(lambda standing: standing.row.app_id in changed)
        if self._core.sources.now() < self._on_sockets_until:
            await self._core.hub.ask_sessions(f"{SESSION}:")

    async def ended_among(self, sessions: Collection[str]) -> Collection[str]:
        """Of the sessions of sockets those of applications that have ended, and nobody else's."""
        asked = {one: one.split(":") for one in sessions if one.startswith(f"{SESSION}:")}
        now = self._core.sources.now()
        standings = {app_id: await self._look(app_id) for _, app_id, *_ in asked.values()}
        ended = []
        for session, (_, app_id, secret_id, *_) in asked.items():
            standing = standings[app_id]
            if standing is not None and standing.admits(secret_id, now):
                session_now = standing.session(secret_id)
            else:
                session_now = None
            if session != session_now:
                ended.append(session)
        return ended

    async def _look(self, app_id: str) -> _Standing | None:
        async with self._core.db.read() as connection:
            row = await apps.get(connection, app_id)
            if row is None or row.source is not Source.SERVICE:
                return None
            living = await app_secrets.living(connection, app_id, self._core.sources.now())
        return _Standing(row, tuple(living))
