"""`/rooms/{id}/announcements`: one text to all, a role or the winners, now or at a time."""

from __future__ import annotations

from typing import Any

from host.access import Act
from host.contract import JsonObject
from host.services.announcements import AUDIENCES, LONGEST_BODY, LONGEST_TITLE, AnnouncementView
from host.web.api.answers import DONE, Many
from host.web.api.call import Asked, Call
from host.web.api.moments import MOMENT, moment
from host.web.api.query import CURSORS, SMALL_LIMIT, page_request

ANNOUNCE: JsonObject = {
    "properties": {
        "to": {"enum": [str(one) for one in AUDIENCES]},
        "title": {"type": "string", "minLength": 1, "maxLength": LONGEST_TITLE, "pattern": "\\S"},
        "body": {"type": "string", "maxLength": LONGEST_BODY},
        "at": MOMENT,
        "urgent": {"type": "boolean"},
    },
    "required": ["title"],
}


async def list_announcements(asked: Asked) -> Any:
    """What was announced and will be, the newest first, with what became of it."""
    return await asked.services.announcements.list(
        asked.actor, asked.room_id, page_request(asked.query, SMALL_LIMIT)
    )


async def announce(asked: Asked) -> Any:
    """Announces something, by default to all and now."""
    body = asked.body
    return await asked.services.announcements.announce(
        asked.actor,
        asked.room_id,
        body.get("to", "ALL"),
        body["title"],
        body.get("body", ""),
        at=moment(body, "at"),
        urgent=body.get("urgent", False),
    )


async def cancel_announcement(asked: Asked) -> Any:
    """Takes one back whose time has not come."""
    await asked.services.announcements.cancel(
        asked.actor, asked.room_id, asked.path["announcement_id"]
    )


HERE = "/rooms/{room_id}/announcements"
CALLS = (
    Call(
        "GET",
        HERE,
        list_announcements,
        "What was announced",
        act=Act.ANNOUNCE,
        query=CURSORS,
        answers=Many(AnnouncementView),
    ),
    Call(
        "POST",
        HERE,
        announce,
        "Announce something",
        act=Act.ANNOUNCE,
        body=ANNOUNCE,
        status=201,
        answers=AnnouncementView,
    ),
    Call(
        "DELETE",
        HERE + "/{announcement_id}",
        cancel_announcement,
        "Take an announcement back",
        act=Act.ANNOUNCE,
        answers=DONE,
    ),
)
