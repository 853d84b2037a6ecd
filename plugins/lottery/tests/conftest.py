"""A hall of guests, and what the host gives an application, on a real database."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest

from festoon_lottery.tables import metadata
from host import (
    AppRef,
    AsyncDatabase,
    Participant,
    Person,
    Prize,
    PrizeRef,
    Role,
    Room,
    RoomCounts,
    RoomStatus,
    Winner,
)
from host.testing import own_tables

START = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        resources.files("festoon_lottery").joinpath("manifest.json").read_text("utf-8")
    )
    return found


def defaults() -> dict[str, Any]:
    properties = manifest()["settings"]["properties"]
    return {name: schema["default"] for name, schema in properties.items()}


@dataclass
class Context:
    """The context of the lottery in one room."""

    base: AsyncDatabase
    settings: dict[str, Any] = field(default_factory=defaults)
    people: list[Participant] = field(default_factory=list)
    fund: list[Prize] = field(default_factory=list)
    wins: list[Winner] = field(default_factory=list)
    app_id: str = "lottery"
    room_id: str = "room"
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("lottery"))

    def now(self) -> datetime:
        return START

    async def participants(self, role: Role | None = None) -> list[Participant]:
        return [one for one in self.people if role in (None, one.role)]

    async def prizes(self) -> list[Prize]:
        return self.fund

    async def winners(self, *, revoked: bool = False) -> list[Winner]:
        return [one for one in self.wins if revoked or one.deleted_at is None]

    def database(self) -> AsyncDatabase:
        return self.base


@dataclass
class Hall:
    """Makes guests, prizes, wins and the room they belong to."""

    database: AsyncDatabase
    defaults: dict[str, Any] = field(default_factory=defaults)

    def context(self, **changes: Any) -> Context:
        """The lottery's context; `settings` are merged into the defaults."""
        settings = self.defaults | changes.pop("settings", {})
        return Context(self.database, settings=settings, **changes)

    def guest(self, number: int, *, tickets: Any = None, name: str | None = None) -> Participant:
        joined = START - timedelta(minutes=60) + timedelta(seconds=number)
        return Participant(
            id=f"p{number:04d}",
            user_id=f"u{number:04d}",
            room_id="room",
            role=Role.PARTICIPANT,
            metadata={} if tickets is None else {"tickets": tickets},
            joined_at=joined,
            updated_at=joined,
            deleted_at=None,
            user=Person(f"u{number:04d}", name or f"Guest {number}"),
        )

    def prize(
        self, name: str = "A weekend in Suzdal", quantity: int = 1, left: int | None = None
    ) -> Prize:
        remaining = quantity if left is None else left
        ident = f"prize-{name}"
        return Prize(ident, "room", name, None, None, quantity, remaining, {}, START, START, None)

    def win(self, number: int, who: Participant, what: Prize, **metadata: Any) -> Winner:
        return Winner(
            id=f"w{number:04d}",
            room_id="room",
            participant_id=who.id,
            prize_id=what.id,
            metadata=metadata,
            created_at=START + timedelta(minutes=number),
            deleted_at=None,
            participant=who,
            prize=PrizeRef(what.id, what.name, None, None),
        )

    def room(self, **changes: Any) -> Room:
        values: dict[str, Any] = {
            "id": "room",
            "name": "New Year at Acme",
            "description": None,
            "app_id": "lottery",
            "app_settings": defaults(),
            "app_manifest_version": "0.1.0",
            "status": RoomStatus.ACTIVE,
            "is_public": False,
            "join_code": "K7QX4P",
            "created_by": "organizer",
            "created_at": START,
            "updated_at": START,
            "deleted_at": None,
            "app": AppRef("lottery", manifest(), "0.1.0"),
            "organizer": Person("organizer", "Nina"),
            "counts": RoomCounts(participants=0, prizes=0, winners=0),
        }
        return Room(**(values | changes))


@pytest.fixture
async def database() -> AsyncIterator[AsyncDatabase]:
    async with own_tables(metadata) as opened:
        yield opened


@pytest.fixture
def hall(database: AsyncDatabase) -> Hall:
    return Hall(database)
