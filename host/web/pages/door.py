"""The door of a room: join by code or QR, with just a name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.contract import Room, RoomStatus
from host.errors import Conflict, FestoonError, Forbidden, NotFound, RoomNotActive, ValidationFailed
from host.ids import normalize_join_code
from host.services.door import Standing
from host.web.cookies import set_session_cookie
from host.web.csrf import bind_csrf
from host.web.forms import Form, Parsed, describe, parse
from host.web.pages.acting import actor_of, posted, see_other, sentences, services_of, text_of
from host.web.pages.delegated import registration_schema
from host.web.pages.out import out_page
from host.web.pages.templating import templates_of, theme_of

FIELDS = "about"
"""Begins the names of the fields that the room's application asks for."""


async def join(request: Request) -> Response:
    """Asks for a code, or goes to the door that it opens."""
    typed = request.query_params.get("code", "")
    code = normalize_join_code(typed)
    if not code:
        return _ask_code(request, typed, 200)
    try:
        room = await services_of(request).rooms.by_code(actor_of(request), code)
    except NotFound:
        return _ask_code(request, typed, 404)
    return see_other(f"/j/{room.join_code}")


def _ask_code(request: Request, typed: str, status: int) -> Response:
    errors = ["No room has this code. Look at it once more."] if status == 404 else []
    context = {"code": typed, "errors": errors}
    return templates_of(request).page(request, "pages/join.html", context, status=status)


async def door(request: Request) -> Response:
    """Who stands before the room sees whether it is open; who is in already goes on."""
    actor, services = actor_of(request), services_of(request)
    code = normalize_join_code(request.path_params["code"])
    try:
        room = await services.rooms.by_code(actor, code)
    except NotFound:
        return _ask_code(request, code, 404)
    standing = await services.door.standing(actor, room.id)
    if standing is Standing.IN:
        return see_other(f"/r/{room.id}")
    if standing is Standing.BANNED and (out := await out_page(request, room.id)):
        return out
    if request.method != "POST":
        return await _show(request, room)
    return await _come_in(request, room, await posted(request))


async def _come_in(request: Request, room: Room, form: FormData) -> Response:
    actor, services = actor_of(request), services_of(request)
    schema = await registration_schema(services, actor, room)
    said = parse(schema, form, prefix=FIELDS)
    if said.errors:
        return await _show(request, room, form=form, said=said, status=422)
    cookie, name = "", text_of(form, "name")
    try:
        if name:
            # Before there is somebody of that name.
            await services.door.need_name(actor, room.id, name)
        if actor.user is None:
            session = await services.identity.guest_in_browser(
                actor, name, request.headers.get("user-agent")
            )
            cookie, actor = session.cookie, replace(actor, user=session.user, is_guest=True)
            bind_csrf(request, cookie)
        elif name and name != actor.user.name:
            changed = await services.identity.change_user(actor, actor.user.id, {"name": name})
            actor = replace(actor, user=changed)
        await services.participants.join(
            actor, room.id, metadata=said.value, join_code=room.join_code
        )
        response = see_other(f"/r/{room.id}")
    except Conflict as refused:
        if "participantId" in refused.details:
            response = see_other(f"/r/{room.id}")
        else:
            response = await _show(request, room, form=form, said=said, refused=refused)
    except (ValidationFailed, Forbidden) as refused:
        response = await _show(request, room, form=form, said=said, refused=refused)
    if cookie:
        # Also who was refused is known from here on: the next try is the same guest's.
        set_session_cookie(response.headers, cookie, secure=services.core.config.secure)
    return response


async def _show(
    request: Request,
    room: Room,
    *,
    form: FormData | None = None,
    said: Parsed | None = None,
    refused: FestoonError | None = None,
    status: int = 200,
) -> Response:
    actor, services, templates = actor_of(request), services_of(request), templates_of(request)
    fields = Form(())
    if room.status is RoomStatus.ACTIVE:
        schema = await registration_schema(services, actor, room)
        wrong = said.errors if said else {}
        fields = describe(schema, said.value if said else {}, wrong, posted=form, prefix=FIELDS)
    errors: dict[str, Any] = {}
    if refused and (wrong_fields := refused.details.get("fields")):
        errors = sentences(wrong_fields)
    locked = await services.door.keeps_out(actor, room)
    if isinstance(refused, RoomNotActive):
        # It closed while the form was being filled in: the page says so by itself.
        room = replace(room, status=RoomStatus(refused.details["status"]))
    context = {
        "room": room,
        "theme": theme_of(room, templates.brand),
        "form": fields,
        "errors": errors,
        "error": refused.message if refused and not errors and not locked else "",
        "locked": locked and room.status is RoomStatus.ACTIVE,
        "name": text_of(form, "name") if form else "",
    }
    return templates.page(
        request, "pages/door.html", context, status=refused.status if refused else status
    )


def door_routes() -> list[Route]:
    """`/join` and `/j/{code}`."""
    return [
        Route("/join", join, name="join"),
        Route("/j/{code}", door, methods=["GET", "POST"], name="door"),
    ]
