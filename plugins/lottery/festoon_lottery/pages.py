"""The lottery's pages and its panel."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from festoon_lottery.checking import VERIFY
from festoon_lottery.claiming import CLAIMS
from festoon_lottery.evening import wins
from festoon_lottery.opening import opened
from festoon_lottery.words import panel_words, play_words, screen_words, won_words
from host import AppContext, NotFound, Room, RoomRequest, iso

if TYPE_CHECKING:
    from jinja2 import Environment

LIVE = "live"
PLAY = "play"
SCREEN = "screen"
WON = "won"


async def play(request: Request, here: RoomRequest) -> Response:
    """A guest's page: their tickets, the draw as it happens, what they won."""
    if here.participant is None:
        raise NotFound("You are not in this room yet. Join it with its code.")
    # Whoever comes first opens the round, should nobody have done it yet.
    await opened(here.ctx, here.room)
    words = await play_words(here.ctx, here.room, here.participant)
    return here.render("lottery/play.html", words | _addresses(here))


async def won(request: Request, here: RoomRequest) -> Response:
    """The part of a winner's page that tells of the win: no page, but what one shows."""
    if here.participant is None:
        raise NotFound("You are not in this room yet. Join it with its code.")
    words = await won_words(here.ctx, here.participant, wins(await here.ctx.winners()))
    return here.render("lottery/won.html", words | _addresses(here))


async def screen(request: Request, here: RoomRequest) -> Response:
    """The big screen."""
    words = await screen_words(here.ctx, here.room)
    return here.render("lottery/screen.html", words | _addresses(here))


async def panel(ctx: AppContext, room: Room) -> str:
    """The organizer's panel as an HTML fragment."""
    words = await panel_words(ctx, room)
    return _fragments().get_template("lottery/panel.html").render(words)


def _addresses(here: RoomRequest) -> dict[str, str]:
    return {
        "live_url": here.url(LIVE),
        "verify_url": here.url(VERIFY),
        # Whole: it is read by another phone's camera.
        "desk_url": here.ctx.public_url + here.url(CLAIMS),
    }


def _tally(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"


def _time(at: datetime) -> Markup:
    """A time that the host's pages rewrite in the reader's zone."""
    return Markup('<time datetime="{}" data-moment="time">{} UTC</time>').format(
        iso(at), at.strftime("%H:%M")
    )


@cache
def _fragments() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # with the first panel

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(tally=_tally, time=_time)
    return made
