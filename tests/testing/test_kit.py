"""What authors test with: messages as over a measured socket, and a clock that is turned."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import EntryPoint

import pytest

from host import NotFound, Path
from host.apps.discovery import GROUP
from host.testing import Sources, running_host
from tests.auth.conftest import Clock
from tests.fixtures.sandglass import SAND

APPS = [
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("sandglass", "tests.fixtures.sandglass", GROUP),
    EntryPoint("stopwatch", "tests.fixtures.stopwatch", GROUP),
]


async def test_a_test_says_what_was_measured_of_a_message_and_when_jobs_are_due() -> None:
    clock = Clock()
    sources = Sources(now=lambda: clock.moment, monotonic=lambda: clock.seconds)
    clock.turn(timedelta(seconds=100))
    async with running_host(entry_points=APPS, sources=sources) as host:
        olga, nina = await host.register("Olga"), await host.guest("Nina")
        room = await host.room(olga, "stopwatch")
        await host.join(room, nina)
        look = "stopwatch:look"

        plain = await host.send(nina, room, look, {"seq": 7})
        assert (plain["arrived"], plain["clock"], plain["heard"]) == (100.0, 100.0, 99.0)
        assert plain["path"]["samples"] == 8
        assert plain["connection"]

        path = Path(least=0.4, latest=0.5, spread=0.1, samples=2, age=1.0)
        chosen = await host.send(
            nina, room, look, {"seq": 7}, arrived=12.5, path=path, heard={7: 12.1}, connection="b"
        )
        assert (chosen["arrived"], chosen["heard"], chosen["connection"]) == (12.5, 12.1, "b")
        assert chosen["path"]["least"] == 0.4
        assert (await host.send(nina, room, look, {"seq": 8}, heard={7: 12.1}))["heard"] is None

        unmeasured = await host.send(nina, room, look, {"seq": 7}, measured=False)
        assert (unmeasured["path"], unmeasured["heard"]) == (None, None)

        with pytest.raises(NotFound):
            await host.send(nina, room, "sandglass:later", {"seconds": 10})
        await olga.post(f"/rooms/{room['id']}/apps", {"appId": "sandglass"})
        await host.send(nina, room, "sandglass:later", {"seconds": 10, "data": {"by": "nina"}})
        await host.run_jobs()
        assert SAND.of(room) == []
        clock.turn(timedelta(seconds=10))
        await host.run_jobs()
        assert [job.data for job in SAND.of(room)] == [{"by": "nina"}]
