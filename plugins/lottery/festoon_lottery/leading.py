"""The organizer's page of a round: close, draw, reveal, another; each is said before it is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from festoon_lottery import beacon, lookup, steps
from festoon_lottery.drumming import drum_words
from festoon_lottery.entry import admitted
from festoon_lottery.evening import Drum, drum, next_prize
from festoon_lottery.levels import limits
from festoon_lottery.opening import opened
from festoon_lottery.options import Options
from festoon_lottery.orders import waits_for
from festoon_lottery.proof.document import Beacon, Level
from festoon_lottery.rounds import Round, State
from host import FestoonError, Prize, RoomRequest, ValidationFailed

ROUND = "round"
NUMBER = re.compile(r"\d{1,15}")
DONE = {
    "close": "The drum is closed. Every phone has its number now.",
    "draw": "Drawn. Everyone sees it at this moment.",
    "reveal": "The seed is told. Anyone can check the draw now.",
    "open": "Another round is open. Who comes now takes part.",
    "audience": "The hall’s numbers are in. You can draw.",
    "beacon": "The beacon’s value is in. You can draw.",
}


async def round_page(request: Request, here: RoomRequest) -> Response:
    """Where the round stands, and what comes next."""
    return await _shown(here, note=DONE.get(request.query_params.get("done", ""), ""))


async def round_act(request: Request, here: RoomRequest) -> Response:
    """One step of a round."""
    form = await request.form()
    do = _text(form, "do")
    try:
        await _done(here, do, form)
    except FestoonError as refusal:
        return await _shown(here, problem=refusal.message, status=refusal.status)
    return RedirectResponse(f"{here.url(ROUND)}?done={do}", 303)


async def _done(here: RoomRequest, do: str, form: FormData) -> None:
    ctx, room = here.ctx, here.room
    match do:
        case "close":
            await steps.close(ctx, room)
        case "draw":
            await ctx.draw(_text(form, "prize"), 1)
        case "reveal":
            await steps.reveal(ctx, room)
        case "open":
            await steps.open_next(ctx, room)
        case "audience":
            called = [int(one) for one in NUMBER.findall(_text(form, "numbers"))]
            await steps.audience(ctx, room, called)
        case "beacon":
            await steps.beacon_value(ctx, room, _text(form, "value"))
        case _:
            raise ValidationFailed("Nothing to do was said. Press one of the buttons.")


async def _shown(
    here: RoomRequest, *, note: str = "", problem: str = "", status: int = 200
) -> Response:
    ctx, room = here.ctx, here.room
    of = await opened(ctx, room)
    prizes, told, people = await ctx.prizes(), await ctx.winners(), await ctx.participants()
    inside = drum(await admitted(ctx, people), told, ctx.settings)
    words: dict[str, Any] = {
        "note": note,
        "problem": problem,
        "round": of,
        "drum": await drum_words(ctx, prizes),
        "inside": inside,
        "next": next_prize(prizes),
        "step": _step(of, prizes, inside),
        "waits": waits_for(of) if of and of.state is State.CLOSED else None,
        "calls": bool(of and of.level is Level.AUDIENCE and of.audience is None),
        "limits": limits(of) if of else [],
        "beacon": _beacon(here, of.beacon) if of and of.beacon else None,
        "options": Options.of(ctx.settings),
        "round_path": here.url(ROUND),
    }
    return here.render("lottery/round.html", words, status=status)


def _step(of: Round | None, prizes: Sequence[Prize], inside: Drum) -> str:
    """What the largest button does."""
    if of is None:
        return "wait"
    if of.state is State.REVEALED:
        return "over"
    if next_prize(prizes) is None:
        return "prizes" if of.state is State.OPEN else "reveal"
    if of.state is State.OPEN and not inside.guests:
        return "guests"
    return "draw"


def _beacon(here: RoomRequest, announced: Beacon) -> dict[str, Any]:
    """Which round it is, when it is there, where this host asks for it, and where anybody can."""
    return {
        "round": announced.round,
        "at": beacon.there_at(announced.round),
        "asked": lookup.address(here.ctx, announced.round),
        "page": lookup.page(announced.round),
    }


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
