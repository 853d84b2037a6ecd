"""Events as frames of the wire contract, and as announcements between processes.

An event goes over a socket; an announcement of it goes through the channels, from the process
that committed to all processes that have someone in the room. Bytes are made once for an event,
a view and a `prev`, and the same object is then sent to every subscription that they fit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import orjson

from host.contract import Audience, Event, JsonObject, iso

View = Literal["editor", "public"]
"""Whose data a frame carries: that of those who may edit the room, or that of the others."""

LEFT_OUT_WHEN_QUIET = ("participant:", "presence:")
COUNTS = "room:counts"
"""What a quiet subscription gets instead of every joining and leaving."""


def dumps(value: Any) -> bytes:
    """JSON, whatever a database has kept."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # Whole numbers past 64 bits, which databases keep and orjson does not write.
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Framed:
    """One event, ready to be sent: its JSON is made once for a view, `prev` is put in between."""

    __slots__ = (
        "_bytes",
        "_halves",
        "_last",
        "_last_prev",
        "_last_view",
        "event",
        "for_full",
        "for_quiet",
        "seq",
        "to_all",
    )

    def __init__(self, event: Event) -> None:
        self.event = event
        self.seq = event.seq
        self.to_all = event.audience == Audience.ALL
        self._last: bytes | None = None
        self._last_view: View = "public"
        self._last_prev: int | None = None
        self.for_quiet = not event.event.startswith(LEFT_OUT_WHEN_QUIET)
        self.for_full = event.event != COUNTS
        self._halves: dict[View, tuple[bytes, bytes]] = {}
        self._bytes: dict[tuple[View, int | None], bytes] = {}

    def frame(self, view: View, prev: int | None) -> bytes:
        """The frame for subscriptions of that view whose last durable frame was `prev`.

        The same object for the same arguments. `prev` must be None for a passing event.
        """
        # Most subscriptions want what the one before them wanted.
        if self._last is not None and view == self._last_view and prev == self._last_prev:
            return self._last
        self._last_view, self._last_prev = view, prev
        if self.event.editor_data is None:
            view = "public"
        key = (view, prev)
        made = self._bytes.get(key)
        if made is None:
            head, tail = self._halves.get(view) or self._encode(view)
            made = self._bytes[key] = head + (b"" if prev is None else b"%d" % prev) + tail
        self._last = made
        return made

    def forget_frames(self) -> None:
        """Keeps the JSON and drops the frames: for an event that is kept for who comes back."""
        self._bytes.clear()
        self._last = None

    def _encode(self, view: View) -> tuple[bytes, bytes]:
        event = self.event
        data = event.editor_data if view == "editor" else event.data
        head = dumps({"event": event.event, "roomId": event.room_id})[:-1]
        tail = b',"data":' + dumps(data) + b',"at":"' + iso(event.at).encode() + b'"}'
        if event.seq is not None:
            head += b',"seq":%d,"prev":' % event.seq
        self._halves[view] = (head, tail)
        return head, tail


_HEAD = re.compile(rb'\{"event":"(?:[^"\\]|\\.)*","roomId":"(?:[^"\\]|\\.)*","seq":(\d+),')


@lru_cache(maxsize=16)
def seq_of(frame: bytes) -> int | None:
    """The seq of a frame that `Framed` made of a durable event; None for every other."""
    found = _HEAD.match(frame)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Announcement:
    """What one commit says to every process: its events, or only how far the room is now.

    `head` is the highest durable seq that is told of, None where there is none. `presence` is
    a word between processes about who is there, which comes alone.
    """

    room_id: str
    events: tuple[Event, ...]
    head: int | None
    presence: JsonObject | None = None


def room_channel(room_id: str) -> str:
    """The channel on which a room's announcements go."""
    return f"room:{room_id}"


def pack(room_id: str, events: Sequence[Event]) -> bytes:
    """The events of one commit, durable ones by rising seq, for the room's channel."""
    return dumps(
        {
            "roomId": room_id,
            "events": [
                {
                    "seq": event.seq,
                    "event": event.event,
                    "data": event.data,
                    "editorData": event.editor_data,
                    "audience": str(event.audience),
                    "at": iso(event.at),
                }
                for event in events
            ],
        }
    )


def pack_pointer(room_id: str, head: int) -> bytes:
    """Says that the room has events up to `head`, for a channel that can't carry them."""
    return dumps({"roomId": room_id, "head": head})


def pack_presence(room_id: str, word: JsonObject) -> bytes:
    """A word about who is there, for the room's channel."""
    return dumps({"roomId": room_id, "presence": word})


def unpack(payload: bytes | str) -> Announcement:
    """What one of the three made; raises ValueError or KeyError for anything else."""
    value = orjson.loads(payload)
    room_id = value["roomId"]
    events = tuple(
        Event(
            room_id=room_id,
            event=row["event"],
            data=row["data"],
            at=datetime.fromisoformat(row["at"]),
            seq=row["seq"],
            editor_data=row["editorData"],
            audience=row["audience"],
        )
        for row in value.get("events", ())
    )
    heads = [event.seq for event in events if event.seq is not None]
    head = value.get("head", max(heads, default=None))
    return Announcement(room_id, events, head, value.get("presence"))
