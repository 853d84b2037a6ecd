"""Addresses that a server refused for good: left alone until the person has another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from festoon_notifications.tables import bounced
from festoon_notifications.together import Together
from host import AsyncDatabase, iso

_ADDRESS = re.compile(r"<?[^\s<>\"']+@[^\s<>\"']+>?")


def without_addresses(text: str) -> str:
    """What a server said, fit for a log: whom it was about is known elsewhere."""
    return " ".join(_ADDRESS.sub("(address)", text).split())[:300]


def digest(address: str) -> str:
    """What an address is known again by."""
    return sha256(address.strip().lower().encode()).hexdigest()


class Bounces:
    """The addresses that bounced, of one host."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._reading = Together(self._read)

    async def why(self, channel: str, address: str) -> str | None:
        """Why nothing goes to an address; None where something may."""
        return await self._reading.ask((channel, digest(address)))

    async def _read(self, asked: Sequence[tuple[str, str]]) -> list[str | None]:
        query = sa.select(bounced).where(bounced.c.address.in_({one for _, one in asked}))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        found = {(row.channel, row.address): row.why for row in rows}
        return [found.get(one) for one in asked]

    async def mark(self, channel: str, address: str, user_id: str, why: str, now: datetime) -> None:
        """Leaves an address alone from now on."""
        values = {"user_id": user_id, "why": why, "at": iso(now)}
        key = {"channel": channel, "address": digest(address)}
        same = bounced.c.channel == channel, bounced.c.address == key["address"]
        try:
            async with self._database.write() as connection:
                await connection.execute(bounced.insert(), {**key, **values})
        except sa.exc.IntegrityError:
            async with self._database.write() as connection:
                await connection.execute(bounced.update().where(*same).values(values))

    async def clear(self, channel: str, address: str) -> None:
        """The address works after all."""
        async with self._database.write() as connection:
            await connection.execute(
                bounced.delete().where(
                    bounced.c.channel == channel, bounced.c.address == digest(address)
                )
            )
