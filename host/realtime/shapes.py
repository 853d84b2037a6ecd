"""What the frames of a socket hold, as JSON Schemas: events, actions and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from host.contract import Participant, Person, Prize, Role, Room, Winner
from host.contract.shapes import Schema, Shapes, closed
from host.realtime.actions import MAX_ACTION, MAX_ID
from host.realtime.names import ACTIONS, EVENTS, RESERVED_PREFIXES

_shapes = Shapes("#/components/schemas/")
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SEQ: Schema = {**COUNT, "description": "The number of a durable event in its room, from 1."}
TIME: Schema = {"type": "string", "format": "date-time", "pattern": "Z$"}
OBJECT: Schema = {"type": "object"}
PEOPLE: Schema = {"type": "array", "items": _shapes.of(Person), "maxItems": 100}
NOTHING: Schema = closed({})
ROOM_ID: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
IN_ROOM: Schema = closed({"roomId": ROOM_ID})
ERROR: Schema = closed({"code": TEXT, "message": TEXT, "details": OBJECT})
ONE_PERSON: Schema = closed({"userId": TEXT, "user": _shapes.of(Person), "online": COUNT})
NOTIFICATION: Schema = closed(
    {"id": TEXT, "kind": TEXT, "title": TEXT, "body": TEXT, "data": OBJECT}
)
PART: Schema = {
    "anyOf": [closed({"id": TEXT, "role": _shapes.of(Role)}), {"type": "null"}],
}

EVENT_DATA: Mapping[str, Schema] = {
    "room:updated": _shapes.of(Room),
    "room:status_changed": _shapes.of(Room),
    "room:deleted": _shapes.of(Room),
    "participant:joined": _shapes.of(Participant),
    "participant:left": _shapes.of(Participant),
    "participant:updated": _shapes.of(Participant),
    "prize:created": _shapes.of(Prize),
    "prize:updated": _shapes.of(Prize),
    "prize:deleted": _shapes.of(Prize),
    "winner:selected": _shapes.of(Winner),
    "winner:removed": _shapes.of(Winner),
    "notification:received": NOTIFICATION,
    "notification:unread": closed(
        {
            "unread": {"anyOf": [COUNT, {"type": "null"}]},
            "read": {"anyOf": [{"type": "array", "items": TEXT}, {"type": "null"}]},
        }
    ),
    "presence:user_online": ONE_PERSON,
    "presence:user_offline": ONE_PERSON,
    "presence:changed": closed({"online": COUNT, "joined": PEOPLE, "left": PEOPLE}),
    "room:counts": closed(
        {"participants": COUNT, "prizes": COUNT, "winners": COUNT, "online": COUNT}
    ),
    "room:unsubscribed": closed({"code": TEXT, "message": TEXT}),
}
"""The `data` of each of the platform's events."""


@dataclass(frozen=True)
class ActionShape:
    """An action's `data`, and that of its answer. `about` is a sentence for the reader."""

    about: str
    data: Schema
    answer: Schema


ACTION_SHAPES: Mapping[str, ActionShape] = {
    "auth": ActionShape(
        "Signs a person in, or an application, or goes on with a newer token of the same.",
        closed({"token": {"type": "string", "minLength": 1}}),
        closed(
            {
                "user": {"anyOf": [_shapes.of(Person), {"type": "null"}]},
                "expiresAt": {"anyOf": [TIME, {"type": "null"}]},
            }
        ),
    ),
    "ping": ActionShape("Asks for the host's time.", OBJECT, closed({"at": TIME})),
    "room:subscribe": ActionShape(
        "Listens to a room, from the event `after` on or from now.",
        closed({"roomId": ROOM_ID, "after": SEQ, "quiet": {"type": "boolean"}}, "after", "quiet"),
        closed({"roomId": TEXT, "seq": SEQ, "quiet": {"type": "boolean"}, "participant": PART}),
    ),
    "room:unsubscribe": ActionShape("Listens no longer.", IN_ROOM, IN_ROOM),
    "presence:list": ActionShape(
        "Who is online in a room that is listened to.",
        IN_ROOM,
        closed({"online": COUNT, "users": PEOPLE}),
    ),
}

SCHEMAS = _shapes.schemas
"""What the references above lead to, by name."""

APP_NAME: Schema = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9-]*:.",
    "not": {"pattern": f"^({'|'.join(sorted(RESERVED_PREFIXES))}):"},
}
"""The name of an event or an action of an application."""

# A name without its shape would be a hole in what is published.
assert EVENT_DATA.keys() == {event.name for event in EVENTS}
assert ACTION_SHAPES.keys() == set(ACTIONS)

FRAME_ID: Schema = {
    "anyOf": [{"type": "integer"}, {"type": "string", "minLength": 1, "maxLength": MAX_ID}]
}


def event_frame(
    name: Schema, data: Schema, *, durable: bool | None, personal: bool = False
) -> Schema:
    """The frame of an event; `durable` None is for one that may be either.

    One that is `personal` names no room.
    """
    properties = {"event": name, "roomId": TEXT, "seq": SEQ, "prev": SEQ, "data": data, "at": TIME}
    if durable is False:
        del properties["seq"], properties["prev"]
    if personal:
        del properties["roomId"]
    frame = closed(properties, *(("seq", "prev") if durable is None else ()))
    if durable is None:
        frame["dependencies"] = {"seq": ["prev"], "prev": ["seq"]}
    return frame


def action_frame(name: Schema, data: Schema) -> Schema:
    """The frame of an action; `data` may be missing where nothing is needed, `id` anywhere."""
    about = "Comes back as `ack`. Without one nothing is answered but a refusal."
    optional = ("id",) if data.get("required") else ("id", "data")
    return closed(
        {
            "id": {**FRAME_ID, "description": about},
            "action": {**name, "maxLength": MAX_ACTION},
            "data": data,
        },
        *optional,
    )


def answer_frame(data: Schema) -> Schema:
    """The frame of an answer."""
    return closed({"ack": FRAME_ID, "data": data})


def refusal_frame() -> Schema:
    """The frame of a refusal; `ack` is null where no id was given, or none could be read."""
    return closed({"ack": {"anyOf": [*FRAME_ID["anyOf"], {"type": "null"}]}, "error": ERROR})
