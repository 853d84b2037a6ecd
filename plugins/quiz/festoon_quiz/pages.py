"""The quiz's pages: the phone, the big screen, the remote, the questions, the check of a round."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from host import AppContext, NotFound, Panel, Place, Role, Room, RoomRequest, room_page

if TYPE_CHECKING:
    from jinja2 import Environment

LIVE = "live"
"""The path of the socket that all pages but the editor listen to."""


async def play(request: Request, here: RoomRequest) -> Response:
    """A participant's phone."""
    if here.participant is None:
        raise NotFound("You are not in this room yet. Join it with its code.")
    words = {"live_url": here.url(LIVE), "verify_url": here.url("verify")}
    return here.render("quiz/play.html", words)


async def screen(request: Request, here: RoomRequest) -> Response:
    """The big screen."""
    # Besides the one who made the room.
    guests = max(0, here.room.counts.participants - 1)
    return here.render("quiz/screen.html", {"live_url": here.url(LIVE), "guests": guests})


async def control(request: Request, here: RoomRequest) -> Response:
    """The organizer's remote."""
    # In rooms of the first manifest; nobody but the organizer can change that, by upgrading.
    manifest = here.room.app.manifest if here.room.app_id == here.ctx.app_id else {}
    told = manifest.get("settings", {}).get("properties", {}).get("questions", {})
    readable = bool(told) and not told.get("writeOnly")
    return here.render("quiz/control.html", {"live_url": here.url(LIVE), "readable": readable})


async def edit(request: Request, here: RoomRequest) -> Response:
    """The questions, changed by the REST contract like by any other client."""
    return here.render("quiz/edit.html")


async def verify(request: Request, here: RoomRequest) -> Response:
    """A round's certificate, computed again in the browser of whoever doubts it."""
    return here.render("quiz/verify.html")


def surfaces() -> Sequence[BaseRoute]:
    """The pages, each for those with the role that it needs."""
    return [
        room_page("play", play, role=Role.VIEWER),
        room_page("screen", screen, role=None),
        room_page("control", control, role=Role.MODERATOR),
        room_page("edit", edit, role=Role.ORGANIZER),
        room_page("verify", verify, role=Role.VIEWER),
    ]


def panels_of(ctx: AppContext, room: Room, place: Place) -> Sequence[Panel]:
    """The ways to the remote and the questions in the organizer's room; pages for the others."""
    base = f"/apps/{ctx.app_id}/rooms/{room.id}"
    if place is not Place.ORGANIZER:
        page = "screen" if place is Place.SCREEN else "play"
        return [Panel(place, room.name, url=f"{base}/{page}")]
    words = {"room": room, "base": base, "questions": len(ctx.settings.get("questions", ()))}
    html = _fragments().get_template("quiz/panel.html").render(words)
    return [Panel(place, "The quiz", html=html)]


@cache
def _fragments() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # with the first panel

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
