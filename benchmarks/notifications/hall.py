"""The room of the measurement: thousands with an address, an organizer, and prizes to draw."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from tests.servers.festoon import Festoon
from tests.servers.process import Server

PASSWORD = "correct horse battery"
EMAIL = "olga@festoon.test"
UNITS = 5_000
CONNECTIONS = 6
"""Kept open in turn, so that every worker has draws to make."""


@dataclass(frozen=True)
class Drawn:
    """A draw: of which win, when it was asked for, after how long it was answered, and whether it
    was `cut`, its worker being killed meanwhile, so that it had to be asked for again.
    """

    winner_id: str
    at: float
    seconds: float
    cut: bool


class Hall:
    """What the organizer does, over HTTP."""

    def __init__(self, host: Festoon) -> None:
        self._host = host
        self._clients = [
            httpx.AsyncClient(base_url=f"{host.url}/api/v1", timeout=60) for _ in range(CONNECTIONS)
        ]
        self._turns = itertools.cycle(self._clients)
        self._cut = 0
        self._room = ""
        self._prize = ""

    async def open(self, database: Server, people: int) -> None:
        """Makes the room and fills it, the people by one statement."""
        self._host.run("user", "create", "--email", EMAIL, "--password", PASSWORD)
        signed_in = await self._call("POST", "/auth/login", {"email": EMAIL, "password": PASSWORD})
        for client in self._clients:
            client.headers["Authorization"] = f"Bearer {signed_in['accessToken']}"
        room = await self._call("POST", "/rooms", {"name": "New Year", "appId": "notifications"})
        self._room = f"/rooms/{room['id']}"
        await self._call("PATCH", self._room, {"status": "ACTIVE"})
        await self._call("PUT", f"{self._room}/delegations", {"notifications": "notifications"})
        prize = await self._call(
            "POST", f"{self._room}/prizes", {"name": "A hamper", "quantity": UNITS}
        )
        self._prize = prize["id"]
        url = database.url("bench").replace("+asyncpg", "")  # type: ignore[attr-defined]
        connection = await asyncpg.connect(url)
        try:
            await _fill(connection, room["id"], people)
        finally:
            await connection.close()

    async def announce(self) -> str:
        """Tells everybody; the announcement's id."""
        body = {"to": "ALL", "title": "The bus leaves at ten", "body": "From the main gate."}
        made = await self._call("POST", f"{self._room}/announcements", body)
        ident: str = made["id"]
        return ident

    async def draw(self) -> Drawn:
        """Draws one winner."""
        at, before = time.monotonic(), self._cut
        body = {"prizeId": self._prize, "count": 1}
        (won,) = await self._call("POST", f"{self._room}/draws", body)
        return Drawn(won["id"], at, time.monotonic() - at, self._cut > before)

    async def settled(self, announcement: str) -> dict[str, object]:
        """The host's own figures, once nothing waits any more, or after a minute."""
        figures: dict[str, object] = {}
        for _ in range(60):
            listed = await self._call("GET", f"{self._room}/announcements")
            figures = next(one["figures"] for one in listed if one["id"] == announcement)
            if not figures["waiting"]:
                break
            await asyncio.sleep(1)
        return figures

    async def close(self) -> None:
        """Hangs up."""
        for client in self._clients:
            await client.aclose()

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        # A worker that is killed takes the calls with it that it was about.
        for tries in range(CONNECTIONS + 5):
            try:
                answer = await next(self._turns).request(method, path, json=body)
                break
            except httpx.TransportError:
                self._cut += 1
                if tries == CONNECTIONS + 4:
                    raise
        answer.raise_for_status()
        return answer.json()["data"]


async def _fill(connection: Any, room_id: str, people: int) -> None:
    await connection.execute(
        """
        INSERT INTO users (id, email, email_verified_at, name, is_guest, is_admin, created_at,
                           updated_at)
        SELECT 'u' || lpad(n::text, 25, '0'), 'guest' || n || '@example.com', now(), 'Guest ' || n,
               false, false, now(), now()
        FROM generate_series(1, $1) n
        """,
        people,
    )
    await connection.execute(
        """
        INSERT INTO participants (id, room_id, user_id, role, metadata, joined_at, updated_at,
                                  name_key)
        SELECT 'p' || lpad(n::text, 25, '0'), $2, 'u' || lpad(n::text, 25, '0'), 'PARTICIPANT',
               '{}', now(), now(), 'guest' || n
        FROM generate_series(1, $1) n
        """,
        people,
        room_id,
    )
    await connection.execute(
        "UPDATE rooms SET participant_count = participant_count + $1 WHERE id = $2",
        people,
        room_id,
    )
    await connection.execute("ANALYZE")
