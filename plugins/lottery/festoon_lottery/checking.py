"""The page on which a visitor's own browser checks the draw."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from festoon_lottery import levels, rounds
from festoon_lottery.documents import PROOF, RECEIPT
from host import Role, RoomRequest

VERIFY = "verify"
LIMITS = {
    "everybody": levels.EVERYBODY,
    "platform": levels.PLATFORM,
    "beacon": levels.BEACON,
    "simple": levels.SIMPLE,
    "audience": levels.AUDIENCE,
}


def round_asked(request: Request) -> str:
    """The number of the round that an address asks for, "" for the one that runs."""
    asked = request.query_params.get("round", "")
    return asked if asked.isascii() and asked.isdigit() and len(asked) < 10 else ""


async def verify_page(request: Request, here: RoomRequest) -> Response:
    """Draws again in the visitor's browser; the server only hands out the proof."""
    asked = round_asked(request)
    if not asked and (latest := await rounds.current(here.ctx)):
        asked = str(latest.number)
    query = f"?round={asked}" if asked else ""
    return here.render(
        "lottery/verify.html",
        {
            "round": asked,
            "limits": LIMITS,
            "proof_url": here.url(PROOF) + query,
            "receipt_url": here.url(RECEIPT) if here.role is Role.PARTICIPANT else "",
        },
    )
