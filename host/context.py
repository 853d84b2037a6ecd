"""What an application is given: the services, behind the permissions of its manifest."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor
from host.apps.names import PLATFORM
from host.apps.settings import public_settings
from host.contract import (
    AsyncDatabase,
    Audience,
    Category,
    Event,
    JsonObject,
    Notification,
    Participant,
    Permission,
    PersonDraft,
    Prize,
    Reach,
    Refusal,
    Role,
    Room,
    Winner,
)
from host.errors import AppPermissionDenied, Conflict, ValidationFailed
from host.mail import MailSettings
from host.services import app_notices
from host.services.consent import may_tell
from host.services.core import Core
from host.services.draws import Draws
from host.services.entering import as_application, enter_people, take_out
from host.services.letters import brand_of
from host.services.rush import Rush
from host.services.text import unstorable
from host.services.winners import Winners
from host.services.writer import RoomTransaction
from host.store import participants, prizes, room_apps, winners


class Context:
    """The platform as one application sees it in one room; implements `AppContext`."""

    def __init__(
        self,
        core: Core,
        app_id: str,
        permissions: frozenset[str],
        room: Room | None,
        settings: Mapping[str, Any],
        actor: Actor | None,
        schema: JsonObject | None = None,
    ) -> None:
        """`actor` is who caused the hook, where somebody did; `schema` is that of the settings."""
        self._core = core
        self._app_id = app_id
        self._permissions = permissions
        self._room = room
        self._settings = MappingProxyType(dict(settings))
        self._schema = schema or {}
        self._actor = actor

    @property
    def app_id(self) -> str:
        """The application's own id."""
        return self._app_id

    @property
    def room_id(self) -> str | None:
        """The room that the hook is about."""
        return self._room.id if self._room else None

    @property
    def settings(self) -> Mapping[str, Any]:
        """The application's settings in this room, secrets included."""
        return self._settings

    @property
    def public_settings(self) -> JsonObject:
        """The settings without what is secret in the version that the room is locked to."""
        return public_settings(self._schema, dict(self._settings))

    @property
    def log(self) -> logging.Logger:
        """A logger that names the application."""
        return logging.getLogger(f"festoon.app.{self._app_id}")

    def now(self) -> datetime:
        """The host's clock."""
        return self._core.sources.now()

    def clock(self) -> float:
        """Seconds that only ever pass, the clock of `ClientMessage.arrived`."""
        return self._core.sources.monotonic()

    @property
    def public_url(self) -> str:
        """Where browsers reach this host."""
        return self._core.config.public_url.rstrip("/")

    @property
    def brand(self) -> str:
        """What this host is called."""
        return brand_of(self._core)

    @property
    def reach(self) -> Reach:
        """Which addresses the application may call."""
        return Reach(self._core.config.reachable)

    def configured(self, name: str) -> str | None:
        """What whoever runs the host says to the application."""
        own = self._app_id.upper().replace("-", "_")
        return self._core.config.apps.get(f"{own}_{name}")

    @property
    def mail(self) -> MailSettings | None:
        """The host's own mail server, for who may know where people are reached."""
        if Permission.USERS_READ not in self._permissions:
            raise AppPermissionDenied(self._app_id, Permission.USERS_READ, self._permissions)
        return self._core.config.mail

    async def participants(self, role: Role | None = None) -> Sequence[Participant]:
        """Everyone in the room, by joining order."""
        room = self._let(Permission.PARTICIPANTS_READ)
        async with self._core.db.read() as conn:
            return await participants.everyone(conn, room.id, role)

    async def add_participants(
        self, people: Sequence[PersonDraft]
    ) -> Sequence[Participant | Refusal]:
        """Enters people who have no account and no phone; see `enter_people`."""
        room = self._let(Permission.PARTICIPANTS_WRITE)
        who = as_application(self._actor, self._app_id)
        return await enter_people(self._core, who, room.id, people)

    async def take_out_participants(self, keys: Sequence[str]) -> int:
        """Takes people out whom this application entered; how many of them were in."""
        room = self._let(Permission.PARTICIPANTS_WRITE)
        return await take_out(self._core, as_application(self._actor, self._app_id), room.id, keys)

    async def prizes(self) -> Sequence[Prize]:
        """The prize fund, oldest first."""
        room = self._let(Permission.PRIZES_READ)
        async with self._core.db.read() as conn:
            return await prizes.everything(conn, room.id)

    async def winners(self, *, revoked: bool = False) -> Sequence[Winner]:
        """Winners, oldest first; those that were revoked only when asked for."""
        room = self._let(Permission.WINNERS_READ)
        async with self._core.db.read() as conn:
            return await winners.everyone(conn, room.id, revoked=revoked)

    async def draw(self, prize_id: str, count: int = 1) -> Sequence[Winner]:
        """Draws winners as the organizer's button does; see `Draws.draw`."""
        room, core = self._let(Permission.WINNERS_WRITE), self._core
        who = as_application(self._actor, self._app_id)
        return await Draws(core, Rush(core)).draw(who, room.id, prize_id, count, admitted=True)

    async def take_back(self, winner_id: str, *, reason: str) -> None:
        """Takes a win back; see `Winners.revoke`."""
        room = self._let(Permission.WINNERS_WRITE)
        if not 0 < len(reason) <= 500 or unstorable(reason):
            raise ValidationFailed("Say why in 1 to 500 characters.", {"reason": ["is missing"]})
        who = as_application(self._actor, self._app_id)
        await Winners(self._core).revoke(who, room.id, winner_id, reason=reason, admitted=True)

    async def publish(
        self,
        event: str,
        data: JsonObject,
        *,
        durable: bool = True,
        audience: str = Audience.ALL,
    ) -> int | None:
        """Sends `<appId>:<what>` to the room; its seq, or None for a passing event.

        Raises `ValidationFailed` for a name without the app's prefix or data that is not JSON.
        """
        room = self._let(Permission.REALTIME_PUBLISH)
        if not event.startswith(f"{self._app_id}:") or len(event) > 120:
            raise ValidationFailed(f"The event's name must begin with '{self._app_id}:'.")
        if why := unstorable(data):
            raise ValidationFailed(f"The event's data {why}.")
        if not durable:
            await self._core.outbox.publish_passing(
                Event(room.id, event, data, self.now(), audience=audience)
            )
            return None

        async def write(tx: RoomTransaction) -> int:
            return tx.emit(event, data, audience=audience)

        return await self._core.writer.write(room.id, write, answers_call=False)

    async def notify(self, notification: Notification) -> bool:
        """Tells one person in the room something, once for its id; see `app_notices`."""
        room = self._let(Permission.REALTIME_PUBLISH)
        if not await may_tell(self._core, self._app_id, room.id):
            return False
        return await app_notices.notify(self._core, self._app_id, room, notification)

    async def notify_all(
        self,
        to: Collection[str] | Role | Literal["all", "winners"],
        title: str,
        body: str,
        *,
        kind: str,
        data: JsonObject | None = None,
        category: Category = Category.ANNOUNCEMENT,
        urgent: bool = False,
        at: datetime | None = None,
        key: str | None = None,
    ) -> str | None:
        """Tells many something, now or at a time; the id of its figures."""
        room, core = self._let(Permission.REALTIME_PUBLISH), self._core
        if not await may_tell(core, self._app_id, room.id):
            return None
        notice = app_notices.worded(
            self._app_id, room, "", kind, title, body, data or {}, category, urgent=urgent
        )
        return await app_notices.notify_all(core, room, to, notice, at=at, key=key)

    async def schedule(
        self,
        kind: str,
        data: JsonObject,
        *,
        at: datetime,
        key: str | None = None,
        connection: AsyncConnection | None = None,
    ) -> str:
        """Has `job_due` called at `at`; the job's id.

        Raises `ValidationFailed` for what cannot be kept, `Conflict` outside of a room and for an
        application without that hook.
        """
        room = self._in_room()
        return await self._core.schedule.add(
            self._app_id, room.id, kind, data, at=at, key=key, connection=connection
        )

    async def unschedule(self, key: str, *, connection: AsyncConnection | None = None) -> bool:
        """Takes back the job with this key; False where there is none (any more)."""
        room = self._in_room()
        return await self._core.schedule.take_back(self._app_id, room.id, key, connection)

    def database(self) -> AsyncDatabase:
        """The application's own tables."""
        return self._core.db

    def _let(self, permission: Permission) -> Room:
        if permission not in self._permissions:
            raise AppPermissionDenied(self._app_id, permission, self._permissions)
        return self._in_room()

    def _in_room(self) -> Room:
        if self._room is None:
            raise Conflict("There is no room here: this hook is about the whole host.")
        return self._room


async def make_context(
    core: Core,
    app_id: str,
    permissions: frozenset[str],
    room: Room | None,
    actor: Actor | None = None,
) -> Context:
    """A context with the application's settings in the room (empty where it is not on).

    `permissions` are those of the version that runs; in a room there are no more of them than
    the version has that the room is locked to.
    """
    if room is None or app_id == PLATFORM:
        return Context(core, app_id, permissions, room, {}, actor)
    locked: tuple[JsonObject, JsonObject] | None = room.app_settings, room.app.manifest
    if app_id != room.app_id:
        async with core.db.read() as conn:
            locked = await room_apps.locked(conn, room.id, app_id)
    if locked is None:
        return Context(core, app_id, permissions, room, {}, actor)
    settings, manifest = locked
    granted = permissions.intersection(manifest.get("permissions", ()))
    return Context(core, app_id, granted, room, settings, actor, manifest.get("settings"))
