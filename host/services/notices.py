"""Telling a winner by whoever delivers notifications in the room: after the commit, until it is.

What has to be told is written in the transaction of the win, as a job. An application that
delivers later (`async` in its manifest) is asked again with the same id until it has taken the
notification; whoever fails for good leaves it to the platform's inbox.
"""

from __future__ import annotations

from collections.abc import Iterable

from host.access import ANYONE
from host.contract import Capability, Delivery, Notification, Room, Winner
from host.errors import Unavailable
from host.services.core import Core
from host.services.delegation import PLATFORM, decide, withheld
from host.services.writer import RoomTransaction
from host.store import room_apps, rooms, winners
from host.store.jobs import Job

WON = "notice.won"
TRIES = 30
"""More than any service is asked, so that the platform has its turn."""


class Notices:
    """Where the platform itself delivers, winners hear it by the event, and nothing is done."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.jobs.handle(WON, self._won, tries=TRIES)

    async def _won(self, job: Job) -> None:
        async with self._core.db.read() as connection:
            room = await rooms.get(connection, job.payload["roomId"])
            winner = await winners.get(
                connection, job.payload["roomId"], job.payload["winnerId"], deleted=False
            )
            if room is None or winner is None or winner.participant.deleted_at is not None:
                return
            chosen = (await room_apps.answerers(connection, room.id)).get(Capability.NOTIFICATIONS)
        if chosen is None:
            return
        await self._deliver(job, chosen.app_id, room, _of(job, room, winner))

    async def _deliver(self, job: Job, app_id: str, room: Room, notification: Notification) -> None:
        dispatch = self._core.dispatch
        unreviewed = await withheld(self._core, Capability.NOTIFICATIONS, app_id)
        if not unreviewed and job.attempts < await dispatch.tries("notify", app_id, room):
            delivery = await dispatch.call("notify", app_id, room, notification=notification)
        else:
            decision = await decide(self._core, ANYONE, room, "notify", notification=notification)
            app_id, delivery = decision.app_id, decision.value
        if not isinstance(delivery, Delivery) or not delivery.delivered:
            raise Unavailable(f"The application '{app_id}' did not deliver it.")


async def tell_winners(core: Core, tx: RoomTransaction, won: Iterable[Winner]) -> None:
    """Has these winners told once the transaction is committed."""
    for winner in won:
        about = {"roomId": tx.room.id, "winnerId": winner.id}
        await core.jobs.enqueue(tx.conn, WON, about)


async def notifier(core: Core, room_id: str) -> str | None:
    """The application that delivers in a room; None where that is the platform."""
    async with core.db.read() as connection:
        chosen = (await room_apps.answerers(connection, room_id)).get(Capability.NOTIFICATIONS)
    return chosen.app_id if chosen and chosen.app_id != PLATFORM else None


def _of(job: Job, room: Room, winner: Winner) -> Notification:
    return Notification(
        id=job.id,
        user_id=winner.participant.user_id,
        kind="winner:selected",
        title="You won!",
        body=f"“{winner.prize.name}” in {room.name} is yours.",
        data={"winnerId": winner.id, "prizeId": winner.prize_id},
    )
