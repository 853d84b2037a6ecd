"""The service of the how-to page is whole: as it stands there it runs, and draws in a room."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from host.testing.host import Refused, running_host
from tests.remote.conftest import register
from tests.servers.process import free_port, listens, wait_until

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "separate-service.md"


def _block(language: str) -> str:
    found = re.search(rf"(?ms)^```{language}\n(.*?)^```", PAGE.read_text("utf-8"))
    assert found is not None
    return found[1]


async def test_the_service_of_the_page_draws_registers_and_delivers(tmp_path: Path) -> None:
    script, port = tmp_path / "lottery.py", free_port()
    script.write_text(_block("python"), "utf-8")
    assert len(_block("python").splitlines()) < 80
    manifest: dict[str, Any] = json.loads(_block("json"))["manifest"]
    async with running_host() as running:
        admin = await running.admin()
        secret = await register(admin, {**manifest, "baseUrl": f"http://127.0.0.1:{port}"})
        service = subprocess.Popen(  # noqa: ASYNC220 - it starts at once
            [sys.executable, str(script), str(port)],
            env={**os.environ, "FESTOON_APP_SECRET": secret},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert service.stdout is not None
        try:
            wait_until(lambda: listens(port), 30, "the page's service starts")
            olga, ann, bob = [await running.register(name) for name in ("Olga", "Ann", "Bob")]
            room = await running.room(olga, "first-come", appSettings={"onlyAdults": True})
            base = f"/rooms/{room['id']}"
            await running.join(room, ann)
            code = room["joinCode"]
            form = {"joinCode": code, "metadata": {"adult": True}}
            await bob.post(f"{base}/participants", form)
            await olga.post(f"{base}/prizes", {"name": "Whisky", "quantity": 2})
            (winner,) = await olga.post(f"{base}/draws")
            assert winner["participant"]["user"]["name"] == "Bob"
            assert winner["metadata"] == {"rule": "first"}
            # By a job, after the commit.
            said = await asyncio.to_thread(service.stdout.readline)
            assert said == f"for {bob.id} : You won!\n"
            with pytest.raises(Refused, match="Too few adults"):
                await olga.post(f"{base}/draws")
        finally:
            service.kill()
            service.wait()
            service.stdout.close()
