"""A whole evening, played by the Python client and by one made from the OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from host.client import AppKey, Client, connect
from host.errors import (
    AppPermissionDenied,
    Conflict,
    Forbidden,
    InvalidCredentials,
    NotFound,
    PrizeExhausted,
    Unauthorized,
    VersionConflict,
)
from tests.conftest import without
from tests.servers.festoon import Festoon
from tests.servers.process import ToolMissing

TYPESCRIPT = Path(__file__).parent / "typescript"
PACKAGES = TYPESCRIPT / "node_modules"
ADMIN, PASSWORD = "ada@example.org", "correct horse battery"
MANIFEST = {
    "meta": {"name": "Tasting", "version": "1.0.0", "description": "A service of its own."},
    "baseUrl": "http://127.0.0.1:9",
    "capabilities": [],
    "permissions": ["users:read", "rooms:read", "prizes:read", "realtime:publish"],
    "settings": {"type": "object", "properties": {}},
}
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
    # The newer compiler, where it is installed, takes a tenth of the time.
    await _ran(shutil.which("tsc") or tools / "tsc", "-p", ".", folder=typescript)
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

        await olga.post("/rooms", {"name": "Another", "appId": "lottery"})
        assert len([one async for one in olga.each("/rooms", limit=1)]) == 2
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


async def test_the_python_client_speaks_for_an_application_alone_and_for_a_user(
    festoon: Festoon,
) -> None:
    """Authorization: Bearer <user or app token>, X-App-Id, X-App-Token … dual authentication"""
    festoon.run("user", "create", "--email", ADMIN, "--password", PASSWORD, "--admin")
    async with connect(festoon.url) as admin, connect(festoon.url) as olga:
        await admin.login(ADMIN, PASSWORD)
        await olga.register("owner@example.org", PASSWORD, "Olga")
        made = await admin.post("/apps", {"manifest": MANIFEST, "appId": "tasting"})
        room = await olga.post("/rooms", {"name": "Tasting", "appId": "lottery"})
        path = f"/rooms/{room['id']}"
        prize = await olga.post(f"{path}/prizes", {"name": "Sled"})
        key = AppKey(made["appId"], made["appSecret"])
        async with connect(festoon.url, app=key) as app:
            with pytest.raises(NotFound):
                await app.get(path)
            await olga.post(f"{path}/apps", {"appId": key.app_id})
            assert [one["id"] for one in await app.get(f"{path}/prizes")] == [prize["id"]]
            with pytest.raises(AppPermissionDenied):
                await app.post(f"{path}/prizes", {"name": "Another"})
            said = {"event": "tasting:poured", "data": {"glass": 1}}
            assert (await app.post(f"{path}/events", said))["event"] == said["event"]
            with pytest.raises(Unauthorized):
                await app.get("/auth/me")
            await app.login("owner@example.org", PASSWORD)
            assert (await app.get("/auth/me"))["name"] == "Olga"
        wrong = connect(festoon.url, app=AppKey(key.app_id, "not the secret"))
        async with wrong:
            with pytest.raises(InvalidCredentials):
                await wrong.get(path)
