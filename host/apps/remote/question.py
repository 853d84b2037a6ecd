"""A hook's arguments as the body of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from host.apps.settings import public_settings
from host.contract import AppContext, Room, camel, wire


def question(
    hook: str,
    app_id: str,
    request_id: str,
    context: AppContext,
    room: Room | None,
    arguments: Mapping[str, Any],
) -> bytes:
    """`{"hook", "requestId", "room", "settings", …}`: the rest are the arguments in camelCase.

    `settings` are the application's own in the room, and for `check_settings` those in question.
    Of another application's settings it sees what everybody sees. Bytes (a seed) are hexadecimal.
    """
    body = {
        "hook": hook,
        "requestId": request_id,
        "room": None if room is None else wire(_seen(room, app_id)),
        "settings": dict(context.settings),
    }
    body |= {camel(name): _worded(value) for name, value in arguments.items()}
    return orjson.dumps(body)


def _seen(room: Room, app_id: str) -> Room:
    if room.app_id == app_id:
        return room
    schema = room.app.manifest.get("settings", {})
    return replace(room, app_settings=public_settings(schema, room.app_settings))


def _worded(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else wire(value)
