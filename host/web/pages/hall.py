"""What the hall sees: the participant's page and the big screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.contract import Place, Prize
from host.errors import Forbidden, NotFound
from host.services.rooms import RoomView
from host.store.paging import PageRequest
from host.web.pages.acting import actor_of, posted, see_other, services_of
from host.web.pages.delegated import page_instead
from host.web.pages.fund import Line, fund_of
from host.web.pages.out import out_page
from host.web.pages.steps import guests_in
from host.web.pages.templating import templates_of, theme_of

FACES = 6
NEWCOMERS = 12


@dataclass(frozen=True)
class Latest:
    """The draw that the screen rests on."""

    prize: Prize
    names: tuple[str, ...]


async def participant(request: Request) -> Response:
    """The page of somebody who is in; who is not is shown the way to the door."""
    actor, services = actor_of(request), services_of(request)
    actor.need_user()
    try:
        view = await services.rooms.get(actor, request.path_params["room_id"])
    except NotFound:
        if out := await out_page(request, request.path_params["room_id"]):
            return out
        # The same for a room that is not there, so that nobody learns which are.
        raise NotFound(
            "You are not in this room, or not any more. Join it with its code."
        ) from None
    if view.participant is None:
        if out := await out_page(request, view.room.id):
            return out
        raise Forbidden("You are not in this room yet. Join it with its code.")
    if where := await page_instead(services, actor, view.room, Place.PARTICIPANT):
        return see_other(where)
    fund = await fund_of(services, actor, view.room.id, frozenset())
    me = view.participant.id
    wins = [winner for line in fund for winner in line.winners if winner.participant_id == me]
    context = {
        **await _of_both(request, view, FACES),
        "participant": view.participant,
        "prizes": fund,
        "wins": sorted(wins, key=lambda winner: (winner.created_at, winner.id)),
    }
    return templates_of(request).page(request, "pages/participant.html", context)


async def screen(request: Request) -> Response:
    """The big screen, for those who organize; in a public room for everybody."""
    actor, services = actor_of(request), services_of(request)
    view = await services.rooms.get(actor, request.path_params["room_id"])
    if where := await page_instead(services, actor, view.room, Place.SCREEN):
        return see_other(where)
    templates, room = templates_of(request), view.room
    fund = await fund_of(services, actor, room.id, frozenset())
    context = {
        **await _of_both(request, view, NEWCOMERS),
        "latest": _latest(fund),
        "honours": [line for line in fund if line.winners][-6:],
        "join_url": templates.brand.join_url(room.join_code),
        "join_code": room.join_code,
    }
    return templates.page(request, "pages/screen.html", context)


async def _of_both(request: Request, view: RoomView, faces: int) -> dict[str, Any]:
    room = view.room
    people = await services_of(request).participants.list(
        actor_of(request), room.id, PageRequest(limit=faces + 1)
    )
    return {
        "room": room,
        "room_id": room.id,
        "seq": view.seq,
        "theme": theme_of(room, templates_of(request).brand),
        "guests": guests_in(room),
        "faces": [p.user for p in people.items if p.user_id != room.organizer.id][:faces],
    }


def _latest(fund: Sequence[Line]) -> Latest | None:
    won = [(winner.created_at, winner.id, line) for line in fund for winner in line.winners]
    if not won:
        return None
    at, _, line = max(won, key=lambda one: one[:2])
    names = [w.participant.user.name for w in line.winners if w.created_at == at]
    return Latest(line.prize, tuple(names))


async def leave(request: Request) -> Response:
    """Takes the participant's leave."""
    await posted(request)
    actor, services = actor_of(request), services_of(request)
    room_id = request.path_params["room_id"]
    try:
        room = (await services.rooms.get(actor, room_id)).room
        await services.participants.leave(actor, room_id)
    except NotFound:
        return see_other("/")
    return see_other(f"/j/{room.join_code}")


def hall_routes() -> list[Route]:
    """`/r/{room_id}`, its screen and leaving."""
    return [
        Route("/r/{room_id}", participant, name="participant"),
        Route("/r/{room_id}/screen", screen, name="screen"),
        Route("/r/{room_id}/leave", leave, methods=["POST"]),
    ]
