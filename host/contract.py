"""The values that the host and its applications exchange: frozen, typed, without behaviour.

`wire(value)` turns any of them into the JSON of the wire contract (camelCase keys, UPPER_CASE
enums, ISO 8601 UTC times with milliseconds and `Z`). Nothing here touches the database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from host.permissions import Capability, OnFailure, Permission

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from logging import Logger

    from sqlalchemy.ext.asyncio import AsyncConnection

JsonObject = dict[str, Any]


class Role(StrEnum):
    """What a participant is in a room."""

    ADMIN = "ADMIN"
    ORGANIZER = "ORGANIZER"
    MODERATOR = "MODERATOR"
    PARTICIPANT = "PARTICIPANT"
    VIEWER = "VIEWER"


class RoomStatus(StrEnum):
    """DRAFT → ACTIVE → COMPLETED, or CANCELLED from DRAFT and ACTIVE."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class ReviewState(StrEnum):
    """Whether an application may take over protected capabilities."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class Audience(StrEnum):
    """Who receives an event. A single person is addressed as `user:<userId>` instead."""

    ALL = "all"
    ORGANIZERS = "organizers"


class Place(StrEnum):
    """Where an application's panel stands."""

    ORGANIZER = "organizer"
    PARTICIPANT = "participant"
    SCREEN = "screen"


@dataclass(frozen=True)
class Person:
    """What everyone may see of a user."""

    id: str
    name: str
    avatar: str | None = None


@dataclass(frozen=True)
class User:
    """An account, or a guest who has none (then `email` is None)."""

    id: str
    email: str | None
    name: str
    avatar: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def person(self) -> Person:
        """The part that others may see."""
        return Person(self.id, self.name, self.avatar)


@dataclass(frozen=True)
class AppRef:
    """An application as a room names it: with the manifest version the room is locked to."""

    app_id: str
    manifest: JsonObject
    manifest_version: str


@dataclass(frozen=True)
class RoomCounts:
    """Living participants, prizes and winners of a room."""

    participants: int
    prizes: int
    winners: int


@dataclass(frozen=True)
class Room:
    """An event. `app_settings` is whole here; `wire` callers strip what is writeOnly."""

    id: str
    name: str
    description: str | None
    app_id: str
    app_settings: JsonObject
    app_manifest_version: str
    status: RoomStatus
    is_public: bool
    join_code: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    app: AppRef
    organizer: Person
    counts: RoomCounts = field(metadata={"wire": "_count"})


@dataclass(frozen=True)
class Participant:
    """A user's part in a room. There is at most one for each user and room."""

    id: str
    user_id: str
    room_id: str
    role: Role
    metadata: JsonObject
    joined_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    user: Person


@dataclass(frozen=True)
class PrizeRef:
    """The part of a prize that a winner carries."""

    id: str
    name: str
    description: str | None
    image_url: str | None


@dataclass(frozen=True)
class Prize:
    """A prize of `quantity` units, of which `quantity_remaining` are still to be won."""

    id: str
    room_id: str
    name: str
    description: str | None
    image_url: str | None
    quantity: int
    quantity_remaining: int
    metadata: JsonObject
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True)
class Winner:
    """A participant and the prize they won. A revoked one keeps its record, with `deleted_at`."""

    id: str
    room_id: str
    participant_id: str
    prize_id: str
    metadata: JsonObject
    created_at: datetime
    deleted_at: datetime | None
    participant: Participant
    prize: PrizeRef


@dataclass(frozen=True)
class RoomApp:
    """An application that is on in a room, with what is delegated to it there."""

    app_id: str
    settings: JsonObject
    manifest_version: str
    enabled: bool
    capabilities: tuple[Capability, ...]


@dataclass(frozen=True)
class Event:
    """Something that happened in a room. `seq` is None for a passing event.

    `editor_data` is what those who may edit the room get instead of `data` (None: the same).
    `audience` is an `Audience` or `user:<userId>`.
    """

    room_id: str
    event: str
    data: JsonObject
    at: datetime
    seq: int | None = None
    editor_data: JsonObject | None = None
    audience: str = Audience.ALL


@dataclass(frozen=True)
class Registration:
    """Decision of `register_participant`: let the person in, with this metadata."""

    metadata: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """Decision: no, for a reason that reaches the person."""

    reason: str


@dataclass(frozen=True)
class Pick:
    """One chosen entrant, by participant id, with what is kept beside the win."""

    participant_id: str
    metadata: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Selection:
    """Decision of `select_winner`: exactly `count` different entrants, in the order drawn."""

    winners: tuple[Pick, ...]


