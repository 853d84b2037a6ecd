"""Ids of one room under another: in every call, by who may do everything in both."""

from __future__ import annotations

from typing import Any

import pytest

from host.contract import wire
from host.testing.host import TestHost
from host.web.api.call import Call
from host.web.api.calls import CALLS
from tests.contract.answers import error
from tests.contract.cast import UNKNOWN, Cast, Stage

ROOM = "/rooms/{room_id}"
IDS = {"participant_id": "participantId", "prize_id": "prizeId", "winner_id": "winnerId"}
"""What stands in paths, and what it is called in bodies and queries."""
GOOD: dict[str, Any] = {
    "metadata": {"moved": True},
    "role": "MODERATOR",
    "name": "Moved",
    "quantity": 5,
    "count": 1,
}


def _named_in(call: Call) -> list[str]:
    inside = [name for name in IDS if f"{{{name}}}" in call.path]
    body = (call.body or {}).get("properties", {})
    return inside + [name for name in IDS.values() if name in body or name in call.query]


CONCERNED = [call for call in CALLS if call.path.startswith(ROOM) and _named_in(call)]


async def _state(host: TestHost, cast: Cast) -> Any:
    """All of a room that these calls could change."""
    found = [await cast.organizer.get(f"{cast.path}?include=participants,prizes,winners")]
    lists = [f"{name}?includeDeleted=true" for name in ("participants", "prizes", "winners")]
    found += [await cast.organizer.get(f"{cast.path}/{one}") for one in (*lists, "events")]
    return wire(found)


def test_the_calls_that_name_something_are_known() -> None:
    assert {name for call in CONCERNED for name in _named_in(call)} >= {*IDS, "participantId"}
    assert len(CONCERNED) >= 13


@pytest.mark.parametrize("who", ["organizer", "admin"])
async def test_no_call_reaches_into_another_room(stage: Stage, who: str) -> None:
    here, there = await stage.cast(), await stage.cast()
    ids: dict[Cast, dict[str, str]] = {}
    for cast in (here, there):
        winner = await cast.award("participant", await cast.prize(3))
        ids[cast.room["id"]] = {
            "participant_id": cast.parts["viewer"]["id"],
            "prize_id": winner["prizeId"],
            "winner_id": winner["id"],
        }
    mine, theirs = ids[here.room["id"]], ids[there.room["id"]]
    before = [await _state(stage.host, cast) for cast in (here, there)]
    person = here.people[who]
    for call in CONCERNED:
        for name in _named_in(call):
            foreign = dict(mine)
            body = None
            if call.body is not None:
                fields = call.body.get("properties", {})
                known = {IDS[key]: value for key, value in mine.items()} | GOOD
                body = {key: known[key] for key in fields if key in known}
            query = ""
            if name in IDS:
                foreign[name] = theirs[name]
            else:
                key = next(key for key, inside in IDS.items() if inside == name)
                if body is not None and name in body:
                    body[name] = theirs[key]
                else:
                    query = f"?{name}={theirs[key]}"
            path = call.path.format(room_id=here.room["id"], app_id="lottery", **foreign) + query
            answer = await person.call(call.method, path, body)
            if query:
                assert answer.json()["data"] == [], (str(call.path), name)
            else:
                error(answer, 404, "NOT_FOUND")
    assert [await _state(stage.host, cast) for cast in (here, there)] == before


async def test_what_is_deleted_or_of_another_room_looks_like_what_never_was(cast: Cast) -> None:
    other = await cast.host.room(cast.organizer)
    prize = await cast.organizer.post(f"/rooms/{other['id']}/prizes", {"name": "Sled"})
    for method in ("GET", "PATCH", "DELETE"):
        told = [
            (await cast.organizer.call(method, f"{cast.path}/prizes/{one}", {})).json()
            for one in (prize["id"], UNKNOWN)
        ]
        assert told[0] == told[1]
