"""`/notifications` and `/me/notification-preferences`: what one was told, and wants to be."""

from __future__ import annotations

from typing import Any

from host.contract import JsonObject
from host.services.inbox import Unread
from host.services.preferences import PreferencesView
from host.store.inbox import InboxItem
from host.web.api.answers import Many
from host.web.api.call import Asked, Call
from host.web.api.moments import MOMENT, moment
from host.web.api.query import CURSORS, LARGE_LIMIT, page_request, switch

CLOCK: JsonObject = {"type": ["string", "null"], "maxLength": 5}
CHANGE: JsonObject = {
    "properties": {
        "muted": {
            "type": "object",
            "maxProperties": 10,
            "additionalProperties": {
                "type": "array",
                "items": {"type": "string", "maxLength": 60},
                "maxItems": 20,
            },
        },
        "quietFrom": CLOCK,
        "quietTo": CLOCK,
        "digestAt": CLOCK,
        "locale": {"type": ["string", "null"], "maxLength": 35},
        "timeZone": {"type": ["string", "null"], "maxLength": 60},
    }
}
READ_ALL: JsonObject = {"properties": {"until": MOMENT}}


async def list_notifications(asked: Asked) -> Any:
    """What the person was told, the newest first."""
    return await asked.services.inbox.list(
        asked.actor, page_request(asked.query, LARGE_LIMIT), unread=asked.query.get("unread", False)
    )


async def count_unread(asked: Asked) -> Any:
    """How many the person has not read, counted up to 100."""
    return await asked.services.inbox.unread(asked.actor)


async def read_notification(asked: Asked) -> Any:
    """Marks one as read; the time of the first time stays."""
    return await asked.services.inbox.read(asked.actor, asked.path["notification_id"])


async def read_all_notifications(asked: Asked) -> Any:
    """Marks all as read that came up to `until`, by default now."""
    return await asked.services.inbox.read_all(asked.actor, moment(asked.body, "until"))


async def get_notification_preferences(asked: Asked) -> Any:
    """What the person wants to be told, how and when."""
    return await asked.services.preferences.get(asked.actor)


async def change_notification_preferences(asked: Asked) -> Any:
    """Changes that."""
    return await asked.services.preferences.change(asked.actor, asked.body)


LIST = "/notifications"
MINE = "/me/notification-preferences"
CALLS = (
    Call(
        "GET",
        LIST,
        list_notifications,
        "My notifications",
        user=True,
        query={**CURSORS, "unread": switch("Only those that are not read.")},
        answers=Many(InboxItem),
    ),
    Call(
        "GET",
        LIST + "/unread-count",
        count_unread,
        "How many I have not read",
        user=True,
        answers=Unread,
    ),
    Call(
        "POST",
        LIST + "/read-all",
        read_all_notifications,
        "Mark all as read",
        user=True,
        body=READ_ALL,
        body_optional=True,
        answers=Unread,
    ),
    Call(
        "POST",
        LIST + "/{notification_id}/read",
        read_notification,
        "Mark as read",
        user=True,
        answers=InboxItem,
    ),
    Call(
        "GET",
        MINE,
        get_notification_preferences,
        "How I want to be told things",
        user=True,
        answers=PreferencesView,
    ),
    Call(
        "PATCH",
        MINE,
        change_notification_preferences,
        "Change how I want to be told things",
        user=True,
        body=CHANGE,
        body_optional=True,
        answers=PreferencesView,
    ),
)
