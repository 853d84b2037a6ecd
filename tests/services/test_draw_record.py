"""What is kept of a draw says by what it can be checked."""

from __future__ import annotations

import sqlalchemy as sa

from host.store.tables import draws
from host.testing import running_host


async def test_the_record_of_a_draw_names_what_it_was_drawn_from(database_url: str) -> None:
    async with running_host(database_url=database_url) as host:
        organizer = await host.register("Olga")
        room = await host.room(organizer, "lottery", appSettings={"ticketsPerGuest": 3})
        base = f"/rooms/{room['id']}"
        for name in ("Masha", "Oleg", "Inna", "Timur", "Dana"):
            await host.join(room, await host.guest(name))
        prize = await organizer.post(f"{base}/prizes", {"name": "Tea", "quantity": 3})
        winners = await organizer.post(f"{base}/draws", {"prizeId": prize["id"], "count": 3})
        async with host.host.db.read() as conn:
            row = (await conn.execute(sa.select(draws))).one()
        fetched = await host.client.get(
            f"/apps/lottery{base}/proof.json",
            headers={"Authorization": f"Bearer {organizer.token}"},
        )
        closed = next(one for one in fetched.json()["log"] if one["kind"] == "closed")
        assert row.record["round"] == 1
        assert row.record["root"] == closed["data"]["root"]
        assert row.record["log"] == closed["hash"]
        assert {winner["participantId"] for winner in winners} <= set(row.entrants)
        assert row.app_id == "lottery"
