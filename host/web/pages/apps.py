"""The applications of a room, and who answers for what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.contract import Capability, JsonObject
from host.errors import FestoonError
from host.services.rooms import RoomView
from host.services.versions import entity_tag
from host.store.apps import Source
from host.web.pages.acting import actor_of, posted, see_other, services_of, text_of
from host.web.pages.answers import answers_of
from host.web.pages.frame import AppHere, apps_here, enter, show
from host.web.pages.meanwhile import need_seen, seen

CHANGED = "Somebody else changed who does what meanwhile. This is how it is now: choose again."


@dataclass(frozen=True)
class AppLine:
    """An application of the room as a line of the list."""

    app: AppHere
    chip: str
    chip_kind: str


async def apps(request: Request) -> Response:
    """What is on, what it answers for, and what could be added."""
    return await apps_page(request, await enter(request, Act.MANAGE_APPS))


async def apps_page(
    request: Request, view: RoomView, refused: FestoonError | None = None
) -> Response:
    """The page, with the refusal of what was tried, if it was."""
    services, actor = services_of(request), actor_of(request)
    here = await apps_here(request, view)
    on = {app.app_id for app in here}
    catalogue = await services.apps.catalogue(actor)
    context = {
        "apps": [_line(app) for app in here],
        "answers": await answers_of(request, view, here),
        "seen": seen(await _delegations(request, view)),
        "far": any(e.app_id in on and e.source == Source.SERVICE for e in catalogue),
        "addable": [e for e in catalogue if e.app_id not in on and e.state == "ACTIVE"],
    }
    return await show(
        request, view, "apps", "pages/room/apps.html", context, refused=refused, apps=here
    )


def _line(app: AppHere) -> AppLine:
    if not app.works:
        return AppLine(app, "Missing" if app.state == "MISSING" else "Not working", "bad")
    if not app.enabled:
        return AppLine(app, "Off", "warn")
    return AppLine(app, "Main" if app.main else "On", "good")


async def add(request: Request) -> Response:
    """Switches an application on."""
    view = await enter(request, Act.MANAGE_APPS)
    form = await posted(request)

    async def run() -> None:
        app_id = text_of(form, "app")
        await services_of(request).room_apps.add(actor_of(request), view.room.id, app_id)

    return await _acted(request, view, "app-added", run)


async def remove(request: Request) -> Response:
    """Takes an application out."""
    view = await enter(request, Act.MANAGE_APPS)
    await posted(request)

    async def run() -> None:
        app_id = request.path_params["app_id"]
        await services_of(request).room_apps.remove(actor_of(request), view.room.id, app_id)

    return await _acted(request, view, "app-removed", run)


async def delegate(request: Request) -> Response:
    """Saves who answers for what, and where the platform may step in."""
    view = await enter(request, Act.MANAGE_APPS)
    form = await posted(request)

    async def run() -> None:
        need_seen(form, await _delegations(request, view), CHANGED)
        wanted = {c.value: text_of(form, c.value) or None for c in Capability}
        # The platform needs no one to step in for it.
        fallbacks = {
            c.value: wanted[c.value] is not None and bool(text_of(form, f"{c.value}:fallback"))
            for c in Capability
        }
        await services_of(request).room_apps.delegate(
            actor_of(request),
            view.room.id,
            wanted,
            fallbacks,
            frozenset({entity_tag(view.room.updated_at)}),
        )

    return await _acted(request, view, "delegated", run)


async def _delegations(request: Request, view: RoomView) -> JsonObject:
    services, actor = services_of(request), actor_of(request)
    found = await services.room_apps.delegations(actor, view.room.id)
    return {**found.as_json(), "fallbacks": sorted(found.fallbacks)}


async def _acted(
    request: Request, view: RoomView, done: str, run: Callable[[], Awaitable[None]]
) -> Response:
    try:
        await run()
    except FestoonError as refused:
        return await apps_page(request, view, refused)
    return see_other(f"/rooms/{view.room.id}/apps?done={done}")


def app_routes() -> list[Route]:
    """`/rooms/{room_id}/apps` and `/rooms/{room_id}/delegations`."""
    here = "/rooms/{room_id}/apps"
    return [
        Route(here, apps, name="room-apps"),
        Route(here, add, methods=["POST"]),
        Route(f"{here}/{{app_id}}/remove", remove, methods=["POST"]),
        Route("/rooms/{room_id}/delegations", delegate, methods=["POST"]),
    ]