@dataclass(frozen=True)
class PrizeDraft:
    """A prize that an application would put into a new room's fund."""

    name: str
    quantity: int
    description: str | None = None
    metadata: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Notification:
    """Something one person has to be told. `kind` is `entity:action` or `<appId>:<what>`."""

    id: str
    user_id: str
    kind: str
    title: str
    body: str
    data: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """Decision of `notify`: whether the notification was handed over, and by which channel."""

    delivered: bool
    channel: str = "in-app"


@dataclass(frozen=True)
class Panel:
    """A piece of an application's interface.

    For `Place.ORGANIZER` either `html` (a fragment rendered by the app's templates, shown in
    the organizer's room) or `url`; for the other places `url` is the page that takes the place
    of the platform's. `url` is a path below `/apps/<id>/`.
    """

    place: Place
    title: str
    url: str | None = None
    html: str | None = None


@dataclass(frozen=True)
class SettingsPanel:
    """Decision of `settings_panel`: a page of the application for its settings.

    `url` None means the form that the platform makes from the settings schema.
    """

    title: str
    url: str | None = None


@dataclass(frozen=True)
class ClientMessage:
    """An action `<appId>:<what>` that a client sent over a socket."""

    action: str
    data: JsonObject
    user_id: str
    participant: Participant | None


@dataclass(frozen=True)
class BackgroundTask:
    """A coroutine that the host keeps running, restarted with back-off when it raises."""

    name: str
    run: Callable[[], Awaitable[None]]


class AppContext(Protocol):
    """What an application is given with every hook: the platform, behind its permissions.

    Every call raises `AppPermissionDenied` when the manifest lacks the permission it names.
    `room_id` is None at start-up; calls about a room then raise `Conflict`.
    """

    @property
    def app_id(self) -> str:
        """The application's own id."""
        ...

    @property
    def room_id(self) -> str | None:
        """The room that the hook is about."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """The application's settings in this room, checked, defaults filled in."""
        ...

    @property
    def log(self) -> Logger:
        """A logger that names the application."""
        ...

    def now(self) -> datetime:
        """The host's clock, aware UTC."""
        ...

    async def participants(self, role: Role | None = None) -> Sequence[Participant]:
        """Everyone in the room, by joining order (participants:read)."""
        ...

    async def prizes(self) -> Sequence[Prize]:
        """The prize fund, oldest first (prizes:read)."""
        ...

    async def winners(self) -> Sequence[Winner]:
        """Winners that were not revoked, oldest first (winners:read)."""
        ...

    async def publish(
        self,
        event: str,
        data: JsonObject,
        *,
        durable: bool = True,
        audience: str = Audience.ALL,
    ) -> int | None:
        """Sends `<appId>:<what>` to the room, answers its seq (realtime:publish)."""
        ...

    async def notify(self, notification: Notification) -> bool:
        """Tells one person in the room something in their inbox, live (realtime:publish)."""
        ...

    def database(self) -> AsyncDatabase:
        """The application's own tables, prefixed `<id>_`."""
        ...


class AsyncDatabase(Protocol):
    """Transactions on the host's database, for an application's own tables."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """`async with db.read() as connection`: reads, without a write lock."""
        ...

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """`async with db.write() as connection`: committed at the end, rolled back on error."""
        ...


def camel(name: str) -> str:
    """`joined_at` as `joinedAt`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def iso(moment: datetime) -> str:
    """An aware time as `2026-12-31T21:30:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wire(value: Any) -> Any:
    """Any contract value as plain JSON of the wire contract.

    Keys of dataclasses become camelCase; keys of plain dicts (metadata, settings, manifests)
    stay as they are.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.metadata.get("wire", camel(f.name)): wire(getattr(value, f.name))
            for f in fields(value)
        }
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [wire(item) for item in value]
    return value


__all__ = [
    "AppContext",
    "AppRef",
    "AsyncDatabase",
    "Audience",
    "BackgroundTask",
    "Capability",
    "ClientMessage",
    "Delivery",
    "Event",
    "JsonObject",
    "Notification",
    "OnFailure",
    "Panel",
    "Participant",
    "Permission",
    "Person",
    "Pick",
    "Place",
    "Prize",
    "PrizeDraft",
    "PrizeRef",
    "Refusal",
    "Registration",
    "ReviewState",
    "Role",
    "Room",
    "RoomApp",
    "RoomCounts",
    "RoomStatus",
    "Selection",
    "SettingsPanel",
    "User",
    "Winner",
    "camel",
    "iso",
    "wire",
]
