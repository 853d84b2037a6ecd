"""The people of a room: roles and removal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.contract import Role
from host.errors import FestoonError
from host.services.rooms import RoomView
from host.store.paging import PageRequest
from host.web.pages.acting import actor_of, posted, see_other, services_of, text_of, whole
from host.web.pages.frame import enter, show

PEOPLE_A_PAGE = 50
ROLES = (Role.PARTICIPANT, Role.VIEWER, Role.MODERATOR, Role.ORGANIZER)


async def guests(request: Request) -> Response:
    """Everybody in the room, in the order of joining."""
    view = await enter(request, Act.REMOVE_PARTICIPANTS)
    return await _page(request, view, request.query_params.get("page", ""))


async def _page(
    request: Request, view: RoomView, wanted: str, refused: FestoonError | None = None
) -> Response:
    page = whole(wanted, 1, 100_000, 1)
    found = await services_of(request).participants.list(
        actor_of(request), view.room.id, PageRequest(page, PEOPLE_A_PAGE)
    )
    context = {
        "people": found.items,
        "total": found.total or 0,
        "page": page,
        "pages": found.meta()["totalPages"],
        "roles": ROLES,
    }
    return await show(request, view, "guests", "pages/room/guests.html", context, refused=refused)


async def change_role(request: Request) -> Response:
    """Gives a person another role."""
    view = await enter(request, Act.CHANGE_ROLES)
    form = await posted(request)
    role = text_of(form, "role")

    async def run() -> None:
        changes = {"role": role if role in ROLES else Role.PARTICIPANT.value}
        await services_of(request).participants.change(
            actor_of(request), view.room.id, request.path_params["person_id"], changes
        )

    return await _acted(request, view, text_of(form, "page"), "role", run)


async def remove(request: Request) -> Response:
    """Takes a person out of the room."""
    view = await enter(request, Act.REMOVE_PARTICIPANTS)
    form = await posted(request)

    async def run() -> None:
        await services_of(request).participants.remove(
            actor_of(request), view.room.id, request.path_params["person_id"]
        )

    return await _acted(request, view, text_of(form, "page"), "removed", run)


async def _acted(
    request: Request, view: RoomView, page: str, done: str, run: Callable[[], Awaitable[None]]
) -> Response:
    try:
        await run()
    except FestoonError as refused:
        return await _page(request, view, page, refused)
    return see_other(f"/rooms/{view.room.id}/guests?done={done}&page={whole(page, 1, 100_000, 1)}")


def guest_routes() -> list[Route]:
    """`/rooms/{room_id}/guests` and its acts."""
    people = "/rooms/{room_id}/guests"
    return [
        Route(people, guests, name="guests"),
        Route(f"{people}/{{person_id}}/role", change_role, methods=["POST"]),
        Route(f"{people}/{{person_id}}/remove", remove, methods=["POST"]),
    ]
