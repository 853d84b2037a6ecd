"""Writes to one room, in order and in groups.

The room's row lock is held until a commit is on disk, so writes that arrive together share
one transaction: each operation runs under a savepoint of its own, gets its own answer or its
own refusal, and their events take one range of seqs. Across processes the row lock orders the
groups.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Audience, Event, JsonObject, Room, RoomCounts
from host.errors import FestoonError, NotFound, Unavailable, ValidationFailed
from host.ids import Sources
from host.services.idempotency import claimed, keep_answer
from host.services.outbox import Outbox
from host.services.text import unstorable
from host.store import audit, events, rooms
from host.store.engine import Database
from host.store.faults import explained

T = TypeVar("T")
GROUP = 64
"""The most operations that share a transaction: enough for a rush, short enough to wait for."""
LONGEST_NAME, LONGEST_AUDIENCE = 120, 80
"""Characters that the event log keeps of an event's name and of its audience."""
WRAPPED = 8
"""Levels that an event may add around what came in with all the nesting that is allowed."""


@dataclass
class _Pending:
    events: list[Event] = field(default_factory=list)
    participants: int = 0
    prizes: int = 0
    winners: int = 0
    revisions: int = 0

    def copy(self) -> _Pending:
        return replace(self, events=list(self.events))


class RoomTransaction:
    """What an operation is given: the connection, the locked room, and a way to tell of it."""

    def __init__(self, conn: AsyncConnection, locked: rooms.LockedRoom, sources: Sources) -> None:
        """`locked` is held until the transaction ends."""
        self.conn = conn
        self.now = sources.now()
        self.sources = sources
        self.winner_revision = locked.winner_revision
        self.door = locked.door
        self._room = locked.room
        self._first = locked.event_seq
        self.pending = _Pending()

    @property
    def room(self) -> Room:
        """The room as this transaction sees it, its counts included."""
        counts, p = self._room.counts, self.pending
        return replace(
            self._room,
            counts=RoomCounts(
                counts.participants + p.participants,
                counts.prizes + p.prizes,
                counts.winners + p.winners,
            ),
        )

    @property
    def seq(self) -> int:
        """The seq of the newest event, those of this transaction included."""
        return self._first + len(self.pending.events)

    def emit(
        self,
        event: str,
        data: JsonObject,
        *,
        editor_data: JsonObject | None = None,
        audience: str = Audience.ALL,
    ) -> int:
        """Appends a durable event with the next seq, and answers that seq.

        Raises `ValidationFailed` for what the database would refuse: events are written
        together at the end, where one that is refused would take the others along.
        """
        if why := _unwritable(event, data, editor_data, audience):
            raise ValidationFailed(f"The event '{event[:LONGEST_NAME]}' {why}.")
        seq = self.seq + 1
        self.pending.events.append(
            Event(self.room.id, event, data, self.now, seq, editor_data, audience)
        )
        return seq

    def count(self, *, participants: int = 0, prizes: int = 0, winners: int = 0) -> None:
        """Moves the room's counts, with the transaction."""
        self.pending.participants += participants
        self.pending.prizes += prizes
        self.pending.winners += winners
        if winners:
            self.pending.revisions += 1
            self.winner_revision += 1

    async def reload(self) -> None:
        """Reads the room again after an operation changed its row."""
        found = await rooms.get(self.conn, self._room.id)
        if found is not None:
            self._room = found

    async def audit(self, act: str, actor_id: str | None, **more: Any) -> None:
        """Writes an audit entry with this transaction."""
        await audit.append(
            self.conn,
            entry_id=self.sources.new_id(),
            act=act,
            now=self.now,
            room_id=self._room.id,
            actor_id=actor_id,
            **more,
        )

    async def alone(self, operation: Callable[[RoomTransaction], Awaitable[T]]) -> T:
        """Runs the transaction's only operation: when it raises, all of it must be undone."""
        result = await operation(self)
        await keep_answer(self.conn, result)
        return result

    async def attempt(self, operation: Callable[[RoomTransaction], Awaitable[T]]) -> T:
        """Runs an operation; when it raises, nothing of it stays."""
        before, revision, room = self.pending.copy(), self.winner_revision, self._room
        door = self.door
        try:
            async with self.conn.begin_nested():
                return await self.alone(operation)
        except BaseException:
            self.pending, self.winner_revision, self._room = before, revision, room
            self.door = door
            raise

    async def flush(self) -> str | None:
        """Writes counters, events and the outbox row; answers the row's id if there is one."""
        p = self.pending
        if not p.events and not (p.participants or p.prizes or p.winners):
            return None
        await rooms.advance(
            self.conn,
            self._room.id,
            event_seq=self.seq,
            participants=p.participants,
            prizes=p.prizes,
            winners=p.winners,
            revisions=p.revisions,
        )
        if not p.events:
            return None
        await events.append(self.conn, p.events)
        outbox_id = self.sources.new_id()
        await events.put_in_outbox(
            self.conn, outbox_id, self._room.id, self._first + 1, self.seq, self.now
        )
        return outbox_id


