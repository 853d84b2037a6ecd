"""What is kept of a draw is enough to run it again."""

from __future__ import annotations

import sqlalchemy as sa

from festoon_lottery.sampling import draw
from host.store.tables import draws
from host.testing import running_host


async def test_the_record_of_a_draw_draws_the_same_winners_again(database_url: str) -> None:
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
        drum = row.record["drum"]
        again = draw([tickets for _, tickets in drum], row.count, bytes.fromhex(row.seed))
        assert [drum[one.entrant][0] for one in again] == [w["participantId"] for w in winners]
        assert {person for person, _ in drum} <= set(row.entrants)
        assert row.app_id == "lottery"
