"""Starlette as broadcaster's README has it: a queue and a task for each socket.

usage: naive.py PORT CONTROL_PORT SECRET
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import uvicorn
from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.realtime.servers.common import EVENT, event_data, serve_control, user_of

port, control_port, secret = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
broadcast = Broadcast("memory://")
counted = 0


def answer(number: int | None, **data: object) -> str:
    return orjson.dumps({"ack": number, **data}).decode()


async def forward(websocket: WebSocket, room: str) -> None:
    async with broadcast.subscribe(channel=room) as subscriber:
        async for event in subscriber:  # type: ignore[union-attr]
            await websocket.send_text(event.message)  # type: ignore[union-attr]


async def hall(websocket: WebSocket) -> None:
    global counted
    await websocket.accept()
    user: str | None = None
    tasks: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            frame = orjson.loads(await websocket.receive_text())
            number, action, data = frame.get("id"), frame["action"], frame["data"]
            if action == "auth":
                user = user_of(data["token"], secret)
            room = data.get("roomId")
            if user is None or (action == "bench:count" and room not in tasks):
                await websocket.send_text(answer(number, error="FORBIDDEN"))
                continue
            if action == "room:subscribe":
                tasks[room] = asyncio.create_task(forward(websocket, room))
            elif action == "bench:count":
                counted += 1
            if number is not None:
                await websocket.send_text(answer(number, data={}))
    except WebSocketDisconnect:
        for task in tasks.values():
            task.cancel()


async def emit(number: int) -> None:
    text = orjson.dumps({"event": EVENT, "roomId": "hall", "data": event_data(number)}).decode()
    await broadcast.publish(channel="hall", message=text)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    # Of the first subscribers that arrive together on a channel broadcaster loses all but one; so
    # one is there before them.
    async with broadcast, broadcast.subscribe(channel="hall") as first:
        drain = asyncio.create_task(_drain(first))
        await serve_control(control_port, emit, lambda: counted)
        yield
        drain.cancel()


async def _drain(subscriber: object) -> None:
    async for _ in subscriber:  # type: ignore[attr-defined]
        pass


uvicorn.run(
    Starlette(routes=[WebSocketRoute("/", hall)], lifespan=lifespan),
    host="127.0.0.1",
    port=port,
    log_level="warning",
    access_log=False,
    ws="websockets-sansio",
    ws_per_message_deflate=False,
)
