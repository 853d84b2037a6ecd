"""What `festoon serve` loads: libraries that take megabytes come with what needs them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.servers.festoon import Festoon

LATER = {
    "alembic": "a migration that is pending",
    "mako": "Alembic",
    "pygments": "Mako",
    "cryptography": "what is sealed, or signed by others",
    "joserfc": "the same",
    "authlib": "a sign-in provider",
    "httpx": "our client and the tests' kit",
    "httpx2": "a call of a service or a provider",
    "httpcore2": "the same",
    "redis": "channels over Redis",
    "aiosqlite": "SQLite",
    "sqlite3": "SQLite",
    "aiosmtplib": "a letter",
    "aiohttp": "a message to a browser, a webhook of the notifications",
    "pywebpush": "a message to a browser",
    "py_vapid": "the same",
    "standardwebhooks": "a webhook of the notifications",
    "apprise": "nothing: it runs in a process of its own",
    "requests": "the same",
    "email_validator": "an address that is typed",
    "phonenumbers": "a telephone number",
    "confusable_homoglyphs": "a room that looks after its names",
    "jinja2": "a page",
    "segno": "a code on a page",
    "starlette_admin": "the administration",
    "host.client": "programs of others",
    "host.demo": "the demo evening",
    "host.testing": "tests",
}
"""A module, and what it comes with."""


class Telling(Festoon):
    """Its log tells of every module that is loaded."""

    def command(self) -> Sequence[str | Path]:
        return [self.python, "-X", "importtime", "-m", "host.cli", "serve"]

    def loaded(self) -> set[str]:
        told = self.log.read_text(errors="replace").splitlines()
        return {line.rpartition("|")[2].strip() for line in told if line.startswith("import time:")}


async def test_a_host_that_started_and_answers_has_loaded_nothing_that_nobody_asked_for(
    postgresql_url: str, tmp_path: Path
) -> None:
    host = Telling(tmp_path, {"DATABASE_URL": postgresql_url})
    host.run("migrate")  # the applications' tables as well
    host.start()
    try:
        async with httpx.AsyncClient(base_url=f"{host.url}/api/v1", timeout=30) as client:
            guest = (await client.post("/auth/guest", json={"name": "Masha"})).json()["data"]
            client.headers["Authorization"] = f"Bearer {guest['accessToken']}"
            assert (await client.get("/rooms")).status_code == 200
        loaded = host.loaded()
    finally:
        host.stop()
    assert {"sqlalchemy", "asyncpg", "host.main", "festoon_lottery.pages"} <= loaded
    early = {name for name in LATER if any(f"{one}.".startswith(f"{name}.") for one in loaded)}
    assert {name: LATER[name] for name in early} == {}
