"""The prizes of a room with their winners, as pages show them, and the form of a prize."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from host.access import Act, Actor
from host.contract import JsonObject, Prize, Winner
from host.services import Services
from host.store.paging import PageRequest
from host.web.api.body import READABLE

MOST_PRIZES = 200
MOST_WINNERS = 500

PRIZE: JsonObject = {
    "type": "object",
    "required": ["name", "quantity"],
    "properties": {
        "name": {
            "type": "string",
            "title": "Prize",
            "minLength": 1,
            "maxLength": 200,
            **READABLE,
        },
        "quantity": {
            "type": "integer",
            "title": "How many of it",
            "minimum": 1,
            "maximum": 1_000_000,
            "default": 1,
        },
        "description": {
            "type": "string",
            "title": "Description",
            "description": "A line that makes people want it.",
            "maxLength": 5000,
        },
        "imageUrl": {
            "type": "string",
            "format": "uri",
            "title": "Picture",
            "description": "The https address of a picture.",
            "maxLength": 2000,
        },
    },
}
"""The fields of a prize, by the keys of the wire contract."""


@dataclass(frozen=True)
class Line:
    """One prize with who won it, oldest first, and from whom it was taken back."""

    prize: Prize
    winners: tuple[Winner, ...]
    revoked: tuple[Winner, ...] = ()


async def fund_of(
    services: Services, actor: Actor, room_id: str, may: frozenset[Act]
) -> list[Line]:
    """Every prize in the order in which it was put up."""
    prizes = await services.prizes.list(actor, room_id, PageRequest(limit=MOST_PRIZES))
    winners = await services.winners.list(
        actor, room_id, PageRequest(limit=MOST_WINNERS), deleted=Act.SEE_DELETED in may
    )
    return [_line(prize, winners.items) for prize in prizes.items]


def _line(prize: Prize, winners: Sequence[Winner]) -> Line:
    own = [winner for winner in winners if winner.prize_id == prize.id]
    return Line(
        prize,
        tuple(w for w in own if w.deleted_at is None),
        tuple(w for w in own if w.deleted_at is not None),
    )