def _unwritable(
    event: str, data: JsonObject, editor_data: JsonObject | None, audience: str
) -> str | None:
    if not 0 < len(event) <= LONGEST_NAME or not 0 < len(audience) <= LONGEST_AUDIENCE:
        return "or its audience has a name that is too long"
    return unstorable([event, audience, data, editor_data], -WRAPPED)


Operation = Callable[[RoomTransaction], Awaitable[Any]]


class RoomWriter:
    """The one way to write to a room."""

    def __init__(self, db: Database, sources: Sources, outbox: Outbox) -> None:
        """Events are handed to `outbox` after the commit and before the answer."""
        self._db = db
        self._sources = sources
        self._outbox = outbox
        self._waiting: dict[str, deque[_Asked | _Item]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}

    async def write(
        self,
        room_id: str,
        operation: Callable[[RoomTransaction], Awaitable[T]],
        *,
        answers_call: bool = True,
    ) -> T:
        """Runs `operation(tx)`; its answer returns when the commit is on disk.

        `answers_call` False for a write beside the call's own, whose result must not be kept
        as the answer under the call's idempotency key.

        Raises what the operation raised, `NotFound` where there is no such room, `Conflict`
        for a broken constraint, `Unavailable` when the database failed. A caller that is
        cancelled while waiting may find its write done.
        """
        loop = asyncio.get_running_loop()
        asked = _Asked(operation, loop.create_future(), claimed() if answers_call else None)
        self._put(room_id, asked)
        result: T = await asked.answer
        return result

    async def write_together(
        self,
        room_id: str,
        item: Any,
        run: Callable[[Sequence[Any]], Awaitable[Written]],
    ) -> Any:
        """Gives `item` to `run`, with those that wait beside it for the same `run`, in its turn.

        `run` writes by a transaction of its own. None where it did not, and `write` is to find
        out why.
        """
        loop = asyncio.get_running_loop()
        asked = _Item(item, run, loop.create_future())
        self._put(room_id, asked)
        return await asked.answer

    async def close(self) -> None:
        """Waits until everything that was asked for is written."""
        await asyncio.gather(*self._workers.values(), return_exceptions=True)

    def _put(self, room_id: str, asked: _Asked | _Item) -> None:
        self._waiting.setdefault(room_id, deque()).append(asked)
        if room_id not in self._workers:
            loop = asyncio.get_running_loop()
            self._workers[room_id] = loop.create_task(self._drain(room_id))

    async def _drain(self, room_id: str) -> None:
        waiting = self._waiting[room_id]
        try:
            while waiting:
                first = waiting[0]
                group = [waiting.popleft()]
                while waiting and len(group) < GROUP and waiting[0].kind == first.kind:
                    group.append(waiting.popleft())
                if isinstance(first, _Item):
                    await self._run(room_id, first.run, group)
                else:
                    living = [a for a in group if not a.answer.cancelled()]
                    await self._commit(room_id, living)  # type: ignore[arg-type]
        finally:
            del self._workers[room_id], self._waiting[room_id]
            for asked in waiting:
                asked.refuse(Unavailable("The host is stopping. Try again in a moment."))

    async def _run(
        self,
        room_id: str,
        run: Callable[[Sequence[Any]], Awaitable[Written]],
        group: Sequence[_Asked | _Item],
    ) -> None:
        items = [asked for asked in group if isinstance(asked, _Item)]
        try:
            written = await run([asked.item for asked in items])
        except DBAPIError:
            # Nothing of it stays. Which of them it was about, the long way finds out.
            written = Written([None] * len(items))
        except Exception as error:
            for asked in items:
                asked.refuse(error)
            return
        except asyncio.CancelledError:
            for asked in items:
                asked.refuse(Unavailable("The host is stopping. Try again in a moment."))
            raise
        if written.outbox_id is not None:
            await self._outbox.announce(room_id, written.events, written.outbox_id)
        for asked, result in zip(items, written.results, strict=True):
            if not asked.answer.cancelled():
                asked.answer.set_result(result)

    async def _commit(self, room_id: str, group: list[_Asked]) -> None:
        outcomes: list[_Outcome] = []
        try:
            async with self._db.write() as conn:
                locked = await rooms.lock(conn, room_id)
                if locked is None:
                    raise NotFound("There is no such room.")
                tx = RoomTransaction(conn, locked, self._sources)
                if len(group) == 1:
                    # No savepoint, which would be two more questions to the database.
                    with group[0].claim_set():
                        outcomes.append((group[0], await tx.alone(group[0].operation), None))
                else:
                    outcomes = [await _attempted(tx, asked) for asked in group]
                outbox_id = await tx.flush()
        except Exception as error:
            own = {id(asked): failure for asked, _, failure in outcomes if failure is not None}
            for asked in group:
                asked.refuse(own.get(id(asked), error))
            return
        except asyncio.CancelledError:
            for asked in group:
                asked.refuse(Unavailable("The host is stopping. Try again in a moment."))
            raise
        if outbox_id is not None:
            await self._outbox.announce(room_id, tx.pending.events, outbox_id)
        for asked, result, failure in outcomes:
            if failure is not None:
                asked.refuse(failure)
            elif not asked.answer.cancelled():
                asked.answer.set_result(result)


