"""`/rooms/{id}/participants`: joining, roles, leaving."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from host.access import Act, Actor
from host.contract import JsonObject, Participant, Role
from host.errors import FestoonError, RoomNotActive
from host.services import Services
from host.web.api.answers import ASKS, DONE, Many
from host.web.api.body import METADATA, parse_json, read_bytes
from host.web.api.call import Asked, Call
from host.web.api.query import LARGE_LIMIT, LISTS, ONE, one_of, page_request, switch, words

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
    page, hot = page_request(asked.query, LARGE_LIMIT), asked.services.hot
    if asked.query.keys() <= NUMBERED and (lane := asked.services.core.lane_for(asked.actor)):
        return await hot.participants(lane, asked.actor, asked.room_id, page)
    return await asked.services.participants.list(
        asked.actor,
        asked.room_id,
        page,
        role=Role(role) if role else None,
        deleted=asked.query.get("includeDeleted", False),
        banned=asked.query.get("banned", False),
        text=asked.query.get("q"),
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
    await services.participants.get(
        actor, path["room_id"], path["participant_id"], act=Act.CHANGE_METADATA
    )


NUMBERED = {"page", "limit"}
PEOPLE = "/rooms/{room_id}/participants"
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
        answers=Participant,
        refuses=(RoomNotActive, *ASKS),
    ),
    Call(
        "GET",
        PEOPLE,
        list_participants,
        "List participants",
        act=Act.SEE_PARTICIPANTS,
        lets_in=True,
        query={
            **LISTS,
            "role": one_of(role.value for role in Role),
            "q": words(200, "Those with this in their name."),
            "banned": switch("Only those who were banned. For staff."),
        },
        answers=Many(Participant),
    ),
    Call("DELETE", f"{PEOPLE}/me", leave_room, "Leave", act=Act.LEAVE, user=True, answers=DONE),
    Call(
        "GET",
        PEOPLE + "/{participant_id}",
        get_participant,
        "One participant",
        act=Act.SEE_PARTICIPANTS,
        query=ONE,
        answers=Participant,
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
        answers=Participant,
        versioned=True,
    ),
    Call(
        "DELETE",
        PEOPLE + "/{participant_id}",
        remove_participant,
        "Remove a participant",
        act=Act.REMOVE_PARTICIPANTS,
        answers=DONE,
        versioned=True,
    ),
)
