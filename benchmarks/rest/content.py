"""What the database holds before a run: sizes, and the ids that the calls name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Person = tuple[str, str]
"""A user's id and that of their open session."""


@dataclass(frozen=True)
class Sizes:
    """How much there is of everything."""

    people: int = 300
    """Participants of the room that is read; all of them read."""
    prizes: int = 60
    winners: int = 60
    rooms: int = 100
    """Public rooms that are only listed."""
    newcomers: int = 24_000
    """Signed in, to join the hall; each once."""
    draw_rooms: int = 32
    entrants: int = 200
    draw_prizes: int = 20
    units: int = 20
    """Of each prize that is drawn: as many draws before its entrants have become fewer by that."""
    single_prizes: int = 100
    """Of the room in which all draws come to one: as many times `units` draws."""


@dataclass(frozen=True)
class DrawRoom:
    """A room with its organizer, and its prizes in the order in which they are drawn."""

    room: str
    organizer: Person
    prizes: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """What was seeded."""

    sizes: Sizes
    room: str
    hall: str
    readers: tuple[Person, ...]
    newcomers: tuple[Person, ...]
    draw_rooms: tuple[DrawRoom, ...]
    single: DrawRoom

    @classmethod
    def read(cls, found: dict[str, Any], sizes: Sizes) -> Content:
        """From what `seed` prints."""
        return cls(
            sizes,
            found["room"],
            found["hall"],
            tuple(map(_person, found["readers"])),
            tuple(map(_person, found["newcomers"])),
            tuple(map(_draw_room, found["draw_rooms"])),
            _draw_room(found["single"]),
        )


def _person(found: list[str]) -> Person:
    user, session = found
    return user, session


def _draw_room(found: dict[str, Any]) -> DrawRoom:
    return DrawRoom(found["room"], _person(found["organizer"]), tuple(found["prizes"]))
