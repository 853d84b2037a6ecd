"""Clients that do not give up: each call under one key until it is answered, each socket back
with the last seq that it has.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

BETWEEN_TRIES = 0.02


class Client:
    """Someone with a token, at a server that comes and goes."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self.token = token
        self.under_way = False
        """Whether a call waits for its answer, so that nobody knows what became of it."""
        self.calls = 0
        """Answers so far."""
        self.replays = 0
        """Answers that had been given before and were lost on the way."""

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """The answer, however often the server dies before it comes."""
        headers = {"Idempotency-Key": uuid4().hex}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        self.under_way = True
        while True:
            try:
                answer = await self._http.request(
                    method, f"/api/v1{path}", headers=headers, json=body
                )
            except httpx.TransportError:
                answer = None
            if answer is not None and not _has_to_come_back(answer):
                break
            await asyncio.sleep(BETWEEN_TRIES)
        self.under_way = False
        self.calls += 1
        self.replays += "Idempotent-Replayed" in answer.headers
        return answer


def _has_to_come_back(answer: httpx.Response) -> bool:
    first_is_under_way = answer.status_code == 409 and "Retry-After" in answer.headers
    return first_is_under_way or answer.status_code == 503


class Listener:
    """A socket on one room that misses nothing; `heard` are the events, as they came."""

    def __init__(self, url: str, token: str, room_id: str) -> None:
        self._url = url
        self._token = token
        self._room_id = room_id
        self.heard: list[dict[str, Any]] = []
        self.subscriptions = 0
        self._task = asyncio.create_task(self._run())

    @property
    def seq(self) -> int:
        """The seq of the last event that came."""
        return int(self.heard[-1]["seq"]) if self.heard else 0

    async def close(self) -> None:
        """Hangs up. Raises what went wrong in between."""
        if not self._task.done():
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=self._task.cancelling() > 0)

    async def _run(self) -> None:
        while True:
            try:
                async with connect(self._url, ping_interval=None, close_timeout=1) as socket:
                    await self._listen(socket)
            except (OSError, EOFError, WebSocketException):
                await asyncio.sleep(BETWEEN_TRIES)

    async def _listen(self, socket: ClientConnection) -> None:
        await _say(socket, 1, "auth", token=self._token)
        await _say(socket, 2, "room:subscribe", roomId=self._room_id, after=self.seq)
        async for message in socket:
            frame = json.loads(message)
            if "error" in frame:
                raise AssertionError(frame)
            if frame.get("ack") == 2:
                self.subscriptions += 1
            if "seq" in frame:
                assert (frame["prev"], frame["seq"]) == (self.seq, self.seq + 1), frame
                self.heard.append(frame)


async def _say(socket: ClientConnection, number: int, action: str, **data: Any) -> None:
    await socket.send(json.dumps({"id": number, "action": action, "data": data}))
