"""From the opening of a round to its proof, in a room of a real host."""

from __future__ import annotations

import json

import pytest

from festoon_lottery import verify
from host.testing.host import Refused
from tests.lottery.room import kinds, lottery_room


async def test_one_button_gives_winners_and_a_proof_that_everybody_can_check(
    database_url: str,
) -> None:
    async with lottery_room(guests=5, database_url=database_url, ticketsPerGuest=3) as room:
        receipts = [await room.receipt(guest) for guest in room.guests]
        assert await room.receipt(room.organizer) is None
        tea, car = await room.prize("Tea", 2), await room.prize("Car")
        early = await room.proof()
        assert (kinds(early), early["entries"], early["seed"]) == (["opened"], [], None)
        first = await room.draw(tea, 2)
        with pytest.raises(verify.Wrong, match="not revealed"):
            verify.check(await room.proof())
        (last,) = await room.draw()
        assert last["prizeId"] == car["id"]
        proof = await room.revealed()
        lines = verify.check(proof)
        assert "The 5 entries with 15 tickets are those fixed at closing." in lines
        assert any("all 3 wins" in line for line in lines), (lines, proof["log"])
        for number, (guest, early_receipt) in enumerate(zip(room.guests, receipts, strict=True)):
            # What a phone was given before entries closed is worth as much as what it gets later.
            assert early_receipt is not None
            said = verify.check_receipt(proof, early_receipt)
            assert said == f"Your entry is number {number}, with 3 tickets."
            assert verify.check_receipt(proof, await room.receipt(guest)) == said
        entry_of = {part["id"]: number for number, part in enumerate(room.parts)}
        assert [entry["data"]["entry"] for entry in proof["log"] if entry["kind"] == "awarded"] == [
            entry_of[won["participantId"]] for won in (*first, last)
        ]
        for won in (*first, last):
            assert (won["metadata"]["of"], won["metadata"]["guests"]) == (15, 5)
            assert 1 <= won["metadata"]["ticket"] <= 15
        told = json.dumps(proof)
        assert not any(str(guest.name) in told for guest in room.guests)


async def test_everybody_is_told_who_takes_part_before_anything_is_drawn() -> None:
    async with lottery_room(guests=3) as room:
        await room.prize()
        await room.draw()
        proof = await room.revealed()
        (opened,) = await room.events("lottery:opened")
        (closed,) = await room.events("lottery:closed")
        (won,) = await room.events("winner:selected")
        assert opened["data"]["data"]["commitment"] == proof["log"][0]["data"]["commitment"]
        assert closed["data"]["hash"] == proof["log"][1]["hash"]
        assert closed["data"]["data"]["count"] == 3
        assert opened["seq"] < closed["seq"] < won["seq"]
        told = [one["data"]["hash"] for one in await room.events("lottery:log", "lottery:revealed")]
        assert set(told) <= {entry["hash"] for entry in proof["log"]}


async def test_who_comes_after_entries_closed_takes_part_in_the_next_round() -> None:
    async with lottery_room(guests=3) as room:
        await room.prize("Tea")
        await room.send("close")
        await room.come(1)
        late = room.guests[-1]
        answer = await room.fetch("receipt.json", late)
        assert answer.status_code == 404
        assert "next draw" in answer.json()["error"]["message"]
        (first,) = await room.draw()
        assert first["participantId"] != room.parts[-1]["id"]
        await room.revealed()
        await room.send("open")
        receipt = await room.receipt(late)
        assert receipt is not None
        assert receipt["round"] == 2
        winner = room.guests[[p["id"] for p in room.parts].index(first["participantId"])]
        assert await room.receipt(winner) is None, "who has won stays out of the rounds after"
        await room.prize("Car", 3)
        await room.draw(count=3)
        second = await room.revealed(2)
        verify.check(second)
        verify.check_receipt(second, receipt)
        before = await room.proof(1)
        assert second["log"][0]["data"]["previous"] == before["log"][-1]["hash"]
        assert verify.check(before)


