"""The application's pages: a room's words and its log, and one browser's messages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from festoon_notifications.device_pages import DevicePages
from festoon_notifications.log_pages import LogPages
from festoon_notifications.word_pages import WordPages
from host import AppContext, Panel, Place, Role, Room, app_page, room_page

if TYPE_CHECKING:
    from jinja2 import Environment

    from festoon_notifications.desk import Desks

BOTH = ("GET", "POST")


def surfaces(desks: Desks) -> Sequence[BaseRoute]:
    """The pages, each for those with the role that it needs."""
    words, log, devices = WordPages(desks), LogPages(desks), DevicePages(desks)
    return [
        room_page("words", words.show, methods=BOTH, role=Role.ORGANIZER),
        room_page("preview", words.preview, methods=BOTH, role=Role.ORGANIZER),
        room_page("log", log.show, methods=BOTH, role=Role.ORGANIZER),
        app_page("browser", devices.show),
        app_page("browser/key", devices.key),
        app_page("browser/on", devices.on, methods=("POST",)),
        app_page("browser/off", devices.off, methods=("POST",)),
    ]


def panels_of(ctx: AppContext, room: Room, place: Place) -> Sequence[Panel]:
    """The ways to the words, the log and the settings in the organizer's room."""
    if place is not Place.ORGANIZER:
        return ()
    base = f"/apps/{ctx.app_id}/rooms/{room.id}"
    html = _fragments().get_template("notifications/panel.html").render(base=base, room=room)
    return [Panel(place, "Notifications", html=html)]


@cache
def _fragments() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # with the first panel

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
