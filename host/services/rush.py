"""Joins and draws by few statements, where the database has a lane.

See `host.store.arriving`, `gathering` and `drawing`.

What is asked here is what `Participants.join` and `Draws.draw` ask anyway; what is written is
what they write, or nothing. Calls with an idempotency key, and those of applications, go the long
way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy.exc import DBAPIError

from host.access import Act, Actor, let_in
from host.contract import (
    Event,
    JsonObject,
    Participant,
    Person,
    Pick,
    Prize,
    PrizeRef,
    Role,
    Room,
    Winner,
    wire,
)
from host.errors import NotFound
from host.services.audit import shortened
from host.services.core import Core
from host.services.idempotency import claimed
from host.services.notices import won_notice
from host.services.writer import Written
from host.store import arriving, drawing, gathering
from host.store.arriving import Approached, Joining
from host.store.drawing import Draft, Drawn, Kept, Win
from host.store.gathering import Gathered, People, Wanted
from host.store.lane import Lane
from host.store.together import Together

KEPT_SECONDS = 1.0
"""How long the people of a room are believed between draws while no event is about any of them:
their names may change without one.
"""
MOST_ROOMS, MOST_PEOPLE = 64, 2_000
"""Of so many rooms with at most so many people each."""
MOST_DRAWS = 16
"""So many rooms draw by one statement: while it runs, others are decided and answered."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody who has never been in the room, and how they come in."""

    room_id: str
    person: Person
    role: Role
    metadata: JsonObject


@dataclass(frozen=True)
class Outcome:
    """A draw that was decided: who won, and what is kept of how."""

    room: Room
    prize: Prize
    picks: Sequence[Pick]
    revision: int
    record: Drawn
    people: Mapping[str, Participant]


