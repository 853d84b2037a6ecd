"""`POST /rooms/{id}/events`: what an application says to a room."""

from __future__ import annotations

from typing import Any

from host.access import Act
from host.contract import Event, JsonObject, iso
from host.contract.shapes import closed
from host.web.api.answers import Shape
from host.web.api.call import Asked, Call

PUBLISH: JsonObject = {
    "properties": {
        "event": {
            "type": "string",
            "minLength": 1,
            "maxLength": 120,
            "description": "`<appId>:<what>`, with the application's own id.",
        },
        "data": {"type": "object"},
        "durable": {
            "type": "boolean",
            "default": True,
            "description": "Whether it is kept, with a seq; a passing event is gone once sent.",
        },
    },
    "required": ["event", "data"],
}
PUBLISHED = Shape(
    "PublishedEvent",
    closed(
        {
            "event": {"type": "string"},
            "roomId": {"type": "string"},
            "seq": {"type": "integer", "minimum": 1, "description": "Of a durable event only."},
            "data": {"type": "object"},
            "at": {"type": "string", "format": "date-time", "pattern": "Z$"},
        },
        "seq",
    ),
)


async def publish_event(asked: Asked) -> Any:
    """Sends an application's event to everybody in the room."""
    body = asked.body
    return await asked.services.publishing.publish(
        asked.actor,
        asked.room_id,
        body["event"],
        body["data"],
        durable=body.get("durable", True),
    )


def _shown(event: Event) -> JsonObject:
    numbered = {} if event.seq is None else {"seq": event.seq}
    return {
        "event": event.event,
        "roomId": event.room_id,
        **numbered,
        "data": event.data,
        "at": iso(event.at),
    }


CALLS = (
    Call(
        "POST",
        "/rooms/{room_id}/events",
        publish_event,
        "Publish an application's event",
        act=Act.PUBLISH_EVENTS,
        body=PUBLISH,
        status=201,
        render=_shown,
        answers=PUBLISHED,
    ),
)