async def _attempted(tx: RoomTransaction, asked: _Asked) -> _Outcome:
    try:
        with asked.claim_set():
            return asked, await tx.attempt(asked.operation), None
    except Exception as error:
        return asked, None, error


@dataclass(frozen=True)
class Written:
    """What a `run` wrote: a result for each of its items, None where it wrote nothing for it."""

    results: Sequence[Any]
    events: Sequence[Event] = ()
    outbox_id: str | None = None


class _Asked:
    """One operation that waits for its turn, and the caller that waits for it."""

    kind: object = None
    """Those of one kind share a transaction."""

    def __init__(self, operation: Operation, answer: asyncio.Future[Any], claim: Any) -> None:
        self.operation = operation
        self.answer = answer
        self._claim = claim

    def claim_set(self) -> Any:
        # The worker's task is not the caller's: its idempotency claim has to be carried over.
        return claimed.during(self._claim)

    def refuse(self, error: BaseException) -> None:
        if self.answer.done():
            return
        if isinstance(error, DBAPIError):
            explanation: FestoonError = explained(error)
            explanation.__cause__ = error
            self.answer.set_exception(explanation)
        else:
            self.answer.set_exception(error)


class _Item:
    """Something that waits to be written with others of its kind."""

    def __init__(
        self,
        item: Any,
        run: Callable[[Sequence[Any]], Awaitable[Written]],
        answer: asyncio.Future[Any],
    ) -> None:
        self.item = item
        self.run = run
        self.kind: object = run
        self.answer = answer

    def refuse(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


_Outcome = tuple[_Asked, Any, BaseException | None]
