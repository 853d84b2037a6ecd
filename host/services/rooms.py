"""Rooms: making, finding, changing and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from host.access import Act, Actor, may, need_permission
from host.apps.settings import check_settings
from host.contract import (
    Capability,
    JsonObject,
    Participant,
    Permission,
    PrizeDraft,
    Refusal,
    Room,
    RoomStatus,
)
from host.errors import Conflict, NotFound, Unavailable, ValidationFailed
from host.ids import normalize_join_code
from host.services.audit import record, room_changed
from host.services.core import Core
from host.services.delegation import PLATFORM, ask, decide
from host.services.deleting import Deleting
from host.services.entry import Entry, enter, own_part, shown
from host.services.newroom import drafted, fund_is_wrong, write_new
from host.services.taking import follow, taken_over
from host.services.telling import emit_room, tell_room
from host.services.versions import Tags, need_match, need_version
from host.services.writer import RoomTransaction
from host.store import room_apps
from host.store import rooms as store
from host.store.paging import Page, PageRequest
from host.store.rooms import RoomFilter

MOVES: dict[RoomStatus, frozenset[RoomStatus]] = {
    RoomStatus.DRAFT: frozenset({RoomStatus.ACTIVE, RoomStatus.CANCELLED}),
    RoomStatus.ACTIVE: frozenset({RoomStatus.COMPLETED, RoomStatus.CANCELLED}),
    RoomStatus.COMPLETED: frozenset(),
    RoomStatus.CANCELLED: frozenset(),
}
JOIN_CODE_TRIES = 8


@dataclass(frozen=True)
class RoomView:
    """A room as one reader sees it, the reader's part in it, and the seq it is current at."""

    room: Room
    participant: Participant | None
    may: frozenset[Act]
    seq: int

    @property
    def editor(self) -> bool:
        """Whether the reader sees secret settings."""
        return Act.SEE_SECRETS in self.may


