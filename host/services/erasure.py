"""Forgetting a person on request. What was drawn and won stays provable, without a name.

Who they were goes at once, in one transaction. The jobs of that transaction then go through the
logs of the rooms they were in, through the audit log, and tell every application: each by itself,
and again until it has worked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor
from host.apps.names import PLATFORM
from host.contract import Participant, wire
from host.errors import Conflict, NotFound
from host.realtime.names import RESERVED_PREFIXES
from host.services.core import Core
from host.services.erased import without_person
from host.services.profiles import Profiles
from host.services.telling import tell_room
from host.services.writer import RoomTransaction
from host.store import apps, audit, erasing, participants, rooms, users
from host.store.apps import Source
from host.store.jobs import Job

HOOK = "erase_person"
IN_ROOM, IN_AUDIT, IN_APP = "erase:room", "erase:audit", "erase:app"
"""The kinds of jobs that follow a deletion."""
BATCH = 200
"""How many events or acts are looked at in one transaction."""


class Erasure:
    """Deletes accounts, those of guests too."""

    def __init__(self, core: Core, profiles: Profiles) -> None:
        self._core = core
        self._profiles = profiles
        core.jobs.handle(IN_ROOM, self._forget_in_room)
        core.jobs.handle(IN_AUDIT, self._forget_in_audit)
        core.jobs.handle(IN_APP, self._tell_app)

    async def delete(self, actor: Actor, user_id: str) -> None:
        """Forgets who the user was and ends their sessions; their address is free again.

        They leave the rooms that are not over yet, so that nobody draws them. Conflict for the
        last admin, and, with `details.rooms`, for who answers for a room that is not over yet:
        they end it or hand it over first, since nobody else could.
        """
        await self._profiles.authorize_user(actor, user_id)
        core = self._core
        now = core.sources.now()
        async with core.db.write() as connection:
            account = await users.get(connection, user_id)
            if account is None:
                raise NotFound("There is no such user.")
            if account.is_admin and await erasing.last_admin(connection, user_id):
                raise Conflict("This is the last admin. Make somebody else an admin first.")
            _need_none(await erasing.answers_for(connection, user_id))
            places = await erasing.places(connection, user_id)
            ended = await erasing.forget(connection, user_id, account.user.email, now)
            await audit.append(
                connection,
                entry_id=core.sources.new_id(),
                act="user:delete",
                now=now,
                actor_id=actor.need_user().id,
                subject_id=user_id,
                request_id=actor.request_id or None,
            )
            parts = [place.participant_id for place in places if place.participant_id]
            for place in places:
                about = {"userId": user_id, "name": account.user.name, "roomId": place.room_id}
                await core.jobs.enqueue(
                    connection, IN_ROOM, {**about, "participantId": place.participant_id}
                )
            await core.jobs.enqueue(connection, IN_AUDIT, {"userId": user_id, "parts": parts})
            await self._enqueue_apps(connection, user_id)
        self._profiles.sessions.forget_user(user_id)
        await self._profiles.sessions.announce_end(ended or ())

    async def _enqueue_apps(self, connection: AsyncConnection, user_id: str) -> None:
        for app in await apps.listed(connection):
            if app.source is Source.IN_PROCESS and app.app_id != PLATFORM:
                payload = {"userId": user_id, "appId": app.app_id}
                await self._core.jobs.enqueue(connection, IN_APP, payload)

    async def _forget_in_room(self, job: Job) -> None:
        room_id, user_id = job.payload["roomId"], job.payload["userId"]
        await self._leave(room_id, user_id)
        ids = [one for one in (user_id, job.payload["participantId"]) if one]

        def rewrite(event: str, value: Any) -> Any:
            # What an application told may hold the name under any key.
            platform = event.partition(":")[0] in RESERVED_PREFIXES
            names = () if platform else (job.payload["name"],)
            return without_person(value, ids, names)

        at: int | None = 0
        while at is not None:
            async with self._core.db.write() as connection:
                at = await erasing.rewrite_events(connection, room_id, at, BATCH, ids, rewrite)

    async def _leave(self, room_id: str, user_id: str) -> None:
        async with self._core.db.read() as connection:
            room = await rooms.get(connection, room_id)
            part = await participants.of_user(connection, room_id, user_id)
        if room is None or part is None or room.status not in erasing.LIVING:
            return

        async def write(tx: RoomTransaction) -> Participant | None:
            before = await participants.of_user(tx.conn, room_id, user_id)
            if before is None:
                return None
            await participants.update(tx.conn, before.id, tx.now, deleted_at=tx.now)
            tx.count(participants=-1)
            gone = replace(before, deleted_at=tx.now, updated_at=tx.now)
            tx.emit("participant:left", wire(gone))
            return gone

        gone = await self._core.writer.write(room_id, write)
        if gone is not None:
            await self._core.hub.revoke(room_id, user_id)
            self._core.background.start(
                tell_room(self._core, "participant_left", room, participant=gone)
            )

    async def _forget_in_audit(self, job: Job) -> None:
        ids = [job.payload["userId"], *job.payload["parts"]]

        def rewrite(_: str, value: Any) -> Any:
            return without_person(value, ids)

        at: str | None = ""
        while at is not None:
            async with self._core.db.write() as connection:
                at = await erasing.rewrite_audit(connection, at, BATCH, ids, rewrite)

    async def _tell_app(self, job: Job) -> None:
        app_id, user_id = job.payload["appId"], job.payload["userId"]
        # `call` and not `tell`: one who is not running must hear of it later, not never.
        await self._core.dispatch.call(HOOK, app_id, None, user_id=user_id)


def _need_none(found: Sequence[tuple[str, str]]) -> None:
    if not found:
        return
    names = ", ".join(f"“{name}”" for _, name in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    raise Conflict(
        f"You answer for {names}{more}. Finish, cancel or delete it, or hand it over to somebody "
        "else; then delete the account.",
        details={"rooms": [{"id": room_id, "name": name} for room_id, name in found]},
    )
