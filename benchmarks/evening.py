"""An evening in figures: a hall joins a room, looks at it, and is told who won."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.measure import Figures, timed
from tests.servers.festoon import Festoon

PASSWORD = "measured, not secret"
AT_ONCE = 32


class Evening:
    """One room on one host, with an organizer and guests who have accounts and no part yet."""

    def __init__(self, host: Festoon, people: int) -> None:
        self.host = host
        self.people = people
        self.api = httpx.AsyncClient(
            base_url=f"{host.url}/api/v1",
            timeout=60,
            limits=httpx.Limits(max_connections=AT_ONCE),
        )
        self.organizer = ""
        self.guests: list[str] = []
        self.room: dict[str, Any] = {}
        self.prize: dict[str, Any] = {}

    async def call(self, method: str, path: str, token: str = "", body: object = None) -> Any:
        """One REST call; the `data` of its answer. Raises on an error answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.api.request(method, path, headers=headers, json=body)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()["data"]

    async def prepare(self) -> None:
        """Makes the organizer, the room, a prize for everyone, and the guests' accounts."""
        account = {"email": "organizer@bench.example", "password": PASSWORD, "name": "Olga"}
        self.organizer = (await self.call("POST", "/auth/register", body=account))["accessToken"]
        fields = {"name": "Measured", "appId": "lottery"}
        self.room = await self.call("POST", "/rooms", self.organizer, fields)
        prize = {"name": "Hamper", "quantity": self.people}
        self.prize = await self.call("POST", self._path("/prizes"), self.organizer, prize)
        await self.call("PATCH", self._path(), self.organizer, {"status": "ACTIVE"})
        for number in range(self.people):
            guest = await self.call("POST", "/auth/guest", body={"name": f"Guest {number}"})
            self.guests.append(guest["accessToken"])

    def _path(self, rest: str = "") -> str:
        return f"/rooms/{self.room['id']}{rest}"

    async def joins(self) -> Figures:
        """Every guest joins the room."""
        code = {"joinCode": self.room["joinCode"]}
        join = partial(self.call, "POST", self._path("/participants"))
        calls = [partial(join, guest, code) for guest in self.guests]
        return await timed("joins of one room", calls, AT_ONCE)

    async def reads(self) -> Figures:
        """The room as its guests see it, five times each."""
        calls = [partial(self.call, "GET", self._path(), guest) for guest in self.guests * 5]
        return await timed("reads of the room", calls, AT_ONCE)

    async def draws(self) -> Figures:
        """Draws one after another, as an organizer does, for a fifth of the people."""
        body = {"prizeId": self.prize["id"], "count": 1}
        draw = partial(self.call, "POST", self._path("/draws"), self.organizer, body)
        return await timed("draws, one after another", [draw] * (self.people // 5), 1)

    async def fan_out(self) -> Figures:
        """From the call that draws a winner to the socket of the last guest who is told."""
        body = {"prizeId": self.prize["id"], "count": 1}
        async with AsyncExitStack() as open_sockets:
            sockets = [s async for s in self._sockets(open_sockets)]

            async def announce() -> None:
                told = [asyncio.create_task(_told(socket)) for socket in sockets]
                await self.call("POST", self._path("/draws"), self.organizer, body)
                await asyncio.gather(*told)

            name = f"a winner on {len(sockets)} sockets"
            return await timed(name, [announce] * 10, 1)

    async def _sockets(self, open_sockets: AsyncExitStack) -> AsyncIterator[ClientConnection]:
        for guest in self.guests:
            socket = await open_sockets.enter_async_context(connect(self.host.realtime_url))
            await _ask(socket, 1, "auth", {"token": guest})
            await _ask(socket, 2, "room:subscribe", {"roomId": self.room["id"], "quiet": True})
            yield socket

    async def close(self) -> None:
        """Closes the connections."""
        await self.api.aclose()


async def _ask(socket: ClientConnection, number: int, action: str, data: object) -> None:
    await socket.send(json.dumps({"id": number, "action": action, "data": data}))
    answer = await _frame(socket, lambda frame: frame.get("ack") == number)
    if "error" in answer:
        raise RuntimeError(f"{action}: {answer['error']}")


async def _told(socket: ClientConnection) -> None:
    await _frame(socket, lambda frame: frame.get("event") == "winner:selected")


async def _frame(socket: ClientConnection, wanted: Any, seconds: float = 30) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        async with asyncio.timeout(deadline - time.monotonic()):
            frame: dict[str, Any] = json.loads(await socket.recv())
        if wanted(frame):
            return frame