class Rooms:
    """The events that people come for."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._deleting = Deleting(core)

    async def authorize(self, actor: Actor, room_id: str, act: Act) -> Entry:
        """Lets the actor in for an act, before anything of the call is looked at."""
        return await enter(self._core, actor, room_id, act)

    async def get(self, actor: Actor, room_id: str) -> RoomView:
        """One room. The seq is read first, so events after it are news to this view."""
        return await self._view(actor, room_id, Act.SEE_ROOM)

    async def _view(self, actor: Actor, room_id: str, act: Act) -> RoomView:
        async with self._core.db.read() as conn:
            seq = await store.event_seq(conn, room_id)
        entry = await enter(self._core, actor, room_id, act)
        allowed = frozenset(act for act in Act if entry.may(act))
        room = shown(entry.room, editor=Act.SEE_SECRETS in allowed)
        return RoomView(room, entry.participant, allowed, seq)

    async def by_code(self, actor: Actor, join_code: str) -> Room:
        """The room that a code opens; its settings only for those who are in it."""
        need_permission(actor, Permission.ROOMS_READ)
        async with self._core.db.read() as conn:
            room = await store.by_code(conn, normalize_join_code(join_code))
            if room is None:
                raise NotFound("No room has this code. Check it with the organizer.")
            part = await own_part(conn, actor, room.id)
        if not may(actor, Act.SEE_ROOM, room, part):
            return replace(room, app_settings={})
        return shown(room, editor=may(actor, Act.SEE_SECRETS, room, part))

    async def list(self, actor: Actor, filters: RoomFilter, page: PageRequest) -> Page[Room]:
        """Public rooms and those the actor is in, newest first."""
        return await self._find(actor, filters, page, only_mine=False)

    async def mine(self, actor: Actor, page: PageRequest) -> Page[Room]:
        """The rooms the actor takes part in, newest first."""
        actor.need_user()
        return await self._find(actor, RoomFilter(), page, only_mine=True)

    async def _find(
        self, actor: Actor, filters: RoomFilter, page: PageRequest, *, only_mine: bool
    ) -> Page[Room]:
        need_permission(actor, Permission.ROOMS_READ)
        viewer = actor.user.id if actor.user else None
        async with self._core.db.read() as conn:
            found = await store.find(
                conn,
                filters,
                page,
                viewer_id=viewer,
                only_mine=only_mine,
                see_all=actor.is_admin,
            )
            mine = {
                room.id: await own_part(conn, actor, room.id) if viewer else None
                for room in found.items
            }
        items = [
            shown(room, editor=may(actor, Act.SEE_SECRETS, room, mine[room.id]))
            for room in found.items
        ]
        return replace(found, items=items)

    async def create(self, actor: Actor, fields: JsonObject) -> RoomView:
        """Makes a room of `{name, appId, description?, appSettings?, isPublic?}`.

        The creator becomes its ORGANIZER; the application's capabilities are delegated to it
        and its prize fund is filled in. All of it or nothing.
        """
        user = actor.need_user()
        need_permission(actor, Permission.ROOMS_WRITE)
        manifest = self._core.registry.usable(fields["appId"])
        settings = check_settings(manifest, fields.get("appSettings", {}), at="/appSettings")
        room = drafted(self._core.sources, user, fields, manifest, settings)
        answerer = dict.fromkeys(await taken_over(self._core, manifest, settings), manifest.id)
        checked, _ = await ask(
            self._core,
            actor,
            room,
            "check_settings",
            answerer.get(Capability.ROOM_SETTINGS, PLATFORM),
            settings=settings,
        )
        if isinstance(checked.value, Refusal):
            raise ValidationFailed(checked.value.reason, {"appSettings": [checked.value.reason]})
        fund, _ = await ask(
            self._core,
            actor,
            room,
            "prize_fund",
            answerer.get(Capability.PRIZE_FUND, PLATFORM),
            fund_is_wrong,
        )
        created = await self._insert(actor, room, fund.value, answerer)
        self._core.background.start(tell_room(self._core, "app_selected", created))
        return await self._view(actor, created.id, Act.CHANGE_ROOM)

    async def _insert(
        self,
        actor: Actor,
        room: Room,
        fund: Sequence[PrizeDraft],
        answerer: dict[Capability, str],
    ) -> Room:
        for _ in range(JOIN_CODE_TRIES):
            try:
                await write_new(self._core, actor, room, fund, answerer)
            except IntegrityError:
                # Only the join code can collide: the id is new and the user is there.
                room = replace(room, join_code=self._core.sources.join_code())
            else:
                return room
        raise Unavailable("No free join code was found. Try again.")

    async def change(
        self, actor: Actor, room_id: str, fields: JsonObject, if_match: Tags = None
    ) -> RoomView:
        """Changes `{name?, description?, appSettings?, status?, isPublic?}`."""
        entry = await enter(self._core, actor, room_id, Act.CHANGE_ROOM)
        settings: JsonObject | None = None
        if "appSettings" in fields:
            settings = await self._settings(actor, entry.room, fields["appSettings"])

        async def write(tx: RoomTransaction) -> Room:
            before = tx.room
            need_match(if_match, before.updated_at)
            if settings is not None:
                need_version(entry.room.app_manifest_version, before.app_manifest_version)
            status = RoomStatus(fields.get("status", before.status))
            if status is not before.status and status not in MOVES[before.status]:
                raise Conflict(
                    f"A room that is {before.status} cannot become {status}.",
                    details={"from": before.status.value, "to": status.value},
                )
            columns = {"name": "name", "description": "description", "isPublic": "is_public"}
            changes = {columns[k]: v for k, v in fields.items() if k in columns}
            await store.update(tx.conn, room_id, tx.now, status=status, **changes)
            if settings is not None:
                await room_apps.change(tx.conn, room_id, before.app_id, tx.now, settings=settings)
                manifest = self._core.registry.kept(before.app_id, before.app.manifest)
                first, second = map(manifest.asked, (before.app_settings, settings))
                await follow(self._core, tx, actor, before.app_id, first, second)
            await tx.reload()
            after = tx.room
            if differs := room_changed(before, after):
                moved = set(differs[0]) == {"status"}
                act = "room:status" if moved else "room:change"
                await record(tx, actor, act, before=differs[0], after=differs[1])
            if replace(after, updated_at=before.updated_at, status=before.status) != before:
                emit_room(tx, "room:updated", after)
            if status is not before.status:
                emit_room(tx, "room:status_changed", after)
            return after

        after = await self._core.writer.write(room_id, write)
        previous = entry.room.status
        if after.status is not previous:
            self._core.background.start(
                tell_room(self._core, "room_status_changed", after, previous=previous)
            )
        if settings is not None and settings != entry.room.app_settings:
            self._core.background.start(tell_room(self._core, "settings_changed", after))
        return await self._view(actor, room_id, Act.CHANGE_ROOM)

    async def _settings(self, actor: Actor, room: Room, given: JsonObject) -> JsonObject:
        manifest = self._core.registry.kept(room.app_id, room.app.manifest)
        settings = check_settings(manifest, given, at="/appSettings")
        decision = await decide(self._core, actor, room, "check_settings", settings=settings)
        if isinstance(decision.value, Refusal):
            reason = decision.value.reason
            raise ValidationFailed(reason, {"appSettings": [reason]})
        return settings

    async def delete(self, actor: Actor, room_id: str, if_match: Tags = None) -> None:
        """Ends a room for everyone; its record stays in the database, out of reach."""
        await enter(self._core, actor, room_id, Act.DELETE_ROOM)

        async def write(tx: RoomTransaction) -> None:
            need_match(if_match, tx.room.updated_at)
            await store.update(tx.conn, room_id, tx.now, deleted_at=tx.now)
            emit_room(tx, "room:deleted", replace(tx.room, deleted_at=tx.now, updated_at=tx.now))
            await record(tx, actor, "room:delete", before={"name": tx.room.name})
            await self._deleting.enqueue(tx)

        await self._core.writer.write(room_id, write)

    async def renew_join_code(self, actor: Actor, room_id: str) -> RoomView:
        """Gives the room a new code; the old one opens nothing from then on."""
        await enter(self._core, actor, room_id, Act.CHANGE_ROOM)

        async def write(tx: RoomTransaction) -> Room:
            before = tx.room.join_code
            await store.update(tx.conn, room_id, tx.now, join_code=self._core.sources.join_code())
            await tx.reload()
            emit_room(tx, "room:updated", tx.room)
            # The new one stays out: it lets in, and a log is read for longer than it is secret.
            await record(tx, actor, "room:code", before={"joinCode": before})
            return tx.room

        await self._core.writer.write(room_id, write)
        return await self._view(actor, room_id, Act.CHANGE_ROOM)
