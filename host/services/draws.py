"""Draws: the host gathers, the application decides, the host checks and writes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from host.access import Act, Actor
from host.contract import Participant, Prize, Refusal, Role, Room, RoomStatus, Selection, Winner
from host.errors import Conflict, NotFound, PrizeExhausted, RoomNotActive
from host.services.audit import record
from host.services.core import Core
from host.services.delegation import Decision, decide
from host.services.entry import enter
from host.services.notices import tell_winners
from host.services.rush import Outcome, Rush
from host.services.text import unstorable
from host.services.winners import announce, congratulate, give
from host.services.writer import RoomTransaction
from host.store import participants, prizes, room_apps, rooms
from host.store import winners as store
from host.store.gathering import Entrants, Gathered

SEED_BYTES = 32


@dataclass(frozen=True)
class _Inputs:
    """What a draw is made from, read at one moment."""

    room: Room
    prize: Prize
    entrants: Sequence[Participant]
    revision: int
    gathered: Gathered | None = None
    """All that was read, where it was one statement."""


class Draws:
    """Finds winners through the room's `winnerSelection`."""

    def __init__(self, core: Core, rush: Rush) -> None:
        self._core = core
        self._rush = rush

    async def draw(
        self,
        actor: Actor,
        room_id: str,
        prize_id: str | None = None,
        count: int = 1,
        *,
        admitted: bool = False,
    ) -> list[Winner]:
        """Draws `count` winners of a prize, by default of the oldest one with units left.

        Raises `RoomNotActive`, `PrizeExhausted`, `Conflict` (too few who can win, refused by the
        application, or the room changed while it was drawing), `DelegationFailed` or
        `DelegationTimeout`. Whatever it raises, nothing was drawn. `admitted`: that the actor may
        draw was looked at before.
        """
        lane = self._core.lane_for(actor)
        if lane is None and not admitted:
            await enter(self._core, actor, room_id, Act.DRAW)
        turn = self._core.turns.setdefault(room_id, asyncio.Lock())
        async with turn:
            if lane is None:
                inputs = await self._gather(room_id, prize_id, count)
            else:
                found = await self._rush.gather(actor, room_id, prize_id)
                inputs = _checked(_inputs(found, prize_id), count)
            gathered = inputs.gathered
            seed = self._core.sources.random_bytes(SEED_BYTES)
            decision = await decide(
                self._core,
                actor,
                inputs.room,
                "select_winner",
                lambda answer: _what_is_wrong(answer, inputs.entrants, count),
                answerers=gathered.answerers if gathered else None,
                prize=inputs.prize,
                entrants=inputs.entrants,
                count=count,
                seed=seed,
            )
            if isinstance(decision.value, Refusal):
                raise Conflict(decision.value.reason)
            winners = await self._write_at_once(actor, inputs, decision, seed)
            if winners is None:
                winners = await self._write(actor, inputs, decision, seed, count)
        announce(self._core, inputs.room, winners, on=gathered.enabled if gathered else None)
        congratulate(self._core, inputs.room, winners)
        return winners

    async def _write_at_once(
        self, actor: Actor, inputs: _Inputs, decision: Decision, seed: bytes
    ) -> list[Winner] | None:
        """As `_write`, by one statement; None where that has to find out what is the matter."""
        gathered, selection = inputs.gathered, decision.value
        if gathered is None:
            return None
        picks = selection.winners
        record = self._rush.record(
            actor,
            gathered,
            picks,
            app_id=decision.app_id,
            fell_back=decision.fell_back,
            seed=seed,
            kept=selection.record,
        )
        people = {
            pick.participant_id: gathered.entrants.by_id(pick.participant_id) for pick in picks
        }
        outcome = Outcome(inputs.room, inputs.prize, picks, inputs.revision, record, people)
        return await self._rush.draw(outcome)

    async def _gather(self, room_id: str, prize_id: str | None, count: int) -> _Inputs:
        async with self._core.db.read() as conn:
            # The revision first: what changes after it is noticed when writing.
            revision = await rooms.winner_revision(conn, room_id)
            room = await rooms.get(conn, room_id)
            if room is None:
                raise NotFound("There is no such room.")
            fund = await prizes.everything(conn, room_id)
            named = _named(fund, prize_id) if prize_id is not None else None
            _need_active(room)
            prize = named or _with_units_left(fund)
            holders = await store.holders(conn, prize.id)
            everyone = await participants.everyone(conn, room_id, Role.PARTICIPANT)
        entrants = [person for person in everyone if person.id not in holders]
        return _checked(_Inputs(room, prize, entrants, revision), count)

    async def _write(
        self, actor: Actor, inputs: _Inputs, decision: Decision, seed: bytes, count: int
    ) -> list[Winner]:
        selection: Selection = decision.value
        room_id, prize = inputs.room.id, inputs.prize
        chosen = [pick.participant_id for pick in selection.winners]

        async def write(tx: RoomTransaction) -> list[Winner]:
            _need_active(tx.room)
            current = await prizes.get(tx.conn, room_id, prize.id)
            if current is None:
                raise NotFound("There is no such prize in this room.")
            if current.quantity_remaining < count:
                raise PrizeExhausted(
                    f"Every “{prize.name}” has been won.", details={"prizeId": prize.id}
                )
            here = await participants.still_entrants(tx.conn, room_id, chosen)
            if tx.winner_revision != inputs.revision or len(here) != count:
                raise Conflict(
                    "The room changed while the draw was made. Nothing was drawn; draw again."
                )
            draw_id = tx.sources.new_id()
            await store.insert_draw(
                tx.conn,
                draw_id=draw_id,
                room_id=room_id,
                prize_id=prize.id,
                app_id=decision.app_id,
                manifest_version=await self._version(tx, decision.app_id),
                fallback=decision.fell_back,
                seed=seed,
                count=count,
                entrants=[person.id for person in inputs.entrants],
                record=selection.record,
                drawn_by=actor.caller,
                now=tx.now,
            )
            by_id = {person.id: person for person in inputs.entrants}
            winners = [
                await give(tx, by_id[pick.participant_id], prize, pick.metadata, draw_id=draw_id)
                for pick in selection.winners
            ]
            await tell_winners(self._core, tx, winners)
            drawn = {"prizeId": prize.id, "winners": chosen, "by": decision.app_id}
            await record(tx, actor, "draw", subject_id=draw_id, after=drawn)
            return winners

        return await self._core.writer.write(room_id, write)

    async def _version(self, tx: RoomTransaction, app_id: str) -> str:
        """The version that the room is locked to; the platform's is the host's own."""
        app = await room_apps.get(tx.conn, tx.room.id, app_id)
        return app.manifest_version if app else self._core.registry.manifest(app_id).version


