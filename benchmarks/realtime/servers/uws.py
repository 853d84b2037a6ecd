"""uWebSockets from Python, by socketify, with its own topics. usage: uws.py PORT 0 SECRET

Its loop is libuv's, so the side entrance is a WebSocket too, at `/control`.
"""

from __future__ import annotations

import sys
from typing import Any

import orjson
from socketify import App, CompressOptions, OpCode  # type: ignore[import-not-found]

from benchmarks.realtime.servers.common import EVENT, event_data, user_of

port, secret = int(sys.argv[1]), sys.argv[3]
counted = 0
app = App()


class Client:
    """Who is at the other end, and where they listen."""

    def __init__(self) -> None:
        self.user: str | None = None
        self.rooms: set[str] = set()


def upgrade(res: Any, req: Any, context: Any) -> None:
    res.upgrade(
        req.get_header("sec-websocket-key"),
        req.get_header("sec-websocket-protocol"),
        req.get_header("sec-websocket-extensions"),
        context,
        Client(),
    )


def message(ws: Any, text: str, opcode: int) -> None:
    global counted
    client: Client = ws.get_user_data()
    frame = orjson.loads(text)
    action, data = frame["action"], frame["data"]
    number = frame.get("id")
    answer: dict[str, Any] = {"ack": number, "data": {}}
    if action == "auth":
        client.user = user_of(data["token"], secret)
    room = data.get("roomId")
    if client.user is None or (action == "bench:count" and room not in client.rooms):
        answer = {"ack": number, "error": "FORBIDDEN"}
    elif action == "room:subscribe":
        client.rooms.add(room)
        ws.subscribe(room)
    elif action == "bench:count":
        counted += 1
    if number is not None or "error" in answer:
        ws.send(orjson.dumps(answer), OpCode.TEXT)


def control(ws: Any, text: str, opcode: int) -> None:
    what, *numbers = text.split()
    if what == "c":
        ws.send(str(counted), OpCode.TEXT)
        return
    first, count = map(int, numbers)
    for number in range(first, first + count):
        event = {"event": EVENT, "roomId": "hall", "data": event_data(number)}
        app.publish("hall", orjson.dumps(event), OpCode.TEXT)


# The default of 64 KB would drop events of a burst.
bounds = {
    "compression": CompressOptions.DISABLED,
    "max_backpressure": 16 * 1024 * 1024,
    "idle_timeout": 960,
}
app.ws("/", {**bounds, "upgrade": upgrade, "message": message})
app.ws("/control", {**bounds, "message": control})
app.listen({"port": port, "host": "127.0.0.1"}, lambda _: None)
app.run()
