"""Clients that mean no good against a whole host: memory stays bounded, the others hear no pause.

`--storm 10000` for a crowd; the figures are printed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.conftest import FestoonFactory
from tests.realtime.evening import until
from tests.realtime.followers import API
from tests.realtime.live import Phone
from tests.servers.festoon import Festoon

ROOT = Path(__file__).parents[2]
QUICK = "head_seconds=2,body_seconds=2"
PAUSE = 3.0
"""As long as a quick storm lasts, in seconds: who is held up by it waits for its end."""
MEGABYTE = 2**20


class Evening:
    """A room with one writer and one listener, who measures how long each event takes."""

    def __init__(
        self, host: Festoon, client: httpx.AsyncClient, phone: Phone, room_id: str
    ) -> None:
        self.host = host
        self.room_id = room_id
        self.note = ""
        """What each event carries besides."""
        self._client = client
        self._phone = phone
        self._sent: dict[str, float] = {}
        self._peak = 0
        self._took: list[float] = []
        self._tasks = [
            asyncio.create_task(work()) for work in (self._write, self._hear, self._weigh)
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        for task in self._tasks:
            assert task.cancelled(), task.exception()

    @property
    def resident(self) -> int:
        """Bytes of memory that the host holds."""
        assert self.host.process is not None
        statm = Path(f"/proc/{self.host.process.pid}/statm").read_text().split()
        return int(statm[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def files(self) -> int:
        """How many files the host has open, connections among them."""
        assert self.host.process is not None
        return len(list(Path(f"/proc/{self.host.process.pid}/fd").iterdir()))

    def begin(self) -> None:
        """Measures anew from here on."""
        self._took, self._peak = [], self.resident

    def took(self) -> tuple[float, float, float]:
        """Median, 99th of a hundred and longest of the times from a write to its event, in ms."""
        times = sorted(self._took)
        return times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3, times[-1] * 1e3

    @property
    def heard(self) -> int:
        """How many events came since `begin`."""
        return len(self._took)

    @property
    def held_up(self) -> int:
        """How many events took as long as a storm lasts."""
        return sum(one >= PAUSE for one in self._took)

    @property
    def peak(self) -> int:
        """The most memory since `begin`."""
        return self._peak

    async def _write(self) -> None:
        number = 0
        while True:
            name = f"Prize {(number := number + 1)}"
            self._sent[name] = time.perf_counter()
            body = {"name": name, "quantity": 1, "metadata": {"note": self.note}}
            answer = await self._client.post(f"{API}/rooms/{self.room_id}/prizes", json=body)
            assert answer.status_code == 201, answer.text
            await asyncio.sleep(0.03)

    async def _hear(self) -> None:
        heard = 0
        while True:
            await asyncio.sleep(0.0005)
            for frame in self._phone.frames[heard:]:
                heard += 1
                if frame["event"] == "prize:created":
                    name = frame["data"]["name"]
                    self._took.append(time.perf_counter() - self._sent[name])

    async def _weigh(self) -> None:
        while True:
            self._peak = max(self._peak, self.resident)
            await asyncio.sleep(0.02)

    def in_order(self) -> bool:
        """Whether the listener has had every event up to the last, in order and once."""
        seqs = self._phone.seqs
        return seqs == list(range(seqs[0], seqs[0] + len(seqs)))


@asynccontextmanager
async def evening(host: Festoon) -> AsyncIterator[Evening]:
    async with httpx.AsyncClient(base_url=host.url, timeout=30) as client:
        made = (await client.post(f"{API}/auth/guest", json={"name": "Olga"})).json()["data"]
        client.headers["Authorization"] = f"Bearer {made['accessToken']}"
        body = {"name": "Hall", "appId": "lottery", "isPublic": True}
        room_id = (await client.post(f"{API}/rooms", json=body)).json()["data"]["id"]
        phone = Phone(await connect(host.realtime_url, compression=None, max_size=None))
        await phone.ask("auth", token=made["accessToken"])
        await phone.ask("room:subscribe", roomId=room_id)
        going_on = Evening(host, client, phone, room_id)
        try:
            yield going_on
        finally:
            await going_on.stop()
            await phone.hang_up()


async def tokens(host: Festoon, number: int) -> list[str]:
    async with httpx.AsyncClient(base_url=host.url, timeout=30) as client:
        body = {"name": "Nobody in particular"}
        answers = [await client.post(f"{API}/auth/guest", json=body) for _ in range(number)]
        return [answer.json()["data"]["accessToken"] for answer in answers]


class Kind:
    """One kind of trouble: its share of a storm, and what a client of it may cost."""

    def __init__(self, name: str, share: float, megabytes: float) -> None:
        self.name = name
        self.share = share
        self.megabytes = megabytes


KINDS = (
    Kind("halves", 1.0, 0.02),
    Kind("bodies", 0.5, 0.03),
    Kind("unread", 0.05, 0.3),
    Kind("deaf", 0.05, 0.4),
    Kind("slow", 0.05, 0.4),
    Kind("garbage", 0.01, 1.0),
    Kind("giants", 0.01, 1.0),
    Kind("fragments", 0.01, 1.0),
)
SMALL = 200
"""Up to here all kinds come together, above one after the other."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kinds" in metafunc.fixturenames:
        storm = metafunc.config.getoption("--storm")
        crowds = [KINDS] if storm <= SMALL else [(kind,) for kind in KINDS]
        names = ["+".join(kind.name for kind in crowd) for crowd in crowds]
        metafunc.parametrize("kinds", crowds, ids=names)


