"""The claim desk, and what happens at once or breaks off in the middle."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from festoon_lottery import verify
from festoon_lottery.catching import BY_HAND
from host import Conflict, FestoonError
from host.context import Context
from host.testing.host import Refused
from tests.lottery.room import kinds, lottery_room


async def test_a_winner_who_is_not_here_gives_way_to_the_next_with_a_reason_for_all() -> None:
    async with lottery_room(guests=4) as room:
        tea = await room.prize("Tea", 2)
        (gone,) = await room.draw(tea)
        asked = {"winnerId": gone["id"], "reason": "not in the hall"}
        # Two clicks at once: one calls, the other hears so or gets the same next one.
        answers = await asyncio.gather(
            room.send("absent", **asked), room.send("absent", **asked), return_exceptions=True
        )
        named = [one["next"]["id"] for one in answers if isinstance(one, dict)]
        assert len(set(named)) == 1
        assert all(isinstance(one, dict | FestoonError) for one in answers)
        again = await room.send("absent", **asked)
        assert again["next"]["id"] == named[0]
        won = await room.organizer.get(f"{room.path}/winners")
        assert [one["id"] for one in won] == named, "the other unit is still in the fund"
        await room.draw()
        proof = await room.revealed()
        verify.check(proof)
        (taken,) = [one["data"] for one in proof["log"] if one["kind"] == "takenBack"]
        assert taken["reason"] == "not in the hall"


async def test_after_the_seed_was_told_the_next_in_the_same_order_still_gets_it() -> None:
    async with lottery_room(guests=3) as room:
        await room.prize("Tea")
        (gone,) = await room.draw()
        first = await room.revealed()
        assert (await room.send("absent", winnerId=gone["id"], reason="declined"))["next"]
        proof = await room.proof()
        assert proof["log"][: len(first["log"])] == first["log"]
        assert kinds(proof)[-2:] == ["takenBack", "awarded"]
        verify.check(proof)
        await room.send("open")
        # Also when another round is open already.
        winners = await room.organizer.get(f"{room.path}/winners")
        await room.send("absent", winnerId=winners[0]["id"])
        verify.check(await room.proof(1))
        assert kinds(await room.proof(2)) == ["opened"]


async def test_a_prize_that_was_handed_out_is_not_taken_back() -> None:
    async with lottery_room(guests=3) as room:
        await room.prize("Tea")
        (won,) = await room.draw()
        first = await room.send("claimed", winnerId=won["id"])
        assert await room.send("claimed", winnerId=won["id"]) == first
        assert len(await room.events("lottery:claimed")) == 1
        with pytest.raises(Conflict, match="already"):
            await room.send("absent", winnerId=won["id"])
        with pytest.raises(FestoonError, match="no such winner"):
            await room.send("claimed", winnerId="nobody")
        with pytest.raises(FestoonError, match="everybody can read"):
            await room.send("absent", winnerId=won["id"], reason=" ")


async def test_a_desk_that_died_after_taking_back_goes_on_where_it_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with lottery_room(guests=3) as room:
        await room.prize("Tea", 2)
        (gone,) = await room.draw()

        async def dies(*_: Any, **__: Any) -> Any:
            raise Conflict("the process is gone")

        with monkeypatch.context() as broken:
            broken.setattr(Context, "draw", dies)
            with pytest.raises(Conflict, match="is gone"):
                await room.send("absent", winnerId=gone["id"], reason="asleep")
        assert await room.organizer.get(f"{room.path}/winners") == []
        # The button fills the place as well as the desk does, and it is filled once.
        (after,) = await room.draw()
        assert after["metadata"]["instead"] == gone["id"]
        told = await room.send("absent", winnerId=gone["id"], reason="asleep")
        assert told["next"]["id"] == after["id"]
        await room.draw()
        verify.check(await room.revealed())


async def test_a_win_that_the_organizer_revokes_by_hand_is_told_of_too() -> None:
    async with lottery_room(guests=3) as room:
        await room.prize("Tea")
        (won,) = await room.draw()
        await room.revealed()
        await room.organizer.delete(f"{room.path}/winners/{won['id']}")
        await room.draw()
        proof = await room.proof_that(lambda found: kinds(found)[-1] == "awarded")
        (taken,) = [one["data"] for one in proof["log"] if one["kind"] == "takenBack"]
        assert taken["reason"] == BY_HAND
        verify.check(proof)


async def test_two_clicks_on_draw_draw_two_units_and_never_the_same_place() -> None:
    async with lottery_room(guests=6) as room:
        await room.prize("Tea", 4)
        drawn = await asyncio.gather(*(room.draw() for _ in range(4)), return_exceptions=True)
        won = [one[0] for one in drawn if isinstance(one, list)]
        assert all(isinstance(one, list | Refused) for one in drawn)
        while len(won) < 4:
            with suppress(Refused):
                won += await room.draw()
        assert sorted(one["metadata"]["place"] for one in won) == [0, 1, 2, 3]
        verify.check(await room.revealed())


async def test_whoever_asks_while_entries_close_is_in_with_a_receipt_or_told_that_they_are_not(
    database_url: str,
) -> None:
    async with lottery_room(guests=12, database_url=database_url) as room:
        await room.prize("Tea")

        async def asked(number: int) -> tuple[int, Any]:
            await asyncio.sleep(0.004 * number)
            return number, await room.receipt(room.guests[number])

        async def comes(number: int) -> tuple[int, Any]:
            await asyncio.sleep(0.006 * number)
            guest = await room.host.guest(f"Late {number}")
            room.guests.append(guest)
            at = len(room.guests) - 1
            room.parts.append({})
            room.parts[at] = await room.host.join(room.room, guest)
            return at, await room.receipt(guest)

        closing = asyncio.create_task(room.send("close"))
        told = await asyncio.gather(
            *(asked(number) for number in range(12)),
            *(comes(number) for number in range(8)),
        )
        await closing
        await room.draw()
        proof = await room.revealed()
        verify.check(proof)
        inside = {identity for _, identity in proof["entries"]}
        for number, receipt in told:
            if receipt is not None:
                # A receipt that was given holds, whenever it was.
                assert receipt["identity"] in inside
                verify.check_receipt(proof, receipt)
            else:
                assert number >= 12, "who was there before is in"
                assert await room.receipt(room.guests[number]) is None


async def test_a_draw_that_the_host_refused_leaves_nothing_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with lottery_room(guests=4) as room:
        tea = await room.prize("Tea", 2)
        await room.send("close")
        draws = type(room.host.host.services.draws)
        honest = draws._write

        async def meanwhile(self: Any, *given: Any) -> Any:
            # Somebody awards by hand between the application's answer and the host's writing.
            body = {"participantId": room.parts[0]["id"], "prizeId": tea["id"]}
            await room.organizer.post(f"{room.path}/winners", body)
            return await honest(self, *given)

        with monkeypatch.context() as changed:
            changed.setattr(draws, "_write", meanwhile)
            with pytest.raises(Refused, match="Nothing was drawn"):
                await room.draw()
        assert kinds(await room.proof()) == ["opened", "closed"]
        await room.draw()
        verify.check(await room.revealed())


async def test_the_hall_calls_the_numbers_or_chance_is_simple() -> None:
    async with lottery_room(guests=3, proof="audience") as room:
        await room.prize("Tea")
        with pytest.raises(Refused, match="Ask the hall for numbers"):
            await room.draw()
        with pytest.raises(FestoonError, match="not the numbers of a hall"):
            await room.send("audience", numbers=[-1])
        await room.send("audience", numbers=[7, 42, 2026])
        with pytest.raises(Conflict, match="entered already"):
            await room.send("audience", numbers=[7, 42, 2027])
        await room.draw()
        assert any("the audience called" in line for line in verify.check(await room.revealed()))
    async with lottery_room(guests=3, proof="simple") as room:
        await room.prize("Tea")
        await room.draw()
        lines = verify.check(await room.revealed())
        assert any(line.startswith("Not proved: that the seed was chosen") for line in lines)


async def test_who_is_forgotten_takes_name_and_salt_along_and_the_proof_stays_valid() -> None:
    async with lottery_room(guests=3) as room:
        await room.prize("Tea")
        someone = room.guests[1]
        receipt = await room.receipt(someone)
        await room.draw()
        proof = await room.revealed()
        exported = await someone.get(f"/users/{someone.id}/export")
        assert receipt is not None
        assert receipt["salt"] in str(exported)
        await someone.delete(f"/users/{someone.id}")
        for _ in range(600):
            kept = await room.sql("SELECT name, salt, user_id FROM lottery_entries")
            if (None, None, None) in [tuple(row) for row in kept]:
                break
            await asyncio.sleep(0.05)
        assert receipt["salt"] not in str(kept)
        after = await room.proof()
        assert after["entries"] == proof["entries"]
        verify.check(after)
        verify.check_receipt(after, receipt)
