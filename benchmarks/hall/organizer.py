"""The organizer of a hall: opens the room, and has screens that listen to everything."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.servers.festoon import Festoon

PATIENCE = 30.0
CALM = 15.0
"""Seconds after the last arrival within which every screen counts everybody."""


class Organizer:
    """One room of one host, and the screens of whoever runs the evening."""

    def __init__(self, host: Festoon) -> None:
        self.host = host
        self.room: dict[str, Any] = {}
        self.frames: Counter[str] = Counter()
        self.bytes = 0
        self.closed: Counter[str] = Counter()
        self._api = httpx.AsyncClient(base_url=f"{host.url}/api/v1", timeout=PATIENCE)
        self._token = ""
        self._links: list[ClientConnection] = []
        self._readers: list[asyncio.Task[None]] = []
        self._acks: dict[tuple[ClientConnection, int], asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)

    async def prepare(self, screens: int) -> None:
        """Opens a room, and screens: several, so that every worker very likely has one."""
        self._token = (await self._call("POST", "/auth/guest", {"name": "Olga"}))["accessToken"]
        fields = {"name": "Hall", "appId": "lottery", "isPublic": True}
        self.room = await self._call("POST", "/rooms", fields)
        await self._call("PATCH", f"/rooms/{self.room['id']}", {"status": "ACTIVE"})
        for _ in range(screens):
            await self._listen()

    async def online(self, everybody: int) -> list[int]:
        """How many people each screen's host counts, as soon as all count everybody."""
        deadline = time.monotonic() + CALM
        asked = {"roomId": self.room["id"]}
        while True:
            answers = [await self._ask(k, "presence:list", asked) for k in self._links]
            counted = [answer["online"] for answer in answers]
            if set(counted) == {everybody} or time.monotonic() > deadline:
                return counted
            await asyncio.sleep(0.1)

    async def participants(self) -> set[str]:
        """The people on the organizer's list, by id, page after page."""
        found: set[str] = set()
        for page in itertools.count(1):
            path = f"/rooms/{self.room['id']}/participants?limit=100&page={page}"
            rows: Sequence[dict[str, Any]] = await self._call("GET", path)
            found |= {row["userId"] for row in rows}
            if len(rows) < 100:
                break
        return found

    async def close(self) -> None:
        """Closes everything."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for link in self._links:
            link.transport.abort()
        await self._api.aclose()

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        answer = await self._api.request(method, path, headers=headers, json=body)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()["data"]

    async def _listen(self) -> None:
        link = await connect(self.host.realtime_url, compression=None, ping_interval=None)
        self._links.append(link)
        self._readers.append(asyncio.create_task(self._read(link)))
        await self._ask(link, "auth", {"token": self._token})
        await self._ask(link, "room:subscribe", {"roomId": self.room["id"]})

    async def _ask(self, link: ClientConnection, action: str, data: object) -> Any:
        number = next(self._numbers)
        answer = self._acks[link, number] = asyncio.get_running_loop().create_future()
        await link.send(orjson.dumps({"id": number, "action": action, "data": data}), text=True)
        async with asyncio.timeout(PATIENCE):
            frame = await answer
        if "error" in frame:
            raise RuntimeError(f"{action}: {frame['error']}")
        return frame["data"]

    async def _read(self, link: ClientConnection) -> None:
        try:
            async for message in link:
                self._heard(link, message)
        finally:
            if link.close_code not in (None, 1000):
                self.closed[f"a screen was closed with {link.close_code}"] += 1

    def _heard(self, link: ClientConnection, message: str | bytes) -> None:
        self.bytes += len(message)
        frame = orjson.loads(message)
        if "ack" in frame:
            self.frames["answers"] += 1
            waiting = self._acks.pop((link, frame["ack"]), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
        else:
            self.frames[frame["event"]] += 1
