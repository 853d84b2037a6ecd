"""Entry conditions: at the door, inside, in the rules of the draw, and gone with the person."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from festoon_lottery import verify
from festoon_lottery.tables import metadata
from host.testing.host import Refused
from tests.lottery.room import PATIENCE, LotteryRoom, lottery_room
from tests.web.visitor import Hall, Page, Visitor

CODES: dict[str, Any] = {"entryCodes": ["A 1", "A 2"], "entryCodeLabel": "Staff number"}
ASKED = {
    **CODES,
    "entryQuestions": ["Department"],
    "entryConfirmations": ["I am of age"],
    "entryDomains": ["acme.com"],
}


async def test_the_door_asks_and_keeps_out_in_words_without_scripts(hall: Hall) -> None:
    olga = await hall.running.register("Olga")
    room = await hall.running.room(olga, appSettings=ASKED)
    door = f"/j/{room['joinCode']}"
    visitor = hall.visitor()
    page = await visitor.open(door)
    assert not page.unlabelled
    assert "A 2" not in page.html
    typed = {"name": "Anna", "about/question1": "Sales", "about/code": "a  1"}
    typed["about/email"] = "anna@evil.example"

    async def come(before: Page, **changed: str) -> Page:
        typed.update({f"about/{name}": value for name, value in changed.items()})
        return await visitor.post(door, {**before.form(door).values, **typed})

    elsewhere = await come(page)
    assert "enter your e-mail address at acme.com" in elsewhere.text
    assert 'value="Sales"' in elsewhere.html
    unticked = await come(elsewhere, email="anna@acme.com")
    assert "tick “I am of age”" in unticked.text
    inside = await come(unticked, confirmation1="true")
    assert inside.path == f"/apps/lottery/rooms/{room['id']}/play"
    people = await olga.get(f"/rooms/{room['id']}/participants")
    # Everybody in the room can read that, so nothing of the answers is in it.
    assert people[1]["metadata"] == {}
    answers = await hall.running.client.get(
        f"/apps/lottery/rooms/{room['id']}/answers",
        headers={"Authorization": f"Bearer {olga.token}"},
    )
    for told in ("Anna", "Department: Sales", "anna@acme.com", "Staff number: a 1", "1 of 1"):
        assert told in answers.text
    guest = await visitor.open(f"/apps/lottery/rooms/{room['id']}/answers")
    assert "anna@acme.com" not in guest.text


async def join(room: LotteryRoom, name: str, **said: Any) -> Any:
    """A guest who joins by the interface with these answers."""
    guest = await room.host.guest(name)
    body = {"joinCode": room.room["joinCode"], "metadata": said}
    room.parts.append(await guest.post(f"{room.path}/participants", body))
    room.guests.append(guest)
    return guest


async def test_a_code_lets_one_in_and_the_rules_hold_it_unseen(database_url: str) -> None:
    async with lottery_room(database_url=database_url, **CODES) as room:
        await room.prize()
        with pytest.raises(Refused, match="not on the organizer") as refused:
            await join(room, "Stranger", code="A 3")
        assert refused.value.status == 409
        tries = [join(room, f"Anna {n}", code="a 1", tickets=1) for n in range(2)]
        came = await asyncio.gather(*tries, return_exceptions=True)
        (late,) = (one for one in came if isinstance(one, BaseException))
        assert "Somebody has come in with this code before" in str(late)
        # What else they sent is kept as in any room.
        assert room.parts[0]["metadata"] == {"tickets": 1}
        await join(room, "Boris", code="A 2")
        code = (await room.proof())["rules"]["entry"]["code"]
        assert (code["count"], code["label"]) == (2, "Staff number")
        assert "entryCodes" not in (await room.guests[0].get(room.path))["appSettings"]
        receipt = await room.receipt(room.guests[0])
        await room.draw()
        proof = await room.revealed()
        verify.check(proof)
        verify.check_receipt(proof, receipt)
        assert proof["log"][1]["data"]["count"] == 2
        # With the person goes what they answered: somebody else may answer it.
        admin = await room.host.admin()
        gone = room.guests[0]
        held = await admin.get(f"/users/{gone.id}/export")
        (answered,) = held["apps"]["lottery"]["answers"]
        assert answered["answers"]["code"] == "a 1"
        await admin.delete(f"/users/{gone.id}")
        ends = time.monotonic() + PATIENCE
        while await room.sql("SELECT 1 FROM lottery_answers WHERE user_id = :id", id=gone.id):
            assert time.monotonic() < ends, "the answers were not forgotten in time"
            await asyncio.sleep(0.05)
        assert await room.proof() == proof
        verify.check(await room.proof())


async def test_nothing_is_kept_of_a_room_that_was_deleted(database_url: str) -> None:
    async with lottery_room(database_url=database_url, **CODES) as room:
        await room.prize()
        await join(room, "Anna", code="A 1")
        await room.draw()
        await room.revealed()
        kept = [name for name in metadata.tables if await rows(room, name)]
        assert {"lottery_answers", "lottery_doors", "lottery_entries", "lottery_log"} <= {*kept}
        await room.organizer.delete(room.path)
        ends = time.monotonic() + PATIENCE
        while any([await rows(room, name) for name in kept]):
            assert time.monotonic() < ends, "it was not taken away in time"
            await asyncio.sleep(0.05)


async def rows(room: LotteryRoom, table: str) -> int:
    """How many rows a table has."""
    (found,) = await room.sql(f"SELECT count(*) AS number FROM {table}")
    return int(found.number)


async def test_conditions_that_come_later_are_asked_inside_and_count_in_the_draw(
    hall: Hall,
) -> None:
    olga, room_id, code = await hall.evening(prizes=("Tea",))
    anna, _ = await hall.guest(code, "Anna")
    boris, _ = await hall.guest(code, "Boris")
    at = f"/apps/lottery/rooms/{room_id}"
    look = await olga.send(await olga.open(f"{at}/roster"), "/roster/look", people="Vera")
    await olga.send(look, "/roster/add")
    settings = await olga.open(f"/rooms/{room_id}/settings")
    asking = {"lotteryslashentryConfirmations": "I am of age"}
    asking["lotteryslashentryQuestions"] = "Department"
    await olga.send(settings, "/settings/lottery", **asking)
    ends = time.monotonic() + PATIENCE
    while (await proof_of(olga, at))["log"][0]["data"]["round"] != 2:
        assert time.monotonic() < ends, "the new rules opened no round in time"
        await asyncio.sleep(0.05)
    assert [one["kind"] for one in (await proof_of(olga, f"{at}", 1))["log"]] == [
        "opened",
        "voided",
    ]
    refused = await anna.open(f"{at}/receipt.json")
    assert (refused.status, "asks something" in refused.html) == (404, True)
    waiting = await anna.open(f"{at}/play")
    assert "One thing is missing" in waiting.text
    form = await anna.open(f"{at}/enter")
    assert not form.unlabelled
    wrong = await anna.send(form, "/enter", question1="Sales")
    assert (wrong.status, "tick “I am of age”" in wrong.text) == (409, True)
    inside = await anna.send(wrong, "/enter", question1="Sales", confirmation1="true")
    assert inside.path == f"{at}/play"
    assert "One thing is missing" not in inside.text
    assert (await anna.open(f"{at}/receipt.json")).response.json()["round"] == 2
    answers = await olga.open(f"{at}/answers")
    assert "2 of 3 take part" in answers.text
    assert answers.text.count("not yet") == 1
    await olga.send(await olga.open(f"{at}/round"), "/round", do="close")
    # Anna, and Vera for whom the organizer answers; Boris is in the room and not in the drum.
    assert (await proof_of(olga, at))["log"][1]["data"]["count"] == 2
    assert (await boris.open(f"{at}/receipt.json")).status == 404


async def proof_of(visitor: Visitor, at: str, number: int = 0) -> Any:
    """The proof as a browser downloads it."""
    page = await visitor.open(f"{at}/proof.json" + (f"?round={number}" if number else ""))
    return page.response.json()
