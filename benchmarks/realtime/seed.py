"""Fills a database for Festoon's runs: one room, and a guest in it for every socket.

usage: python -m benchmarks.realtime.seed GUESTS CONTROL_PORT, the configuration in the
environment as for `festoon serve`. Prints `{"room", "guests": [[user, session], …]}`.
"""

from __future__ import annotations

import asyncio
import json
import sys

from host.access import Actor
from host.apps.migrate import migrate_all
from host.config import Config
from host.main import Host

TOGETHER = 200


async def _seed(config: Config, guests: int, control_port: int) -> dict[str, object]:
    await migrate_all(config)
    host = Host(config)
    await host.start()
    try:
        services = host.services
        organizer = Actor(
            user=await services.identity.create_account(
                "organizer@festoon.example", "an evening to measure", name="Olga"
            )
        )
        created = await services.rooms.create(
            organizer,
            {
                "name": "Hall",
                "appId": "bench",
                "isPublic": True,
                "appSettings": {"controlPort": control_port},
            },
        )
        room = created.room
        await services.rooms.change(organizer, room.id, {"status": "ACTIVE"})

        async def come(number: int) -> tuple[str, str]:
            signed_in = await services.identity.guest(Actor(), f"Guest {number}")
            await services.participants.join(Actor(user=signed_in.user), room.id)
            claims = host.core.tokens.read(signed_in.access_token)
            return claims.user_id, claims.session_id

        came: list[tuple[str, str]] = []
        for first in range(0, guests, TOGETHER):
            last = min(first + TOGETHER, guests)
            came += await asyncio.gather(*map(come, range(first, last)))
    finally:
        await host.stop()
    return {"room": room.id, "guests": came}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_seed(Config.load(), int(sys.argv[1]), int(sys.argv[2])))))
