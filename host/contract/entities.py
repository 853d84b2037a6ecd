"""What there is: people, rooms, participants, prizes, winners."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from host.permissions import Capability

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
    may_notify: bool = True
    """Whether it may tell people of the room something."""
