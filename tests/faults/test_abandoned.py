"""A process that is killed in the middle of a call soon leaves its idempotency key to others."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic

import httpx
import sqlalchemy as sa

from host.store import tables as t
from host.store.engine import Database
from host.testing.host import running_host
from host.web.api.once import ABANDONED
from tests.conftest import FestoonFactory
from tests.faults.retries import claims_under_way
from tests.servers.festoon import SECRET_KEY

KEY = "5c1b9d1c-4c4f-4f0e-9d0a-6f1f0a6a2b11"
ONE_HOST = "http://127.0.0.1:8000"
SLACK = 30.0


async def until_claimed(db: Database) -> None:
    deadline = monotonic() + 30
    while not await claims_under_way(db):
        assert monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_key_of_a_killed_process_is_free_after_some_seconds_and_the_call_made_once(
    postgresql_url: str, festoon_process: FestoonFactory
) -> None:
    dies = festoon_process(DATABASE_URL=postgresql_url, PUBLIC_URL=ONE_HOST)
    async with running_host(
        database_url=postgresql_url, public_url=ONE_HOST, secret_key=SECRET_KEY
    ) as lives:
        db = lives.host.db
        olga = await lives.guest("Olga")
        path = f"/rooms/{(await lives.room(olga))['id']}/prizes"
        signed = {"Authorization": f"Bearer {olga.token}", "Idempotency-Key": KEY}
        async with (
            httpx.AsyncClient(base_url=f"{dies.url}/api/v1", headers=signed, timeout=30) as http,
            db.write() as conn,
        ):
            # Whoever writes to the room waits, and is killed in that.
            await conn.execute(sa.select(t.rooms.c.id).with_for_update())
            lost = asyncio.create_task(http.post(path, json={"name": "Cake"}))
            await until_claimed(db)
            dies.kill()
            killed_at = monotonic()
            with suppress(httpx.TransportError):
                await lost

        async def again() -> httpx.Response:
            return await olga.call("POST", path, {"name": "Cake"}, Idempotency_Key=KEY)

        said = await again()
        assert said.status_code == 409, said.text
        assert said.headers["Retry-After"] == "1"
        while said.status_code == 409:
            await asyncio.sleep(0.1)
            said = await again()
            assert monotonic() - killed_at < ABANDONED.total_seconds() + SLACK
        assert said.status_code == 201, said.text
        made = said.json()["data"]["id"]
        assert (await again()).json()["data"]["id"] == made
        assert [prize["id"] for prize in await olga.get(path)] == [made]
