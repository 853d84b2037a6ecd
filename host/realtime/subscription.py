"""One socket's subscription to one room: who listens, and how far it has got."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from host.contract import Audience, Person, Role
from host.realtime.connection import Connection
from host.realtime.envelope import Framed, View

ORGANIZERS = frozenset({Role.ADMIN, Role.ORGANIZER})
WAITING_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Subscriber:
    """What somebody is in a room, as the services see it now.

    `view` is "editor" for those who may edit the room. `role` and `participant_id` are None
    for one who only looks on at a public room; a platform admin has the role ADMIN.
    """

    view: View
    person: Person | None
    role: Role | None = None
    participant_id: str | None = None

    @property
    def user_id(self) -> str | None:
        """The id of the person, None for an application that acts alone."""
        return self.person.id if self.person else None


Check = Callable[[], Awaitable[Subscriber]]
"""Asks again who somebody is in the room; raises `FestoonError` when they may not know of it."""


def hears(audience: str, *, role: Role | None, user_id: str | None) -> bool:
    """Whether an event for that audience is for this person: live and in the event log alike."""
    if audience == Audience.ALL:
        return True
    if audience == Audience.ORGANIZERS:
        return role in ORGANIZERS
    return user_id is not None and audience == f"user:{user_id}"


class Subscription:
    """Delivers in order and exactly once: what is not past `position` is not sent again.

    Begins outside the live stream: the feed replays to it until it has caught up. Passing
    events that come meanwhile wait, so that nothing new overtakes what was missed.
    """

    __slots__ = (
        "check",
        "connection",
        "ended",
        "live",
        "position",
        "prev",
        "quiet",
        "room_id",
        "subscriber",
        "waiting",
    )

    def __init__(
        self,
        connection: Connection,
        room_id: str,
        subscriber: Subscriber,
        check: Check,
        *,
        position: int,
        quiet: bool,
    ) -> None:
        self.connection = connection
        self.room_id = room_id
        self.subscriber = subscriber
        self.check = check
        self.quiet = quiet
        self.position = position
        """The seq up to which the room's log has been gone through for this subscription."""
        self.prev = position
        """The seq of the last durable frame sent, at first the seq it began after."""
        self.live = False
        self.ended = False
        self.waiting: list[Framed] = []

    def deliver(self, framed: Framed) -> None:
        """Sends an event if it is new, and meant for this subscription."""
        seq = framed.seq
        if self.ended or (seq is not None and seq <= self.position):
            return
        if seq is None and not self.live:
            if len(self.waiting) < WAITING_LIMIT:
                self.waiting.append(framed)
            return
        if seq is not None:
            self.position = seq
        if not self._wants(framed):
            return
        if seq is None:
            self.connection.send_frame(framed.frame(self.subscriber.view, None))
        else:
            self.connection.send_frame(framed.frame(self.subscriber.view, self.prev))
            self.prev = seq

    def go_live(self) -> None:
        """From here on the feed delivers; what waited is sent first."""
        self.live = True
        waiting, self.waiting = self.waiting, []
        for framed in waiting:
            self.deliver(framed)

    def _wants(self, framed: Framed) -> bool:
        if not (framed.for_quiet if self.quiet else framed.for_full):
            return False
        who = self.subscriber
        return framed.to_all or hears(framed.event.audience, role=who.role, user_id=who.user_id)


def deliver_all(framed: Framed, subscriptions: Iterable[Subscription]) -> None:
    """As `deliver` for those that are live, and of a passing event for the others too.

    For a hall this is most of what an event costs besides the writing, so it is written out.
    """
    seq, to_all = framed.seq, framed.to_all
    for_quiet, for_full = framed.for_quiet, framed.for_full
    frame: bytes | None = None
    its_view, its_prev = "", -1
    for one in subscriptions:
        if not one.live:
            if seq is None:
                one.deliver(framed)
            continue
        if one.ended or (seq is not None and seq <= one.position):
            continue
        if not to_all:
            one.deliver(framed)
            continue
        if seq is not None:
            one.position = seq
        if not (for_quiet if one.quiet else for_full):
            continue
        view, prev = one.subscriber.view, one.prev
        # Most want what the one before them wanted; a passing event has no `prev`.
        if frame is None or view != its_view or (seq is not None and prev != its_prev):
            frame = framed.frame(view, None if seq is None else prev)
            its_view, its_prev = view, prev
        one.connection.send_frame(frame)
        if seq is not None:
            one.prev = seq
