"""Sockets go past the middlewares that look at HTTP only, and notice nothing of it."""

from __future__ import annotations

from typing import Any

from starlette.types import Message, Receive, Scope, Send

from host.web.ways import FOR_SOCKETS
from tests.web.visitor import Hall


def _scope(hall: Hall, path: str) -> Scope:
    return {
        "type": "websocket",
        "app": hall.running.host.asgi,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"here"), (b"content-length", b"7"), (b"cookie", b"a=b")],
        "client": ("10.0.0.1", 5),
        "state": {},
    }


async def _receive() -> Message:
    return {"type": "websocket.connect"}


async def test_what_a_socket_goes_past_would_only_hand_it_on(hall: Hall) -> None:
    async def send(message: Message) -> None:
        raise AssertionError(message)

    past = [one for one in hall.running.host.asgi.user_middleware if one.cls not in FOR_SOCKETS]
    assert len(past) >= 5
    for middleware in past:
        handed: list[tuple[Any, ...]] = []

        async def inner(
            scope: Scope,
            receive: Receive,
            send: Send,
            handed: list[tuple[Any, ...]] = handed,
        ) -> None:
            handed.append((dict(scope), receive, send))

        scope = _scope(hall, "/apps/quiz/rooms/1/socket")
        before = dict(scope)
        made: Any = middleware.cls(inner, *middleware.args, **middleware.kwargs)
        await made(scope, _receive, send)
        assert handed == [(before, _receive, send)], middleware.cls


async def test_a_socket_is_found_by_its_path_alone_and_any_other_is_nowhere(hall: Hall) -> None:
    said: dict[str, list[str]] = {}
    for path in ("/realtime", "/realtime/", "/nowhere", "/api/v1/rooms"):
        events: list[Message] = [
            {"type": "websocket.connect"},
            {"type": "websocket.disconnect", "code": 1001},
        ]
        heard = said[path] = []

        async def receive(events: list[Message] = events) -> Message:
            return events.pop(0)

        async def send(message: Message, heard: list[str] = heard) -> None:
            heard.append(message["type"])

        scope = _scope(hall, path)
        await hall.running.host.asgi(scope, receive, send)
        assert scope["state"]["request_id"]
        assert not scope["state"]["actor"].signed_in
    assert said == {
        "/realtime": ["websocket.accept"],
        "/realtime/": ["websocket.close"],
        "/nowhere": ["websocket.close"],
        "/api/v1/rooms": ["websocket.close"],
    }
