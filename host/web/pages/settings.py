"""The settings of a room and of its applications, the code, and the end of it all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.contract import JsonObject, SettingsPanel
from host.errors import FestoonError, NotFound, ValidationFailed
from host.services.rooms import RoomView
from host.services.versions import Tags, entity_tag
from host.web.forms import Errors, Form, describe, parse
from host.web.pages.acting import actor_of, posted, see_other, services_of, text_of
from host.web.pages.delegated import settings_panel
from host.web.pages.doorkeeping import NAMES, doorkeeping, names_said, rules_shown
from host.web.pages.frame import AppHere, apps_here, enter, show
from host.web.pages.meanwhile import need_seen, seen
from host.web.pages.rooms import ABOUT, below

ELSEWHERE = "elsewhere"
"""The field, once for each, that names settings of which a form has no field."""


@dataclass(frozen=True)
class AppForm:
    """The settings of one application: a form, a page of its own, or a page and a form of the rest.

    `elsewhere` are the settings that the page is for; the form leaves them as they are.
    """

    app: AppHere
    form: Form
    seen: str
    panel: SettingsPanel | None = None
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A form that was sent and not taken: whose (None: the room's own), and why."""

    app_id: str | None
    form: FormData
    errors: Errors
    reason: FestoonError | None = None
    names: bool = False
    """Whether it was the form of the rules for names."""


async def settings(request: Request) -> Response:
    """All settings that this room has."""
    return await settings_page(request, await enter(request, Act.CHANGE_ROOM))


async def settings_page(request: Request, view: RoomView, sent: Refused | None = None) -> Response:
    apps = await apps_here(request, view)
    panel = await settings_panel(services_of(request), actor_of(request), view.room)
    about_sent = sent if sent and sent.app_id is None and not sent.names else None
    context = {
        **(door := await doorkeeping(request, view, *_of_names(sent))),
        "names_seen": _seen(door["rules"], sent if sent and sent.names else None),
        "forms": [_app_form(app, sent, panel.get(app.app_id)) for app in apps if app.enabled],
        "about": describe(
            ABOUT,
            _about(view),
            about_sent.errors if about_sent else {},
            posted=about_sent.form if about_sent else None,
        ),
        "about_seen": _seen(_about(view), about_sent),
    }
    return await show(
        request,
        view,
        "settings",
        "pages/room/settings.html",
        context,
        refused=sent.reason if sent else None,
        status=422 if sent else 200,
        apps=apps,
    )


def _about(view: RoomView) -> JsonObject:
    room = view.room
    return {"name": room.name, "description": room.description, "isPublic": room.is_public}


def _seen(values: Mapping[str, Any], sent: Refused | None) -> str:
    return seen(values, sent.form, sent.reason) if sent else seen(values)


def _of_names(sent: Refused | None) -> tuple[FormData | None, Errors]:
    return (sent.form, sent.errors) if sent and sent.names else (None, {})


def _app_form(app: AppHere, sent: Refused | None, panel: SettingsPanel | None) -> AppForm:
    mine = sent if sent and sent.app_id == app.app_id else None
    # What was sent by the form is answered by the form.
    elsewhere = _elsewhere(mine.form) if mine else _of_page(app, panel)
    form = describe(
        app.schema,
        app.settings,
        mine.errors if mine else {},
        posted=mine.form if mine else None,
        prefix=app.app_id,
        without=elsewhere,
    )
    if mine and not elsewhere:
        panel = None
    left_out = elsewhere if form.fields else ()
    return AppForm(app, form, _seen(_without(app.settings, left_out), mine), panel, left_out)


def _of_page(app: AppHere, panel: SettingsPanel | None) -> tuple[str, ...]:
    if panel is None:
        return ()
    return tuple(app.schema.get("properties", {}) if panel.settings is None else panel.settings)


def _elsewhere(form: FormData) -> tuple[str, ...]:
    """The settings that a form says it has no fields for, whatever the application says now."""
    return tuple(name for name in form.getlist(ELSEWHERE) if isinstance(name, str))


def _without(settings: Mapping[str, Any], names: Collection[str]) -> JsonObject:
    return {name: value for name, value in settings.items() if name not in names}


