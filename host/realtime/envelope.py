"""Frames of the wire contract, to bytes and back.

Three things go over a socket: an event, an action of the client, and the answer to it. A
fourth, the announcement, goes through the channels from the process that committed to all
processes that have someone in the room. Bytes are made once for an event, a view and a
`prev`, and the same object is then sent to every subscription that they fit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson

from host.contract import Audience, Event, JsonObject, iso
from host.errors import FestoonError, MalformedRequest, ValidationFailed

View = Literal["editor", "public"]
"""Whose data a frame carries: that of those who may edit the room, or that of the others."""

FrameId = int | str
LEFT_OUT_WHEN_QUIET = ("participant:", "presence:")
COUNTS = "room:counts"
"""What a quiet subscription gets instead of every joining and leaving."""

MAX_DEPTH = 64
MAX_ACTION = 120
MAX_ID = 64
# Past this a JavaScript client could not tell its own ids apart.
MAX_INTEGER_ID = 2**53 - 1


class ClientFrame(NamedTuple):
    """An action of the client; the answer carries its `id` as `ack`."""

    id: FrameId
    action: str
    data: JsonObject


class FrameRefused(Exception):
    """What came in is no frame. `id` is the frame's where it could still be read."""

    def __init__(self, frame_id: FrameId | None, error: FestoonError) -> None:
        super().__init__(error.message)
        self.id = frame_id
        self.error = error


def parse_frame(raw: str | bytes) -> ClientFrame:
    """One text message of a client as an action; raises `FrameRefused`.

    Refused besides what is not JSON (lone surrogates and numbers past double range included):
    unknown keys, NUL characters and nesting past 64 levels; no later layer could store them.
    """
    try:
        value = orjson.loads(raw)
    except ValueError:
        raise FrameRefused(None, MalformedRequest("A frame must be one JSON text.")) from None
    if not isinstance(value, dict):
        raise FrameRefused(None, MalformedRequest("A frame must be a JSON object."))
    if isinstance(raw, str) and _is_plain(value, raw):
        return ClientFrame(value["id"], value["action"], value["data"])
    given = value.get("id")
    frame_id = given if _is_id(given) else None
    problems = _problems(value)
    if problems:
        raise FrameRefused(frame_id, ValidationFailed("This is not a frame.", problems))
    assert frame_id is not None
    return ClientFrame(frame_id, value["action"], value.get("data") or {})


def _is_plain(value: dict[str, Any], raw: str) -> bool:
    """Whether it is what nearly all frames are, for which nothing needs to be looked at twice."""
    frame_id, action, data = value.get("id"), value.get("action"), value.get("data")
    return (
        len(value) == 3
        and type(frame_id) is int
        and -MAX_INTEGER_ID <= frame_id <= MAX_INTEGER_ID
        and type(action) is str
        and 0 < len(action) <= MAX_ACTION
        and type(data) is dict
        # In JSON a NUL can only be written with one, and what is open nowhere is not nested.
        and "\\" not in raw
        and (len(raw) <= MAX_DEPTH or raw.count("{") + raw.count("[") <= MAX_DEPTH)
    )


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= MAX_ID and "\0" not in value
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER_ID


def _problems(value: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if not _is_id(value.get("id")):
        found["id"] = ["An id is needed: a whole number, or a text of at most 64 characters."]
    action = value.get("action")
    if not isinstance(action, str) or not 0 < len(action) <= MAX_ACTION or "\0" in action:
        found["action"] = ["The name of an action is needed."]
    data = value.get("data")
    if data is not None and not isinstance(data, dict):
        found["data"] = ["This must be an object."]
    elif unstorable := _unstorable(data):
        found["data"] = [unstorable]
    for key in value.keys() - {"id", "action", "data"}:
        found[key] = ["A frame has no such field."]
    return found


def _unstorable(root: Any) -> str | None:
    level = [root]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, str) and "\0" in value:
                return "NUL characters are not taken."
            if isinstance(value, dict):
                below.extend(value.keys())
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return None
        level = below
    return f"Nesting goes past {MAX_DEPTH} levels."


def acknowledge(frame_id: FrameId, data: JsonObject | None = None) -> bytes:
    """`{"ack": 7, "data": {…}}`."""
    if not data and type(frame_id) is int:
        return b'{"ack":%d,"data":{}}' % frame_id
    return _dumps({"ack": frame_id, "data": data or {}})


def refuse(frame_id: FrameId | None, error: FestoonError) -> bytes:
    """`{"ack": 7, "error": {…}}`; `ack` is null where the id could not be read."""
    return _dumps({"ack": frame_id, "error": error.as_json()})


def _dumps(value: Any) -> bytes:
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
        head = _dumps({"event": event.event, "roomId": event.room_id})[:-1]
        tail = b',"data":' + _dumps(data) + b',"at":"' + iso(event.at).encode() + b'"}'
        if event.seq is not None:
            head += b',"seq":%d,"prev":' % event.seq
        self._halves[view] = (head, tail)
        return head, tail


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
    return _dumps(
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
    return _dumps({"roomId": room_id, "head": head})


def pack_presence(room_id: str, word: JsonObject) -> bytes:
    """A word about who is there, for the room's channel."""
    return _dumps({"roomId": room_id, "presence": word})


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
