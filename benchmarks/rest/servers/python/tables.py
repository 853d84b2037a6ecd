"""The tables for SQLAlchemy's ORM, as far as the five calls need them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Mapped classes by the kinds of their columns."""

    type_annotation_map: ClassVar[Any] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list: JSONB,
    }


class User(Base):
    """An account."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    avatar: Mapped[str | None]
    deleted_at: Mapped[datetime | None]


class AppVersion(Base):
    """A version of an application's manifest."""

    __tablename__ = "app_versions"
    app_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    manifest: Mapped[dict[str, Any]]


class RoomApp(Base):
    """An application that is on in a room."""

    __tablename__ = "room_apps"
    __table_args__ = (
        ForeignKeyConstraint(
            ["app_id", "manifest_version"], ["app_versions.app_id", "app_versions.version"]
        ),
    )
    room_id: Mapped[str] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]]
    manifest_version: Mapped[str]
    version: Mapped[AppVersion] = relationship()


class Room(Base):
    """A room with its counters."""

    __tablename__ = "rooms"
    __table_args__ = (
        ForeignKeyConstraint(["id", "app_id"], ["room_apps.room_id", "room_apps.app_id"]),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    app_id: Mapped[str]
    status: Mapped[str]
    is_public: Mapped[bool]
    join_code: Mapped[str]
    created_by: Mapped[str]
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    locked_at: Mapped[datetime | None]
    event_seq: Mapped[int] = mapped_column(BigInteger)
    participant_count: Mapped[int]
    prize_count: Mapped[int]
    winner_count: Mapped[int]
    winner_revision: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    organizer: Mapped[User] = relationship()
    main_app: Mapped[RoomApp] = relationship()


class Participant(Base):
    """Somebody's part in a room."""

    __tablename__ = "participants"
    id: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str]
    # `metadata` is taken on a mapped class.
    data: Mapped[dict[str, Any]] = mapped_column("metadata")
    joined_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    banned_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    name_key: Mapped[str | None]
    user: Mapped[User] = relationship()


class Prize(Base):
    """A prize and how many units of it are gone."""

    __tablename__ = "prizes"
    id: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id"))
    name: Mapped[str]
    description: Mapped[str | None]
    image_url: Mapped[str | None]
    quantity: Mapped[int]
    awarded: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column("metadata")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def quantity_remaining(self) -> int:
        """Units that can still be won."""
        return self.quantity - self.awarded


class Draw(Base):
    """The record of a draw."""

    __tablename__ = "draws"
    id: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str]
    prize_id: Mapped[str]
    app_id: Mapped[str]
    manifest_version: Mapped[str]
    fallback: Mapped[bool]
    seed: Mapped[str]
    count: Mapped[int]
    entrants: Mapped[list]  # type: ignore[type-arg]
    record: Mapped[dict[str, Any]]
    drawn_by: Mapped[str]
    created_at: Mapped[datetime]


class Winner(Base):
    """Who won which prize."""

    __tablename__ = "winners"
    id: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id"))
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"))
    prize_id: Mapped[str] = mapped_column(ForeignKey("prizes.id"))
    draw_id: Mapped[str | None] = mapped_column(ForeignKey("draws.id"))
    data: Mapped[dict[str, Any]] = mapped_column("metadata")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    participant: Mapped[Participant] = relationship()
    prize: Mapped[Prize] = relationship()


class Event(Base):
    """A durable event of a room."""

    __tablename__ = "events"
    room_id: Mapped[str] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event: Mapped[str]
    data: Mapped[dict[str, Any]]
    audience: Mapped[str]
    at: Mapped[datetime]
