"""The people of a hall: each signs in, joins the room and listens, quietly, as phones do."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.servers.festoon import Festoon

AT_ONCE = 64
PATIENCE = 30.0


@dataclass
class Tally:
    """What the hall saw. Times in seconds."""

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    frames: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    seconds: float = 0.0
    """From the first arrival until the last guest listened."""

    def took(self, step: str, began: float) -> None:
        """Notes how long a step took that began at this time of `perf_counter`."""
        self.times.setdefault(step, []).append(time.perf_counter() - began)


class Crowd:
    """One room of one host, and everybody who comes to it from this one address."""

    def __init__(self, host: Festoon) -> None:
        self.host = host
        self.tally = Tally()
        self.api = httpx.AsyncClient(
            base_url=f"{host.url}/api/v1",
            timeout=PATIENCE,
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        )
        self.organizer = ""
        self.room: dict[str, Any] = {}
        self._links: list[ClientConnection] = []
        self._readers: list[asyncio.Task[None]] = []
        self._acks: dict[tuple[ClientConnection, int], asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)

    async def prepare(self) -> None:
        """The organizer opens a room and has its screen listen to everything."""
        self.organizer = (await self._call("POST", "/auth/guest", "", {"name": "Olga"}))[
            "accessToken"
        ]
        fields = {"name": "Hall", "appId": "lottery", "isPublic": True}
        self.room = await self._call("POST", "/rooms", self.organizer, fields)
        path = f"/rooms/{self.room['id']}"
        await self._call("PATCH", path, self.organizer, {"status": "ACTIVE"})

    async def fill(self, people: int, seconds: float) -> None:
        """Everybody comes, spread evenly over these seconds."""
        began = time.perf_counter()
        await asyncio.gather(
            *(self._come(number, seconds * number / people) for number in range(people))
        )
        self.tally.seconds = time.perf_counter() - began

    async def screen(self, *, quiet: bool = False) -> ClientConnection:
        """A socket of the organizer's."""
        return await self._listen(self.organizer, quiet=quiet)

    async def online(self, screen: ClientConnection) -> int:
        """How many people the host of this socket counts."""
        listed = await self._ask(screen, "presence:list", {"roomId": self.room["id"]})
        number: int = listed["online"]
        return number

    async def participants(self) -> set[str]:
        """The people on the organizer's list, by id, page after page."""
        found: set[str] = set()
        for page in itertools.count(1):
            path = f"/rooms/{self.room['id']}/participants?limit=100&page={page}"
            rows = await self._call("GET", path, self.organizer)
            found |= {row["userId"] for row in rows}
            if len(rows) < 100:
                break
        return found

    async def close(self) -> None:
        """Everybody goes."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for link in self._links:
            link.transport.abort()
        await self.api.aclose()

    async def _come(self, number: int, delay: float) -> None:
        await asyncio.sleep(delay)
        began = time.perf_counter()
        try:
            guest = await self._call("POST", "/auth/guest", "", {"name": f"Guest {number}"})
            token = guest["accessToken"]
            self.tally.took("sign in", began)
            joining = time.perf_counter()
            path = f"/rooms/{self.room['id']}/participants"
            await self._call("POST", path, token, {"joinCode": self.room["joinCode"]})
            self.tally.took("join", joining)
            listening = time.perf_counter()
            await self._listen(token, quiet=True)
            self.tally.took("connect and subscribe", listening)
            self.tally.took("all together", began)
        except Exception as error:
            self.tally.errors[f"{type(error).__name__}: {str(error)[:120]}"] += 1

    async def _call(self, method: str, path: str, token: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.api.request(method, path, headers=headers, json=body)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()["data"]

    async def _listen(self, token: str, *, quiet: bool) -> ClientConnection:
        link = await connect(
            self.host.realtime_url, compression=None, ping_interval=None, open_timeout=PATIENCE
        )
        self._links.append(link)
        self._readers.append(asyncio.create_task(self._read(link)))
        await self._ask(link, "auth", {"token": token})
        await self._ask(link, "room:subscribe", {"roomId": self.room["id"], "quiet": quiet})
        return link

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
                self.tally.errors[f"closed with {link.close_code}"] += 1

    def _heard(self, link: ClientConnection, message: str | bytes) -> None:
        self.tally.bytes += len(message)
        frame = orjson.loads(message)
        if "ack" in frame:
            self.tally.frames["answers"] += 1
            waiting = self._acks.pop((link, frame["ack"]), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
        else:
            self.tally.frames[frame["event"]] += 1
