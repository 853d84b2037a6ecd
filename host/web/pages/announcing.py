"""The organizer's Announce tab: what to say, to whom and when, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.contract import Capability, Role
from host.errors import FestoonError, ValidationFailed
from host.services.announcements import LONGEST_BODY, LONGEST_TITLE, AnnouncementView
from host.services.rooms import RoomView
from host.store.announcements import ALL, WINNERS, Progress
from host.store.paging import PageRequest
from host.web.pages.acting import (
    act_once,
    actor_of,
    posted,
    see_other,
    sentences,
    services_of,
    text_of,
)
from host.web.pages.filters import tally
from host.web.pages.frame import enter, show

SHOWN = 50
TO = {
    ALL: "Everybody in the room",
    WINNERS: "Whoever has won",
    Role.PARTICIPANT.value: "Guests",
    Role.VIEWER.value: "Those who watch",
    Role.MODERATOR.value: "Assistants",
    Role.ORGANIZER.value: "Organizers",
}


@dataclass(frozen=True)
class Line:
    """An announcement in words. `state` and its `kind` stand in a chip."""

    one: AnnouncementView
    to: str
    state: str
    kind: str
    figures: str

    @property
    def planned(self) -> bool:
        """Whether it can still be taken back."""
        return self.one.state is Progress.SCHEDULED


async def announcing(request: Request) -> Response:
    """What was said so far, and a form for more."""
    return await _page(request, await enter(request, Act.ANNOUNCE))


async def announce(request: Request) -> Response:
    """Says it, once however often the form comes."""
    view = await enter(request, Act.ANNOUNCE)
    form = await posted(request)
    typed = {name: text_of(form, name) for name in ("to", "title", "body", "at")}
    here = f"/rooms/{view.room.id}/announce"

    async def run() -> str:
        checked = _checked(typed, text_of(form, "at@zone"))
        await services_of(request).announcements.announce(
            actor_of(request),
            view.room.id,
            typed["to"],
            typed["title"],
            typed["body"],
            at=checked,
            urgent=bool(text_of(form, "urgent")),
        )
        return f"{here}?done={'announced' if checked is None else 'planned'}"

    try:
        return await act_once(request, form, run, f"{here}?done=announced")
    except FestoonError as refused:
        return await _page(request, view, refused, typed)


async def cancel(request: Request) -> Response:
    """Takes one back."""
    view = await enter(request, Act.ANNOUNCE)
    await posted(request)
    try:
        await services_of(request).announcements.cancel(
            actor_of(request), view.room.id, request.path_params["announcement_id"]
        )
    except FestoonError as refused:
        return await _page(request, view, refused)
    return see_other(f"/rooms/{view.room.id}/announce?done=announcement-gone")


def _checked(typed: dict[str, str], zone: str) -> datetime | None:
    problems: dict[str, list[str]] = {}
    if typed["to"] not in TO:
        problems["to"] = ["Choose who it is for."]
    if not 0 < len(typed["title"]) <= LONGEST_TITLE:
        problems["title"] = [f"Say it in 1 to {LONGEST_TITLE} characters."]
    if len(typed["body"]) > LONGEST_BODY:
        problems["body"] = [f"At most {LONGEST_BODY} characters."]
    at = None
    if typed["at"]:
        try:
            at = datetime.fromisoformat(typed["at"])
            own = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone or "UTC"))
            at = own.astimezone(UTC)
        except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
            problems["at"] = ["This must be a date and a time, such as 2026-12-31 21:30."]
    if problems:
        raise ValidationFailed("Not all of this can be sent.", problems)
    return at


async def _page(
    request: Request,
    view: RoomView,
    refused: FestoonError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    services, actor = services_of(request), actor_of(request)
    found = await services.announcements.list(
        actor, view.room.id, PageRequest(limit=SHOWN, cursor="")
    )
    errors = sentences(refused.fields) if isinstance(refused, ValidationFailed) else {}
    brought = Act.MANAGE_APPS in view.may and bool(
        (await services.room_apps.delegations(actor, view.room.id)).answerers[
            Capability.NOTIFICATIONS
        ]
    )
    context = {
        "lines": [_line(one) for one in found.items],
        "choices": list(TO.items()),
        "typed": typed or {"to": ALL, "title": "", "body": "", "at": ""},
        "errors": errors,
        "brought": brought,
        "longest": {"title": LONGEST_TITLE, "body": LONGEST_BODY},
    }
    return await show(
        request,
        view,
        "announce",
        "pages/room/announce.html",
        context,
        refused=None if errors else refused,
        status=refused.status if refused else 200,
    )


def _line(one: AnnouncementView) -> Line:
    to = TO.get(one.to or "", "People whom an application chose")
    state, kind = {
        Progress.SCHEDULED: ("Planned", "warn"),
        Progress.SENDING: ("Going out", "warn"),
        Progress.SENT: ("Sent", "good"),
        Progress.CANCELLED: ("Taken back", ""),
    }[one.state]
    told = [f"in {tally(one.recipients, 'inbox', 'inboxes')}"] if one.recipients else []
    figures = one.figures
    for number, words in (
        (figures.sent, "brought"),
        (figures.waiting, "on the way"),
        (figures.held, "held until people want it"),
        (figures.failed, "failed"),
    ):
        if number:
            told.append(f"{number} {words}")
    return Line(one, to, state, kind, ", ".join(told))


def announce_routes() -> list[Route]:
    """`/rooms/{room_id}/announce`."""
    here = "/rooms/{room_id}/announce"
    return [
        Route(here, announcing, name="room-announce"),
        Route(here, announce, methods=["POST"]),
        Route(f"{here}/{{announcement_id}}/cancel", cancel, methods=["POST"]),
    ]
