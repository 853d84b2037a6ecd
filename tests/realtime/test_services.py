"""Separate services: their own sockets, and what one process does is so in all within a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from host.apps.states import AppState
from host.testing.host import Person, TestHost
from tests.realtime.evening import A_SECOND, until
from tests.realtime.live import Place, phone, served
from tests.servers.redis import Redis

PERMISSIONS = ["rooms:read", "realtime:subscribe", "realtime:publish"]
HEALED = 30.0
"""The same for what nobody was told of, which is looked for each second."""

Pair = tuple[Place, Place]


def manifest(version: str = "1.0.0", **changes: Any) -> dict[str, Any]:
    return {
        "meta": {"name": "Tombola", "version": version, "description": "Draws by itself."},
        "baseUrl": "http://127.0.0.1:9",
        "capabilities": [],
        "permissions": PERMISSIONS,
        "settings": {},
        **changes,
    }


async def token_of(host: TestHost, secret: str) -> str:
    body = {"appId": "tombola", "appSecret": secret}
    token: str = (await host.nobody.post("/apps/token", body))["accessToken"]
    return token


def alone(host: TestHost, token: str) -> Person:
    caller = Person(host.client, None)
    caller.token = token
    return caller


async def before(seconds: float, condition: Callable[[], Awaitable[object]]) -> None:
    """Asks until it is so, and fails when it has not become so in time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not become so in time"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def registered(place: Place) -> AsyncIterator[tuple[Person, str]]:
    """An admin, and a token of the service that they registered."""
    admin = await place.host.admin()
    secret = (await admin.post("/apps", {"manifest": manifest()}))["appSecret"]
    yield admin, await token_of(place.host, secret)


async def test_an_application_listens_and_speaks_where_it_is_on() -> None:
    async with served() as place, registered(place) as (admin, token):
        room, private = await place.host.room(admin, "tombola"), await place.host.room(admin)
        async with phone(place, token=token) as ear, phone(place, token=admin.token) as hall:
            assert "error" not in await ear.ask("room:subscribe", roomId=room["id"])
            await hall.ask("room:subscribe", roomId=room["id"])
            refused = await ear.ask("room:subscribe", roomId=private["id"])
            assert refused["error"]["code"] == "NOT_FOUND"
            app, path = alone(place.host, token), f"/rooms/{room['id']}/events"
            for durable in (True, False):
                body = {"event": "tombola:spun", "data": {"n": 7}, "durable": durable}
                await app.post(path, body)
            for one in (ear, hall):
                await until(lambda one=one: len(one.named("tombola:spun")) == 2)
                kept, passing = one.named("tombola:spun")
                assert ("seq" in kept, "seq" in passing) == (True, False)
            # It is nobody of the room: nobody sees it come, and what it sends is no message.
            assert (await hall.ask("presence:list", roomId=room["id"]))["data"]["online"] == 1
            said = await ear.ask("tombola:wave", roomId=room["id"])
            assert said["error"]["code"] == "UNAUTHORIZED"
            # A socket stays whose it is.
            assert (await ear.ask("auth", token=admin.token))["error"]["code"] == "CONFLICT"
            # Where it is switched off it hears no more.
            await admin.post(f"/rooms/{private['id']}/apps", {"appId": "tombola"})
            await ear.ask("room:subscribe", roomId=private["id"])
            await admin.patch(f"/rooms/{private['id']}/apps/tombola", {"enabled": False})
            await until(lambda: ear.named("room:unsubscribed"), A_SECOND)
            assert ear.code is None


async def test_a_socket_needs_the_permission_to_listen() -> None:
    async with served() as place, registered(place) as (admin, token):
        room = await place.host.room(admin, "tombola")
        async with phone(place, token=token) as ear:
            await ear.ask("room:subscribe", roomId=room["id"])
            deaf = manifest("1.1.0", permissions=["rooms:read"])
            await admin.patch("/apps/tombola", {"manifest": deaf})
            assert await ear.closed() == 4001
        async with phone(place, token=token) as ear:
            refused = await ear.ask("room:subscribe", roomId=room["id"])
            assert refused["error"]["code"] == "APP_PERMISSION_DENIED"
        async with phone(place) as nobody:
            assert "error" in await nobody.ask("auth", token=token[:-4] + "AAAA")
            assert await nobody.closed() == 4001


@pytest.fixture
async def strangers(sqlite_url: str) -> AsyncIterator[Pair]:
    """Two hosts on one database that never hear a word of each other."""
    values = {"database_url": sqlite_url, "public_url": "http://evening.example"}
    async with served(**values) as one, served(**values) as other:
        yield one, other


def _state(place: Place) -> AppState:
    return place.host.host.registry.record("tombola").state


async def test_what_one_process_did_is_so_in_another_that_heard_no_word_of_it(
    strangers: Pair,
) -> None:
    here, there = strangers
    async with registered(here) as (admin, token):
        await until(lambda: _state(there) is AppState.ACTIVE, HEALED)
        # At the other process it is chosen, speaks and listens, as anywhere.
        owner = Person(there.host.client, None)
        owner.token = admin.token
        assert "tombola" in {row["appId"] for row in await owner.get("/apps")}
        room = await there.host.room(owner, "tombola")
        app = alone(there.host, token)
        await app.post(f"/rooms/{room['id']}/events", {"event": "tombola:hi", "data": {}})

        async def refused() -> bool:
            return (await app.call("GET", "/rooms")).status_code == 401

        async with phone(there, token=token) as ear:
            await here.host.host.registry.quarantine("tombola", "failed too often")
            await before(A_SECOND, refused)
            await until(lambda: ear.code == 4001, HEALED)
        await until(lambda: _state(there) is AppState.QUARANTINED, HEALED)
        actor = await here.host.host.services.identity.authenticate(admin.token or "")
        await here.host.host.services.admin.enable_app(actor, "tombola")
        await until(lambda: _state(there) is AppState.ACTIVE, HEALED)
        assert not await refused()
        # A secret that runs out tells nobody either.
        async with phone(there, token=token) as ear:
            path = "/apps/tombola/regenerate-secret"
            newest = (await admin.post(path, {"overlapSeconds": 1}))["appSecret"]
            await before(A_SECOND * 2, refused)
            await until(lambda: ear.code == 4001, HEALED)
        again = alone(there.host, await token_of(there.host, newest))
        await again.get("/rooms")
        await admin.delete("/apps/tombola")
        app = again
        await before(A_SECOND, refused)
        await until(lambda: _state(there) is AppState.MISSING, HEALED)


async def test_a_word_over_the_channels_is_enough(sqlite_url: str, redis: Redis) -> None:
    """Neither process looks by itself here."""
    values = {
        "database_url": sqlite_url,
        "channels_url": redis.url,
        "public_url": "http://evening.example",
    }
    async with served(**values) as here, served(**values) as there:
        for place in (here, there):
            healing = place.host.host.core.bulletin._healing
            assert healing is not None
            healing.cancel()
        async with registered(here) as (admin, token):
            await until(lambda: _state(there) is AppState.ACTIVE, A_SECOND)
            async with phone(there, token=token) as ear:
                await admin.post("/apps/tombola/review", {"state": "REJECTED"})
                await until(lambda: ear.code == 4001, A_SECOND)
                assert _state(there) is AppState.REJECTED
