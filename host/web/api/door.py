"""`/rooms/{id}/door`, bans, the owner, and the log of what was done."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from host.access import Act, Actor
from host.contract import JsonObject, Participant, Room
from host.services import Services
from host.services.door import DoorView
from host.services.nicknames import LONGEST, LONGEST_WORD, MOST_WORDS
from host.store.audit import AuditEntry
from host.web.api.answers import DONE, Many
from host.web.api.body import NOTHING
from host.web.api.call import Asked, Call
from host.web.api.query import CURSORS, LARGE_LIMIT, page_request

WORDS: JsonObject = {
    "type": "array",
    "maxItems": MOST_WORDS,
    "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_WORD},
}
CHANGE_DOOR: JsonObject = {
    "properties": {
        "locked": {"type": "boolean"},
        "nicknames": {
            "type": ["object", "null"],
            "properties": {
                "longest": {"type": ["integer", "null"], "minimum": 1, "maximum": LONGEST},
                "unique": {"type": "boolean"},
                "words": WORDS,
            },
            "additionalProperties": False,
        },
    }
}
HAND_OVER: JsonObject = {
    "properties": {"participantId": {"type": "string", "minLength": 1, "maxLength": 64}},
    "required": ["participantId"],
}


async def get_door(asked: Asked) -> Any:
    """Whether the door is locked, what names may be like, and how many are banned."""
    return await asked.services.door.get(asked.actor, asked.room_id)


async def change_door(asked: Asked) -> Any:
    """Locks or opens the door; changes the rules for names."""
    return await asked.services.door.change(asked.actor, asked.room_id, asked.body)


async def ban_participant(asked: Asked) -> Any:
    """Removes someone who may not come back; also one who has left already."""
    return await asked.services.participants.ban(
        asked.actor, asked.room_id, asked.path["participant_id"]
    )


async def unban_participant(asked: Asked) -> Any:
    """Lets someone come back who was banned."""
    await asked.services.participants.unban(
        asked.actor, asked.room_id, asked.path["participant_id"]
    )


async def hand_over(asked: Asked) -> Any:
    """Makes a participant the room's owner, who becomes organizer if they were not."""
    return await asked.services.ownership.hand_over(
        asked.actor, asked.room_id, asked.body["participantId"]
    )


async def list_audit(asked: Asked) -> Any:
    """Every privileged act in the room, newest first: who, what, before and after."""
    return await asked.services.audit.log(
        asked.actor, asked.room_id, page_request(asked.query, LARGE_LIMIT)
    )


async def _was_here(services: Services, actor: Actor, request: Request) -> None:
    path = request.path_params
    await services.participants.known(actor, path["room_id"], path["participant_id"])


ROOM = "/rooms/{room_id}"
BAN = ROOM + "/participants/{participant_id}/ban"
CALLS = (
    Call("GET", f"{ROOM}/door", get_door, "The door", act=Act.SEE_DOOR, answers=DoorView),
    Call(
        "PATCH",
        f"{ROOM}/door",
        change_door,
        "Change the door",
        act=Act.CHANGE_DOOR,
        body=CHANGE_DOOR,
        body_optional=True,
        answers=DoorView,
    ),
    Call(
        "POST",
        BAN,
        ban_participant,
        "Ban someone",
        act=Act.BAN,
        known=_was_here,
        body=NOTHING,
        body_optional=True,
        answers=Participant,
    ),
    Call("DELETE", BAN, unban_participant, "Lift a ban", act=Act.BAN, answers=DONE),
    Call(
        "POST",
        f"{ROOM}/owner",
        hand_over,
        "Hand the room over",
        act=Act.HAND_OVER,
        body=HAND_OVER,
        answers=Room,
    ),
    Call(
        "GET",
        f"{ROOM}/audit",
        list_audit,
        "The log",
        act=Act.SEE_AUDIT,
        query=CURSORS,
        answers=Many(AuditEntry),
    ),
)
