"""`/rooms/{id}/winners` and `/draws`."""

from __future__ import annotations

from typing import Any

from host.access import Act
from host.contract import JsonObject, Winner
from host.errors import PrizeExhausted, RoomNotActive
from host.web.api.answers import ASKS, DONE, Many
from host.web.api.body import METADATA
from host.web.api.call import Asked, Call
from host.web.api.query import LARGE_LIMIT, LISTS, ONE, page_request, words

ID: JsonObject = {"type": "string", "minLength": 1, "maxLength": 64}
AWARD: JsonObject = {
    "properties": {"participantId": ID, "prizeId": ID, "metadata": METADATA},
    "required": ["participantId", "prizeId"],
}
DRAW: JsonObject = {
    "properties": {
        "prizeId": ID,
        "count": {"type": "integer", "minimum": 1, "maximum": 1000},
    }
}


async def award_prize(asked: Asked) -> Any:
    """Awards a prize by hand."""
    return await asked.services.winners.award(
        asked.actor,
        asked.room_id,
        asked.body["participantId"],
        asked.body["prizeId"],
        asked.body.get("metadata"),
    )


async def draw_winners(asked: Asked) -> Any:
    """Draws winners through the room's winnerSelection."""
    return await asked.services.draws.draw(
        asked.actor, asked.room_id, asked.body.get("prizeId"), asked.body.get("count", 1)
    )


async def list_winners(asked: Asked) -> Any:
    """Winners, oldest first."""
    return await asked.services.winners.list(
        asked.actor,
        asked.room_id,
        page_request(asked.query, LARGE_LIMIT),
        prize_id=asked.query.get("prizeId"),
        participant_id=asked.query.get("participantId"),
        deleted=asked.query.get("includeDeleted", False),
    )


async def get_winner(asked: Asked) -> Any:
    """One winner."""
    return await asked.services.winners.get(
        asked.actor,
        asked.room_id,
        asked.path["winner_id"],
        deleted=asked.query.get("includeDeleted", False),
    )


async def revoke_winner(asked: Asked) -> Any:
    """Takes a win back; the record stays."""
    await asked.services.winners.revoke(asked.actor, asked.room_id, asked.path["winner_id"])


WINNERS = "/rooms/{room_id}/winners"
CALLS = (
    Call(
        "POST",
        WINNERS,
        award_prize,
        "Award by hand",
        act=Act.AWARD,
        body=AWARD,
        status=201,
        answers=Winner,
        refuses=(PrizeExhausted, RoomNotActive),
    ),
    Call(
        "GET",
        WINNERS,
        list_winners,
        "List winners",
        act=Act.SEE_WINNERS,
        query={**LISTS, "prizeId": words(64), "participantId": words(64)},
        answers=Many(Winner),
    ),
    Call(
        "GET",
        WINNERS + "/{winner_id}",
        get_winner,
        "One winner",
        act=Act.SEE_WINNERS,
        query=ONE,
        answers=Winner,
    ),
    Call(
        "DELETE",
        WINNERS + "/{winner_id}",
        revoke_winner,
        "Revoke a win",
        act=Act.REVOKE,
        answers=DONE,
    ),
    Call(
        "POST",
        "/rooms/{room_id}/draws",
        draw_winners,
        "Draw winners",
        act=Act.DRAW,
        lets_in=True,
        body=DRAW,
        body_optional=True,
        status=201,
        answers=list[Winner],
        refuses=(PrizeExhausted, RoomNotActive, *ASKS),
    ),
)
