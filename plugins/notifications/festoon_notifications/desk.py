"""Where a notification is taken from the host and handed to each way that leads to its reader."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint
from typing import NamedTuple
from weakref import WeakKeyDictionary

from festoon_notifications.buckets import Buckets
from festoon_notifications.channels import Asked, Channel, Message, Way, every_channel
from festoon_notifications.channels.in_app import InApp
from festoon_notifications.channels.webhook import Webhook, content
from festoon_notifications.outcomes import Bounced, Later, Outcome, Refused, Sent
from festoon_notifications.records import OVER, Record, Records
from festoon_notifications.vapid import Vapid
from festoon_notifications.wording import Text
from festoon_notifications.writing import Writing
from host import AppContext, AsyncDatabase, Delivery

SECONDS = 9.0
"""For all ways side by side: the host waits a second longer."""


class Path(NamedTuple):
    """A way, and the channel that goes it."""

    channel: Channel
    way: Way


class Desk:
    """The channels of one host in this process."""

    def __init__(self, ctx: AppContext, others: Iterable[EntryPoint] | None = None) -> None:
        """`others` are the channels of other distributions; None: what is installed."""
        self.database = ctx.database()
        self.vapid = Vapid(self.database)
        self.writing = Writing(self.database)
        self.records = Records(self.database)
        self.channels = every_channel(self.database, self.vapid, others)
        self._buckets = Buckets(self.database, ctx.now)

    async def deliver(self, asked: Asked) -> Delivery:
        """Goes every way that has not been gone yet.

        It is delivered when no way is left to try and one of them led somewhere; where all failed
        for good it is over as well. The inbox has it in any case; `failed` says what did not come.
        """
        paths = await self._paths(asked)
        if asked.room is None and all(path.channel.id == InApp.id for path in paths):
            # A code to sign in is in nobody's inbox.
            return Delivery(False, failed="no channel leads to the reader", final=True)
        known = await self.records.of(asked, [path.way for path in paths])
        left = [path for path in paths if not _over(known.get(path.way.key))]
        text = await self.writing.text(asked) if left else None
        outcomes: list[Outcome] = []
        if text is not None:
            outcomes = await asyncio.gather(*(self._go(asked, path, text) for path in left))
            await self._keep(asked, left, outcomes, known)
        said = dict(zip((path.way.key for path in left), outcomes, strict=True))
        return answered(paths, known, said)

    async def close(self) -> None:
        """Closes every connection."""
        for channel in self.channels:
            await channel.close()

    async def _paths(self, asked: Asked) -> list[Path]:
        told = asked.notification
        found: list[Path] = []
        for channel in self.channels:
            allowed = told.channels is None or channel.id in told.channels
            if channel.id in told.muted or not allowed:
                continue
            try:
                found += [Path(channel, way) for way in await channel.ways(asked)]
            except Exception:
                # One channel's trouble is not the others'.
                asked.ctx.log.exception("the channel %s does not say where it leads", channel.id)
        return found

    async def _go(self, asked: Asked, path: Path, text: Text) -> Outcome:
        channel, way = path
        room = asked.room.id if asked.room else ""
        wait = await self._buckets.take(f"{room}/{channel.id}", way.per_minute)
        if wait is not None:
            return Later("the limit of this channel is reached", wait)
        if way.once and not await self.records.claim(asked, way, asked.ctx.now()):
            return Sent()  # whoever has claimed it answers for it
        try:
            async with asyncio.timeout(SECONDS):
                return await channel.send(Message(asked, way, text))
        except TimeoutError:
            return Later("it took too long")
        except Exception as error:
            # Only the name: what went wrong may quote an address or a secret.
            asked.ctx.log.warning("the channel %s failed: %s", channel.id, type(error).__name__)
            return Later(f"the channel failed: {type(error).__name__}")

    async def _keep(
        self,
        asked: Asked,
        paths: Sequence[Path],
        outcomes: Sequence[Outcome],
        known: dict[str, Record],
    ) -> None:
        results = []
        for (channel, way), outcome in zip(paths, outcomes, strict=True):
            # What a limit held back was not tried, and the inbox is the host's to record.
            waited = isinstance(outcome, Later) and outcome.after is not None
            if not waited and channel.id != InApp.id:
                sent = None
                if isinstance(channel, Webhook):
                    sent = content(asked, way)
                results.append((way, outcome, sent))
        if results:
            await self.records.keep(asked, results, known, asked.ctx.now())


def answered(paths: Sequence[Path], known: dict[str, Record], said: dict[str, Outcome]) -> Delivery:
    """What the host is told: try again while a way is left, else delivered and how."""
    later = {key: one for key, one in said.items() if isinstance(one, Later)}
    if later:
        tried = {key: one for key, one in later.items() if one.after is None}
        why = "; ".join(f"{_name(key)}: {one.why}" for key, one in (tried or later).items())
        waits = [one.after for one in later.values() if one.after is not None]
        return Delivery(False, failed=why, again_in=None if tried else max(0.05, min(waits)))
    reached, failed = [], []
    for path in paths:
        key, outcome = path.way.key, said.get(path.way.key)
        before = known.get(key)
        good = isinstance(outcome, Sent) or (before is not None and before.state == "SENT")
        if good:
            reached.append(path.channel.id)
        elif isinstance(outcome, Bounced | Refused):
            failed.append(f"{path.channel.id}: {outcome.why}")
        elif before is not None:
            failed.append(f"{path.channel.id}: {before.why}")
    names = [name for name in dict.fromkeys(reached) if name != InApp.id]
    reasons = "; ".join(failed) or None
    if reasons and not names:
        # The inbox has it, and organizers are told that nothing else does.
        return Delivery(False, InApp.id, failed=reasons, final=True)
    return Delivery(True, ", ".join(names) or InApp.id, failed=reasons)


class Desks:
    """A desk for each host: a process of its own has one, tests may have several."""

    def __init__(self) -> None:
        self._desks: WeakKeyDictionary[AsyncDatabase, Desk] = WeakKeyDictionary()

    def of(self, ctx: AppContext) -> Desk:
        """The desk of the host that this context belongs to."""
        found = self._desks.get(ctx.database())
        if found is None:
            found = self._desks[ctx.database()] = Desk(ctx)
        return found

    async def close(self, ctx: AppContext) -> None:
        """The host is stopping."""
        desk = self._desks.pop(ctx.database(), None)
        if desk is not None:
            await desk.close()


def _over(record: Record | None) -> bool:
    return record is not None and record.state in OVER


def _name(key: str) -> str:
    return key.partition(":")[0]
