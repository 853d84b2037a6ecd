"""What applications bring, and who may reach it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from importlib.metadata import EntryPoint
from typing import Any

import httpx
import pytest
import pytest_asyncio

from host.apps.discovery import GROUP
from host.testing.host import Person
from tests.realtime.evening import until
from tests.realtime.live import Phone, Place, cookie_of, phone, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

APPS = [
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("stall", "tests.fixtures.stall", GROUP),
    EntryPoint("lottery", "festoon_lottery", GROUP),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place() -> AsyncIterator[Place]:
    async with served(entry_points=APPS) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def olga(place: Place) -> Person:
    return await place.host.register("Olga")


@pytest_asyncio.fixture(loop_scope="module")
async def nina(place: Place) -> Person:
    return await place.host.guest("Nina")


@pytest_asyncio.fixture(loop_scope="module")
async def room(place: Place, olga: Person, nina: Person) -> dict[str, Any]:
    made = await place.host.room(olga, "stall")
    await place.host.join(made, nina)
    return made


async def get(place: Place, path: str, person: Person | None = None) -> httpx.Response:
    headers = {"Cookie": await cookie_of(place, person)} if person else {}
    return await place.host.client.get(path, headers=headers)


def page_of(room: dict[str, Any], page: str) -> str:
    return f"/apps/stall/rooms/{room['id']}/{page}"


async def test_a_room_page_is_rendered_with_the_hosts_words(
    place: Place, room: dict[str, Any], nina: Person
) -> None:
    answer = await get(place, page_of(room, "counter"), nina)
    assert answer.status_code == 200
    assert "Nina PARTICIPANT False" in answer.text
    assert f'data-room="{room["id"]}"' in answer.text
    assert f'data-live="{page_of(room, "live")}"' in answer.text
    asset = re.search(r'src="(/apps/stall/static/stall\.js\?v=\w+)"', answer.text)
    assert asset is not None
    file = await get(place, asset[1])
    assert file.status_code == 200
    assert "immutable" in file.headers["cache-control"]


async def test_nobody_is_sent_to_sign_in_and_a_stranger_finds_nothing(
    place: Place, room: dict[str, Any]
) -> None:
    stranger = await place.host.guest("Nobody")
    nobody = await get(place, page_of(room, "counter"))
    assert (nobody.status_code, nobody.headers["location"][:8]) == (303, "/sign-in")
    assert (await get(place, page_of(room, "counter"), stranger)).status_code == 404
    assert (await get(place, page_of(room, "screen"))).status_code == 404
    assert (await get(place, page_of({"id": "nosuch"}, "counter"), stranger)).status_code == 404


async def test_a_role_that_is_not_enough_is_403(
    place: Place, room: dict[str, Any], nina: Person, olga: Person
) -> None:
    assert (await get(place, page_of(room, "till"), nina)).status_code == 403
    answer = await get(place, page_of(room, "till"), olga)
    assert answer.text == "under the counter True"


async def test_a_public_screen_is_for_everybody_and_a_page_with_a_role_is_not(
    place: Place, olga: Person
) -> None:
    room = await place.host.room(olga, "stall", isPublic=True)
    onlooker = await place.host.guest("Otto")
    answer = await get(place, page_of(room, "screen"))
    assert answer.status_code == 200
    assert answer.text == "New Year None 1"
    assert (await get(place, page_of(room, "screen"), onlooker)).status_code == 200
    assert (await get(place, page_of(room, "counter"), onlooker)).status_code == 403


async def test_an_app_that_is_off_in_the_room_is_not_to_be_found_there(
    place: Place, olga: Person
) -> None:
    room = await place.host.room(olga)
    assert (await get(place, page_of(room, "screen"), olga)).status_code == 404
    await olga.post(f"/rooms/{room['id']}/apps", {"appId": "stall"})
    assert (await get(place, page_of(room, "screen"), olga)).status_code == 200
    await olga.patch(f"/rooms/{room['id']}/apps/stall", {"enabled": False})
    assert (await get(place, page_of(room, "screen"), olga)).status_code == 404


async def test_a_posted_form_needs_the_token_of_its_page(
    place: Place, room: dict[str, Any], nina: Person
) -> None:
    cookie = {"Cookie": await cookie_of(place, nina)}
    path = page_of(room, "counter")
    shown = await place.host.client.get(path, headers=cookie)
    token = re.search(r'name="csrf_token" value="(\w+)"', shown.text)
    assert token is not None
    form = {"choice": "left", "csrf_token": token[1]}
    done = await place.host.client.post(path, data=form, headers=cookie)
    assert (done.status_code, done.text) == (200, "you chose left")
    forged = await place.host.client.post(path, data={"choice": "left"}, headers=cookie)
    assert forged.status_code == 403


async def test_pages_outside_of_rooms_and_plain_routes_are_served(
    place: Place, nina: Person
) -> None:
    assert (await get(place, "/apps/stall/about", nina)).text == "stall Nina"
    assert (await get(place, "/apps/stall/about")).text == "stall nobody"
    assert (await get(place, "/apps/stall/plain")).text == "plain"
    assert (await get(place, "/apps/nosuch/about")).status_code == 404


async def test_a_socket_of_an_app_greets_and_listens_from_the_given_place(
    place: Place, room: dict[str, Any], nina: Person, olga: Person
) -> None:
    """`GET /realtime` (the platform's socket) and sockets that apps add under `/apps/{appId}/…`;
    All speak the same frames, JSON text
    """
    headers = {"Cookie": await cookie_of(place, nina)}
    path = page_of(room, "live") + "?after=0"
    async with phone(place, path, additional_headers=headers, origin=place.url) as ear:
        await until(lambda: ear.named("room:status_changed"))
        hello = ear.named("stall:hello")[0]
        assert hello["data"] == {"name": "Nina"}
        assert "seq" not in hello
        await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Bicycle", "quantity": 1})
        await until(lambda: ear.named("prize:created"))
        # Quiet is what this socket declares, so the joining of Nina herself is left out.
        assert not ear.named("participant:joined")
        assert ear.seqs == sorted(set(ear.seqs))


async def test_a_client_that_says_nothing_is_subscribed_to_what_is_new(
    place: Place, room: dict[str, Any], nina: Person, olga: Person
) -> None:
    async with phone(place, page_of(room, "gruff"), token=nina.token) as ear:
        await until(lambda: ear.named("presence:user_online"))
        await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Bicycle", "quantity": 1})
        await until(lambda: ear.named("prize:created"))
        assert not ear.named("room:status_changed")


async def test_a_client_of_an_apps_socket_may_subscribe_by_itself(
    place: Place, room: dict[str, Any], nina: Person
) -> None:
    async with phone(place, page_of(room, "live"), token=nina.token) as ear:
        answer = await ear.ask("room:subscribe", after=0)
        assert answer["data"]["roomId"] == room["id"]
        await until(lambda: ear.seqs and ear.seqs[-1] >= 1)
        other = await ear.ask("room:subscribe", roomId="another")
        assert other["error"]["code"] == "FORBIDDEN"


async def test_an_action_goes_to_the_app_it_names(
    place: Place, room: dict[str, Any], nina: Person
) -> None:
    """An action named `<appId>:<what>` goes to that app, where it is on in the room the action
    names
    """
    async with phone(place, page_of(room, "live"), token=nina.token) as ear:
        answer = await ear.ask("stall:ask", word="price")
        assert answer["data"]["asked"] == "ask"
        assert answer["data"]["by"] == nina.id
        assert answer["data"]["data"]["word"] == "price"
        assert (await ear.ask("stall:bell"))["error"]["code"] == "CONFLICT"
        assert (await ear.ask("lottery:ask"))["error"]["code"] == "NOT_FOUND"
    async with phone(place, token=nina.token) as ear:
        answer = await ear.ask("stall:ask", roomId=room["id"])
        assert answer["data"]["asked"] == "ask"


@pytest.mark.parametrize("page", ["live", "gruff"])
async def test_who_may_not_enter_is_closed_with_4003(
    place: Place, room: dict[str, Any], page: str
) -> None:
    stranger = await place.host.guest("Nobody")
    async with phone(place, page_of(room, page), token=stranger.token) as ear:
        assert await ear.closed() == 4003
    headers = {"Cookie": await cookie_of(place, stranger)}
    path = page_of({"id": "nosuch"}, page)
    async with phone(place, path, additional_headers=headers, origin=place.url) as ear:
        assert await ear.closed() == 4003


async def test_switching_an_app_off_closes_its_open_sockets(place: Place, olga: Person) -> None:
    room = await place.host.room(olga)
    await olga.post(f"/rooms/{room['id']}/apps", {"appId": "stall"})
    async with (
        phone(place, page_of(room, "live") + "?after=0", token=olga.token) as ear,
        phone(place, token=olga.token) as other,
    ):
        await other.ask("room:subscribe", roomId=room["id"])
        await _hears(ear)
        await olga.delete(f"/rooms/{room['id']}/apps/stall")
        assert await ear.closed() == 4003
        assert "data" in await other.ask("ping")


async def test_a_quarantined_app_is_off_the_map_and_its_sockets_are_closed() -> None:
    async with served(entry_points=APPS) as place:
        olga = await place.host.register("Olga")
        room = await place.host.room(olga, "stall")
        host = place.host.host
        async with phone(place, page_of(room, "live") + "?after=0", token=olga.token) as ear:
            await _hears(ear)
            await host.registry.quarantine("stall", "it failed too often")
            await host.core.hub.app_off("stall")
            assert await ear.closed() == 4003
        for path in (page_of(room, "screen"), "/apps/stall/about", "/apps/stall/static/stall.js"):
            assert (await get(place, path, olga)).status_code == 404


async def _hears(ear: Phone) -> None:
    await until(lambda: ear.named("room:status_changed"))
