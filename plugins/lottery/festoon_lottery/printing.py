"""What is printed: the poster at the door, tickets for guests without phones, who won."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from festoon_lottery import entrants, rounds
from festoon_lottery.checking import VERIFY
from festoon_lottery.evening import drum
from festoon_lottery.results import claims_of, passed_over, ticket_of
from festoon_lottery.rounds import Round
from festoon_lottery.tickets import entitled, first_numbers, hand_out
from festoon_lottery.words import draw_date, guests, ticket_numbers
from host import Participant, Role, RoomRequest, iso

POSTER, TICKETS, WINNERS, TABLE = "poster", "tickets", "winners", "winners.csv"
ON_A_SHEET = 100
"""So many tickets are on one page of the browser: each has a code to be drawn."""
HEADINGS = ("Prize", "Winner", "Ticket", "Drawn", "Handed over", "Taken back", "Reason")


async def poster(request: Request, here: RoomRequest) -> Response:
    """The way in, to hang on the wall."""
    santa = here.ctx.settings.get("outcome") == "secret-santa"
    words = {"draw_date": draw_date(here.ctx.settings), "santa": santa}
    return here.render("lottery/poster.html", words)


async def tickets(request: Request, here: RoomRequest) -> Response:
    """Tickets to be cut out, for guests who have no phone with them."""
    ctx, room = here.ctx, here.room
    held = [
        (guest, due)
        for guest in await ctx.participants(Role.PARTICIPANT)
        if (due := entitled(guest, ctx.settings)) > 0
    ]
    asked = request.query_params.get("from", "")
    first = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    sheet = held[first : first + ON_A_SHEET]
    given = await hand_out(ctx.database(), room.id, [guest for guest, _ in sheet], ctx.settings)
    of = await rounds.current(ctx)
    receipts = await _receipts(here, of)
    words = {
        "draw_date": draw_date(ctx.settings),
        "tickets": [
            {
                "name": guest.user.name,
                "numbers": ticket_numbers(first_numbers(given[guest.id], due)),
                "count": due,
                "address": _address(here, of, guest, receipts),
            }
            for guest, due in sheet
        ],
        "first": first,
        "total": len(held),
        "step": ON_A_SHEET,
    }
    return await asyncio.to_thread(here.render, "lottery/tickets.html", words)


async def _receipts(here: RoomRequest, of: Round | None) -> Mapping[str, Mapping[str, Any]]:
    if of is None:
        return {}
    async with here.ctx.database().read() as connection:
        return await entrants.of_round(connection, of.id)


def _address(
    here: RoomRequest,
    of: Round | None,
    guest: Participant,
    receipts: Mapping[str, Mapping[str, Any]],
) -> str:
    """Where a ticket's code leads: to the check, with this guest's receipt.

    The receipt stands behind the `#`, which browsers send to nobody.
    """
    plain = here.ctx.public_url + here.url(VERIFY)
    row = receipts.get(guest.id)
    if of is None or row is None or not row["salt"]:
        return plain
    receipt = {
        "salt": row["salt"],
        "participant": guest.id,
        "name": row["name"],
        "weight": row["weight"],
    }
    packed = urlsafe_b64encode(json.dumps(receipt, ensure_ascii=False).encode()).decode()
    return f"{plain}?round={of.number}#{packed.rstrip('=')}"


async def winners(request: Request, here: RoomRequest) -> Response:
    """Who won, to be ticked off where prizes are handed out."""
    ctx = here.ctx
    told, prizes, people = await ctx.winners(), await ctx.prizes(), await ctx.participants()
    claims = await claims_of(ctx)
    of = await rounds.current(ctx)
    rows = [(one, ticket_of(one), claims.get(one.id)) for one in told]
    words = {
        "lines": [
            (prize, [row for row in rows if row[0].prize_id == prize.id]) for prize in prizes
        ],
        "passed": await passed_over(ctx, of, prizes),
        "guests": guests(here.room),
        "drum": drum(people, told, ctx.settings),
        "table_url": here.url(TABLE),
    }
    return here.render("lottery/winners.html", words)


async def winners_table(request: Request, here: RoomRequest) -> Response:
    """Who won, for a spreadsheet; what was taken back stands in it as well."""
    told, claims = await here.ctx.winners(revoked=True), await claims_of(here.ctx)
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(HEADINGS)
    for one in told:
        claim = claims.get(one.id)
        ticket = ticket_of(one)
        cells = (
            one.prize.name,
            one.participant.user.name,
            f"{ticket:04d}" if ticket is not None else "",
            iso(one.created_at),
            iso(claim.claimed_at) if claim and claim.claimed_at else "",
            iso(one.deleted_at) if one.deleted_at else "",
            claim.reason if claim and claim.reason and one.deleted_at else "",
        )
        table.writerow([harmless(cell) for cell in cells])
    # The mark by which spreadsheets know that it is UTF-8.
    body = "\ufeff" + written.getvalue()
    disposition = {"content-disposition": 'attachment; filename="winners.csv"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=disposition)


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
