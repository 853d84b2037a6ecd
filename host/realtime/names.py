"""The names that go over a socket, as data: what the generated reference is made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True)
class EventName:
    """One kind of event. `data` says what its `data` holds; passing events have no seq.

    `durable` None: it may be either. One that is `personal` reaches a person's every socket,
    whatever rooms it listens to, and names no room.
    """

    name: str
    data: str
    durable: bool | None = True
    personal: bool = False


EVENTS: tuple[EventName, ...] = (
    EventName("room:updated", "the room"),
    EventName("room:status_changed", "the room"),
    EventName("room:deleted", "the room, with its deletedAt"),
    EventName("participant:joined", "the participant"),
    EventName("participant:left", "the participant"),
    EventName("participant:updated", "the participant"),
    EventName("prize:created", "the prize"),
    EventName("prize:updated", "the prize"),
    EventName("prize:deleted", "the prize"),
    EventName("winner:selected", "the winner"),
    EventName("winner:removed", "the winner"),
    EventName("notification:received", "the notification, to those it is for", durable=None),
    EventName(
        "notification:unread",
        "{unread, read}: how many there are now (null: ask), and the ids just read (null: all)",
        durable=False,
        personal=True,
    ),
    EventName("presence:user_online", "{userId, user, online}", durable=False),
    EventName("presence:user_offline", "{userId, user, online}", durable=False),
    EventName("presence:changed", "{online, joined, left}, lists cut at 100", durable=False),
    EventName("room:counts", "{participants, prizes, winners, online}", durable=False),
    EventName("room:unsubscribed", "{code, message}: why nothing more will come", durable=False),
)
"""The platform's events. An application adds its own as `<appId>:<what>`."""

ACTIONS: tuple[str, ...] = (
    "auth",
    "ping",
    "room:subscribe",
    "room:unsubscribe",
    "presence:list",
)
"""The platform's actions. An application hears its own as `<appId>:<what>`."""

RESERVED_PREFIXES: frozenset[str] = frozenset(
    name.split(":")[0] for name in (*ACTIONS, *(event.name for event in EVENTS)) if ":" in name
)
"""First halves of names that no application may take as its id."""


class CloseCode(IntEnum):
    """Why the host closes a socket."""

    NORMAL = 1000
    RESTARTING = 1012
    """The host restarts; come back with jitter."""
    SIGNED_OUT = 4001
    """Sign-in failed, expired or was ended; sign in anew before coming back."""
    NOT_ALLOWED = 4003
    """This socket is not for this client; coming back does not help."""
    TOO_SLOW = 4008
    """The client read too slowly; come back with `after`."""
    TOO_MANY = 4029
    """The client sent too many messages, or its person or address has too many sockets."""
