"""How many sockets one address and one person may have."""

from __future__ import annotations

from contextlib import AsyncExitStack

from host.realtime.limits import SocketLimits
from host.realtime.seats import Seats
from tests.realtime.evening import until
from tests.realtime.live import phone, served


def test_a_hall_behind_one_address_has_room_and_a_flood_has_not() -> None:
    seats = Seats(SocketLimits())
    taken = [seats.take("203.0.113.7") for _ in range(2 * 2000)]
    assert all(taken)
    assert not all(seats.take("203.0.113.7") for _ in range(10_000))
    assert seats.take("203.0.113.8")


def test_a_place_that_is_left_is_free_once() -> None:
    seats = Seats(SocketLimits(sockets_of_address=2, sockets_of_user=1))
    first, second = seats.take("here"), seats.take("here")
    assert first
    assert second
    assert seats.take("here") is None
    assert first.sit("nina")
    assert first.sit("nina")
    assert not second.sit("nina")
    first.leave()
    first.leave()
    assert seats.take("here")
    assert seats.take("here") is None
    assert second.sit("nina")


def test_no_bound_where_limits_are_off() -> None:
    seats = Seats(SocketLimits.off())
    taken = [seats.take("here") for _ in range(20_000)]
    assert all(seat is not None and seat.sit("nina") for seat in taken)


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
