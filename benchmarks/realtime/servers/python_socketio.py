"""python-socketio under uvicorn. usage: python_socketio.py PORT CONTROL_PORT SECRET"""

from __future__ import annotations

import sys
from typing import Any

import socketio  # type: ignore[import-not-found]
import uvicorn

from benchmarks.realtime.servers.common import EVENT, event_data, serve_control, user_of

port, control_port, secret = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
counted = 0

# Handlers in order of arrival, without a task for each message: the faster of its two ways.
sio = socketio.AsyncServer(
    async_mode="asgi", transports=["websocket"], async_handlers=False, http_compression=False
)


async def connect(sid: str, environ: dict[str, Any], auth: dict[str, str] | None) -> None:
    user = user_of((auth or {}).get("token"), secret)
    if user is None:
        raise ConnectionRefusedError("UNAUTHORIZED")
    await sio.save_session(sid, {"user": user})


async def subscribe(sid: str, data: dict[str, Any]) -> dict[str, Any]:
    await sio.enter_room(sid, data["roomId"])
    return {"roomId": data["roomId"]}


async def count(sid: str, data: dict[str, Any]) -> dict[str, Any]:
    global counted
    session = await sio.get_session(sid)
    if not session.get("user") or data["roomId"] not in sio.rooms(sid):
        return {"error": "FORBIDDEN"}
    counted += 1
    return {}


for handler in (connect, subscribe, count):
    sio.on(handler.__name__, handler)


async def emit(number: int) -> None:
    await sio.emit(EVENT, event_data(number), room="hall")


async def startup() -> None:
    await serve_control(control_port, emit, lambda: counted)


uvicorn.run(
    socketio.ASGIApp(sio, on_startup=startup),
    host="127.0.0.1",
    port=port,
    log_level="warning",
    access_log=False,
    ws="websockets-sansio",
    ws_per_message_deflate=False,
)
