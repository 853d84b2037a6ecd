"""The log of calls is whole, ends somewhere, and says once that a service is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from host.apps.remote.deliveries import Deliveries
from host.store import deliveries, sweeping
from host.store.deliveries import Delivered, Outage, Outcome
from host.store.engine import Database

NOW = datetime(2026, 12, 31, 22, tzinfo=UTC)
LINE = Delivered(
    id="1",
    app_id="far",
    room_id="r",
    hook="notify",
    message_id="m",
    request_id=None,
    at=NOW,
    milliseconds=7,
    outcome=Outcome.FAILED,
    status=None,
    note="it broke\0",
)


async def test_it_keeps_each_call_once_and_is_bounded_in_age_and_number(
    database: Database,
) -> None:
    log = Deliveries(database)
    for number in range(7):
        old = NOW - timedelta(days=31) if number < 3 else NOW
        log.note(replace(LINE, id=f"{number}", at=old))
    log.note(replace(LINE, id="6"))
    await log.close()
    async with database.write() as conn:
        # Written before, by a process that did not live to know.
        await deliveries.insert(conn, [replace(LINE, id="5", note=None)])
        assert await sweeping.SWEEPS["calls to services"](conn, NOW, 100) == 3
        assert await deliveries.trim(conn, keep=2, most=10) == 2
        assert await deliveries.trim(conn, keep=2, most=10) == 0
        left = await deliveries.of_room(conn, "r", 10)
    assert left == [replace(LINE, id="6", note="it broke"), replace(LINE, id="5", note="it broke")]


async def test_one_process_says_that_a_service_is_left_out_and_one_that_it_is_back(
    database: Database,
) -> None:
    out = Outage("far", NOW, "it broke")
    async with database.write() as conn:
        assert await deliveries.begin_outage(conn, out)
        assert not await deliveries.begin_outage(conn, replace(out, reason="it is late"))
        assert await deliveries.outages_of(conn) == {"far": out}
        assert await deliveries.rooms_asking(conn, "far") == []
        assert await deliveries.locked(conn, "r", "far") is None
        assert await deliveries.end_outage(conn, "far")
        assert not await deliveries.end_outage(conn, "far")
