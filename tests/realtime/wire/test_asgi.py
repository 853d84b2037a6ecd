"""Applications that know nothing of the extension find an ordinary ASGI server."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from host.realtime.wire.limits import WireLimits
from tests.realtime.evening import goes_by, until
from tests.realtime.wire.serving import CLOSE, PING, TEXT, echo, frame, serving


async def test_the_scope_tells_all_that_was_asked() -> None:
    seen: dict[str, Any] = {}

    async def endpoint(websocket: WebSocket) -> None:
        seen.update(websocket.scope)
        seen["names"] = websocket.headers.getlist("x-name")
        await websocket.accept(subprotocol="two", headers=[(b"X-Answer", b"yes")])
        await websocket.send_json({"query": dict(websocket.query_params)})
        await websocket.close(4321, "enough")

    async with serving(endpoint) as server:
        headers = [("X-Name", "a"), ("X-Name", "b")]
        async with connect(
            server.url + "?a=%C3%BC", subprotocols=["one", "two"], additional_headers=headers
        ) as client:
            assert client.subprotocol == "two"
            assert client.response is not None
            assert client.response.headers["x-answer"] == "yes"
            assert "date" in client.response.headers
            assert await client.recv() == '{"query":{"a":"ü"}}'
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (client.close_code, client.close_reason) == (4321, "enough")
        await until(lambda: not server.connections and not server.tasks)
    assert seen["type"] == "websocket"
    assert seen["http_version"] == "1.1"
    assert seen["scheme"] == "ws"
    assert seen["path"] == "/"
    assert seen["raw_path"] == b"/"
    assert seen["subprotocols"] == ["one", "two"]
    assert seen["names"] == ["a", "b"]
    assert seen["server"] == ("127.0.0.1", server.port)
    assert seen["client"][0] == "127.0.0.1"


async def test_the_peers_goodbye_and_its_words_reach_the_application() -> None:
    ends: list[tuple[int, str]] = []

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect as end:
            ends.append((end.code, end.reason or ""))

    async with serving(endpoint) as server:
        async with connect(server.url) as client:
            await client.close(4000, "gone to bed")
        (await server.open()).vanish()
        await until(lambda: len(ends) == 2)
    assert ends == [(4000, "gone to bed"), (1006, "")]


async def test_a_refusal_before_the_acceptance_is_a_403() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.close()

    async with serving(endpoint) as server:
        with pytest.raises(InvalidStatus) as refused:
            await connect(server.url)
        assert refused.value.response.status_code == 403


async def test_a_refusal_may_be_any_response() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.send_denial_response(JSONResponse({"why": "full"}, 503, {"x-wait": "9"}))

    async with serving(endpoint) as server:
        with pytest.raises(InvalidStatus) as refused:
            await connect(server.url)
        response = refused.value.response
        assert (response.status_code, response.body) == (503, b'{"why":"full"}')
        assert response.headers["x-wait"] == "9"
        assert response.headers["content-type"] == "application/json"


async def test_an_application_that_fails_is_a_500_or_a_1011(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def endpoint(websocket: WebSocket) -> None:
        if websocket.query_params.get("late"):
            await websocket.accept()
        raise RuntimeError("a fault of the application")

    async with serving(endpoint) as server:
        with caplog.at_level(logging.CRITICAL, "uvicorn.error"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(server.url)
            assert refused.value.response.status_code == 500
            async with connect(server.url + "?late=1") as client:
                await client.wait_closed()
                assert client.close_code == 1011


async def test_an_application_that_returns_has_closed() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("that was all")

    async with serving(endpoint) as server, connect(server.url) as client:
        assert await client.recv() == "that was all"
        await client.wait_closed()
        assert client.close_code == 1000


async def test_headers_cannot_be_smuggled_into_the_answer() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        with pytest.raises(ValueError, match="no header"):
            await websocket.accept(headers=[(b"x-name", b"a\r\nset-cookie: b")])
        await websocket.close()

    async with serving(endpoint) as server:
        with pytest.raises(InvalidStatus) as refused:
            await connect(server.url)
        assert refused.value.response.status_code == 403


async def test_sending_to_one_who_is_gone_ends_the_application_quietly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = asyncio.Event()
    ended: list[BaseException] = []

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await gone.wait()
        try:
            while True:
                await websocket.send_text("hello?")
        except BaseException as error:
            ended.append(error)
            raise

    async with serving(endpoint) as server:
        (await server.open()).vanish()
        await until(lambda: not server.connections)
        gone.set()
        await until(lambda: not server.tasks)
    assert isinstance(ended[0], WebSocketDisconnect)


async def test_the_end_of_the_server_is_a_1012() -> None:
    async with serving(echo) as server:
        client = await server.open()
        server.uvicorn.should_exit = True
        assert await client.closed() == (1012, "")


@pytest.mark.asyncio(loop_factories=["own loop"])
async def test_a_client_that_does_not_answer_pings_is_closed_and_others_are_not() -> None:
    async with serving(echo, ws_ping_interval=60.0, ws_ping_timeout=60.0) as server:
        silent = await server.open()
        async with connect(server.url, ping_interval=None) as good:
            goes_by(65.0)
            assert (await silent.read())[0] == PING
            # Whoever is heard after the ping has answered it.
            await good.send("here")
            assert await good.recv() == "here"
            goes_by(65.0)
            assert await silent.closed() == (1011, "keepalive ping timeout")
            await good.send("still here")
            assert await good.recv() == "still here"


async def test_a_client_that_does_not_answer_the_goodbye_is_cut_off() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close(4000)

    async with serving(endpoint, WireLimits(close=0.1)) as server:
        client = await server.open()
        assert (await client.read())[0] == CLOSE
        await until(lambda: not server.connections)
        client.hang_up()


async def test_messages_wait_outside_while_the_application_is_busy() -> None:
    may_go_on = asyncio.Event()
    received: list[str] = []

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await may_go_on.wait()
        while len(received) < 3000:
            received.append(await websocket.receive_text())

    async with serving(endpoint) as server:
        client = await server.open()
        total = 3000
        message = frame(TEXT, b"m" * 10_000)
        transport = client.writer.transport
        transport.set_write_buffer_limits(high=0)  # type: ignore[attr-defined]
        sending = asyncio.create_task(_send_all(client, message, total))
        await asyncio.sleep(0.3)
        assert not sending.done(), "30 MB went into a server that reads nothing"
        may_go_on.set()
        await sending
        await until(lambda: len(received) == total)
        client.hang_up()


async def _send_all(client: Any, message: bytes, count: int) -> None:
    for _ in range(count):
        client.raw(message)
        await client.writer.drain()


async def test_sending_waits_for_a_client_that_does_not_read() -> None:
    sent = 0

    async def endpoint(websocket: WebSocket) -> None:
        nonlocal sent
        await websocket.accept()
        while sent < 500:
            await websocket.send_text("x" * 100_000)
            sent += 1

    async with serving(endpoint) as server:
        client = await server.open()
        await asyncio.sleep(0.3)
        assert 0 < sent < 300, "the server keeps what a client does not read"
        for _ in range(500):
            assert len((await client.read())[1]) == 100_000
        await client.closed()
