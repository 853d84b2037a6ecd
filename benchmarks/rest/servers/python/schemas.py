"""What requests may hold, and the shape of the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

T = TypeVar("T")
Role = Literal["ADMIN", "ORGANIZER", "MODERATOR", "PARTICIPANT", "VIEWER"]
Status = Literal["DRAFT", "ACTIVE", "COMPLETED", "CANCELLED"]
INCLUDES = "^(participants|prizes|winners)(,(participants|prizes|winners))*$"


class Shape(BaseModel):
    """Read from a mapped object; camelCase on the wire."""

    model_config = ConfigDict(
        from_attributes=True, alias_generator=AliasGenerator(serialization_alias=to_camel)
    )


class Kept(Shape):
    """Something with metadata, whose attribute has another name on a mapped class."""

    metadata: dict[str, Any] = Field(validation_alias="data")


class Person(Shape):
    """What others see of a user."""

    id: str
    name: str
    avatar: str | None


class Participant(Kept):
    """Somebody's part in a room."""

    id: str
    user_id: str
    room_id: str
    role: str
    joined_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    user: Person


class Prize(Kept):
    """A prize and how much of it is left."""

    id: str
    room_id: str
    name: str
    description: str | None
    image_url: str | None
    quantity: int
    quantity_remaining: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class PrizeRef(Shape):
    """A prize as a winner shows it."""

    id: str
    name: str
    description: str | None
    image_url: str | None


class Winner(Kept):
    """Who won what."""

    id: str
    room_id: str
    participant_id: str
    prize_id: str
    created_at: datetime
    deleted_at: datetime | None
    participant: Participant
    prize: PrizeRef


class AppRef(Shape):
    """The room's application at the version it is locked to."""

    app_id: str
    manifest: dict[str, Any]
    manifest_version: str


class Counts(Shape):
    """How many of each."""

    participants: int
    prizes: int
    winners: int


class Room(Shape):
    """A room, as lists show it too."""

    id: str
    name: str
    description: str | None
    app_id: str
    app_settings: dict[str, Any]
    app_manifest_version: str
    status: str
    is_public: bool
    join_code: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    app: AppRef
    organizer: Person
    counts: Counts = Field(serialization_alias="_count")


class WholeRoom(Room):
    """With the first page of what was asked for."""

    participants: list[Participant] | None = None
    prizes: list[Prize] | None = None
    winners: list[Winner] | None = None


class Meta(Shape):
    """Where in a list a page is."""

    page: int
    limit: int
    total: int
    total_pages: int


class One(Shape, Generic[T]):
    """An answer of one thing, or of all of a few."""

    data: T


class Many(Shape, Generic[T]):
    """A page of a list."""

    data: list[T]
    meta: Meta


class Asked(BaseModel):
    """A request's body: nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid")


class Join(Asked):
    """What one who joins may say."""

    role: Literal["PARTICIPANT", "VIEWER"] = "PARTICIPANT"
    metadata: dict[str, Any] = {}
    joinCode: str | None = Field(None, max_length=40)  # noqa: N815 - the wire's name


class DrawAsked(Asked):
    """What is drawn."""

    prizeId: str | None = Field(None, min_length=1, max_length=64)  # noqa: N815 - the wire's name
    count: int = Field(1, ge=1, le=1000)
