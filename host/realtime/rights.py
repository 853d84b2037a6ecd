"""Which events may change who hears a room, and asking again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from host.contract import Event
from host.errors import FestoonError, Unavailable
from host.realtime.subscription import Subscription

log = logging.getLogger("festoon.realtime")

CHECK_SECONDS = 5.0
MAY_TAKE_RIGHTS = frozenset(
    {"participant:left", "participant:updated", "room:updated", "room:deleted"}
)
"""Events after which an answer that was given before them may be wrong."""


def touched_by(event: Event, everybody: Iterable[Subscription]) -> list[Subscription]:
    """The subscriptions whose rights the event may have changed."""
    if event.event != "room:updated":
        return []
    closed = event.data.get("isPublic") is False
    # An application that listens by itself is somebody only where it is on.
    return [
        s
        for s in everybody
        if s.subscriber.person is None or (closed and s.subscriber.participant_id is None)
    ]


def touched_of(event: Event, theirs: Iterable[Subscription]) -> list[Subscription]:
    """The same among the subscriptions of the one participant that the event is about."""
    role = None if event.event == "participant:left" else event.data.get("role")
    return [s for s in theirs if s.subscriber.role != role]


async def ask_again(subscription: Subscription) -> FestoonError | None:
    """Renews what the subscription's person is in the room; why not, where they are nothing."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            subscription.subscriber = await subscription.check()
    except FestoonError as refusal:
        return refusal
    except Exception:
        log.exception("room %s: rights could not be checked", subscription.room_id)
        return Unavailable("Your rights could not be checked. Subscribe again.")
    return None
