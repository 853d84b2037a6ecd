"""What clients ask for over a socket, and the answers: frames of the wire contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from host.contract import JsonObject
from host.errors import FestoonError, MalformedRequest, ValidationFailed
from host.realtime.envelope import dumps

FrameId = int | str

MAX_DEPTH = 64
MAX_ACTION = 120
MAX_ID = 64
# Past this a JavaScript client could not tell its own ids apart.
MAX_INTEGER_ID = 2**53 - 1


@dataclass(slots=True)
class ClientFrame:
    """An action of the client; the answer carries its `id` as `ack`.

    One without an `id` gets no answer: the client has no use for it. A refusal is told even so.
    """

    id: FrameId | None
    action: str
    data: JsonObject
    arrived: float | None = None
    """When it was read; None where the connection can still say."""


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
    if type(raw) is not str:
        raise FrameRefused(_id_in(raw), MalformedRequest("Frames are text messages."))
    try:
        value = orjson.loads(raw)
    except ValueError:
        raise FrameRefused(None, MalformedRequest("A frame must be one JSON text.")) from None
    if not isinstance(value, dict):
        raise FrameRefused(None, MalformedRequest("A frame must be a JSON object."))
    get = value.get
    given, action, data = get("id"), get("action"), get("data")
    # What nearly all frames are, in which nothing needs to be looked at twice.
    if (
        (
            (len(value) == 3 and type(given) is int and abs(given) <= MAX_INTEGER_ID)
            or (len(value) == 2 and "id" not in value)
        )
        and type(action) is str
        and 0 < len(action) <= MAX_ACTION
        and type(data) is dict
        # In JSON a NUL can only be written with one, and what is nested is opened and closed.
        and "\\" not in raw
        and (len(raw) <= 2 * MAX_DEPTH or raw.count("{") + raw.count("[") <= MAX_DEPTH)
    ):
        return ClientFrame(given, action, data)
    problems = _problems(value)
    if problems:
        frame_id = given if _is_id(given) else None
        raise FrameRefused(frame_id, ValidationFailed("This is not a frame.", problems))
    return ClientFrame(given, value["action"], data or {})


def _id_in(raw: bytes | str) -> FrameId | None:
    """The id of what would be a frame if it were a text, so that its sender hears of it."""
    try:
        value = orjson.loads(raw)
    except ValueError:
        return None
    given = value.get("id") if isinstance(value, dict) else None
    return given if _is_id(given) else None


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= MAX_ID and "\0" not in value
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER_ID


def _problems(value: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if "id" in value and not _is_id(value["id"]):
        found["id"] = ["An id is a whole number, or a text of at most 64 characters."]
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
    return dumps({"ack": frame_id, "data": data or {}})


def refuse(frame_id: FrameId | None, error: FestoonError) -> bytes:
    """`{"ack": 7, "error": {…}}`; `ack` is null where no id was given, or none could be read."""
    return dumps({"ack": frame_id, "error": error.as_json()})
