"""`/rooms/{id}/participants`, `/prizes`, `/winners` and `/draws`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from host.access import Act, Actor
from host.contract import JsonObject, Role
from host.errors import FestoonError
from host.services import Services
from host.web.api.body import Parse, parse_json, read_bytes
from host.web.api.call import Asked, Call
from host.web.api.query import CURSORS, LARGE_LIMIT, one_of, page_request, switch, words
from host.web.api.rooms import DESCRIPTION, NAME

ID: JsonObject = {"type": "string", "minLength": 1, "maxLength": 64}
METADATA: JsonObject = {"type": "object"}
IMAGE: JsonObject = {
    "type": ["string", "null"],
    "maxLength": 2000,
    "pattern": "^(https://|http://|/)",
}
QUANTITY: JsonObject = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
GRANTED = [Role.ORGANIZER, Role.MODERATOR, Role.PARTICIPANT, Role.VIEWER]

JOIN: JsonObject = {
    "properties": {
        "role": {"enum": [Role.PARTICIPANT.value, Role.VIEWER.value]},
        "metadata": METADATA,
        "joinCode": {"type": "string", "maxLength": 40},
    }
}
CHANGE_PARTICIPANT: JsonObject = {
    "properties": {"role": {"enum": [r.value for r in GRANTED]}, "metadata": METADATA}
}
PRIZE_FIELDS: JsonObject = {
    "name": NAME,
    "description": DESCRIPTION,
    "imageUrl": IMAGE,
    "quantity": QUANTITY,
    "metadata": METADATA,
}
ADD_PRIZE: JsonObject = {"properties": PRIZE_FIELDS, "required": ["name"]}
CHANGE_PRIZE: JsonObject = {"properties": PRIZE_FIELDS}
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
ONE: dict[str, Parse] = {"includeDeleted": switch}
LISTS: dict[str, Parse] = {**CURSORS, **ONE}


async def join_room(asked: Asked) -> Any:
    """Joins the room, by the decision of whoever registers people here."""
    return await asked.services.participants.join(
        asked.actor,
        asked.room_id,
        role=Role(asked.body.get("role", Role.PARTICIPANT)),
        metadata=asked.body.get("metadata"),
        join_code=asked.body.get("joinCode"),
    )


async def list_participants(asked: Asked) -> Any:
    """Who takes part, in the order of joining."""
    role = asked.query.get("role")
    return await asked.services.participants.list(
        asked.actor,
        asked.room_id,
        page_request(asked.query, LARGE_LIMIT),
        role=Role(role) if role else None,
        deleted=asked.query.get("includeDeleted", False),
    )


async def get_participant(asked: Asked) -> Any:
    """One participant."""
    return await asked.services.participants.get(
        asked.actor,
        asked.room_id,
        asked.path["participant_id"],
        deleted=asked.query.get("includeDeleted", False),
    )


async def change_participant(asked: Asked) -> Any:
    """Changes a participant's role or metadata."""
    return await asked.services.participants.change(
        asked.actor, asked.room_id, asked.path["participant_id"], asked.body, asked.if_match
    )


async def leave_room(asked: Asked) -> Any:
    """Leaves the room."""
    await asked.services.participants.leave(asked.actor, asked.room_id)


async def remove_participant(asked: Asked) -> Any:
    """Removes someone from the room."""
    await asked.services.participants.remove(
        asked.actor, asked.room_id, asked.path["participant_id"], asked.if_match
    )


async def list_prizes(asked: Asked) -> Any:
    """The prize fund, oldest first."""
    return await asked.services.prizes.list(
        asked.actor,
        asked.room_id,
        page_request(asked.query, LARGE_LIMIT),
        deleted=asked.query.get("includeDeleted", False),
    )


async def add_prize(asked: Asked) -> Any:
    """Adds a prize to the fund."""
    return await asked.services.prizes.create(asked.actor, asked.room_id, asked.body)


async def get_prize(asked: Asked) -> Any:
    """One prize."""
    return await asked.services.prizes.get(
        asked.actor,
        asked.room_id,
        asked.path["prize_id"],
        deleted=asked.query.get("includeDeleted", False),
    )


async def change_prize(asked: Asked) -> Any:
    """Changes a prize."""
    return await asked.services.prizes.change(
        asked.actor, asked.room_id, asked.path["prize_id"], asked.body, asked.if_match
    )


