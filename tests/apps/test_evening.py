"""A lottery evening goes well on a host on which nearly everything else is broken."""

from __future__ import annotations

from host.apps.discovery import installed
from host.apps.states import AppState
from host.testing import running_host
from tests.fixtures.broken import NAMES, broken

# Those that only the host's own time limits end; `test_states` shows them with shorter ones.
SLOW = {"block_on_import", "startup_hangs", "startup_blocks"}


async def test_a_draw_works_among_all_the_broken_applications() -> None:
    with broken(*(name for name in NAMES if name not in SLOW)):
        # The folders are importable now, so discovery finds them as if they were installed.
        async with running_host(entry_points=installed()) as running:
            states = {entry.app_id: entry.state for entry in running.host.registry.entries}
            assert len([s for s in states.values() if s is not AppState.ACTIVE]) >= 15
            assert states["lottery"] is AppState.ACTIVE

            olga = await running.register("Olga")
            room = await olga.post("/rooms", {"name": "Party", "appId": "lottery"})
            await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Sled", "quantity": 1})
            await olga.patch(f"/rooms/{room['id']}", {"status": "ACTIVE"})
            for name in ("Anna", "Boris", "Clara"):
                await running.join(room, await running.guest(name))
            (winner,) = await olga.post(f"/rooms/{room['id']}/draws", {})
            assert winner["prize"]["name"] == "Sled"

            ready = (await running.client.get("/readyz")).json()
            assert ready["applications"]["sync-hook"]["state"] == "CONTRACT_BROKEN"
            assert "must be async def" in ready["applications"]["sync-hook"]["reason"]
