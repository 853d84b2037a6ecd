"""Clients of a room that come back whenever they are cut off, and the room's one writer."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

API = "/api/v1"


class Refused(Exception):
    """An answer that is an error."""


class Follower:
    """Goes on from the last seq that it has, at whichever host answers."""

    def __init__(self, urls: Sequence[str], token: str, room_id: str) -> None:
        self._urls = itertools.cycle(urls)
        self._token = token
        self._room_id = room_id
        self.seqs: list[int] = []
        self.first = 0
        """The room's head when it came."""
        self.last = 0
        self.connected = False
        self.comings = 0
        self.task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])

    async def _follow(self) -> None:
        while True:
            with suppress(OSError, WebSocketException, Refused, TimeoutError):
                async with connect(next(self._urls), compression=None, open_timeout=5) as link:
                    await self._listen(link)
            self.connected = False
            await asyncio.sleep(random.uniform(0.02, 0.3))

    async def _listen(self, link: ClientConnection) -> None:
        await self._ask(link, "auth", {"token": self._token})
        after = {"after": self.last} if self.comings else {}
        head = await self._ask(link, "room:subscribe", {"roomId": self._room_id, **after})
        if not self.comings:
            self.first = self.last = head["seq"]
        self.comings += 1
        self.connected = True
        async for message in link:
            frame = orjson.loads(message)
            if frame["event"] == "room:unsubscribed":
                return
            self._take(frame)

    async def _ask(self, link: ClientConnection, action: str, data: dict[str, Any]) -> Any:
        await link.send(orjson.dumps({"id": 1, "action": action, "data": data}).decode())
        async with asyncio.timeout(10):
            while True:
                frame = orjson.loads(await link.recv())
                if "error" in frame:
                    raise Refused(frame["error"]["code"])
                if "ack" in frame:
                    return frame["data"]
                self._take(frame)

    def _take(self, frame: dict[str, Any]) -> None:
        if "seq" in frame:
            self.seqs.append(frame["seq"])
            self.last = frame["seq"]


class Writer:
    """Makes one prize after another until told to stop, at whichever host answers."""

    def __init__(self, urls: Sequence[str], token: str, room_id: str, pause: float = 0.01) -> None:
        self._urls = itertools.cycle(urls)
        self._url = next(self._urls)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._path = f"{API}/rooms/{room_id}/prizes"
        self._pause = pause
        self.written: list[str] = []
        """The ids of the prizes whose making was answered."""
        self.unanswered = 0
        self._ending = False
        self.task = asyncio.create_task(self._write())

    async def stop(self) -> None:
        self._ending = True
        await self.task

    async def _write(self) -> None:
        async with httpx.AsyncClient(timeout=15) as client:
            for number in itertools.count():
                if self._ending:
                    return
                body = {"name": f"Prize {number}", "quantity": 1}
                try:
                    answer = await client.post(
                        self._url + self._path, json=body, headers=self._headers
                    )
                    answer.raise_for_status()
                    self.written.append(answer.json()["data"]["id"])
                except httpx.HTTPError:
                    self.unanswered += 1
                    self._url = next(self._urls)
                await asyncio.sleep(self._pause)
