"""§1 and §2: what tokens and passwords are, how long they live, and where they are taken."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio
import sqlalchemy as sa

from host.realtime.limits import SocketLimits
from host.testing.host import PASSWORD, Person, TestHost
from tests.contract.answers import data, error
from tests.contract.cast import Cast, Stage
from tests.realtime.evening import A_SECOND
from tests.realtime.live import Place, phone, serving


@pytest_asyncio.fixture(loop_scope="session")
async def place(stage: Stage) -> AsyncIterator[Place]:
    """The host of the stage, served."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    async with serving(stage.host, listening) as served:
        yield served


async def _registered(host: TestHost) -> dict[str, Any]:
    body = {"email": f"{host.host.sources.new_id()}@example.com", "password": PASSWORD}
    made: dict[str, Any] = data(await host.nobody.call("POST", "/auth/register", body), 201)
    return made


async def _kept(host: TestHost, table: str, **where: str) -> dict[str, Any]:
    (column, value), *_ = where.items()
    query = sa.text(f"SELECT * FROM {table} WHERE {column} = :value")
    async with host.host.db.read() as connection:
        row = (await connection.execute(query, {"value": value})).mappings().first()
    assert row is not None
    return dict(row)


def _claims(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, body = (
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        for part in token.split(".")[:2]
    )
    return head, body


def _sealed(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


async def test_a_login_answers_with_both_tokens_and_the_user(host: TestHost) -> None:
    """POST /auth/login `{email, password}` | `{accessToken, refreshToken, expiresIn, user}`"""
    made = await _registered(host)
    body = {"email": made["user"]["email"], "password": PASSWORD}
    found = data(await host.nobody.call("POST", "/auth/login", body))
    assert found.keys() == {"accessToken", "refreshToken", "expiresIn", "user"}
    assert found["user"] == made["user"]


async def test_access_tokens_are_signed_and_live_for_an_hour(host: TestHost) -> None:
    """Access tokens are JWTs that live 1 hour"""
    made = await _registered(host)
    head, claims = _claims(made["accessToken"])
    assert claims["exp"] - claims["iat"] == made["expiresIn"] == 3600
    signature = made["accessToken"].rpartition(".")[2]
    longer, admin = {**claims, "exp": claims["exp"] + 1}, {**claims, "admin": True}
    for forged in (
        f"{_sealed({**head, 'alg': 'none'})}.{_sealed(claims)}.",
        f"{_sealed({**head, 'alg': 'none'})}.{_sealed(claims)}.{signature}",
        f"{_sealed(head)}.{_sealed(longer)}.{signature}",
        f"{_sealed(head)}.{_sealed(admin)}.{signature}",
        made["refreshToken"],
    ):
        person = Person(host.client, {**made, "accessToken": forged})
        error(await person.call("GET", "/auth/me"), 401, "UNAUTHORIZED")


async def test_refresh_tokens_are_opaque_hashed_and_live_for_thirty_days(host: TestHost) -> None:
    """refresh tokens are opaque, stored hashed, 30 days"""
    made = await _registered(host)
    assert made["refreshToken"].count(".") != 2
    async with host.host.db.read() as connection:
        names = await connection.run_sync(lambda conn: sa.inspect(conn).get_table_names())
        for name in names:
            rows = (await connection.execute(sa.text(f'SELECT * FROM "{name}"'))).all()
            assert made["refreshToken"] not in repr(rows), name
    row = await _kept(host, "sessions", user_id=made["user"]["id"])
    begun, over = (datetime.fromisoformat(str(row[k])) for k in ("created_at", "expires_at"))
    assert over - begun == timedelta(days=30)


async def test_passwords_are_kept_by_argon2id(host: TestHost) -> None:
    """Passwords with argon2id"""
    made = await _registered(host)
    row = await _kept(host, "users", id=made["user"]["id"])
    assert row["password_hash"].startswith("$argon2id$")
    assert PASSWORD not in repr(row)


async def test_a_logout_closes_the_sockets_within_a_second(place: Place, host: TestHost) -> None:
    """refresh reuse, logout | end the family's access tokens and sockets too, within a second"""
    ann = await host.register("Ann")
    async with phone(place, token=ann.token) as mine:
        await ann.post("/auth/logout")
        async with asyncio.timeout(A_SECOND):
            assert await mine.closed() == 4001
    error(await ann.call("GET", "/auth/me"), 401, "UNAUTHORIZED")


async def test_a_token_in_the_address_of_a_socket_is_nobodys(place: Place, shared: Cast) -> None:
    """a token in the URL is not accepted; the first frame … within 10 s"""
    token = shared.organizer.token
    for query in (f"token={token}", f"access_token={token}", f"authorization=Bearer%20{token}"):
        async with phone(place, f"/realtime?{query}") as mine:
            answer = await mine.ask("room:subscribe", roomId=shared.room["id"])
            assert answer["error"]["code"] == "UNAUTHORIZED"
    assert SocketLimits().auth_seconds == 10


async def test_the_creator_is_listed_and_counted_from_the_start(host: TestHost) -> None:
    """who is listed | the creator is a participant with role ORGANIZER from the start"""
    olga = await host.guest("Olga")
    room = await host.room(olga, active=False)
    assert room["_count"]["participants"] == 1
    found = await olga.get(f"/rooms/{room['id']}/participants")
    assert [(one["userId"], one["role"]) for one in found] == [(olga.id, "ORGANIZER")]