async def test_a_prize_that_comes_later_is_drawn_from_the_same_order() -> None:
    async with lottery_room(guests=4) as room:
        await room.prize("Tea", 2)
        await room.draw()
        car = await room.prize("Car")
        await room.draw(car)
        await room.draw()
        proof = await room.revealed()
        verify.check(proof)
        assert kinds(proof) == [
            "opened", "closed", "awarded", "prizeAdded", "awarded", "awarded", "revealed",
        ]  # fmt: skip
        # The next press of Draw after that is a round of its own.
        await room.prize("Cake")
        await room.draw()
        again = await room.revealed(2)
        assert verify.check(again)


async def test_where_people_may_win_several_prizes_each_prize_has_an_order() -> None:
    async with lottery_room(guests=2, onePrizePerPerson=False) as room:
        tea, car = await room.prize("Tea", 2), await room.prize("Car", 2)
        await room.draw(tea, 2)
        await room.draw(car, 2)
        proof = await room.revealed()
        verify.check(proof)
        (end,) = [entry for entry in proof["log"] if entry["kind"] == "revealed"]
        assert set(end["data"]["orders"]) == {tea["id"], car["id"]}


async def test_who_left_is_passed_over_for_a_reason_that_everybody_can_read() -> None:
    async with lottery_room(guests=4) as room:
        await room.prize("Tea", 2)
        await room.send("close")
        for guest in room.guests[:2]:
            await guest.delete(f"{room.path}/participants/me")
        won = await room.draw(count=2)
        assert {one["participantId"] for one in won} == {part["id"] for part in room.parts[2:]}
        proof = await room.revealed()
        verify.check(proof)
        left = [one["data"] for one in proof["log"] if one["kind"] == "passedOver"]
        assert all(one["reason"] == "not in the room any more" for one in left)
        # Who stands behind the last winner was not reached.
        last = max(one["data"]["place"] for one in proof["log"] if one["kind"] == "awarded")
        assert len(left) == last + 1 - 2


async def test_a_prize_given_by_hand_makes_its_holder_stand_aside() -> None:
    async with lottery_room(guests=2) as room:
        tea, car = await room.prize("Tea"), await room.prize("Car")
        # With the entry of somebody else: their own may be the next in order by chance.
        forged = {"round": 1, "place": 0, "entry": 1, "last": True}
        await room.organizer.post(
            f"{room.path}/winners",
            {"participantId": room.parts[0]["id"], "prizeId": tea["id"], "metadata": forged},
        )
        (won,) = await room.draw(car)
        assert won["participantId"] == room.parts[1]["id"]
        proof = await room.revealed()
        verify.check(proof)
        assert kinds(proof).count("awarded") == 1, "what the organizer gave was not drawn"


async def test_too_few_are_refused_with_how_many_and_what_to_do() -> None:
    async with lottery_room() as room:
        await room.prize("Tea", 5)
        with pytest.raises(Refused, match="nobody in the room"):
            await room.draw()
        await room.come(3)
        await room.draw(count=2)
        await room.come(1)
        with pytest.raises(Refused, match="Only 1 guest can still win “Tea”, and 2 were") as found:
            await room.draw(count=2)
        assert "next round" in found.value.error["message"]
        await room.draw()
        with pytest.raises(Refused, match="Nobody is left in the drum"):
            await room.draw()


async def test_other_settings_begin_a_round_of_their_own_and_the_first_stays_to_be_seen() -> None:
    async with lottery_room(guests=2) as room:
        before = await room.receipt(room.guests[0])
        assert before is not None
        settings = {"appSettings": {"ticketsPerGuest": 5}}
        await room.organizer.patch(room.path, settings)
        await room.opened(2)
        after = await room.receipt(room.guests[0])
        assert after is not None
        assert (after["round"], after["weight"]) == (2, 5)
        with pytest.raises(verify.Wrong, match="called off, and nothing was drawn in it: The lott"):
            verify.check(await room.proof(1))
        await room.prize()
        await room.draw()
        assert (await room.revealed())["rules"]["ticketsPerGuest"] == 5


async def test_only_staff_may_close_reveal_and_open() -> None:
    async with lottery_room(guests=1) as room:
        for action in ("close", "reveal", "open", "audience", "beacon", "absent", "claimed"):
            with pytest.raises(Exception, match="organizer and moderators"):
                await room.send(action, room.guests[0])
        with pytest.raises(Exception, match="close them first"):
            await room.send("reveal")
        with pytest.raises(Exception, match="open already"):
            await room.send("open")
        with pytest.raises(Exception, match="The lottery knows close"):
            await room.send("cheat")
