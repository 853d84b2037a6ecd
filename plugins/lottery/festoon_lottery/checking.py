"""The page on which a visitor's own browser checks the draw."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from host import RoomRequest

VERIFY = "verify"
PROOF = "proof.json"
RECEIPT = "receipt.json"


def round_asked(request: Request) -> str:
    """The number of the round that an address asks for, "" for the one that runs."""
    asked = request.query_params.get("round", "")
    return asked if asked.isascii() and asked.isdigit() and len(asked) < 10 else ""


async def verify_page(request: Request, here: RoomRequest) -> Response:
    """Draws again in the visitor's browser; the server only hands out the proof."""
    asked = round_asked(request)
    query = f"?round={asked}" if asked else ""
    return here.render(
        "lottery/verify.html",
        {
            "round": asked,
            "proof_url": here.url(PROOF) + query,
            "receipt_url": here.url(RECEIPT) + query if here.participant else "",
        },
    )