async def save_about(request: Request) -> Response:
    """Saves the room's name, line and visibility."""
    view = await enter(request, Act.CHANGE_ROOM)
    form = await posted(request)
    said = parse(ABOUT, form)
    if said.errors:
        return await settings_page(request, view, Refused(None, form, said.errors))
    try:
        need_seen(form, _about(view))
        await services_of(request).rooms.change(
            actor_of(request), view.room.id, {"description": None, **said.value}, _state(view)
        )
    except FestoonError as refused:
        return await settings_page(request, view, Refused(None, form, {}, refused))
    return _saved(view)


async def save_app(request: Request) -> Response:
    """Saves the settings of one application."""
    view = await enter(request, Act.MANAGE_APPS)
    form = await posted(request)
    app_id = request.path_params["app_id"]
    app = next((a for a in await apps_here(request, view) if a.app_id == app_id), None)
    if app is None:
        raise NotFound("This application is not on in this room.")
    elsewhere = _elsewhere(form)
    said = parse(app.schema, form, kept=app.settings, prefix=app_id, without=elsewhere)
    if said.errors:
        return await settings_page(request, view, Refused(app_id, form, said.errors))
    services, actor = services_of(request), actor_of(request)
    try:
        need_seen(form, _without(app.settings, elsewhere))
        if app.main:
            changed = {"appSettings": said.value}
            await services.rooms.change(actor, view.room.id, changed, _state(view))
        else:
            changes = {"settings": said.value}
            await services.room_apps.change(actor, view.room.id, app_id, changes, _state(view))
    except ValidationFailed as refused:
        errors = below(refused, "/appSettings" if app.main else "/settings")
        return await settings_page(request, view, Refused(app_id, form, errors))
    except FestoonError as refused:
        return await settings_page(request, view, Refused(app_id, form, {}, refused))
    return _saved(view)


async def save_names(request: Request) -> Response:
    """Saves the rules for names."""
    view = await enter(request, Act.CHANGE_DOOR)
    form = await posted(request)
    said = parse(NAMES, form, prefix="names")
    if said.errors:
        return await settings_page(request, view, Refused(None, form, said.errors, names=True))
    services, actor = services_of(request), actor_of(request)
    try:
        need_seen(form, rules_shown((await services.door.get(actor, view.room.id)).nicknames))
        changes = {"nicknames": names_said(said.value)}
        await services.door.change(actor, view.room.id, changes)
    except FestoonError as refused:
        return await settings_page(request, view, Refused(None, form, {}, refused, names=True))
    return _saved(view)


async def hand_over(request: Request) -> Response:
    """Gives the room to another owner."""
    view = await enter(request, Act.HAND_OVER)
    form = await posted(request)
    services, heir = services_of(request), text_of(form, "heir")
    try:
        await services.ownership.hand_over(actor_of(request), view.room.id, heir)
    except FestoonError as refused:
        return await settings_page(request, view, Refused(None, form, {}, refused, names=True))
    return see_other(f"/rooms/{view.room.id}/settings?done=owner")


async def renew_code(request: Request) -> Response:
    """Gives the room a new code."""
    view = await enter(request, Act.CHANGE_ROOM)
    await posted(request)
    await services_of(request).rooms.renew_join_code(actor_of(request), view.room.id)
    return see_other(f"/rooms/{view.room.id}/settings?done=code")


async def delete(request: Request) -> Response:
    """Ends the room for everyone."""
    view = await enter(request, Act.DELETE_ROOM)
    await posted(request)
    await services_of(request).rooms.delete(actor_of(request), view.room.id)
    return see_other("/rooms?done=deleted")


def _state(view: RoomView) -> Tags:
    """What a form was held against, and so what it changes, or nothing."""
    return frozenset({entity_tag(view.room.updated_at)})


def _saved(view: RoomView) -> Response:
    return see_other(f"/rooms/{view.room.id}/settings?done=saved")


def settings_routes() -> list[Route]:
    """`/rooms/{room_id}/settings`, `/code` and `/delete`."""
    room = "/rooms/{room_id}"
    return [
        Route(f"{room}/settings", settings, name="room-settings"),
        Route(f"{room}/settings", save_about, methods=["POST"]),
        Route(f"{room}/settings/{{app_id}}", save_app, methods=["POST"]),
        Route(f"{room}/names", save_names, methods=["POST"]),
        Route(f"{room}/owner", hand_over, methods=["POST"]),
        Route(f"{room}/code", renew_code, methods=["POST"]),
        Route(f"{room}/delete", delete, methods=["POST"]),
    ]
