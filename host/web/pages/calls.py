"""The calls that were made to services for a room, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.store.deliveries import Delivered, Outcome
from host.web.pages.acting import actor_of, services_of
from host.web.pages.frame import apps_here, enter, show

ASKED = {
    "registration_form": "what guests are asked at the door",
    "register_participant": "whether somebody may come in",
    "prize_fund": "which prizes there are at first",
    "check_prize": "whether a prize will do",
    "select_winner": "who wins",
    "notify": "to bring somebody the news",
    "settings_panel": "for its page of settings",
    "check_settings": "whether settings will do",
}
CAME = {
    Outcome.ANSWERED: ("Answered", "good"),
    Outcome.REFUSED: ("Said no", "good"),
    Outcome.FAILED: ("Failed", "bad"),
    Outcome.LATE: ("Too late", "bad"),
}


@dataclass(frozen=True)
class CallLine:
    """One call: when, whom, what for, how it ended, how long it took."""

    at: datetime
    name: str
    asked: str
    chip: str
    chip_kind: str
    milliseconds: int
    why: str
    request_id: str | None


async def calls(request: Request) -> Response:
    """The last calls about this room, newest first."""
    view = await enter(request, Act.MANAGE_APPS)
    found = await services_of(request).calls.of_room(actor_of(request), view.room.id)
    here = await apps_here(request, view)
    names = {app.app_id: app.name for app in here}
    context = {
        "calls": [_line(call, names) for call in found.calls],
        "outages": [(names.get(one.app_id, one.app_id), one) for one in found.outages],
    }
    return await show(request, view, "apps", "pages/room/calls.html", context, apps=here)


def _line(call: Delivered, names: dict[str, str]) -> CallLine:
    (chip, kind), note = CAME[call.outcome], call.note or ""
    return CallLine(
        call.at,
        names.get(call.app_id, call.app_id),
        ASKED.get(call.hook, call.hook),
        chip,
        kind,
        call.milliseconds,
        note[:1].upper() + note[1:],
        call.request_id,
    )


def call_routes() -> list[Route]:
    """`/rooms/{room_id}/calls`."""
    return [Route("/rooms/{room_id}/calls", calls, name="calls")]
