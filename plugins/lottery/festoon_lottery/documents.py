"""What is fetched to be checked: a round's proof, and one's own receipt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from festoon_lottery import entry, proving
from host import FestoonError, JsonObject, NotFound, Role, RoomRequest, room_page

PROOF, RECEIPT = "proof.json", "receipt.json"
NO_ENTRY = (
    "You have no entry in this draw: entries had closed when you came, or you have no ticket. "
    "You take part in the next draw."
)
UNANSWERED = (
    "You do not take part yet: the organizer asks something of everyone who does. Answer it on "
    "your page, before entries close."
)

Endpoint = Callable[[Request, RoomRequest], Awaitable[Response]]


def in_json(endpoint: Endpoint) -> Endpoint:
    """Refusals as the wire contract has them: these are fetched by scripts."""

    @wraps(endpoint)
    async def answer(request: Request, here: RoomRequest) -> Response:
        try:
            return await endpoint(request, here)
        except FestoonError as refusal:
            return JSONResponse({"error": refusal.as_json()}, refusal.status)

    return answer


@in_json
async def proof(request: Request, here: RoomRequest) -> Response:
    """The proof of the latest round, or of `?round=`."""
    wanted = request.query_params.get("round")
    if wanted is not None and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 9):
        raise NotFound("There is no such draw here.")
    document = await proving.proof(here.ctx, int(wanted) if wanted else None)
    # Of a full hall it is megabytes.
    content = await asyncio.to_thread(_written, document)
    return _json(content, "proof.json")


@in_json
async def receipt(request: Request, here: RoomRequest) -> Response:
    """One's own receipt in the latest round; by asking one enters it while it is open."""
    if here.participant is None:
        raise NotFound("You are not in this room yet. Join it with its code.")
    found = await proving.receipt(here.ctx, here.participant)
    if found is None:
        unanswered = await entry.missing(here.ctx, here.participant)
        raise NotFound(UNANSWERED if unanswered else NO_ENTRY)
    return _json(_written(found), "receipt.json")


def documents() -> Sequence[BaseRoute]:
    """The routes."""
    return [
        room_page(PROOF, proof, role=None),
        room_page(RECEIPT, receipt, role=Role.VIEWER),
    ]


def _json(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/json", headers=headers)


def _written(document: JsonObject) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
