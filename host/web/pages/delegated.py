"""What the room's applications bring to pages: the form at the door, and panels."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from host.access import Actor
from host.apps.schema import schema_problems
from host.contract import Capability, JsonObject, Panel, Place, Room, SettingsPanel
from host.errors import FestoonError
from host.services import Services
from host.services.delegation import ask, decide
from host.store import room_apps, rooms
from host.web.pages.frame import AppHere

log = logging.getLogger("festoon.web")


@dataclass(frozen=True)
class PanelHere:
    """A panel in the organizer's room: a fragment or a link, or what went wrong with it."""

    title: str
    url: str = ""
    html: str = ""
    problem: str = ""
    app_id: str = ""


async def registration_schema(services: Services, actor: Actor, room: Room) -> JsonObject:
    """The JSON Schema of what a person is asked at the door, besides the name."""
    async with services.core.db.read() as connection:
        # Whoever stands there sees nothing of the settings, by which the application asks.
        whole = await rooms.get(connection, room.id) or room
    decision = await decide(services.core, actor, whole, "registration_form", _what_is_wrong)
    schema: JsonObject = decision.value
    return schema


def _what_is_wrong(answer: object) -> str | None:
    if not isinstance(answer, Mapping):
        return None
    problems = schema_problems(dict(answer))
    return f"Its form is no usable JSON Schema: {problems}" if problems else None


async def page_instead(services: Services, actor: Actor, room: Room, place: Place) -> str:
    """The page of the room's main application that takes the place of ours, or "".

    One that fails is left out: the platform's own page is there for everybody.
    """
    try:
        panels = await _panels(services, actor, room, room.app_id, place)
    except FestoonError as failed:
        log.warning("no %s panel of %s: %s", place, room.app_id, failed.message)
        return ""
    return next((panel.url for panel in panels if panel.url), "")


async def organizer_panels(
    services: Services, actor: Actor, room: Room, apps: Sequence[AppHere]
) -> list[PanelHere]:
    """The panels of every application that works here; one that fails says so in its place."""
    found: list[PanelHere] = []
    for app in apps:
        if not (app.works and app.enabled):
            continue
        try:
            panels = await _panels(services, actor, room, app.app_id, Place.ORGANIZER)
        except FestoonError as failed:
            found.append(PanelHere(app.name, problem=failed.message, app_id=app.app_id))
            continue
        for panel in panels:
            # An application that runs in this process is trusted with its own fragment.
            html = Markup(panel.html or "")  # noqa: S704
            found.append(PanelHere(panel.title, panel.url or "", html, app_id=app.app_id))
    return found


async def settings_panel(services: Services, actor: Actor, room: Room) -> dict[str, SettingsPanel]:
    """The page for its settings of the application that answers for them here, by its id.

    Empty where it has none or fails: then the form that is made of the schema is there.
    """
    core = services.core
    async with core.db.read() as connection:
        chosen = (await room_apps.answerers(connection, room.id)).get(Capability.ROOM_SETTINGS)
    if chosen is None:
        return {}
    try:
        decision, failure = await ask(core, actor, room, "settings_panel", chosen.app_id)
    except FestoonError as failed:
        failure = failed.message
    else:
        panel = decision.value
        if not decision.fell_back and isinstance(panel, SettingsPanel) and panel.url:
            return {decision.app_id: panel}
    if failure:
        log.warning("no page for the settings of %s: %s", chosen.app_id, failure)
    return {}


async def _panels(
    services: Services, actor: Actor, room: Room, app_id: str, place: Place
) -> list[Panel]:
    answer = await services.core.dispatch.call("panels", app_id, room, actor=actor, place=place)
    own = f"/apps/{app_id}/"
    return [
        panel
        for panel in answer or ()
        if panel.place is place and (panel.url is None or panel.url.startswith(own))
    ]
