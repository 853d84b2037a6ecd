"""Nothing that was committed stays unannounced."""

from __future__ import annotations

import sqlalchemy as sa

from host.contract import Event
from host.store import events
from host.store.tables import outbox as outbox_table
from tests.services.desk import Desk, says
from tests.store.rows import NOON


async def test_each_transaction_leaves_one_range_in_the_outbox_until_it_is_forgotten(
    desk: Desk,
) -> None:
    await desk.together(says("a:b"), says("c:d"))
    async with desk.db.read() as conn:
        found = (await conn.execute(sa.select(outbox_table))).one()
    assert (found.first_seq, found.last_seq) == (1, 2)
    await desk.outbox.close()
    async with desk.db.read() as conn:
        assert (await conn.execute(sa.select(outbox_table))).all() == []


async def test_what_a_dead_process_did_not_announce_is_announced_at_the_next_start(
    desk: Desk,
) -> None:
    async with desk.db.write() as conn:
        await events.append(conn, [Event(desk.hall.room, "a:b", {}, NOON, seq=1)])
        await events.put_in_outbox(conn, "left", desk.hall.room, 1, 1, NOON)
    await desk.outbox.start()
    assert desk.outbox.heard == [[1]]
    await desk.outbox.close()
