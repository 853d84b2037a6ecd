"""Bringing notifications to people by whoever does it in their room, after the commit.

Every process takes what is due, a few at a time, and has it to itself for a while: after a crash
another one goes on, with the same id. What came of those that ended is written together, in the
transaction that takes the next ones, and how many are taken is for `pace` to say, so that ten
thousand hold up nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Delivery
from host.errors import FestoonError
from host.realtime.ending import end
from host.services.bringing import Bringing, Held, Nothing, Tried
from host.services.core import Core
from host.services.pace import Pace
from host.store import sending as store
from host.store.sending import Ended, Sending, State

log = logging.getLogger("festoon.notices")

SLOTS = 16
"""How many notifications one process brings at once."""
LEASE_SECONDS = 40.0
"""How long they are its own: longer than asking for one may take, and all it takes around that."""
RUN_SECONDS = 25.0
POLL_SECONDS = 3.0
GATHER_SECONDS = 0.02
"""How long one that ended waits for others, to be written with them."""
CROWDED_SECONDS = 0.25
"""As long as more are due than are taken at once."""
TRIES = 8
"""Of applications that run here; services say themselves how often they want to be asked."""
FIRST_PAUSE = 2.0
"""The seconds before the second try, doubled each time."""
LONGEST_PAUSE = 900.0
TOLD_AT = 3
"""The try after which organizers hear that it does not work, however many there are."""
TOLD_EVERY = timedelta(minutes=10)
"""So often at most, of one application in one room."""


@dataclass(frozen=True)
class _Outcome:
    """What came of one that was taken; `ended` None for what is to be forgotten."""

    sending: Sending
    ended: Ended | None
    digest: Held | None = None


class Deliverer:
    """One for each process."""

    def __init__(self, core: Core, *, first_pause: float = FIRST_PAUSE) -> None:
        """`first_pause`: seconds before the second try."""
        self._core = core
        self._bringing = Bringing(core)
        self._pace = Pace(core.config.figures.brought_per_second)
        self._crowded = False
        self.first_pause = first_pause
        self._done: list[_Outcome] = []
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins, with what earlier processes left."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="deliverer")

    async def stop(self, seconds: float = 5.0) -> None:
        """Takes no more; what is under way after `seconds` is left to another process."""
        if self._task is not None:
            await end(self._task)
            self._task = None
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                await end(task)
        with suppress(Exception):
            await self._turn(take=False)

    async def _run(self) -> None:
        woken = self._core.to_deliver
        while True:
            woken.clear()
            try:
                pause = await self._turn()
            except Exception:
                log.exception("bringing notifications failed, it goes on")
                pause = POLL_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await woken.wait()
            if self._running or self._crowded:
                await self._gather(CROWDED_SECONDS if self._crowded else GATHER_SECONDS)

    async def _gather(self, seconds: float) -> None:
        """Lets others end in a moment: together they are one transaction."""
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.sleep(seconds)
        self._pace.seen(loop.time() - before - seconds)

    async def _turn(self, *, take: bool = True) -> float:
        """Writes what has ended and takes what is due; the seconds after which to look again."""
        core, now = self._core, self._core.sources.now()
        slots = SLOTS - len(self._running) if take else 0
        free = min(slots, self._pace.free(asyncio.get_running_loop().time()))
        if slots and not free:
            # What has ended is written with what is taken next.
            return self._pace.wait()
        if free and not self._done:
            # A question that costs a reader little, and on SQLite keeps no writer waiting.
            async with core.db.read() as connection:
                due = await store.next_due(connection)
            if due is None or due > now:
                self._crowded = False
                wait = POLL_SECONDS if due is None else (due - now).total_seconds()
                return min(wait, POLL_SECONDS * self._spread())
        if not free and not self._done:
            return POLL_SECONDS
        done, taken = list(self._done), []
        until = now + timedelta(seconds=LEASE_SECONDS)
        async with core.db.write() as connection:
            if late := await self._keep(connection, done):
                log.warning("%d notifications outlived their claims; they may come twice", late)
            if free:
                taken = await store.claim(connection, now=now, until=until, most=free)
        # Only now: what a failed commit did not keep is kept by the next.
        del self._done[: len(done)]
        self._crowded = bool(free) and len(taken) == free
        self._pace.took(len(taken))
        if taken:
            task = asyncio.get_running_loop().create_task(self._bring_all(taken))
            self._begun(task)
        if not free:
            return POLL_SECONDS
        # At once, for when the next is due; a little later where others are taking what is.
        return 0.0 if taken or done else self._spread() / 4

    async def _keep(self, connection: AsyncConnection, done: Sequence[_Outcome]) -> int:
        for one in done:
            if one.digest is not None and one.digest.digest_id is not None:
                await store.put_digest(
                    connection, one.digest.digest_id, one.sending, one.digest.until
                )
            if one.ended is None:
                await store.drop(connection, one.sending)
            elif one.sending.is_digest and one.ended.state not in store.OPEN:
                await store.end_digest(connection, one.ended)
        return await store.end(connection, [one.ended for one in done if one.ended is not None])

    def _begun(self, task: asyncio.Task[None]) -> None:
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _bring_all(self, taken: Sequence[Sending]) -> None:
        try:
            prepared = await self._bringing.prepare(taken)
        except Exception as error:
            log.exception("what notifications say could not be read")
            for one in taken:
                self._ended(self._put_off(one, told(error)))
            return
        for one in taken:
            self._begun(asyncio.get_running_loop().create_task(self._bring(one, prepared[one.id])))

    async def _bring(self, sending: Sending, found: Nothing | Held | Tried) -> None:
        try:
            self._ended(await self._brought(sending, found))
        except Exception:
            log.exception("notification %s: how it ended could not be told", sending.id)

    async def _brought(self, sending: Sending, found: Nothing | Held | Tried) -> _Outcome:
        now = self._core.sources.now()
        if isinstance(found, Nothing):
            if not found.channel:
                return _Outcome(sending, None)
            sent = Ended(sending, State.SENT, now, sending.tries, channel=found.channel)
            return _Outcome(sending, sent)
        if isinstance(found, Held):
            held = Ended(
                sending,
                State.HELD,
                now,
                sending.tries - 1,
                next_at=found.until if not found.digest_id else found.until + store.SAFETY,
                digest_id=found.digest_id,
            )
            return _Outcome(sending, held, found if found.digest_id else None)
        try:
            async with asyncio.timeout(RUN_SECONDS):
                delivery = await self._bringing.ask(found)
        except FestoonError as error:
            return await self._failed(sending, found, error.message)
        except TimeoutError:
            return await self._failed(sending, found, "It took too long.")
        return await self._answered(sending, found, delivery)

    async def _answered(self, sending: Sending, found: Tried, delivery: Delivery) -> _Outcome:
        now = self._core.sources.now()
        if delivery.delivered:
            channel = delivery.channel[:60]
            return _Outcome(
                sending, Ended(sending, State.SENT, now, sending.tries, channel=channel)
            )
        why = delivery.failed or "It was not delivered."
        if delivery.final:
            return _Outcome(sending, Ended(sending, State.FAILED, now, sending.tries, why=why))
        if delivery.again_in is not None:
            later = now + timedelta(seconds=min(delivery.again_in, LONGEST_PAUSE))
            return _Outcome(
                sending,
                Ended(sending, sending.state, now, sending.tries - 1, next_at=later, why=why),
            )
        return await self._failed(sending, found, why)

    async def _failed(self, sending: Sending, found: Tried, why: str) -> _Outcome:
        tries = await self._bringing.tries(found) or TRIES
        last = sending.tries >= tries
        if last or sending.tries == TOLD_AT:
            await self._bringing.report(found, why, every=TOLD_EVERY)
        if not last:
            return self._put_off(sending, why)
        log.error("notification %s is parked after %d tries: %s", sending.id, sending.tries, why)
        now = self._core.sources.now()
        return _Outcome(sending, Ended(sending, State.PARKED, now, sending.tries, why=why))

    def _put_off(self, sending: Sending, why: str) -> _Outcome:
        now = self._core.sources.now()
        pause = min(self.first_pause * 2 ** (sending.tries - 1), LONGEST_PAUSE) * self._spread()
        log.warning("notification %s, again in %.0f s: %s", sending.id, pause, why)
        later = now + timedelta(seconds=pause)
        return _Outcome(
            sending, Ended(sending, sending.state, now, sending.tries, next_at=later, why=why)
        )

    def _ended(self, outcome: _Outcome) -> None:
        self._done.append(outcome)
        self._core.to_deliver.set()

    def _spread(self) -> float:
        """From 0.75 to 1.25 by chance, so that processes do not all come at once."""
        return 0.75 + int.from_bytes(self._core.sources.random_bytes(2), "big") / 2**17


def told(error: Exception) -> str:
    """What went wrong, for the log and whoever looks after the host."""
    text = error.message if isinstance(error, FestoonError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
