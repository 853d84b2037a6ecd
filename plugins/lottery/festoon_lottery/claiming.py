"""The claim desk: a winner shows a code, and gets the prize; or the next one is called.

One page that works by forms alone, on the phone of whoever stands at the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from festoon_lottery import desk, rounds
from festoon_lottery.codes import typed, winner_of
from festoon_lottery.results import Claim, claims_of, passed_over, ticket_of
from festoon_lottery.roster import phoneless
from festoon_lottery.tables import claims as table
from host import AppContext, FestoonError, RoomRequest, ValidationFailed, Winner

CLAIMS = "claims"
REASONS = {
    "absent": "not in the hall",
    "declined": "does not want it",
    "excluded": "may not win it by the rules",
}


@dataclass(frozen=True)
class Line:
    """A win at the desk."""

    winner: Winner
    ticket: int | None
    claim: Claim | None
    by_list: bool
    """Whether no phone speaks for them: they are called, and found, by name."""

    @property
    def handed(self) -> bool:
        """Whether the prize was handed over."""
        return self.claim is not None and self.claim.claimed_at is not None


async def claims_page(request: Request, here: RoomRequest) -> Response:
    """The desk: who is waited for, who has the prize, who was called and is not here."""
    return await _shown(here, code=typed(request.query_params.get("code", "")), asked=request)


async def claims_act(request: Request, here: RoomRequest) -> Response:
    """Finds a winner by the code, hands over, takes that back, or calls the next."""
    form = await request.form()
    try:
        note = await _done(here, form)
    except FestoonError as refusal:
        code = typed(_text(form, "code"))
        return await _shown(here, code=code, problem=refusal.message, status=refusal.status)
    return RedirectResponse(f"{here.url(CLAIMS)}?{note}", 303)


async def _done(here: RoomRequest, form: FormData) -> str:
    """Does what a form asks for; answers what the page is to say of it."""
    ctx, winner_id = here.ctx, _text(form, "winner")
    match _text(form, "do"):
        case "find":
            found = await winner_of(ctx.database(), here.room.id, _text(form, "code"), ctx.now())
            return f"found={found}"
        case "hand":
            await desk.claimed(ctx, winner_id)
            return f"handed={winner_id}"
        case "undo":
            await unclaimed(ctx, winner_id)
            return f"undone={winner_id}"
        case "next":
            chosen = _text(form, "reason")
            reason = _text(form, "other") if chosen == "other" else REASONS.get(chosen, "")
            if not reason:
                raise ValidationFailed("Say why the next one is called: everyone can read it.")
            following = await desk.absent(ctx, winner_id, reason)
            return f"called={following.id}" if following else "called="
    raise ValidationFailed("Nothing to do was said. Press one of the buttons.")


async def unclaimed(ctx: AppContext, winner_id: str) -> None:
    """Takes back that a prize was handed over; the win stays."""
    change = table.update().where(table.c.winner_id == winner_id, table.c.room_id == ctx.room_id)
    async with ctx.database().write() as connection:
        await connection.execute(change.values(claimed_at=None))
    await ctx.publish(f"{ctx.app_id}:claimed", {"winnerId": winner_id})


async def _shown(
    here: RoomRequest,
    *,
    code: str = "",
    problem: str = "",
    status: int = 200,
    asked: Request | None = None,
) -> Response:
    ctx = here.ctx
    told, known = await ctx.winners(), await claims_of(ctx)
    silent = await phoneless(ctx)
    lines = {
        one.id: Line(one, ticket_of(one), known.get(one.id), one.participant_id in silent)
        for one in told
    }
    of = await rounds.current(ctx)
    words: dict[str, Any] = {
        "code": code,
        "problem": problem,
        "waiting": [line for line in lines.values() if not line.handed],
        "given": [line for line in lines.values() if line.handed],
        "passed": await passed_over(ctx, of, await ctx.prizes()),
        "reasons": REASONS,
        "desk_path": here.url(CLAIMS),
        **_notes(asked.query_params if asked else {}, lines),
    }
    return here.render("lottery/claims.html", words, status=status)


def _notes(query: Mapping[str, str], lines: Mapping[str, Line]) -> dict[str, Any]:
    """What was just done, by the address that an act led to."""
    return {
        **{name: lines.get(query.get(name, "")) for name in ("found", "handed", "undone")},
        "called": lines.get(query.get("called", "")),
        "nobody": query.get("called") == "",
    }


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return " ".join(value.split()) if isinstance(value, str) else ""
