"""The people of a room: finding them, roles, removal, bans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams
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
MOST_PAGES = 100_000
LONGEST_SEARCH = 80
ROLES = (Role.PARTICIPANT, Role.VIEWER, Role.MODERATOR, Role.ORGANIZER)
BANNED = "BANNED"


@dataclass(frozen=True)
class Wanted:
    """Which part of the list is looked at: `text` in the name, `who` a role, BANNED or all."""

    text: str = ""
    who: str = ""
    page: int = 1

    @classmethod
    def of(cls, given: QueryParams | FormData) -> Wanted:
        """What an address or a form says, as far as it makes sense."""
        text, who, page = (str(given.get(name, "")).strip() for name in ("q", "who", "page"))
        known = who in (BANNED, *ROLES)
        return cls(text[:LONGEST_SEARCH], who if known else "", whole(page, 1, MOST_PAGES, 1))

    def at(self, page: int, done: str = "") -> str:
        """The query of the same list at another page."""
        said = {"q": self.text, "who": self.who, "page": page if page > 1 else "", "done": done}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"?{query}" if query else ""


async def guests(request: Request) -> Response:
    """Everybody in the room, in the order of joining, or those who were asked for."""
    view = await enter(request, Act.REMOVE_PARTICIPANTS)
    return await _page(request, view, Wanted.of(request.query_params))


async def _page(
    request: Request, view: RoomView, wanted: Wanted, refused: FestoonError | None = None
) -> Response:
    services, actor = services_of(request), actor_of(request)
    found = await services.participants.list(
        actor,
        view.room.id,
        PageRequest(wanted.page, PEOPLE_A_PAGE),
        role=Role(wanted.who) if wanted.who in ROLES else None,
        banned=wanted.who == BANNED,
        text=wanted.text or None,
    )
    context = {
        "people": found.items,
        "total": found.total or 0,
        "wanted": wanted,
        "banned_only": wanted.who == BANNED,
        "pages": found.meta()["totalPages"],
        "roles": ROLES,
        "door": await services.door.get(actor, view.room.id),
    }
    return await show(request, view, "guests", "pages/room/guests.html", context, refused=refused)


async def change_role(request: Request) -> Response:
    """Gives a person another role."""

    async def run(view: RoomView, form: FormData) -> None:
        role = text_of(form, "role")
        changes = {"role": role if role in ROLES else Role.PARTICIPANT.value}
        await services_of(request).participants.change(
            actor_of(request), view.room.id, request.path_params["person_id"], changes
        )

    return await _acted(request, Act.CHANGE_ROLES, "role", run)


def _act(act: Act, done: str, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        async def run(view: RoomView, _: FormData) -> None:
            verb = getattr(services_of(request).participants, name)
            await verb(actor_of(request), view.room.id, request.path_params["person_id"])

        return await _acted(request, act, done, run)

    return handle


async def lock(request: Request) -> Response:
    """Locks the door, or opens it."""

    async def run(view: RoomView, form: FormData) -> None:
        fields = {"locked": text_of(form, "locked") == "yes"}
        await services_of(request).door.change(actor_of(request), view.room.id, fields)

    return await _acted(request, Act.CHANGE_DOOR, "", run)


async def _acted(
    request: Request,
    act: Act,
    done: str,
    run: Callable[[RoomView, FormData], Awaitable[None]],
) -> Response:
    view = await enter(request, act)
    form = await posted(request)
    wanted = Wanted.of(form)
    try:
        await run(view, form)
    except FestoonError as refused:
        return await _page(request, view, wanted, refused)
    return see_other(f"/rooms/{view.room.id}/guests{wanted.at(wanted.page, done)}")


def guest_routes() -> list[Route]:
    """`/rooms/{room_id}/guests` and its acts."""
    people = "/rooms/{room_id}/guests"
    person = f"{people}/{{person_id}}"
    return [
        Route(people, guests, name="guests"),
        Route(f"{people}/lock", lock, methods=["POST"]),
        Route(f"{person}/role", change_role, methods=["POST"]),
        Route(
            f"{person}/remove", _act(Act.REMOVE_PARTICIPANTS, "removed", "remove"), methods=["POST"]
        ),
        Route(f"{person}/ban", _act(Act.BAN, "banned", "ban"), methods=["POST"]),
        Route(f"{person}/unban", _act(Act.BAN, "unbanned", "unban"), methods=["POST"]),
    ]
