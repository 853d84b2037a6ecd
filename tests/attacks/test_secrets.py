"""Settings marked writeOnly: everywhere that anything of a room is shown."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.attacks.browsers import browser_of
from tests.contract.answers import error
from tests.contract.cast import Cast, Stage
from tests.contract.rules import ROLES, STAFF
from tests.realtime.evening import until
from tests.realtime.live import Phone, Place, phone, serving

SECRET, NEWER = "open sesame 7391", "close sesame 7391"
MARK = "sesame"
EDITORS = ("organizer", "admin")


@pytest_asyncio.fixture(loop_scope="session")
async def place(stage: Stage) -> AsyncIterator[Place]:
    """The host of the stage, served."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    async with serving(stage.host, listening) as served:
        yield served


async def _told(cast: Cast) -> None:
    """Everything that tells of settings happens once."""
    for secret in (SECRET, NEWER):
        settings = {"secret": secret, "doors": [{"name": "front", "code": secret}]}
        await cast.organizer.patch(
            cast.path, {"appSettings": settings, "name": f"Vault {secret[:4]}"}
        )
        await cast.organizer.patch(f"{cast.path}/apps/vault", {"settings": settings})
    await cast.organizer.post(f"{cast.path}/apps", {"appId": "lottery"})
    await cast.organizer.post(f"{cast.path}/join-code")


@pytest.mark.parametrize("public", [False, True])
async def test_no_event_on_a_socket_tells_a_secret(
    place: Place, stage: Stage, public: bool
) -> None:
    cast = await stage.cast(app_id="vault", isPublic=public, appSettings={"secret": SECRET})
    roles = [role for role in ROLES[1:] if role not in ("removed", "banned")]
    for role in roles:
        if role == "stranger" and not public:
            continue
        async with (
            phone(place, token=cast.people[role].token) as ear,
            phone(place, token=cast.people[role].token) as quiet,
        ):
            await ear.ask("room:subscribe", roomId=cast.room["id"], after=0)
            await quiet.ask("room:subscribe", roomId=cast.room["id"], after=0, quiet=True)
            if role == roles[-1] or not ear.frames:
                await _told_once(cast)
            head = (await cast.organizer.get(f"{cast.path}/events?limit=100"))[-1]["seq"]
            await _heard(ear, head)
            for one in (ear, quiet):
                shown = MARK in json.dumps([one.frames, list(one.acks.values())])
                assert shown is (role in EDITORS) or not one.named("room:updated"), role


async def _heard(ear: Phone, head: int) -> None:
    await until(lambda: ear.seqs and ear.seqs[-1] >= head)


async def _told_once(cast: Cast) -> None:
    if "lottery" not in {app["appId"] for app in await cast.organizer.get(f"{cast.path}/apps")}:
        await _told(cast)


@pytest.mark.parametrize("public", [False, True])
async def test_no_answer_and_no_page_tells_a_secret(stage: Stage, public: bool) -> None:
    cast = await stage.cast(app_id="vault", isPublic=public, appSettings={"secret": SECRET})
    await _told(cast)
    room = cast.room["id"]
    code = (await cast.organizer.get(cast.path))["joinCode"]
    calls = (
        *(cast.path, f"{cast.path}?include=participants,prizes,winners", f"/rooms/by-code/{code}"),
        *("/rooms?limit=100", f"/rooms?q=Vault&createdBy={cast.organizer.id}", "/apps/vault"),
        *(f"{cast.path}/events?limit=100", f"{cast.path}/apps", f"{cast.path}/audit"),
        *(f"{cast.path}/delegations", f"{cast.path}/door", "/auth/me"),
    )
    pages = (
        *("/rooms", f"/rooms/{room}", f"/rooms/{room}/settings", f"/rooms/{room}/apps"),
        *(f"/rooms/{room}/guests", f"/r/{room}", f"/r/{room}/screen", f"/j/{code}", "/account"),
        *(f"/apps/vault/rooms/{room}/ledger", f"/apps/vault/rooms/{room}/sign"),
        f"/rooms/{room}/log",
    )
    for role in ("nobody", "stranger", "viewer", "participant", "moderator"):
        person = cast.people[role]
        for path in calls:
            answer = await person.call("GET", path)
            assert MARK not in answer.text, (role, path)
        if person.id:
            assert MARK not in (await person.call("GET", f"/users/{person.id}/export")).text
        async with browser_of(stage.host, person) as browser:
            for page in pages:
                assert MARK not in (await browser.open(page)).html, (role, page)
        for path in (f"{cast.path}/apps", f"{cast.path}/audit"):
            answer = await person.call("GET", path)
            assert answer.status_code in (401, 403, 404)
        if role in STAFF:
            error(await person.call("GET", f"{cast.path}/apps"), 403, "FORBIDDEN")
    # And whoever may edit the room finds it, so that it was there to be found.
    assert MARK in (await cast.organizer.call("GET", cast.path)).text
    async with browser_of(stage.host, cast.organizer) as browser:
        assert MARK in (await browser.open(f"/apps/vault/rooms/{room}/sign")).html
    async with browser_of(stage.host, cast.people["viewer"]) as browser:
        assert (await browser.open(f"/apps/vault/rooms/{room}/sign")).status == 200


async def test_a_refusal_that_quotes_settings_quotes_no_secret_to_others(stage: Stage) -> None:
    cast = await stage.cast(app_id="vault", appSettings={"secret": SECRET})
    for role in ("viewer", "moderator"):
        for body in ({"appSettings": {"secret": 5}}, {"appSettings": {"word": "A1"}}):
            answer = await cast.people[role].call("PATCH", cast.path, body)
            error(answer, 403, "FORBIDDEN")
            assert MARK not in answer.text
