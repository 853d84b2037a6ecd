"""What was announced for a time happens at that time, by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from festoon_lottery import verify
from festoon_lottery.beacon import there_at
from host import Conflict, iso
from host.testing.host import Refused
from tests.lottery.room import Clock, kinds, lottery_room


async def test_entries_close_at_the_announced_time_and_who_comes_then_is_told_so() -> None:
    clock = Clock()
    closes = clock.now + timedelta(minutes=5)
    async with lottery_room(guests=3, clock=clock, closesAt=iso(closes)) as room:
        await room.prize()
        assert (await room.proof())["rules"]["closesAt"] == iso(closes)
        in_time = await room.receipt(room.guests[0])
        clock.turn(301)
        # Before any job has run: the time counts, and not the process that takes note of it.
        await room.come(1)
        assert await room.receipt(room.guests[-1]) is None
        await room.host.run_jobs()
        proof = await room.proof()
        assert kinds(proof) == ["opened", "closed"]
        assert proof["log"][1]["data"]["count"] == 3
        await room.draw()
        done = await room.revealed()
        verify.check(done)
        verify.check_receipt(done, in_time)


async def test_a_draw_that_starts_by_itself_draws_every_prize_once() -> None:
    clock = Clock()
    at = clock.now + timedelta(minutes=5)
    async with lottery_room(guests=4, clock=clock, drawBy="itself", drawDate=iso(at)) as room:
        tea = await room.prize("Tea", 2)
        clock.turn(1)
        car = await room.prize("Car", 5)
        clock.turn(298)
        await room.host.run_jobs()
        assert kinds(await room.proof()) == ["opened"]
        clock.turn(2)
        await asyncio.gather(*(room.host.run_jobs() for _ in range(3)))
        proof = await room.revealed()
        verify.check(proof)
        won = [entry["data"]["prize"] for entry in proof["log"] if entry["kind"] == "awarded"]
        # Four guests for seven units: everybody wins, and nothing hangs.
        assert won == [tea["id"]] * 2 + [car["id"]] * 2
        clock.turn(60)
        await room.host.run_jobs()
        assert await room.proof() == proof


@pytest.mark.parametrize("closed", [False, True], ids=["entries open", "entries closed"])
async def test_a_time_that_is_moved_moves_the_draw(closed: bool) -> None:
    clock = Clock()
    at = clock.now + timedelta(minutes=5)
    async with lottery_room(guests=2, clock=clock, drawBy="itself", drawDate=iso(at)) as room:
        await room.prize()
        if closed:
            await room.send("close")
        later = {"appSettings": {"drawBy": "itself", "drawDate": iso(at + timedelta(minutes=10))}}
        await room.organizer.patch(room.path, later)
        # The application is told of it beside the call.
        await room.host.host.core.background.drain()
        clock.turn(301)
        await room.host.run_jobs()
        assert "awarded" not in kinds(await room.proof())
        clock.turn(600)
        await room.host.run_jobs()
        verify.check(await room.revealed())


async def test_nobody_came_in_time_so_another_round_opens() -> None:
    clock = Clock()
    closes = clock.now + timedelta(minutes=5)
    async with lottery_room(clock=clock, closesAt=iso(closes)) as room:
        clock.turn(301)
        await room.host.run_jobs()
        assert kinds(await room.proof(1)) == ["opened", "voided"]
        await room.come(1)
        receipt = await room.receipt(room.guests[0])
        assert receipt is not None
        assert receipt["round"] == 2


async def test_a_draw_waits_for_its_beacon() -> None:
    clock = Clock()
    closes = clock.now + timedelta(minutes=5)
    value = "ab" * 32
    async with lottery_room(guests=3, clock=clock, closesAt=iso(closes), beacon="drand") as room:
        await room.prize()
        told = (await room.proof())["log"][0]["data"]["beacon"]
        assert there_at(told["round"]) >= closes + timedelta(seconds=30)
        clock.turn(301)
        await room.host.run_jobs()
        with pytest.raises(Refused, match="waits for round"):
            await room.draw()
        with pytest.raises(Conflict, match="waits for round"):
            await room.send("beacon", value=value)
        clock.turn(60)
        await room.send("beacon", value=value)
        await room.draw()
        proof = await room.revealed()
        assert proof["beacon"] == told | {"value": value}
        assert any(value in line for line in verify.check(proof))
