"""`/realtime` as a client sees it, over a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from host.testing.host import Person
from tests.realtime.evening import until
from tests.realtime.live import Phone, Place, cookie_of, phone, served

# One host for all: starting one takes longer than most of these tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["festoon", "websockets-sansio"]
)
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with served(engine=request.param) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def olga(place: Place) -> Person:
    return await place.host.register("Olga")


@pytest_asyncio.fixture(loop_scope="module")
async def room(place: Place, olga: Person) -> dict[str, Any]:
    return await place.host.room(olga)


async def prize(olga: Person, room: dict[str, Any], name: str = "Bicycle") -> None:
    await olga.post(f"/rooms/{room['id']}/prizes", {"name": name, "quantity": 1})


async def test_a_token_in_the_first_frame_signs_in(
    place: Place, olga: Person, room: dict[str, Any]
) -> None:
    async with phone(place, token=olga.token) as ear:
        answer = await ear.ask("room:subscribe", roomId=room["id"])
        assert answer["data"]["roomId"] == room["id"]
        assert answer["data"]["participant"]["role"] == "ORGANIZER"
        head = answer["data"]["seq"]
        await prize(olga, room)
        await until(lambda: ear.named("prize:created"))
        frame = ear.named("prize:created")[0]
        assert (frame["seq"], frame["prev"]) == (head + 1, head)
        assert frame["data"]["name"] == "Bicycle"


async def test_the_cookie_of_the_same_origin_signs_in(
    place: Place, olga: Person, room: dict[str, Any]
) -> None:
    headers = {"Cookie": await cookie_of(place, olga)}
    async with phone(place, additional_headers=headers, origin=place.url) as ear:
        assert "data" in await ear.ask("room:subscribe", roomId=room["id"])


async def test_a_page_of_another_origin_is_refused_with_the_cookie(
    place: Place, olga: Person
) -> None:
    """Cross-origin cookies are refused by an Origin check"""
    headers = {"Cookie": await cookie_of(place, olga)}
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            place.socket_url + "/realtime",
            additional_headers=headers,
            origin="https://evil.example",  # type: ignore[arg-type]
        )
    assert refused.value.response.status_code == 403


async def test_a_page_of_an_allowed_origin_signs_in_by_token_and_not_by_cookie() -> None:
    async with served(cors_origins=("https://front.example",)) as place:
        olga = await place.host.register("Olga")
        headers = {"Cookie": await cookie_of(place, olga)}
        options = {"additional_headers": headers, "origin": "https://front.example"}
        async with phone(place, **options) as ear:
            answer = await ear.ask("presence:list", roomId="any")
            assert answer["error"]["code"] == "UNAUTHORIZED"
            assert "data" in await ear.ask("auth", token=olga.token)


async def test_a_token_in_the_address_is_not_accepted(place: Place, olga: Person) -> None:
    async with phone(place, f"/realtime?token={olga.token}&access_token={olga.token}") as ear:
        answer = await ear.ask("room:subscribe", roomId="any")
        assert answer["error"]["code"] == "UNAUTHORIZED"


async def test_a_wrong_token_is_answered_and_then_closed_with_4001(place: Place) -> None:
    async with phone(place) as ear:
        answer = await ear.ask("auth", token="not one of ours")
        assert answer["error"]["code"] == "UNAUTHORIZED"
        assert await ear.closed() == 4001


async def test_the_end_of_the_session_closes_the_socket_with_4001(
    place: Place, olga: Person
) -> None:
    async with phone(place, token=olga.token) as ear:
        await olga.post("/auth/logout")
        assert await ear.closed() == 4001


async def test_a_private_room_does_not_exist_for_strangers(
    place: Place, room: dict[str, Any]
) -> None:
    stranger = await place.host.guest("Nobody")
    async with phone(place, token=stranger.token) as ear:
        answer = await ear.ask("room:subscribe", roomId=room["id"])
        assert answer["error"]["code"] == "NOT_FOUND"
        never = await ear.ask("room:subscribe", roomId="01nosuchroom")
        assert never["error"] == answer["error"]


async def test_who_joins_hears_and_who_is_removed_hears_no_more(
    place: Place, olga: Person, room: dict[str, Any]
) -> None:
    nina = await place.host.guest("Nina")
    part = await place.host.join(room, nina)
    async with phone(place, token=nina.token) as ear:
        await ear.ask("room:subscribe", roomId=room["id"])
        await prize(olga, room, "One")
        await until(lambda: ear.named("prize:created"))
        await olga.delete(f"/rooms/{room['id']}/participants/{part['id']}")
        await prize(olga, room, "Two")
        await until(lambda: ear.named("room:unsubscribed"))
        await ear.ask("ping")
        assert [f["data"]["name"] for f in ear.named("prize:created")] == ["One"]
        answer = await ear.ask("room:subscribe", roomId=room["id"])
        assert answer["error"]["code"] == "NOT_FOUND"


async def test_a_return_with_after_brings_each_missed_event_once(
    place: Place, olga: Person, room: dict[str, Any]
) -> None:
    """client → server | `{"id": 7, "action": "room:subscribe", … "after": 38}}`"""
    async with phone(place, token=olga.token) as ear:
        start = (await ear.ask("room:subscribe", roomId=room["id"]))["data"]["seq"]
        await prize(olga, room)
        await until(lambda: start + 1 in ear.seqs)
    for _ in range(5):
        await prize(olga, room)
    async with phone(place, token=olga.token) as ear:
        answer = await ear.ask("room:subscribe", roomId=room["id"], after=start + 1)
        assert answer["data"]["seq"] == start + 6
        await prize(olga, room)
        await until(lambda: start + 7 in ear.seqs)
        assert ear.seqs == list(range(start + 2, start + 8))


async def test_clients_that_come_and_go_under_load_see_every_event_once(
    place: Place, olga: Person, room: dict[str, Any]
) -> None:
    seen: list[list[int]] = [[] for _ in range(8)]
    done = asyncio.Event()
    head = (await olga.get(f"/rooms/{room['id']}/events"))[-1]["seq"] + 160

    async def write() -> None:
        for _ in range(40):
            await asyncio.gather(*(prize(olga, room) for _ in range(4)))
        done.set()

    async def listen(mine: list[int]) -> None:
        last = 0
        while last < head:
            async with phone(place, token=olga.token) as ear:
                await ear.ask("room:subscribe", roomId=room["id"], after=last)
                enough = len(mine) + 25
                await until(
                    lambda ear=ear, enough=enough: (
                        len(mine) + len(ear.seqs) >= enough or head in ear.seqs
                    ),
                    30,
                )
                mine.extend(ear.seqs)
                last = mine[-1]

    async with asyncio.timeout(90):
        await asyncio.gather(write(), *(listen(mine) for mine in seen))
    assert done.is_set()
    for mine in seen:
        assert mine == list(range(1, head + 1))


@pytest.mark.parametrize(
    ("after", "code"), [(-1, "VALIDATION_ERROR"), (10**6, "VALIDATION_ERROR"), ("x", None)]
)
async def test_an_after_that_is_no_place_in_the_log_is_refused(
    place: Place, olga: Person, room: dict[str, Any], after: Any, code: str | None
) -> None:
    async with phone(place, token=olga.token) as ear:
        answer = await ear.ask("room:subscribe", roomId=room["id"], after=after)
        assert answer["error"]["code"] == (code or "VALIDATION_ERROR")
        assert "after" in answer["error"]["details"]["fields"]


async def test_presence_lists_who_is_there_to_those_who_listen(
    place: Place, olga: Person, room: dict[str, Any]
) -> None:
    nina = await place.host.guest("Nina")
    await place.host.join(room, nina)
    async with (
        phone(place, token=olga.token) as first,
        phone(place, token=nina.token) as second,
        phone(place, token=nina.token) as third,
    ):
        refused = await first.ask("presence:list", roomId=room["id"])
        assert refused["error"]["code"] == "FORBIDDEN"
        for ear in (first, second, third):
            await ear.ask("room:subscribe", roomId=room["id"])
        await until(lambda: len(first.named("presence:user_online")) == 2)
        names = [f["data"]["user"]["name"] for f in first.named("presence:user_online")]
        assert names == ["Olga", "Nina"]
        listed = await first.ask("presence:list", roomId=room["id"])
        assert listed["data"]["online"] == 2


async def test_a_quiet_phone_gets_counts(place: Place, olga: Person, room: dict[str, Any]) -> None:
    async with phone(place, token=olga.token) as ear:
        await ear.ask("room:subscribe", roomId=room["id"], quiet=True)
        nina = await place.host.guest("Nina")
        await place.host.join(room, nina)
        await until(lambda: any(f["data"]["participants"] == 2 for f in ear.named("room:counts")))
        assert not ear.named("participant:joined")


GARBAGE = [
    "",
    "not json",
    "[1,2,3]",
    "null",
    '{"id":1}',
    '{"id":true,"action":"ping"}',
    '{"id":1,"action":7}',
    '{"id":1,"action":"ping","data":[]}',
    '{"id":1,"action":"ping","more":1}',
    '{"id":1,"action":"ping","data":{"x":"\\u0000"}}',
    '{"id":1,"action":"ping","data":{"x":"\\ud800"}}',
    '{"id":1,"action":"ping","data":{"x":1e999}}',
    '{"id":1,"action":"ping","data":' + '{"x":' * 80 + "1" + "}" * 81,
    '{"id":1,"action":"ping","data":{"x":"' + "y" * 70_000 + '"}}',
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_is_answered_with_an_error_and_ends_nothing(
    place: Place, olga: Person, garbage: str
) -> None:
    async with phone(place, token=olga.token) as ear:
        ear.acks.clear()
        await ear.raw(garbage)
        await until(lambda: ear.acks)
        (answer,) = ear.acks.values()
        assert answer["error"]["code"] in (
            "MALFORMED_REQUEST",
            "VALIDATION_ERROR",
            "PAYLOAD_TOO_LARGE",
        )
        assert "data" in await ear.ask("ping")


async def test_a_binary_message_is_no_frame(place: Place) -> None:
    async with phone(place) as ear:
        for sent, number in (
            (b'{"id":1,"action":"ping"}', 1),
            (b'{"id":2,"action":"auth","data":{"token":"any"}}', 2),
            (b'{"id":[3]}', None),
        ):
            await ear.raw(sent)
            await until(lambda: number in ear.acks)  # noqa: B023
            assert ear.acks[number]["error"]["code"] == "MALFORMED_REQUEST"


async def test_garbage_without_end_is_closed(place: Place) -> None:
    async with phone(place) as ear:
        for _ in range(10):
            await ear.raw("nonsense")
        assert await ear.closed() == 4003


async def test_an_unknown_action_is_answered_with_an_error(place: Place, olga: Person) -> None:
    """server → client, the answer | … {"ack": 7, "error": {"code", "message", "details"}}`"""
    async with phone(place, token=olga.token) as ear:
        for action in ("dance", "room:explode", ":", "lottery:"):
            answer = await ear.ask(action, roomId="x")
            assert answer["error"]["code"] == "VALIDATION_ERROR", action
        answer = await ear.ask("nosuchapp:go", roomId="x")
        assert answer["error"]["code"] == "NOT_FOUND"


async def test_a_flood_is_closed_with_4029() -> None:
    async with served(limits="on") as place, phone(place) as ear:
        for _ in range(100):
            await ear.raw('{"id":1,"action":"ping"}')
        assert await ear.closed() == 4029


async def test_a_client_that_reads_too_slowly_is_closed_with_4008_and_may_come_back(
    place: Place, olga: Person, room: dict[str, Any]
) -> None:
    """A client that reads too slowly is closed with code 4008 … and may come back with `after`"""
    core = place.host.host.core

    async def emit(tx: Any) -> None:
        tx.emit("quiz:picture", {"text": "x" * 100_000})

    link = await connect(
        place.socket_url + "/realtime", compression=None, max_queue=1, ping_interval=None
    )
    slow = Phone(link)
    await slow.ask("auth", token=olga.token)
    start = (await slow.ask("room:subscribe", roomId=room["id"]))["data"]["seq"]
    connection = list(core.hub._connections)[-1]
    link.transport.pause_reading()
    number = 0
    while not connection.closed:
        number += 1
        assert number < 1000, "the server keeps all of it in memory"
        await core.writer.write(room["id"], emit)
    link.transport.resume_reading()
    assert await slow.closed() == 4008
    last = slow.seqs[-1]
    assert slow.seqs == list(range(start + 1, last + 1))
    assert last < start + number
    async with phone(place, token=olga.token) as ear:
        await ear.ask("room:subscribe", roomId=room["id"], after=last)
        await until(lambda: len(ear.seqs) == start + number - last, 30)
        assert ear.seqs == list(range(last + 1, start + number + 1))


async def test_a_stopping_host_closes_with_1012() -> None:
    async with served() as place, phone(place) as ear:
        await ear.ask("ping")
        await place.host.host.core.hub.stop()
        assert await ear.closed() == 1012
