"""festoon.js in a real browser, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from host.realtime.names import CloseCode
from host.testing.host import Person
from tests.realtime.evening import until
from tests.realtime.live import Place

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, WebSocketRoute

LISTEN = """async ([roomId, options]) => {
  const { connect } = await import("/static/festoon.js");
  window.seen = [];
  window.states = [];
  window.live = connect(options);
  live.onState((state) => states.push(state));
  live.on("*", (frame) => seen.push(frame));
  live.on("prize:created", () => { throw new Error("a listener that fails"); });
  window.answer = live.subscribe(roomId, options).then((a) => a, (e) => ({ refused: e.code }));
}"""


@pytest.fixture
async def page(place: Place, screen: Page) -> Page:
    await screen.goto(f"{place.url}/healthz")
    return screen


@pytest.fixture
async def room(place: Place, olga: Person) -> dict[str, Any]:
    """An open room whose application says nothing: its one event is that it was opened."""
    return await place.host.room(olga, "quiz")


async def seqs(page: Page) -> list[int]:
    found: list[int] = await page.evaluate(
        "seen.filter((f) => f.seq !== undefined).map((f) => f.seq)"
    )
    return found


async def eventually(question: Callable[[], Awaitable[object]]) -> None:
    deadline = asyncio.get_running_loop().time() + 30
    while not await question():
        assert asyncio.get_running_loop().time() < deadline, "it did not become true in time"
        await asyncio.sleep(0.02)


async def prizes(olga: Person, room: dict[str, Any], count: int) -> None:
    for n in range(count):
        await olga.post(f"/rooms/{room['id']}/prizes", {"name": f"Prize {n}", "quantity": 1})


async def test_a_page_hears_its_room_from_where_it_was_read(
    page: Page, olga: Person, room: dict[str, Any]
) -> None:
    await prizes(olga, room, 2)
    await page.evaluate(LISTEN, [room["id"], {"after": 1}])
    answer = await page.evaluate("answer")
    assert answer["seq"] == 3
    await prizes(olga, room, 1)

    async def heard() -> bool:
        return await seqs(page) == [2, 3, 4]

    await eventually(heard)
    assert await page.evaluate("live.state") == "online"
    assert abs(await page.evaluate("live.now() - Date.now()")) < 5000
    pong = await page.evaluate("live.send('ping')")
    assert pong["at"].endswith("Z")


async def test_a_lost_connection_comes_back_with_nothing_missed_and_nothing_twice(
    place: Place, page: Page, olga: Person, room: dict[str, Any]
) -> None:
    await page.evaluate(LISTEN, [room["id"], {"quiet": True}])
    await page.evaluate("answer")
    hub = place.host.host.core.hub
    for code in (CloseCode.RESTARTING, CloseCode.TOO_SLOW, CloseCode.RESTARTING):
        for connection in list(hub._connections):
            connection.close(code)
        await prizes(olga, room, 3)

        async def back() -> bool:
            said: str = await page.evaluate("states.at(-1)")
            return said == "back"

        await eventually(back)
    await prizes(olga, room, 1)

    async def all_there() -> bool:
        return await seqs(page) == list(range(2, 12))

    await eventually(all_there)
    states = await page.evaluate("states")
    assert states[0] == "connecting"
    assert states[1] == "online"
    assert set(states[2:]) == {"reconnecting", "back"}


async def test_a_page_without_network_says_so_and_catches_up(
    page: Page, olga: Person, room: dict[str, Any]
) -> None:
    await page.evaluate(LISTEN, [room["id"], {}])
    await eventually(lambda: page.evaluate("live.state === 'online'"))
    await page.context.set_offline(True)
    await eventually(lambda: page.evaluate("live.state === 'offline'"))
    await prizes(olga, room, 2)
    await page.context.set_offline(False)
    await eventually(lambda: page.evaluate("live.state === 'back'"))
    assert await seqs(page) == [2, 3]


async def test_an_event_that_was_lost_on_the_way_is_asked_for_again(
    page: Page, olga: Person, room: dict[str, Any]
) -> None:
    def lossy(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        lost: list[str | bytes] = []

        def pass_on(message: str | bytes) -> None:
            if '"seq":3' in str(message) and not lost:
                lost.append(message)
            else:
                route.send(message)
                # What comes twice is shown once.
                if '"seq":2' in str(message):
                    route.send(message)

        server.on_message(pass_on)

    await page.route_web_socket("**/realtime", lossy)
    await page.evaluate(LISTEN, [room["id"], {}])
    await page.evaluate("answer")
    await prizes(olga, room, 4)

    async def all_there() -> bool:
        return await seqs(page) == [2, 3, 4, 5]

    await eventually(all_there)


async def test_a_page_that_may_not_listen_is_told_and_stops(
    place: Place, page: Page, olga: Person, room: dict[str, Any]
) -> None:
    await page.evaluate(LISTEN, ["01nosuchroom", {}])
    assert await page.evaluate("answer") == {"refused": "NOT_FOUND"}
    assert await page.evaluate("live.state") == "refused"
    await until(lambda: place.host.host.core.hub.connections == 0)


async def test_a_session_that_ends_stops_the_page(
    place: Place, page: Page, olga: Person, room: dict[str, Any]
) -> None:
    await page.evaluate(LISTEN, [room["id"], {}])
    await page.evaluate("answer")
    hub = place.host.host.core.hub
    (connection,) = hub._connections
    assert connection.sign_in is not None
    await hub.end_session(connection.sign_in.session_id or "")
    await eventually(lambda: page.evaluate("live.state === 'refused'"))


async def test_a_removed_guest_stops_listening(
    place: Place, browser: Browser, olga: Person, room: dict[str, Any]
) -> None:
    nina = await place.host.guest("Nina")
    part = await place.host.join(room, nina)
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{place.url}/healthz")
    await page.evaluate(LISTEN, [room["id"], {"token": nina.token}])
    await page.evaluate("answer")
    await olga.delete(f"/rooms/{room['id']}/participants/{part['id']}")
    await eventually(lambda: page.evaluate("live.state === 'refused'"))
    assert await page.evaluate("seen.at(-1).event") == "room:unsubscribed"
