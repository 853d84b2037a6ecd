"""What those who run the host see and do. Every act is in the audit log, with before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor, need_person
from host.apps.states import AppState
from host.auth.devices import device_of
from host.contract import JsonObject, User
from host.errors import Conflict, NotFound
from host.services.core import Core
from host.services.sessions import Sessions
from host.store import apps, audit, erasing, listings, sending, sessions, users
from host.store.listings import Listing, Test, Tests, Wanted
from host.store.users import Account


def need_admin(actor: Actor) -> User:
    """The platform admin who makes the call; for everybody else there is nothing here."""
    user = need_person(actor)
    if not actor.is_admin:
        raise NotFound("There is nothing at this address.")
    return user


class Admin:
    """Tables of everything, and the acts that no organizer can do."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions

    async def rows(self, actor: Actor, listing: Listing, wanted: Wanted) -> Sequence[JsonObject]:
        """Rows of a table."""
        need_admin(actor)
        async with self._core.db.read() as connection:
            found = await listings.rows(connection, listing, self._living(listing, wanted))
        if listing is listings.SESSIONS:
            return [{**row, "device": device_of(row["device"])} for row in found]
        return found

    async def count(self, actor: Actor, listing: Listing, wanted: Wanted) -> int:
        """How many rows of a table there are."""
        need_admin(actor)
        async with self._core.db.read() as connection:
            return await listings.count(connection, listing, self._living(listing, wanted))

    def _living(self, listing: Listing, wanted: Wanted) -> Wanted:
        if listing is not listings.SESSIONS:
            return wanted
        living = Test("expires_at", "since", self._core.sources.now())
        return replace(wanted, tests=Tests((living, wanted.tests)))

    async def make_admin(self, actor: Actor, user_id: str, on: bool) -> None:
        """Gives or takes the rights of an admin. Conflict for a guest, and for the last admin."""
        need_admin(actor)
        async with self._core.db.write() as connection:
            account = await _account(connection, user_id)
            if on and account.is_guest:
                raise Conflict("A guest cannot be an admin. They need an account first.")
            if not on and await erasing.last_admin(connection, user_id):
                raise Conflict("This is the last admin. Make somebody else an admin first.")
            now = self._core.sources.now()
            await users.update(connection, user_id, now, is_admin=on)
            changed = {"isAdmin": account.is_admin}, {"isAdmin": on}
            await self._note(connection, actor, "user:admin", user_id, *changed)
        self._sessions.forget_user(user_id)

    async def disable_user(self, actor: Actor, user_id: str) -> None:
        """Lets somebody in no more and ends their sessions. Conflict for oneself."""
        if need_admin(actor).id == user_id:
            raise Conflict("You cannot switch off your own account.")
        async with self._core.db.write() as connection:
            account = await _account(connection, user_id)
            now = self._core.sources.now()
            since = account.disabled_at or now
            await users.update(connection, user_id, now, disabled_at=since)
            ended = await sessions.end_all_of(connection, user_id, now)
            changed = {"disabled": account.disabled_at is not None}, {"disabled": True}
            await self._note(connection, actor, "user:disable", user_id, *changed)
        self._sessions.forget_user(user_id)
        await self._sessions.announce_end(ended)

    async def enable_user(self, actor: Actor, user_id: str) -> None:
        """Lets somebody in again."""
        need_admin(actor)
        async with self._core.db.write() as connection:
            account = await _account(connection, user_id)
            await users.update(connection, user_id, self._core.sources.now(), disabled_at=None)
            changed = {"disabled": account.disabled_at is not None}, {"disabled": False}
            await self._note(connection, actor, "user:enable", user_id, *changed)

    async def end_sessions(self, actor: Actor, user_id: str) -> None:
        """Signs somebody out everywhere."""
        need_admin(actor)
        async with self._core.db.write() as connection:
            await _account(connection, user_id)
            ended = await sessions.end_all_of(connection, user_id, self._core.sources.now())
            before: JsonObject = {"sessions": len(ended)}
            await self._note(connection, actor, "user:sign_out", user_id, before, {"sessions": 0})
        await self._sessions.announce_end(ended)

    async def end_session(self, actor: Actor, session_id: str) -> None:
        """Signs somebody out at one place."""
        need_admin(actor)
        async with self._core.db.write() as connection:
            ended = await sessions.end(connection, session_id, self._core.sources.now())
            if not ended:
                raise NotFound("There is no such session (any more).")
            living = {"living": True}, {"living": False}
            await self._note(connection, actor, "session:end", session_id, *living)
        await self._sessions.announce_end(ended)

    async def disable_app(self, actor: Actor, app_id: str) -> None:
        """Switches an application off: in this process now, in the others when they start.

        A separate service is off everywhere at once.
        """
        need_admin(actor)
        registry = self._core.registry
        if registry.get(app_id) is None:
            raise NotFound("There is no such application.")
        before = registry.record(app_id).state
        await registry.disable(app_id, "switched off in the administration")
        await self._core.hub.app_off(app_id)
        states = {"state": before.value}, {"state": AppState.DISABLED.value}
        async with self._core.db.write() as connection:
            await self._note(connection, actor, "app:disable", app_id, *states)

    async def enable_app(self, actor: Actor, app_id: str) -> None:
        """Lets an application run again, from the next start of each process on.

        A separate service runs again at once.
        """
        need_admin(actor)
        async with self._core.db.write() as connection:
            if not await apps.enable(connection, app_id, self._core.sources.now()):
                raise NotFound("There is no such application.")
            states = {"enabled": False}, {"enabled": True}
            await self._note(connection, actor, "app:enable", app_id, *states)
        await self._core.bulletin.changed(app_id)

    async def run_job_again(self, actor: Actor, job_id: str) -> None:
        """Tries a parked job again. NotFound for one that is not parked."""
        need_admin(actor)
        if not await self._core.jobs.put_back(job_id):
            raise NotFound("This job is not parked (any more).")
        async with self._core.db.write() as connection:
            parked = {"parked": True}, {"parked": False}
            await self._note(connection, actor, "job:again", job_id, *parked)

    async def send_again(self, actor: Actor, sending_id: str) -> None:
        """Has a notification brought again that was given up. NotFound for any other."""
        need_admin(actor)
        core = self._core
        async with core.db.write() as connection:
            if not await sending.put_back(connection, sending_id, core.sources.now()):
                raise NotFound("This notification was not given up (any more).")
            core.db.after_commit(connection, core.to_deliver.set)
            states = {"parked": True}, {"parked": False}
            await self._note(connection, actor, "notification:again", sending_id, *states)

    async def _note(
        self,
        connection: AsyncConnection,
        actor: Actor,
        act: str,
        subject_id: str,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        await audit.append(
            connection,
            entry_id=self._core.sources.new_id(),
            act=act,
            now=self._core.sources.now(),
            actor_id=actor.need_user().id,
            subject_id=subject_id,
            before=before,
            after=after,
            request_id=actor.request_id or None,
        )


async def _account(connection: AsyncConnection, user_id: str) -> Account:
    account = await users.get(connection, user_id)
    if account is None:
        raise NotFound("There is no such user.")
    return account
