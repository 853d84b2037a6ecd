"""The quiz in a real host: bad questions are refused, right answers stay secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from host.testing import Person, TestHost, running_host

GOOD = {"text": "Which city rings in the New Year first?", "options": ["Tokyo", "Kiritimati"]}


@pytest.fixture
async def host() -> AsyncIterator[TestHost]:
    async with running_host() as running:
        yield running


@pytest.fixture
async def organizer(host: TestHost) -> Person:
    return await host.register("Nina")


async def change(organizer: Person, room: dict[str, Any], **question: Any) -> Any:
    settings = {"questions": [{**GOOD, "right": ["Kiritimati"], **question}]}
    return await organizer.call("PATCH", f"/rooms/{room['id']}", {"appSettings": settings})


async def test_a_quiz_room_needs_no_settings(host: TestHost, organizer: Person) -> None:
    room = await host.room(organizer, "quiz")
    assert room["appSettings"]["mode"] == "speed"
    assert room["appSettings"]["questions"] == []


async def test_a_question_that_nobody_could_answer_is_refused_in_words(
    host: TestHost, organizer: Person
) -> None:
    room = await host.room(organizer, "quiz")
    assert (await change(organizer, room)).status_code == 200
    refused = await change(organizer, room, right=["Paris"])
    assert refused.status_code in (409, 422)
    assert "“paris” is none of the options" in refused.text
    kept = await organizer.get(f"/rooms/{room['id']}")
    assert kept["appSettings"]["questions"][0]["right"] == ["Kiritimati"]


async def test_guests_never_receive_the_questions(host: TestHost, organizer: Person) -> None:
    room = await host.room(organizer, "quiz")
    await change(organizer, room)
    guest = await host.guest("Masha")
    await host.join(room, guest)
    seen = [await guest.get(f"/rooms/{room['id']}")]
    events = await guest.get(f"/rooms/{room['id']}/events?after=0")
    seen += [one["data"] for one in events if one["event"].startswith("room:")]
    assert len(seen) > 1, "in the room itself, and in the event that tells of the change"
    for shown in seen:
        assert shown["appSettings"]["mode"] == "speed"
        assert "questions" not in shown["appSettings"], "what comes is not known before its time"
