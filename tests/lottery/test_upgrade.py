"""A room that was made with the lottery's first manifest draws with a proof, and is upgraded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from festoon_lottery import verify
from host import AppPermissionDenied
from tests.lottery.room import LotteryRoom, lottery_room

FIRST: dict[str, Any] = json.loads(
    Path(__file__).with_name("manifest-0.1.0.json").read_text(encoding="utf-8")
)
"""The manifest of 0.1.0, as it was published."""
SETTINGS = {name: one["default"] for name, one in FIRST["settings"]["properties"].items()} | {
    "ticketsPerGuest": 2
}


async def _made_with_the_first(room: LotteryRoom) -> None:
    await room.sql(
        "INSERT INTO app_versions SELECT 'lottery', '0.1.0', :manifest, created_at"
        " FROM app_versions WHERE app_id = 'lottery' LIMIT 1",
        manifest=orjson.dumps(FIRST).decode(),
    )
    await room.sql(
        "UPDATE room_apps SET manifest_version = '0.1.0', settings = :settings"
        " WHERE room_id = :room",
        settings=json.dumps(SETTINGS),
        room=room.room["id"],
    )


async def test_a_room_of_the_first_manifest_draws_with_a_proof_and_then_is_upgraded() -> None:
    async with lottery_room(active=False) as room:
        await _made_with_the_first(room)
        # Guests came and a prize was won before there were rounds: the next draw opens one.
        await room.organizer.patch(room.path, {"status": "ACTIVE"})
        await room.come(4)
        tea = await room.prize("Tea", 3)
        await room.organizer.post(
            f"{room.path}/winners",
            {
                "participantId": room.parts[0]["id"],
                "prizeId": tea["id"],
                "metadata": {"ticket": 1, "of": 8, "guests": 4},
            },
        )
        (won,) = await room.draw()
        assert won["participantId"] != room.parts[0]["id"]
        assert (won["metadata"]["of"], won["metadata"]["guests"]) == (8, 4)
        # What that version was never granted is refused, and says so.
        with pytest.raises(AppPermissionDenied):
            await room.send("absent", winnerId=won["id"])
        newest = room.host.host.registry.manifest("lottery").version
        upgraded = await room.organizer.post(
            f"{room.path}/upgrade-manifest", {"targetVersion": newest}
        )
        assert upgraded["appManifestVersion"] == newest
        settings = upgraded["appSettings"]
        assert (settings["ticketsPerGuest"], settings["proof"]) == (2, "committed")
        assert (await room.send("absent", winnerId=won["id"]))["next"]
        await room.draw()
        proof = await room.revealed()
        verify.check(proof)
        assert proof["rules"]["ticketsPerGuest"] == 2
