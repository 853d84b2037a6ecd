"""The beacon is asked by a job until it answers, and believed no further than its answer holds."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from festoon_lottery import verify
from festoon_lottery.beacon import CHAIN
from host import iso
from host.testing.host import Refused
from tests.lottery.room import PATIENCE, Clock, LotteryRoom, lottery_room

LATER = 200
"""Seconds; longer than any pause before the next try here, and shorter than anybody's session."""
SIGNATURE = b"signed by nobody in particular"
VALUE = hashlib.sha256(SIGNATURE).hexdigest()


class Drand:
    """A server with drand's interface, which answers as it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.says: Callable[[int], web.Response] = self.right
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}/"

    async def start(self) -> None:
        """Listens; at the port that it had before."""
        app = web.Application()
        app.router.add_get(f"/{CHAIN}/public/{{round}}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Is down."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        return self.says(int(request.match_info["round"]))

    def right(self, number: int) -> web.Response:
        """What a server of drand says."""
        said = {"round": number, "randomness": VALUE, "signature": SIGNATURE.hex()}
        return web.json_response(said)


@pytest.fixture
async def drand() -> AsyncIterator[Drand]:
    server = Drand()
    await server.start()
    yield server
    await server.stop()


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Returns once it is so."""
    ends = time.monotonic() + PATIENCE
    while not await is_so():
        assert time.monotonic() < ends, "it was not so in time"
        await asyncio.sleep(0.05)


async def value(room: LotteryRoom) -> Any:
    """The beacon's value in the proof."""
    return (await room.proof())["beacon"]["value"]


def party(clock: Clock, drand: Drand, **settings: Any) -> Any:
    """A room whose entries close in five minutes, and whose draw waits for the beacon."""
    closes = iso(clock.now + timedelta(minutes=5))
    told = {"apps": {"LOTTERY_BEACON_URL": drand.url}} | settings.pop("host", {})
    return lottery_room(
        guests=3, clock=clock, closesAt=closes, beacon="drand", host=told, **settings
    )


async def test_it_is_asked_again_until_it_answers_for_that_very_round(
    drand: Drand, database_url: str
) -> None:
    clock = Clock()
    elsewhere = {"Location": f"{drand.url}{CHAIN}/public/1"}
    answers: list[Callable[[int], web.Response]] = [
        lambda number: web.Response(status=404),
        lambda number: drand.right(number + 1),
        lambda number: web.Response(text="<html>welcome to the hotel's network"),
        lambda number: web.json_response({"round": number, "randomness": VALUE}),
        lambda number: web.Response(body=b" " * 1_000_000),
        lambda number: web.Response(status=302, headers=elsewhere),
    ]
    async with party(clock, drand, database_url=database_url) as room:
        await room.prize()
        clock.turn(301)
        await room.host.run_jobs()
        # Nobody knows it yet, so nobody is asked.
        assert drand.asked == 0
        await drand.stop()
        clock.turn(60)
        await room.host.run_jobs()
        assert await value(room) is None
        await drand.start()
        for number, says in enumerate(answers, start=1):
            drand.says = says
            clock.turn(LATER)
            await room.host.run_jobs()
            await until(partial(asked, drand, number))
            assert await value(room) is None
        with pytest.raises(Refused, match="waits for round"):
            await room.draw()
        drand.says = drand.right
        clock.turn(LATER)
        await room.host.run_jobs()
        await until(lambda: has(room, VALUE))
        assert "fetched by this platform" in (await room.fetch("round")).text
        await room.draw()
        proof = await room.revealed()
        assert any(VALUE in line for line in verify.check(proof))


async def asked(drand: Drand, times: int) -> bool:
    return drand.asked >= times


async def has(room: LotteryRoom, wanted: str) -> bool:
    return bool(await value(room) == wanted)


async def test_a_draw_that_starts_by_itself_goes_on_when_the_beacon_answers(drand: Drand) -> None:
    clock = Clock()
    at = iso(clock.now + timedelta(minutes=5))
    drand.says = lambda number: web.Response(status=503)
    async with party(clock, drand, drawBy="itself", drawDate=at) as room:
        await room.prize("Tea", 2)
        for _ in range(3):
            clock.turn(LATER)
            await room.host.run_jobs()
        assert await value(room) is None
        drand.says = drand.right
        clock.turn(LATER)
        await room.host.run_jobs()
        proof = await room.revealed()
        assert proof["beacon"]["value"] == VALUE
        verify.check(proof)
        assert [one["kind"] for one in proof["log"]].count("awarded") == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [(VALUE, "fetched by this platform"), ("ab" * 32, "told this platform another value")],
)
async def test_what_was_typed_in_is_compared_once_the_beacon_answers(
    drand: Drand, typed: str, said: str
) -> None:
    clock = Clock()
    await drand.stop()
    async with party(clock, drand) as room:
        await room.prize()
        clock.turn(301)
        await room.host.run_jobs()
        clock.turn(60)
        await room.host.run_jobs()
        await room.send("beacon", value=typed)
        assert "typed in by hand, not compared yet" in (await room.fetch("round")).text
        await drand.start()
        clock.turn(LATER)
        await room.host.run_jobs()
        await until(lambda: shown(room, said))
        # What the draw began with stays, and whoever looks is told.
        assert await value(room) == typed


async def shown(room: LotteryRoom, words: str) -> bool:
    return words in (await room.fetch("round")).text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_it_is_asked_only_where_the_host_lets_its_applications_call(
    drand: Drand, name: str
) -> None:
    clock = Clock()
    inside = {"LOTTERY_BEACON_URL": drand.url.replace("127.0.0.1", name)}
    fenced = {"service_networks": ("none",), "apps": inside}
    async with party(clock, drand, host=fenced) as room:
        clock.turn(301)
        await room.host.run_jobs()
        clock.turn(60)
        await room.host.run_jobs()
        await until(lambda: tried(room, "may not call"))
        assert drand.asked == 0


async def tried(room: LotteryRoom, words: str) -> bool:
    """Whether the admins read that about a job."""
    found = await room.sql("SELECT reason FROM jobs WHERE app_id = 'lottery'")
    return any(words in (one.reason or "") for one in found)


async def test_a_host_without_a_way_out_asks_nobody_and_says_so() -> None:
    clock = Clock()
    closes = iso(clock.now + timedelta(minutes=5))
    async with lottery_room(guests=2, clock=clock, closesAt=closes, beacon="drand") as room:
        await room.prize()
        clock.turn(361)
        await room.host.run_jobs()
        page = (await room.fetch("round")).text
        assert "This platform asks nobody for it" in page
        assert f"https://api.drand.sh/{CHAIN}/public/" in page
        await room.send("beacon", value="ab" * 32)
        await room.draw()
        verify.check(await room.revealed())
