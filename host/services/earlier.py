"""What a version before this one left to be done, in words that only it would write."""

from __future__ import annotations

from host.errors import NotFound
from host.services.core import Core
from host.services.notices import nudge_after, tell_winners
from host.services.writer import RoomTransaction
from host.store import winners
from host.store.jobs import Job

WON = "notice.won"
"""The news of a win, before there were inboxes: `{"roomId", "winnerId"}`."""


class Earlier:
    """Takes over jobs of before there were inboxes, whose winners may have heard nothing yet."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.jobs.handle(WON, self._won)

    async def _won(self, job: Job) -> None:
        """Writes the news where it stands today; a second time it is there already."""
        room_id, winner_id = job.payload["roomId"], job.payload["winnerId"]

        async def write(tx: RoomTransaction) -> None:
            winner = await winners.get(tx.conn, room_id, winner_id)
            if winner is None or winner.participant.deleted_at is not None:
                return
            told = await tell_winners(self._core, tx, [winner])
            nudge_after(self._core, tx, [user_id for user_id, _ in told])

        try:
            await self._core.writer.write(room_id, write, answers_call=False)
        except NotFound:
            # The room is deleted: there is nothing to be told of it.
            return