async def delete_prize(asked: Asked) -> Any:
    """Takes a prize out of the fund."""
    await asked.services.prizes.delete(
        asked.actor, asked.room_id, asked.path["prize_id"], asked.if_match
    )


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


async def _may_ask_to_join(services: Services, actor: Actor, request: Request) -> None:
    """Who may not know of the room hears nothing about what is wrong with the body."""
    try:
        body = parse_json(await read_bytes(request))
    except FestoonError:
        body = None
    code = body.get("joinCode") if isinstance(body, dict) else None
    room_id = request.path_params["room_id"]
    await services.participants.welcome(actor, room_id, code if isinstance(code, str) else None)


async def _participant_is_there(services: Services, actor: Actor, request: Request) -> None:
    path = request.path_params
    await services.participants.get(actor, path["room_id"], path["participant_id"])


async def _prize_is_there(services: Services, actor: Actor, request: Request) -> None:
    path = request.path_params
    await services.prizes.get(actor, path["room_id"], path["prize_id"])


PEOPLE = "/rooms/{room_id}/participants"
PRIZES = "/rooms/{room_id}/prizes"
WINNERS = "/rooms/{room_id}/winners"
CALLS = (
    # Joining is the one call that a stranger to a private room may make: its service asks for
    # the code, so no act is asked for here.
    Call(
        "POST",
        PEOPLE,
        join_room,
        "Join",
        user=True,
        known=_may_ask_to_join,
        body=JOIN,
        body_optional=True,
        status=201,
    ),
    Call(
        "GET",
        PEOPLE,
        list_participants,
        "List participants",
        act=Act.SEE_PARTICIPANTS,
        query={**LISTS, "role": one_of(role.value for role in Role)},
    ),
    Call("DELETE", f"{PEOPLE}/me", leave_room, "Leave", act=Act.SEE_ROOM, user=True),
    Call(
        "GET",
        PEOPLE + "/{participant_id}",
        get_participant,
        "One participant",
        act=Act.SEE_PARTICIPANTS,
        query=ONE,
    ),
    Call(
        "PATCH",
        PEOPLE + "/{participant_id}",
        change_participant,
        "Change a participant",
        act=Act.CHANGE_METADATA,
        known=_participant_is_there,
        body=CHANGE_PARTICIPANT,
        body_optional=True,
    ),
    Call(
        "DELETE",
        PEOPLE + "/{participant_id}",
        remove_participant,
        "Remove a participant",
        act=Act.REMOVE_PARTICIPANTS,
    ),
    Call("GET", PRIZES, list_prizes, "List prizes", act=Act.SEE_PRIZES, query=LISTS),
    Call(
        "POST",
        PRIZES,
        add_prize,
        "Add a prize",
        act=Act.CHANGE_PRIZES,
        body=ADD_PRIZE,
        status=201,
    ),
    Call("GET", PRIZES + "/{prize_id}", get_prize, "One prize", act=Act.SEE_PRIZES, query=ONE),
    Call(
        "PATCH",
        PRIZES + "/{prize_id}",
        change_prize,
        "Change a prize",
        act=Act.CHANGE_PRIZES,
        known=_prize_is_there,
        body=CHANGE_PRIZE,
        body_optional=True,
    ),
    Call(
        "DELETE",
        PRIZES + "/{prize_id}",
        delete_prize,
        "Delete a prize",
        act=Act.CHANGE_PRIZES,
    ),
    Call("POST", WINNERS, award_prize, "Award by hand", act=Act.AWARD, body=AWARD, status=201),
    Call(
        "GET",
        WINNERS,
        list_winners,
        "List winners",
        act=Act.SEE_WINNERS,
        query={**LISTS, "prizeId": words(64), "participantId": words(64)},
    ),
    Call(
        "GET",
        WINNERS + "/{winner_id}",
        get_winner,
        "One winner",
        act=Act.SEE_WINNERS,
        query=ONE,
    ),
    Call("DELETE", WINNERS + "/{winner_id}", revoke_winner, "Revoke a win", act=Act.REVOKE),
    Call(
        "POST",
        "/rooms/{room_id}/draws",
        draw_winners,
        "Draw winners",
        act=Act.DRAW,
        body=DRAW,
        body_optional=True,
        status=201,
    ),
)
