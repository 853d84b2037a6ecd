"""A host, an organizer, and a service that is registered with it and runs as its own program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import pytest

from host.testing.host import Person, TestHost, running_host
from tests.patience import LONG
from tests.servers.lottery import NAME, Lottery, manifest
from tests.servers.process import free_port

T = TypeVar("T")


async def until(asked: Callable[[], Awaitable[T]]) -> T:
    """What is answered once it is true. Raises `TimeoutError` after half a minute."""
    async with asyncio.timeout(30):
        while True:
            if found := await asked():
                return found
            await asyncio.sleep(0.02)


async def register(admin: Person, raw: dict[str, Any]) -> str:
    """Registers a service; its secret."""
    made = await admin.post("/apps", {"manifest": raw})
    secret: str = made["appSecret"]
    return secret


@dataclass
class Stage:
    """What a test needs of the evening."""

    running: TestHost
    admin: Person
    olga: Person
    lottery: Lottery
    secret: str

    async def room(self, app_id: str = NAME, **settings: Any) -> dict[str, Any]:
        """An open room with three people and a prize of two."""
        room = await self.running.room(self.olga, app_id, appSettings=settings)
        for name in ("Ann", "Bob", "Cid"):
            await self.running.join(room, await self.running.guest(name))
        await self.olga.post(f"/rooms/{room['id']}/prizes", {"name": "Sledge", "quantity": 2})
        return room

    async def mood(self, room: dict[str, Any], **settings: str) -> None:
        """What the service is to do from now on."""
        await self.olga.patch(f"/rooms/{room['id']}", {"appSettings": settings})

    async def heard(self) -> list[dict[str, Any]]:
        """The calls that the service heard, its headers among them."""
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.get(f"http://127.0.0.1:{self.lottery.port}/")
        found: list[dict[str, Any]] = answer.json()["data"]
        return found


@pytest.fixture
def programs() -> Iterator[list[Lottery]]:
    """Services that a test starts; they are ended after it."""
    started: list[Lottery] = []
    yield started
    for one in started:
        one.kill()


@pytest.fixture
async def stage(programs: list[Lottery]) -> AsyncIterator[Stage]:
    """A host, an organizer, and a lottery that runs elsewhere."""
    async with running_host(delegation_seconds=LONG) as running:
        port = free_port()
        admin = await running.admin()
        secret = await register(admin, manifest(port))
        lottery = Lottery(port, secret)
        programs.append(lottery)
        lottery.start()
        yield Stage(running, admin, await running.register("Olga"), lottery, secret)
