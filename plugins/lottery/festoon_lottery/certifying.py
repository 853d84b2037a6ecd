"""The certificate of a room's draw: gathered from what the host and the log know."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from festoon_lottery import rounds
from festoon_lottery.certificate import Certificate, Given, pdf
from festoon_lottery.checking import VERIFY, round_asked
from festoon_lottery.levels import how, limits
from festoon_lottery.proof.document import Kind
from festoon_lottery.proving import proof
from festoon_lottery.results import passed_over, ticket_of, whole
from festoon_lottery.rounds import Round
from host import AppContext, JsonObject, NotFound, Prize, Room, RoomRequest, Winner

CERTIFICATE = "certificate.pdf"


async def certificate(request: Request, here: RoomRequest) -> Response:
    """The certificate of the latest round, or of `?round=`, as a PDF."""
    asked = round_asked(request)
    found = await (rounds.numbered(here.ctx, int(asked)) if asked else rounds.current(here.ctx))
    if found is None or found.closed is None:
        raise NotFound("There is no certificate yet: it is there once the drum is closed.")
    address = f"{here.ctx.public_url}{here.url(VERIFY)}?round={found.number}"
    paper = await gathered(here.ctx, here.room, found, address)
    # The library takes a while over long lists; everybody else goes on.
    made = await asyncio.to_thread(pdf, paper)
    disposition = {"content-disposition": 'inline; filename="certificate.pdf"'}
    return Response(made, media_type="application/pdf", headers=disposition)


async def gathered(ctx: AppContext, room: Room, of: Round, address: str) -> Certificate:
    """What stands on the certificate of a round that is closed."""
    prizes, winners = await ctx.prizes(), await ctx.winners()
    document = await proof(ctx, of.number)
    passed = await passed_over(ctx, of, prizes)
    return Certificate(
        title="Certificate of a draw",
        room=room.name,
        words=_words(room, of, document),
        given=_given(of, prizes, winners),
        passed=[f"{one.name} — {one.prize}, {one.at:%H:%M} UTC: {one.reason}" for one in passed],
        prints=_prints(document),
        limits=limits(of),
        address=address,
    )


def _given(of: Round, prizes: Sequence[Prize], winners: Sequence[Winner]) -> list[Given]:
    # A prize that somebody was given by hand belongs to no round, and stands on each.
    mine = [one for one in winners if whole(one.metadata, "round") in (None, of.number)]
    given = []
    for prize in prizes:
        lines = [_line(one) for one in mine if one.prize_id == prize.id]
        elsewhere = any(one.prize_id == prize.id for one in winners)
        if lines or not elsewhere:
            given.append(Given(prize.name, lines or ["Not drawn"]))
    return given


def _line(winner: Winner) -> str:
    ticket, name = ticket_of(winner), winner.participant.user.name
    return f"{name}, given by hand" if ticket is None else f"{name}, ticket {ticket:04d}"


def _words(room: Room, of: Round, document: JsonObject) -> str:
    assert of.closed is not None
    at = {entry["kind"]: entry["at"] for entry in document["log"]}
    day, _, time = at[Kind.CLOSED].partition("T")
    guests = "1 guest" if of.closed.count == 1 else f"{of.closed.count} guests"
    tickets = "1 ticket" if of.closed.total == 1 else f"{of.closed.total} tickets"
    held = f"{guests} held {tickets} when entries closed, {day} at {time[:5]} UTC. "
    told = "" if Kind.REVEALED in at else " The seed is not told yet: the draw is not over."
    return f"Round {of.number}, held by {room.organizer.name}. {held}{how(of)}{told}"


def _prints(document: JsonObject) -> list[tuple[str, str]]:
    data = {entry["kind"]: entry["data"] for entry in document["log"]}
    opened, closed = data[Kind.OPENED], data[Kind.CLOSED]
    named = [
        ("Rules, before entries opened", opened["rulesHash"]),
        ("Seed, as it was promised", opened["commitment"]),
        ("Root of all entries, when they closed", closed["root"]),
        ("Seed, revealed at the end", document["seed"]),
        ("The log’s last entry", document["log"][-1]["hash"]),
    ]
    return [(name, value) for name, value in named if value]
