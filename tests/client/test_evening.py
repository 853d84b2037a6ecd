"""A whole evening, played by the Python client and by one made from the OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from host.client import Client, connect
from host.errors import Conflict, Forbidden, PrizeExhausted, Unauthorized, VersionConflict
from tests.conftest import without
from tests.servers.festoon import Festoon
from tests.servers.process import ToolMissing

TYPESCRIPT = Path(__file__).parent / "typescript"
PACKAGES = TYPESCRIPT / "node_modules"
OURS = ("evening.ts", "tsconfig.json", "package.json")


async def _ran(*command: str | Path, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(90):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


@pytest.fixture
def typescript(tmp_path: Path) -> Path:
    """A folder with the evening's program and the packages that it takes."""
    if shutil.which("node") is None:
        without(ToolMissing("node"))
    if not PACKAGES.is_dir():
        without(ToolMissing(f"packages of npm: (cd {os.path.relpath(TYPESCRIPT)} && npm ci)"))
    folder = tmp_path / "typescript"
    folder.mkdir()
    for name in OURS:
        shutil.copy(TYPESCRIPT / name, folder)
    (folder / "node_modules").symlink_to(PACKAGES)
    return folder


async def test_a_typescript_client_made_from_the_document_plays_an_evening(
    festoon: Festoon, typescript: Path
) -> None:
    """The TypeScript types generated from it compile, in the strictest way, and say the truth."""
    tools = PACKAGES / ".bin"
    # Asked of the host itself, as somebody elsewhere would.
    made = (tools / "openapi-typescript", f"{festoon.url}/openapi.json", "-o", "schema.d.ts")
    await _ran(*made, folder=typescript)
    await _ran(tools / "tsc", "-p", ".", folder=typescript)
    printed = await _ran("node", "made/evening.js", festoon.url, folder=typescript)
    told = json.loads(printed)
    async with connect(festoon.url) as tove:
        await tove.login("tove@example.org", "correct horse battery")
        room = await tove.get(f"/rooms/{told['room']}")
    assert (room["name"], room["status"]) == ("Midsummer", "COMPLETED")
    assert room["_count"] == {"participants": 5, "prizes": 2, "winners": 2}


async def test_the_python_client_plays_an_evening(festoon: Festoon) -> None:
    async with connect(festoon.url) as olga:
        await olga.register("olga@example.org", "correct horse battery", "Olga")
        assert "lottery" in {app["appId"] for app in await olga.get("/apps")}
        room = await olga.post("/rooms", {"name": "New Year", "appId": "lottery"}, key="one")
        assert (
            await olga.post("/rooms", {"name": "New Year", "appId": "lottery"}, key="one") == room
        )
        path = f"/rooms/{room['id']}"
        draft = await olga.call("GET", path)
        room = await olga.patch(path, {"status": "ACTIVE"}, if_match=draft.etag)
        with pytest.raises(VersionConflict):
            await olga.patch(path, {"name": "Too late"}, if_match=draft.etag)

        hall = await asyncio.gather(*(_guest(festoon, name, room) for name in "ABCDE"))
        sled = await olga.post(f"{path}/prizes", {"name": "Sled", "quantity": 2})
        wreath = await olga.call("POST", f"{path}/prizes", {"name": "Wreath"})
        await olga.put(f"{path}/delegations", {"fallbacks": {"notifications": True}})
        drawn = await olga.post(f"{path}/draws", {"prizeId": sled["id"], "count": 2})
        assert len({winner["participantId"] for winner in drawn}) == 2
        with pytest.raises(PrizeExhausted):
            await olga.post(f"{path}/draws", {"prizeId": sled["id"]})
        await olga.delete(f"{path}/winners/{drawn[0]['id']}")
        by_hand = {"participantId": hall[0], "prizeId": wreath.data["id"]}
        await olga.post(f"{path}/winners", by_hand)
        with pytest.raises(Conflict):
            await olga.delete(f"{path}/prizes/{wreath.data['id']}")
        gone = await olga.post(f"{path}/prizes", {"name": "A mistake"})
        with pytest.raises(VersionConflict):
            await olga.delete(f"{path}/prizes/{gone['id']}", if_match='"0"')
        await olga.delete(f"{path}/prizes/{gone['id']}")

        names = [one["user"]["name"] async for one in olga.each(f"{path}/participants", limit=2)]
        assert sorted(names) == ["A", "B", "C", "D", "E", "Olga"]
        over = await olga.patch(path, {"status": "COMPLETED"})
        assert over["_count"] == {"participants": 6, "prizes": 2, "winners": 2}
        page = await olga.page(f"{path}/winners", includeDeleted="true")
        assert page.meta["total"] == 3
        told = [event["event"] async for event in olga.each(f"{path}/events")]
        assert (told.count("winner:selected"), told.count("winner:removed")) == (3, 1)
        await olga.logout()
        with pytest.raises(Unauthorized):
            await olga.get("/auth/me")


async def _guest(festoon: Festoon, name: str, room: dict[str, str]) -> str:
    async with connect(festoon.url) as guest:
        await guest.guest(name)
        found = await guest.get(f"/rooms/by-code/{room['joinCode']}")
        path = f"/rooms/{found['id']}"
        part = await guest.post(f"{path}/participants", {"joinCode": room["joinCode"]})
        await _may_not(guest, f"{path}/prizes")
        return str(part["id"])


async def _may_not(guest: Client, path: str) -> None:
    with pytest.raises(Forbidden):
        await guest.post(path, {"name": "For me"})