class Rush:
    """The short ways. Each answers None where the long way has to be gone."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._people: dict[str, tuple[float, People]] = {}
        self._approaching: Together[tuple[str, str], Approached] = Together(
            self._approached, refused=DBAPIError
        )
        self._gathering: Together[Wanted, Gathered] = Together(
            self._gathered, most=MOST_DRAWS, refused=DBAPIError
        )
        self._writing: Together[Draft, Kept] = Together(
            self._written, most=MOST_DRAWS, refused=DBAPIError
        )

    async def approach(self, actor: Actor, room_id: str) -> Approached | None:
        """The room that somebody comes to; None where there is none."""
        return await self._approaching.get((room_id, actor.need_user().id))

    async def _approached(
        self, pairs: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Approached]:
        return await arriving.approached(self._lane(), pairs)

    async def join(self, newcomer: Newcomer) -> Participant | None:
        """Lets somebody in for the first time, with those who come at the same moment."""
        if claimed() is not None:
            return None
        joined: Participant | None = await self._core.writer.write_together(
            newcomer.room_id, newcomer, self._join
        )
        return joined

    async def _join(self, newcomers: Sequence[Newcomer]) -> Written:
        sources = self._core.sources
        now, outbox_id = sources.now(), sources.new_id()
        room_id = newcomers[0].room_id
        people = [
            Participant(
                id=sources.new_id(),
                user_id=one.person.id,
                room_id=room_id,
                role=one.role,
                metadata=one.metadata,
                joined_at=now,
                updated_at=now,
                deleted_at=None,
                user=one.person,
            )
            for one in newcomers
        ]
        told = {person.id: wire(person) for person in people}
        joining = [
            Joining(
                person.id,
                person.user_id,
                person.role,
                orjson.dumps(person.metadata).decode(),
                orjson.dumps(told[person.id]).decode(),
            )
            for person in people
        ]
        seqs = await arriving.join(self._lane(), room_id, joining, now, outbox_id)
        events = [
            Event(room_id, "participant:joined", told[one], now, seq) for one, seq in seqs.items()
        ]
        results = [person if person.id in seqs else None for person in people]
        return Written(results, events, outbox_id if events else None)

    async def gather(self, actor: Actor, room_id: str, prize_id: str | None) -> Gathered:
        """What a draw is made from, for somebody who may draw; read with those of other rooms."""
        user_id = actor.user.id if actor.user else ""
        found = await self._gathering.get(Wanted(room_id, user_id, prize_id))
        if found is None:
            raise NotFound("There is no such room.")
        role = Role.ADMIN if actor.is_admin else found.role
        room = found.room
        let_in(actor, Act.DRAW, role, is_public=room.is_public, owner=room.organizer)
        return found

    async def _gathered(self, wanted: Collection[Wanted]) -> Mapping[Wanted, Gathered]:
        asked = list(wanted)
        known = [self._known(one.room_id) for one in asked]
        found = await gathering.gathered(self._lane(), asked, known)
        for one in found.values():
            self._keep(one.people)
        return found

    def _known(self, room_id: str) -> People | None:
        kept = self._people.get(room_id)
        if kept is None or self._core.sources.monotonic() - kept[0] > KEPT_SECONDS:
            return None
        return kept[1]

    def _keep(self, people: People) -> None:
        if len(people.ids) > MOST_PEOPLE:
            return
        read, known = self._people.pop(people.room_id, (0.0, None))
        if known is None or known.columns is not people.columns:
            read = self._core.sources.monotonic()
            # A hall's people take a megabyte, and are of no use to anybody after that.
            loop = asyncio.get_running_loop()
            loop.call_later(KEPT_SECONDS, self._forget, people.room_id, read)
        self._people[people.room_id] = (read, people)
        if len(self._people) > MOST_ROOMS:
            del self._people[next(iter(self._people))]

    def _forget(self, room_id: str, read: float) -> None:
        if room_id in self._people and self._people[room_id][0] == read:
            del self._people[room_id]

    def _lane(self) -> Lane:
        lane = self._core.db.lane
        assert lane is not None
        return lane

    async def draw(self, outcome: Outcome) -> list[Winner] | None:
        """Writes a draw, if nothing that it was made from has changed."""
        if claimed() is not None:
            return None
        winners: list[Winner] | None = await self._core.writer.write_together(
            outcome.room.id, outcome, self._draw
        )
        return winners

    async def _draw(self, outcomes: Sequence[Outcome]) -> Written:
        # Of several that were made from the same moment only the first can be written; the
        # others find that out by the long way.
        outcome, sources = outcomes[0], self._core.sources
        now, outbox_id, prize = sources.now(), sources.new_id(), outcome.prize
        room_id = outcome.room.id
        winners = [
            Winner(
                id=sources.new_id(),
                room_id=room_id,
                participant_id=pick.participant_id,
                prize_id=prize.id,
                metadata=pick.metadata,
                created_at=now,
                deleted_at=None,
                participant=outcome.people[pick.participant_id],
                prize=PrizeRef(prize.id, prize.name, prize.description, prize.image_url),
            )
            for pick in outcome.picks
        ]
        told = [wire(winner) for winner in winners]
        wins = [
            Win(
                winner.id,
                winner.participant,
                orjson.dumps(winner.metadata).decode(),
                orjson.dumps(text).decode(),
                won_notice(outcome.room, winner),
            )
            for winner, text in zip(winners, told, strict=True)
        ]
        draft = Draft(outcome.record, wins, outcome.revision, now, outbox_id)
        kept = await self._writing.get(draft)
        nothing = [None] * (len(outcomes) - 1)
        if kept is None:
            return Written([None, *nothing])
        if kept.brought:
            self._core.to_deliver.set()
        first = kept.last - len(wins) + 1
        events = [
            Event(room_id, "winner:selected", text, now, seq)
            for seq, text in enumerate(told, first)
        ]
        return Written([winners, *nothing], events, outbox_id)

    async def _written(self, drafts: Collection[Draft]) -> Mapping[Draft, Kept]:
        return await drawing.draw(self._lane(), list(drafts))

    def record(
        self,
        actor: Actor,
        gathered: Gathered,
        picks: Sequence[Pick],
        *,
        app_id: str,
        fell_back: bool,
        seed: bytes,
        kept: JsonObject,
    ) -> Drawn:
        """The record of a draw; `app_id` decided, `kept` is what it wants kept of that."""
        sources, prize = self._core.sources, gathered.prize
        assert prize is not None
        version = gathered.versions.get(app_id) or self._core.registry.manifest(app_id).version
        drawn = {
            "prizeId": prize.id,
            "winners": [pick.participant_id for pick in picks],
            "by": app_id,
        }
        return Drawn(
            draw_id=sources.new_id(),
            room_id=gathered.room.id,
            prize_id=prize.id,
            app_id=app_id,
            version=version,
            fell_back=fell_back,
            seed=seed.hex(),
            entrants=gathered.entrants.ids,
            record=kept,
            drawn_by=actor.caller,
            audit_id=sources.new_id(),
            user_id=actor.user.id if actor.user else None,
            request_id=actor.request_id or None,
            logged=shortened(drawn) or {},
        )
