"""§2 and §3: every action of a socket, by everybody."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from host.realtime import names
from tests.contract.actions import ACTIONS, APP_ACTION, OWN_TESTS
from tests.contract.cast import UNKNOWN, Cast, Stage
from tests.contract.rules import ROLES
from tests.realtime.evening import until
from tests.realtime.live import Place, phone, serving


@pytest_asyncio.fixture(loop_scope="session")
async def place(stage: Stage) -> AsyncIterator[Place]:
    """The host of the stage, served."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    async with serving(stage.host, listening) as served:
        yield served


def test_the_table_speaks_of_every_action() -> None:
    """Platform actions: `room:subscribe` `room:unsubscribe` `presence:list` `ping`"""
    mine = {action.name for action in ACTIONS}
    platform = mine & set(names.ACTIONS)
    assert platform | OWN_TESTS == set(names.ACTIONS)
    assert {APP_ACTION if name not in platform else name for name in mine} == {
        *platform,
        APP_ACTION,
    }


async def _refusals(place: Place, cast: Cast, role: str) -> dict[str, str | None]:
    room_id, found = cast.room["id"], {}
    for action in ACTIONS:
        # A socket for each, so that none stands on what another was let do.
        async with phone(place, token=cast.people[role].token) as mine:
            if action.first:
                await mine.ask(action.first, roomId=room_id)
            data = action.data if action.free else {"roomId": room_id, **action.data}
            answer = await mine.ask(action.name, **data)
            found[f"{role}: {action}"] = answer.get("error", {}).get("code")
            if found[f"{role}: {action}"] is not None:
                # Nothing of the room came along, before the refusal or after it.
                assert [f for f in mine.frames if f.get("roomId") == room_id] == []
    return found


@pytest.mark.parametrize("public", [False, True])
async def test_an_action_is_refused_for_whoever_may_not_do_it(
    place: Place, stage: Stage, public: bool
) -> None:
    """private rooms | 404 to strangers by id, list, events and socket"""
    cast = await stage.cast(isPublic=public)
    await cast.cast_out()
    got: dict[str, str | None] = {}
    for found in await asyncio.gather(*(_refusals(place, cast, role) for role in ROLES)):
        got |= found
    assert got == {
        f"{role}: {action}": action.code(role, public=public)
        for role in ROLES
        for action in ACTIONS
    }


async def test_no_refusal_on_a_socket_tells_a_private_room_from_none(
    place: Place, shared: Cast
) -> None:
    """private rooms | 404 to strangers by … socket"""
    async with phone(place, token=shared.people["stranger"].token) as mine:
        for action in ACTIONS:
            told = [
                (await mine.ask(action.name, roomId=room, **action.data)).get("error")
                for room in (shared.room["id"], UNKNOWN)
                if not action.free
            ]
            assert len({str(one) for one in told}) <= 1, action


@pytest.mark.parametrize("token", ["", "x", "a.b.c", None, 5, "x" * 10_000])
async def test_nobody_signs_in_on_a_socket_with_what_is_no_token(
    place: Place, token: object
) -> None:
    """Close codes: 4001 sign-in failed or expired"""
    async with phone(place) as mine:
        answer = await mine.ask("auth", token=token)
        wrong = "UNAUTHORIZED" if isinstance(token, str) and token else "VALIDATION_ERROR"
        assert answer["error"]["code"] == wrong
        if wrong == "UNAUTHORIZED":
            assert await mine.closed() == 4001
        else:
            assert (await mine.ask("room:subscribe", roomId="x"))["error"]["code"] == "UNAUTHORIZED"


async def test_who_is_put_out_hears_no_more_and_may_not_come_back(
    place: Place, stage: Stage
) -> None:
    """… may not know of: removed participant on an open socket"""
    cast = await stage.cast()
    viewer = cast.people["viewer"]
    async with (
        phone(place, token=viewer.token) as mine,
        phone(place, token=cast.organizer.token) as hers,
    ):
        for one in (mine, hers):
            await one.ask("room:subscribe", roomId=cast.room["id"], after=0)
        await cast.organizer.delete(f"{cast.path}/participants/{cast.parts['viewer']['id']}")
        await until(lambda: mine.named("room:unsubscribed"))
        heard = len(mine.frames)
        prize = await cast.prize()
        await until(lambda: prize["id"] in [f["data"]["id"] for f in hers.named("prize:created")])
        for action, data in (
            ("room:subscribe", {"after": 0}),
            ("room:subscribe", {}),
            ("lottery:wave", {}),
        ):
            answer = await mine.ask(action, roomId=cast.room["id"], **data)
            assert answer["error"]["code"] == "NOT_FOUND"
        answer = await mine.ask("presence:list", roomId=cast.room["id"])
        assert answer["error"]["code"] == "FORBIDDEN"
        assert len(mine.frames) == heard