def _what_is_wrong(answer: object, entrants: Sequence[Participant], count: int) -> str | None:
    """The rules of a draw that no application may break."""
    if not isinstance(answer, Selection):
        return None
    chosen = [pick.participant_id for pick in answer.winners]
    known = set(
        entrants.ids if isinstance(entrants, Entrants) else [person.id for person in entrants]
    )
    if len(chosen) != count:
        return f"It named {len(chosen)} winners where {count} were asked for."
    if any(one not in known for one in chosen):
        return "It named someone who is not among the entrants."
    if any(times > 1 for times in Counter(chosen).values()):
        return "It named the same person twice."
    if any(unstorable(pick.metadata) for pick in answer.winners):
        return "What it keeps beside a win is not plain JSON that can be stored."
    if unstorable(answer.record):
        return "What it keeps of the draw is not plain JSON that can be stored."
    return None


def _checked(inputs: _Inputs, count: int) -> _Inputs:
    """Inputs with enough units and people."""
    prize, entrants = inputs.prize, inputs.entrants
    if prize.quantity_remaining < count:
        raise PrizeExhausted(
            f"“{prize.name}” has {prize.quantity_remaining} left, fewer than {count}.",
            details={"prizeId": prize.id, "quantityRemaining": prize.quantity_remaining},
        )
    if len(entrants) < count:
        raise Conflict(
            f"Only {len(entrants)} can still win this prize, fewer than {count}."
            if entrants
            else "There is nobody in the room who can still win this prize.",
            details={"entrants": len(entrants)},
        )
    return inputs


def _inputs(found: Gathered, prize_id: str | None) -> _Inputs:
    prize = found.prize
    if prize is None and prize_id is not None:
        raise NotFound("There is no such prize in this room.")
    _need_active(found.room)
    if prize is None:
        raise _exhausted(any_prize=found.room.counts.prizes > 0)
    return _Inputs(found.room, prize, found.entrants, found.revision, found)


def _need_active(room: Room) -> None:
    if room.status is not RoomStatus.ACTIVE:
        raise RoomNotActive(
            "Winners can be drawn while the room is open.", details={"status": room.status.value}
        )


def _named(fund: Sequence[Prize], prize_id: str) -> Prize:
    chosen = next((prize for prize in fund if prize.id == prize_id), None)
    if chosen is None:
        raise NotFound("There is no such prize in this room.")
    return chosen


def _with_units_left(fund: Sequence[Prize]) -> Prize:
    left = next((prize for prize in fund if prize.quantity_remaining > 0), None)
    if left is None:
        raise _exhausted(any_prize=bool(fund))
    return left


def _exhausted(*, any_prize: bool) -> PrizeExhausted:
    return PrizeExhausted(
        "Every prize has been won." if any_prize else "There is no prize yet. Add one first."
    )
