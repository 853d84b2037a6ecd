"""The tests' own servers keep what their docstrings promise."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from playwright.async_api import Browser
from redis.asyncio import Redis as RedisClient

from host.store.engine import Database
from host.store.tables import metadata
from tests.servers.databases import PostgreSQLDatabases
from tests.servers.openid import OpenIDProvider
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import Server, ServerFailed, listens
from tests.servers.redis import Redis
from tests.servers.smtp import MailServer


async def test_a_database_has_every_table_and_no_row(database: Database) -> None:
    async with database.read() as connection:
        for table in metadata.sorted_tables:
            found = await connection.scalar(sa.select(sa.func.count()).select_from(table))
            assert found == 0, table.name


async def test_postgresql_keeps_its_data_over_a_kill(
    postgresql: PostgreSQL, postgresql_url: str
) -> None:
    before = Database(postgresql_url)
    async with before.write() as connection:
        await connection.execute(sa.text("CREATE TABLE kept (n int)"))
        await connection.execute(sa.text("INSERT INTO kept VALUES (7)"))
    postgresql.kill()
    assert not listens(postgresql.port)
    await before.close()
    postgresql.start()
    after = Database(postgresql_url)
    async with after.read() as connection:
        assert await connection.scalar(sa.text("SELECT n FROM kept")) == 7
    await after.close()


def test_a_database_can_be_had_while_the_server_is_down(
    postgresql: PostgreSQL, postgresql_databases: PostgreSQLDatabases
) -> None:
    postgresql.stop()
    postgresql_databases.drop(postgresql_databases.create())
    assert postgresql.running


async def test_redis_comes_back_on_its_port(redis: Redis) -> None:
    async with RedisClient.from_url(redis.url) as client:
        await client.set("name", "value")
    redis.restart()
    async with RedisClient.from_url(redis.url) as client:
        assert await client.get("name") is None


def test_mail_is_kept_by_address(smtp: MailServer) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "host@festoon.test", "ada@festoon.test", "Grüße"
    mail.set_content("You won.\n")
    with smtplib.SMTP("127.0.0.1", smtp.port) as client:
        client.send_message(mail)
    received = smtp.wait_for("ada@festoon.test")
    assert received["Subject"] == "Grüße"
    assert received.get_content().strip() == "You won."
    assert smtp.to("bob@festoon.test") == []


def test_the_openid_provider_says_where_things_are(openid: OpenIDProvider) -> None:
    def configuration() -> dict[str, str]:
        answer = httpx.get(f"{openid.issuer}/.well-known/openid-configuration", timeout=30)
        found: dict[str, str] = answer.raise_for_status().json()
        return found

    assert configuration()["issuer"].rstrip("/") == openid.issuer
    openid.stop()
    with pytest.raises(httpx.ConnectError):
        configuration()
    openid.start()
    assert configuration()["authorization_endpoint"].startswith(openid.issuer)


async def test_people_in_a_browser_do_not_share_cookies(browser: Browser) -> None:
    first, second = await browser.new_context(), await browser.new_context()
    cookie = {"name": "who", "value": "ada", "url": "http://127.0.0.1"}
    await first.add_cookies([cookie])  # type: ignore[list-item]
    assert [c.get("value") for c in await first.cookies()] == ["ada"]
    assert await second.cookies() == []


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    class Broken(Server):
        def command(self) -> list[str]:
            return ["sh", "-c", "echo the reason; exit 3"]

    with pytest.raises(ServerFailed, match="the reason"):
        Broken(tmp_path).start()
