"""A protected capability is for reviewed applications: when it is given, and when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from host.config import Config
from host.errors import ConfigurationError
from host.main import Host
from host.testing.host import SECRET, Person, Refused, TestHost, running_host

APPLICATIONS = Path(__file__).resolve().parents[1] / "fixtures" / "apps"
REVIEW = "/apps/moody/review"


@pytest.fixture
async def house(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[TestHost, Person, Person]]:
    """A host that protects draws, its admin, and an organizer."""
    monkeypatch.syspath_prepend(str(APPLICATIONS))
    async with running_host(
        database_url=database_url, protected_capabilities=frozenset({"winnerSelection"})
    ) as running:
        yield running, await running.admin(), await running.register("Olga")


async def _refused(person: Person, path: str, body: Any = None) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        await person.post(path, body)
    return refused.value.status, refused.value.code


async def _kinds(olga: Person, base: str) -> list[str]:
    events = await olga.get(f"{base}/events")
    return [e["data"]["kind"] for e in events if e["event"] == "notification:received"]


async def _told(olga: Person, base: str, kind: str) -> None:
    """Waits for a notification, with a deadline."""
    deadline = asyncio.get_running_loop().time() + 30
    while kind not in await _kinds(olga, base):
        assert asyncio.get_running_loop().time() < deadline, kind
        await asyncio.sleep(0.01)


async def test_a_review_that_is_withdrawn_counts_at_once(
    house: tuple[TestHost, Person, Person],
) -> None:
    running, admin, olga = house
    room = await running.room(olga, "moody")
    base = f"/rooms/{room['id']}"
    await running.join(room, await running.guest("Ann"))
    await olga.post(f"{base}/prizes", {"name": "Sledge", "quantity": 9})
    assert (await olga.get(f"{base}/delegations"))["winnerSelection"] == "moody"

    entry = await admin.post(REVIEW, {"state": "REJECTED"})
    assert (entry["appId"], entry["reviewState"]) == ("moody", "REJECTED")
    assert await _refused(olga, f"{base}/draws") == (502, "DELEGATION_FAILED")
    await _told(olga, base, "app:unreviewed")
    assert (await _kinds(olga, base)).count("app:failed") == 1

    # Who has it may keep it, for when the review is done; nobody gets it anew.
    await olga.put(
        f"{base}/delegations",
        {"winnerSelection": "moody", "fallbacks": {"winnerSelection": True}},
    )
    (winner,) = await olga.post(f"{base}/draws")
    assert "drawnBy" not in winner["metadata"], "the platform stepped in, as the room allows"
    await olga.put(f"{base}/delegations", {"winnerSelection": None})
    with pytest.raises(Refused) as refused:
        await olga.put(f"{base}/delegations", {"winnerSelection": "moody"})
    assert (refused.value.status, refused.value.code) == (409, "DELEGATION_CONFLICT")
    another = await running.room(olga, "moody")
    found = await olga.get(f"/rooms/{another['id']}/delegations")
    assert (found["winnerSelection"], found["participantRegistration"]) == (None, "moody")

    await admin.post(REVIEW, {"state": "APPROVED"})
    await olga.put(f"{base}/delegations", {"winnerSelection": "moody"})


async def test_admins_review_and_nobody_else(house: tuple[TestHost, Person, Person]) -> None:
    running, admin, olga = house
    body = {"state": "PENDING"}
    assert await _refused(running.nobody, REVIEW, body) == (401, "UNAUTHORIZED")
    assert await _refused(olga, REVIEW, body) == (403, "FORBIDDEN")
    for app_id in ("platform", "no-such-app"):
        assert await _refused(admin, f"/apps/{app_id}/review", body) == (404, "NOT_FOUND")
    assert await _refused(admin, REVIEW, {"state": "MAYBE"}) == (422, "VALIDATION_ERROR")
    assert (await olga.get("/apps/moody"))["reviewState"] == "APPROVED"
    await admin.post(REVIEW, body)
    assert (await olga.get("/apps/moody"))["reviewState"] == "PENDING"


def test_a_capability_that_there_is_not_cannot_be_protected() -> None:
    config = Config(secret_key=SECRET, protected_capabilities=frozenset({"winnerselection"}))
    with pytest.raises(ConfigurationError, match="names winnerselection; known: prizeFund"):
        Host(config)
