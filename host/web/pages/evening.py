"""The organizer's evening: what is next, the prizes and their winners, and the acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.contract import Room, RoomStatus
from host.errors import FestoonError, Forbidden
from host.services.rooms import RoomView
from host.store.paging import PageRequest
from host.web.pages.acting import act_once, actor_of, posted, see_other, services_of, text_of, whole
from host.web.pages.answers import answers_of
from host.web.pages.delegated import PanelHere, organizer_panels
from host.web.pages.filters import listed
from host.web.pages.frame import apps_here, enter, show
from host.web.pages.fund import Line, fund_of
from host.web.pages.steps import MOST_AT_ONCE, Game, about_prizes, guests_in, next_step, steps
from host.web.pages.templating import templates_of

FACES = 5


async def evening(request: Request) -> Response:
    """The page. Who only takes part is sent to the page for that."""
    actor = actor_of(request)
    actor.need_user()
    view = await services_of(request).rooms.get(actor, request.path_params["room_id"])
    if Act.CHANGE_PRIZES not in view.may:
        if view.participant is None:
            raise Forbidden("Only those who organize this evening see this page.")
        return see_other(f"/r/{view.room.id}")
    return await _page(request, view)


async def _page(request: Request, view: RoomView, refused: FestoonError | None = None) -> Response:
    services, actor, room = services_of(request), actor_of(request), view.room
    fund = await fund_of(services, actor, room.id, view.may)
    apps = await apps_here(request, view)
    there = [line.prize for line in fund]
    panels = await organizer_panels(services, actor, room, apps)
    game = _game(room, panels)
    answered = [
        name for app in apps if not (game and app.app_id == room.app_id) for name in app.answers
    ]
    prizes = about_prizes(room, there, answered, game)
    following = next_step(room, there, prizes=prizes, game=game)
    people = await services.participants.list(actor, room.id, PageRequest(limit=FACES + 1))
    context: dict[str, Any] = {
        "prizes": fund,
        "about_prizes": prizes,
        "next": following,
        "steps": steps(room, following, prizes=prizes),
        "left": sum(1 for line in fund if line.prize.quantity_remaining),
        "guests": guests_in(room),
        "faces": [p.user for p in people.items if p.user_id != room.organizer.id][:FACES],
        "answers": await answers_of(request, view, apps),
        "panels": panels,
        "join_url": templates_of(request).brand.join_url(room.join_code),
    }
    note = _drawn(request.query_params.get("drawn", ""), fund)
    return await show(
        request,
        view,
        "evening",
        "pages/room/evening.html",
        context,
        refused=refused,
        note=note,
        apps=apps,
    )


def _game(room: Room, panels: Sequence[PanelHere]) -> Game | None:
    found = next((one for one in panels if one.url and one.app_id == room.app_id), None)
    return Game(found.title, found.url) if found else None


def _drawn(prize_id: str, fund: list[Line]) -> str:
    line = next((one for one in fund if one.prize.id == prize_id and one.winners), None)
    if line is None:
        return ""
    when = line.winners[-1].created_at
    names = [w.participant.user.name for w in line.winners if w.created_at == when]
    return f"“{line.prize.name}” goes to {listed(names)}."


async def draw(request: Request) -> Response:
    """Draws winners of a prize. A second click gives the first draw again."""
    view = await enter(request, Act.DRAW)
    form = await posted(request)
    prize_id = text_of(form, "prize")
    count = whole(text_of(form, "count"), 1, MOST_AT_ONCE, 1)
    where = f"/rooms/{view.room.id}?drawn={prize_id}"

    async def run() -> str:
        await services_of(request).draws.draw(
            actor_of(request), view.room.id, prize_id or None, count
        )
        return where

    return await _acted(request, view, lambda: act_once(request, form, run, where))


async def revoke(request: Request) -> Response:
    """Takes a win back."""
    view = await enter(request, Act.REVOKE)
    await posted(request)

    async def run() -> Response:
        winner_id = request.path_params["winner_id"]
        await services_of(request).winners.revoke(actor_of(request), view.room.id, winner_id)
        return see_other(f"/rooms/{view.room.id}?done=revoked#prizes")

    return await _acted(request, view, run)


def _move(status: RoomStatus, done: str) -> Callable[[Request], Awaitable[Response]]:
    async def move(request: Request) -> Response:
        view = await enter(request, Act.CHANGE_ROOM)
        await posted(request)

        async def run() -> Response:
            changes = {"status": status.value}
            await services_of(request).rooms.change(actor_of(request), view.room.id, changes)
            return see_other(f"/rooms/{view.room.id}?done={done}")

        if view.room.status is status:
            # A second click: it is as they wanted it.
            return see_other(f"/rooms/{view.room.id}?done={done}")
        return await _acted(request, view, run)

    return move


async def _acted(
    request: Request, view: RoomView, run: Callable[[], Awaitable[Response]]
) -> Response:
    """The answer of an act, or the evening as it is now with why it did not happen."""
    try:
        return await run()
    except FestoonError as refused:
        now = await services_of(request).rooms.get(actor_of(request), view.room.id)
        return await _page(request, now, refused)


def evening_routes() -> list[Route]:
    """`/rooms/{room_id}` and its acts."""
    room = "/rooms/{room_id}"
    return [
        Route(room, evening, name="room"),
        Route(f"{room}/open", _move(RoomStatus.ACTIVE, "opened"), methods=["POST"]),
        Route(f"{room}/finish", _move(RoomStatus.COMPLETED, "finished"), methods=["POST"]),
        Route(f"{room}/cancel", _move(RoomStatus.CANCELLED, "cancelled"), methods=["POST"]),
        Route(f"{room}/draw", draw, methods=["POST"]),
        Route(f"{room}/winners/{{winner_id}}/revoke", revoke, methods=["POST"]),
    ]