async def test_who_means_no_good_costs_little_memory_and_nobody_else_a_pause(
    festoon_process: FestoonFactory,
    pytestconfig: pytest.Config,
    kinds: tuple[Kind, ...],
    request: pytest.FixtureRequest,
) -> None:
    storm: int = pytestconfig.getoption("--storm")
    numbers = {kind: max(4, int(storm * kind.share)) for kind in kinds}
    seconds = 3.0 if storm <= SMALL else 15.0
    host = festoon_process(LIMITS=QUICK if storm <= SMALL else "on")
    async with evening(host) as place:
        place.begin()
        await until(lambda: place.heard >= 10, 60)
        calm = place.took()
        guests = await tokens(host, 1 + sum(numbers.values()) // 60)
        place.note = "x" * 20_000 if {"deaf", "slow"} & {k.name for k in kinds} else ""
        before, files = place.resident, place.files
        place.begin()
        attacks = [await attack(host, k.name, numbers[k], seconds, place, guests) for k in kinds]
        for process in attacks:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"there\n"
        there = place.files - files
        assert [await process.wait() for process in attacks] == [0] * len(attacks)
        place.note = ""
        busy, peak, held_up, heard = place.took(), place.peak, place.held_up, place.heard
        await until(lambda: place.files <= files + 2, 30)
        print(
            f"\n{request.node.callspec.id}: {sum(numbers.values())} clients, {there} at once; "
            f"memory {before / MEGABYTE:.0f} MB before, {peak / MEGABYTE:.0f} at most, "
            f"{place.resident / MEGABYTE:.0f} after; events took (median/p99/max) "
            f"{calm[0]:.0f}/{calm[1]:.0f}/{calm[2]:.0f} ms before, "
            f"{busy[0]:.0f}/{busy[1]:.0f}/{busy[2]:.0f} during"
        )
        assert place.in_order()
    costs = sum(number * kind.megabytes for kind, number in numbers.items())
    assert peak - before < (costs + 30) * MEGABYTE
    # One may be under way each time that the machine itself stands still.
    assert held_up <= 3
    assert heard - held_up >= 5, "the others go on meanwhile"


async def attack(
    host: Festoon, kind: str, number: int, seconds: float, place: Evening, guests: list[str]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.realtime.hostile", kind, str(host.port), str(number)),
        *(str(seconds), place.room_id, *guests),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
