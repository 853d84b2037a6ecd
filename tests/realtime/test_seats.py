"""How many sockets one address and one person may have."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from host.errors import RateLimited
from host.limits import Limits
from host.realtime.limits import SocketLimits
from host.realtime.seats import Seats
from tests.realtime.evening import until
from tests.realtime.live import cookie_of, phone, served


def has_place(seats: Seats, address: str, *, signed_in: bool = False) -> bool:
    try:
        seats.take(address, signed_in=signed_in)
    except RateLimited:
        return False
    return True


def test_a_hall_behind_one_address_has_room_and_a_flood_has_not() -> None:
    seats = Seats(SocketLimits())
    hall = [seats.take("203.0.113.7") for _ in range(2000)]
    assert all(seat.sit(f"guest {number}") for number, seat in enumerate(hall))
    assert all(has_place(seats, "203.0.113.7") for _ in range(2 * 2000))
    assert not all(has_place(seats, "203.0.113.7") for _ in range(10_000))
    assert has_place(seats, "203.0.113.8")


def test_those_who_have_not_signed_in_leave_room_for_those_who_have() -> None:
    seats = Seats(SocketLimits(sockets_of_address=10, unsigned_of_address=3))
    nobody = [seats.take("here") for _ in range(3)]
    assert not has_place(seats, "here")
    assert has_place(seats, "here", signed_in=True)
    assert nobody[0].sit("nina")
    assert nobody[0].sit("nina")
    assert has_place(seats, "here")
    assert not has_place(seats, "here")
    nobody[0].leave()
    assert not has_place(seats, "here")
    nobody[1].leave()
    nobody[1].leave()
    assert has_place(seats, "here")
    assert not has_place(seats, "here")


def test_a_place_that_is_left_is_free_once() -> None:
    seats = Seats(SocketLimits(sockets_of_address=2, sockets_of_user=1))
    first, second = seats.take("here"), seats.take("here")
    assert not has_place(seats, "here")
    assert first.sit("nina")
    assert first.sit("nina")
    assert not second.sit("nina")
    first.leave()
    first.leave()
    assert has_place(seats, "here")
    assert not has_place(seats, "here")
    assert second.sit("nina")


def test_no_bound_where_limits_are_off() -> None:
    seats = Seats(SocketLimits.of(Limits.off()))
    assert all(seats.take("here").sit("nina") for _ in range(25_000))


async def test_who_finds_no_place_is_told_so_and_when_to_come_back(sqlite_url: str) -> None:
    limits = "sockets=2,unsigned_per_address=1"
    async with served(database_url=sqlite_url, limits=limits) as place:
        nina = await place.host.guest("Nina")
        hub = place.host.host.core.hub
        async with phone(place):
            with pytest.raises(InvalidStatus) as refused:
                await connect(place.socket_url + "/realtime")
            assert refused.value.response.status_code == 429
            assert int(refused.value.response.headers["Retry-After"]) > 0
            by_cookie = {"Cookie": await cookie_of(place, nina)}
            async with connect(place.socket_url + "/realtime", additional_headers=by_cookie):
                await until(lambda: hub.connections == 2)
                with pytest.raises(InvalidStatus) as refused:
                    await connect(place.socket_url + "/realtime")
                assert refused.value.response.status_code == 503
                assert int(refused.value.response.headers["Retry-After"]) > 0
                assert b"UNAVAILABLE" in refused.value.response.body
        await until(lambda: hub.connections == 0)
        async with phone(place, token=nina.token):
            pass


async def test_one_person_with_too_many_sockets_is_closed_with_4029_and_nobody_else(
    sqlite_url: str,
) -> None:
    async with served(database_url=sqlite_url, limits="on") as place, AsyncExitStack() as stack:
        nina, otto = await place.host.guest("Nina"), await place.host.guest("Otto")
        most = SocketLimits().sockets_of_user
        phones = [
            await stack.enter_async_context(phone(place, token=nina.token)) for _ in range(most)
        ]
        late = await stack.enter_async_context(phone(place))
        await late.raw('{"id":1,"action":"auth","data":{"token":"' + str(nina.token) + '"}}')
        assert await late.closed() == 4029
        await stack.enter_async_context(phone(place, token=otto.token))
        await phones[0].hang_up()
        await until(lambda: place.host.host.core.hub.connections == most)
        await stack.enter_async_context(phone(place, token=nina.token))
