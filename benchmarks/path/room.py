"""The room of a measurement: an organizer, guests who joined, and the benchmark's application."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.servers.festoon import Festoon
from tests.servers.process import free_port

AT_ONCE = 16


@dataclass(frozen=True)
class Prepared:
    """An open room. `organizer` and `guests` are access tokens."""

    room_id: str
    organizer: str
    guests: Sequence[str]
    control_port: int


async def prepare(host: Festoon, people: int) -> Prepared:
    """Opens a room by REST, and has everybody join it."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=f"{host.url}/api/v1", timeout=60, limits=limits) as api:

        async def call(method: str, path: str, token: str, body: object) -> Any:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await api.request(method, path, headers=headers, json=body)
            answer.raise_for_status()
            return answer.json()["data"]

        async def guest(name: str) -> str:
            token: str = (await call("POST", "/auth/guest", "", {"name": name}))["accessToken"]
            return token

        organizer, port = await guest("Olga"), free_port()
        fields = {"name": "Hall", "appId": "bench", "appSettings": {"controlPort": port}}
        room = await call("POST", "/rooms", organizer, {**fields, "isPublic": True})
        path = f"/rooms/{room['id']}"
        await call("PATCH", path, organizer, {"status": "ACTIVE"})

        async def come(number: int) -> str:
            token = await guest(f"Guest {number}")
            await call("POST", f"{path}/participants", token, {})
            return token

        guests: list[str] = []
        for first in range(0, people, AT_ONCE):
            guests += await asyncio.gather(*map(come, range(first, min(first + AT_ONCE, people))))
    return Prepared(room["id"], organizer, guests, port)
