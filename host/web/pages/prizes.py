"""Putting up, changing and deleting a prize."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.contract import JsonObject, Prize
from host.errors import FestoonError
from host.services.rooms import RoomView
from host.services.versions import entity_tag
from host.web.forms import Errors, describe, parse
from host.web.pages.acting import act_once, actor_of, posted, see_other, services_of, text_of
from host.web.pages.frame import enter, show
from host.web.pages.fund import PRIZE
from host.web.pages.meanwhile import need_seen, seen


async def add(request: Request) -> Response:
    """The form of a new prize, and what it posts."""
    view = await enter(request, Act.CHANGE_PRIZES)
    if request.method != "POST":
        return await _form(request, view, None)
    form = await posted(request)
    said = parse(PRIZE, form)
    if said.errors:
        return await _form(request, view, None, form, said.errors)
    base = f"/rooms/{view.room.id}"
    where = f"{base}/prizes/new" if text_of(form, "again") else base

    async def run() -> str:
        await services_of(request).prizes.create(actor_of(request), view.room.id, said.value)
        return f"{where}?done=prize"

    try:
        return await act_once(request, form, run, f"{where}?done=prize")
    except FestoonError as refused:
        return await _form(request, view, None, form, refused=refused)


async def change(request: Request) -> Response:
    """The form of a prize, and what it posts."""
    view = await enter(request, Act.CHANGE_PRIZES)
    services, actor = services_of(request), actor_of(request)
    prize = await services.prizes.get(actor, view.room.id, request.path_params["prize_id"])
    if request.method != "POST":
        return await _form(request, view, prize)
    form = await posted(request)
    said = parse(PRIZE, form)
    if said.errors:
        return await _form(request, view, prize, form, said.errors)
    # What was emptied in the form is emptied in the prize.
    fields = {"description": None, "imageUrl": None, **said.value}
    try:
        need_seen(form, _as_json(prize))
        state = frozenset({entity_tag(prize.updated_at)})
        await services.prizes.change(actor, view.room.id, prize.id, fields, state)
    except FestoonError as refused:
        return await _form(request, view, prize, form, refused=refused)
    return see_other(f"/rooms/{view.room.id}?done=prize-saved#prizes")


async def delete(request: Request) -> Response:
    """Takes a prize out of the fund."""
    view = await enter(request, Act.CHANGE_PRIZES)
    await posted(request)
    services, actor = services_of(request), actor_of(request)
    prize = await services.prizes.get(actor, view.room.id, request.path_params["prize_id"])
    try:
        await services.prizes.delete(actor, view.room.id, prize.id)
    except FestoonError as refused:
        return await _form(request, view, prize, refused=refused)
    return see_other(f"/rooms/{view.room.id}?done=prize-deleted#prizes")


async def _form(
    request: Request,
    view: RoomView,
    prize: Prize | None,
    form: FormData | None = None,
    errors: Errors | None = None,
    refused: FestoonError | None = None,
) -> Response:
    shown = _as_json(prize)
    context = {
        "prize": prize,
        "form": describe(PRIZE, shown, errors, posted=form),
        "seen": seen(shown, form, refused),
    }
    return await show(
        request,
        view,
        "evening",
        "pages/room/prize.html",
        context,
        refused=refused,
        status=422 if errors else 200,
    )


def _as_json(prize: Prize | None) -> JsonObject:
    if prize is None:
        return {}
    return {
        "name": prize.name,
        "quantity": prize.quantity,
        "description": prize.description,
        "imageUrl": prize.image_url,
    }


def prize_routes() -> list[Route]:
    """`/rooms/{room_id}/prizes/…`."""
    prizes = "/rooms/{room_id}/prizes"
    return [
        Route(f"{prizes}/new", add, methods=["GET", "POST"], name="new-prize"),
        Route(f"{prizes}/{{prize_id}}", change, methods=["GET", "POST"], name="prize"),
        Route(f"{prizes}/{{prize_id}}/delete", delete, methods=["POST"]),
    ]
