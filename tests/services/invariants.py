"""What must hold in the database after anything whatsoever: the promises that are never broken.

`violations` reads the tables themselves, so that neither a count nor an event can cover for
the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from host.store import tables as t
from host.store.engine import Database

STARTS = {"participant:joined": 1, "participant:left": -1}


@dataclass(frozen=True)
class Records:
    """All that the database holds of one room."""

    room: Any
    participants: list[Any]
    prizes: list[Any]
    winners: list[Any]
    draws: list[Any]
    events: list[Any]

    @property
    def living_winners(self) -> list[Any]:
        """Winners that were not revoked."""
        return [w for w in self.winners if w.deleted_at is None]

    @property
    def living_participants(self) -> list[Any]:
        """Participants who are in the room."""
        return [p for p in self.participants if p.deleted_at is None]

    def named(self, event: str) -> list[Any]:
        """The events of one name, in order."""
        return [e for e in self.events if e.event == event]


async def records(db: Database, room_id: str) -> Records:
    """Everything about a room, read in one snapshot."""
    async with db.engine.connect() as conn:
        if db.dialect == "postgresql":
            await conn.execution_options(isolation_level="REPEATABLE READ")

        async def rows(table: sa.Table, *order: sa.Column[Any]) -> list[Any]:
            query = sa.select(table).where(table.c.room_id == room_id).order_by(*order)
            return list((await conn.execute(query)).all())

        query = sa.select(t.rooms).where(t.rooms.c.id == room_id)
        return Records(
            (await conn.execute(query)).one(),
            await rows(t.participants, t.participants.c.id),
            await rows(t.prizes, t.prizes.c.id),
            await rows(t.winners, t.winners.c.id),
            await rows(t.draws, t.draws.c.id),
            await rows(t.events, t.events.c.seq),
        )


async def check(db: Database, room_id: str) -> Records:
    """The room's records, after asserting that nothing about them is wrong."""
    found = await records(db, room_id)
    wrong = violations(found)
    assert not wrong, "\n".join(wrong)
    return found


def violations(r: Records) -> list[str]:
    """Every broken promise, in words."""
    return [*_counts(r), *_units(r), *_people(r), *_draws(r), *_events(r)]


def _counts(r: Records) -> Iterator[str]:
    for name, kept, counted in (
        ("participants", r.room.participant_count, len(r.living_participants)),
        ("prizes", r.room.prize_count, sum(p.deleted_at is None for p in r.prizes)),
        ("winners", r.room.winner_count, len(r.living_winners)),
    ):
        if kept != counted:
            yield f"the room counts {kept} {name}, there are {counted}"


def _units(r: Records) -> Iterator[str]:
    won = Counter(w.prize_id for w in r.living_winners)
    for prize in r.prizes:
        if prize.awarded != won[prize.id]:
            yield f"{prize.name}: {prize.awarded} units are taken, {won[prize.id]} are won"
        if not 0 <= prize.awarded <= prize.quantity:
            yield f"{prize.name}: {prize.awarded} of {prize.quantity} units are awarded"
    twice = Counter((w.prize_id, w.participant_id) for w in r.living_winners)
    for (prize_id, participant_id), times in twice.items():
        if times > 1:
            yield f"{participant_id} holds {prize_id} {times} times"


def _people(r: Records) -> Iterator[str]:
    for user_id, times in Counter(p.user_id for p in r.participants).items():
        if times > 1:
            yield f"user {user_id} is in the room {times} times"
    if not any(p.role == "ORGANIZER" for p in r.living_participants):
        yield "the room has no organizer"


def _draws(r: Records) -> Iterator[str]:
    drawn: dict[str, list[str]] = {}
    for winner in r.winners:
        if winner.draw_id is not None:
            drawn.setdefault(winner.draw_id, []).append(winner.participant_id)
    for draw in r.draws:
        chosen = drawn.pop(draw.id, [])
        if len(chosen) != draw.count or len(set(chosen)) != draw.count:
            yield f"draw {draw.id} of {draw.count} has the winners {chosen}"
        if not set(chosen) <= set(draw.entrants):
            yield f"draw {draw.id} has a winner who was no entrant"
    if drawn:
        yield f"winners of draws that are not recorded: {sorted(drawn)}"


def _events(r: Records) -> Iterator[str]:
    seqs = [e.seq for e in r.events]
    if seqs != list(range(1, r.room.event_seq + 1)):
        yield f"the room is at {r.room.event_seq}, its events are {seqs}"
    told = Counter(e.data["id"] for e in r.named("winner:selected"))
    if told != Counter(w.id for w in r.winners):
        yield "winners and their winner:selected events differ"
    undone = Counter(e.data["id"] for e in r.named("winner:removed"))
    if undone != Counter(w.id for w in r.winners if w.deleted_at is not None):
        yield "revoked winners and their winner:removed events differ"
    inside: dict[str, int] = {p.id: int(p.user_id == r.room.created_by) for p in r.participants}
    for event in r.events:
        if event.event in STARTS:
            inside[event.data["id"]] = inside.get(event.data["id"], 0) + STARTS[event.event]
            if inside[event.data["id"]] not in (0, 1):
                yield f"seq {event.seq}: {event.event} of one who was so already"
    for participant in r.participants:
        if inside[participant.id] != (participant.deleted_at is None):
            yield f"the events say otherwise than the record of {participant.id}"


async def outbox_rows(db: Database) -> int:
    """How many ranges of events are still to be announced or forgotten."""
    async with db.read() as conn:
        query = sa.select(sa.func.count()).select_from(t.outbox)
        return (await conn.execute(query)).scalar_one()
