"""What went where in a room: figures by channel, what failed and why, and calls sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from festoon_notifications.channels.webhook import Webhook
from festoon_notifications.outcomes import Outcome
from festoon_notifications.records import state_of, why_of
from festoon_notifications.tables import deliveries
from host import NotFound, RoomRequest, ValidationFailed, iso

if TYPE_CHECKING:
    from festoon_notifications.desk import Desks

MOST = 50
STATES = {
    "SENT": ("delivered", "good"),
    "LATER": ("tried again", "warn"),
    "CLAIMED": ("on its way", "warn"),
    "BOUNCED": ("address refused", "bad"),
    "REFUSED": ("refused", "bad"),
}


@dataclass(frozen=True)
class Line:
    """One line of the log; nobody's address stands in it."""

    message_id: str
    way: str
    channel: str
    said: str
    kind: str
    why: str | None
    tries: int
    at: str
    again: bool


class LogPages:
    """The log of a room."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    async def show(self, request: Request, here: RoomRequest) -> Response:
        """The log; a POST sends a call again, with the same id, signed as of now."""
        if request.method == "POST":
            form = await request.form()
            await self._again(here, str(form.get("message", "")), str(form.get("way", "")))
            return RedirectResponse(here.url("log?done=again"), 303)
        titles = {one.id: one.title for one in self._desks.of(here.ctx).channels}
        query = (
            sa.select(deliveries)
            .where(deliveries.c.room_id == here.room.id)
            .order_by(deliveries.c.at.desc())
            .limit(MOST)
        )
        counted = (
            sa.select(deliveries.c.way, deliveries.c.state, sa.func.count().label("many"))
            .where(deliveries.c.room_id == here.room.id)
            .group_by(deliveries.c.way, deliveries.c.state)
        )
        figures: dict[str, dict[str, int]] = {}
        async with here.ctx.database().read() as connection:
            rows = (await connection.execute(query)).all()
            for row in await connection.execute(counted):
                of = figures.setdefault(row.way.partition(":")[0], {})
                of[row.state] = of.get(row.state, 0) + row.many
        lines = []
        for row in rows:
            channel = row.way.partition(":")[0]
            said, kind = STATES.get(row.state, (row.state, ""))
            again = channel == Webhook.id and row.sent is not None
            line = Line(
                row.message_id,
                row.way,
                titles.get(channel, channel),
                said,
                kind,
                row.why,
                row.tries,
                row.at,
                again,
            )
            lines.append(line)
        words = {
            "lines": lines,
            "figures": [
                (titles.get(channel, channel), _counted(states))
                for channel, states in sorted(figures.items())
            ],
            "done": request.query_params.get("done", ""),
            "has_webhook": bool(here.ctx.settings.get("webhookUrl")),
        }
        return here.render("notifications/log.html", words)

    async def _again(self, here: RoomRequest, message_id: str, way: str) -> None:
        desk = self._desks.of(here.ctx)
        url = here.ctx.settings.get("webhookUrl", "")
        secret = here.ctx.settings.get("webhookSecret", "")
        if not url or not secret:
            raise ValidationFailed("There is no address to send it to; see the settings.", {})
        same = (
            deliveries.c.room_id == here.room.id,
            deliveries.c.message_id == message_id,
            deliveries.c.way == way,
        )
        async with desk.database.read() as connection:
            row = (await connection.execute(sa.select(deliveries).where(*same))).first()
        webhook = next((one for one in desk.channels if isinstance(one, Webhook)), None)
        if row is None or row.sent is None or webhook is None:
            raise NotFound("There is no such call.")
        outcome: Outcome = await webhook.call(here.ctx, url, secret, message_id, row.sent)
        values = {
            "state": state_of(outcome),
            "why": why_of(outcome),
            "tries": row.tries + 1,
            "at": iso(here.ctx.now()),
        }
        if row.state == "SENT":
            # That it had arrived stays so, whatever becomes of saying it again.
            values["state"] = row.state
        async with desk.database.write() as connection:
            await connection.execute(deliveries.update().where(*same).values(values))


def _counted(states: dict[str, int]) -> dict[str, int]:
    return {
        "sent": states.get("SENT", 0),
        "waiting": states.get("LATER", 0) + states.get("CLAIMED", 0),
        "failed": states.get("BOUNCED", 0) + states.get("REFUSED", 0),
    }
