"""What the owner of an account does with it: their sessions and their password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from host.access import Actor, need_person
from host.auth.devices import device_of
from host.auth.person import checked, clean_password
from host.contract import User
from host.errors import Conflict, NotFound, ValidationFailed
from host.services.core import Core
from host.services.sessions import Sessions
from host.services.slowing import Slowed
from host.store import audit, users
from host.store import sessions as store
from host.store.users import Account as Known


@dataclass(frozen=True)
class SessionView:
    """A living session. `device` is in words, `current` is the one that asks.

    `method` is how it came about: password, guest, phone, the id of a provider, or None where the
    host opened it by itself. `seen_at` is right to some minutes.
    """

    id: str
    method: str | None
    device: str
    created_at: datetime
    seen_at: datetime
    current: bool


class Account:
    """Calls about oneself; an application may make none of them."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        figures = core.config.figures
        self._slowed = Slowed(
            core, "password", burst=figures.sign_in_tries, seconds=figures.sign_in_seconds
        )

    async def sessions(self, actor: Actor) -> Sequence[SessionView]:
        """Everywhere the actor is signed in; the session that was used last comes first."""
        user = need_person(actor)
        async with self._core.db.read() as connection:
            found = await store.living_of(connection, user.id, self._core.sources.now())
        return [
            SessionView(
                one.id,
                one.method,
                device_of(one.user_agent),
                one.created_at,
                one.seen_at or one.created_at,
                one.id == actor.session_id,
            )
            for one in found
        ]

    async def end_session(self, actor: Actor, session_id: str) -> None:
        """Ends one of the actor's own sessions: its tokens, its cookie and its sockets."""
        user = need_person(actor)
        ended: list[str] = []
        # An id that none of ours can be may not be storable text.
        if session_id.isascii() and session_id.isalnum():
            async with self._core.db.write() as connection:
                now = self._core.sources.now()
                ended = await store.end_own(connection, user.id, session_id, now)
        if not ended:
            raise NotFound("You have no such session (any more).")
        await self._sessions.announce_end(ended)

    async def end_other_sessions(self, actor: Actor) -> None:
        """Ends all of the actor's sessions but the one that asks."""
        user = need_person(actor)
        async with self._core.db.write() as connection:
            now = self._core.sources.now()
            ended = await store.end_all_of(connection, user.id, now, but=actor.session_id)
        await self._sessions.announce_end(ended)

    async def known(self, actor: Actor) -> Known:
        """The actor's own account; NotFound where it was just deleted."""
        user = need_person(actor)
        async with self._core.db.read() as connection:
            found = await users.get(connection, user.id)
        if found is None:
            raise NotFound("There is no such user.")
        return found

    async def change_password(self, actor: Actor, old: str, new: str) -> User:
        """Changes the password of who knows the old one, and ends all their other sessions.

        Conflict for an account that has none; ValidationFailed names what is wrong with either.
        """
        core, user = self._core, need_person(actor)
        account = await self.known(actor)
        if account.password_hash is None:
            raise Conflict(
                "This account has no password yet. Make one by “Forgot your password?”, "
                "or sign up if you are a guest."
            )
        kept = checked({"newPassword": (clean_password, new)})["newPassword"]
        await self._slowed.take(user.id)
        if not await self._is_right(old, account.password_hash):
            raise ValidationFailed(
                "That is not your password.", {"password": ["is not your password so far"]}
            )
        await self._slowed.clear(user.id)
        anew = await core.passwords.hash(kept)
        now = core.sources.now()
        async with core.db.write() as connection:
            if not await users.change_password(
                connection, user.id, account.password_hash, anew, now
            ):
                raise Conflict("The password was changed meanwhile. Sign in again.")
            ended = await store.end_all_of(connection, user.id, now, but=actor.session_id)
            await audit.append(
                connection,
                entry_id=core.sources.new_id(),
                act="user:password",
                now=now,
                actor_id=user.id,
                subject_id=user.id,
                request_id=actor.request_id or None,
            )
        await self._sessions.announce_end(ended)
        return user

    async def _is_right(self, password: str, stored: str) -> bool:
        try:
            typed = clean_password(password)
        except ValueError:
            # Nobody has such a password; it costs the same as any other that is wrong.
            return await self._core.passwords.verify("", None)
        return await self._core.passwords.verify(typed, stored)
