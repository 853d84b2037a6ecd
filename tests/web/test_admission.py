"""How many requests are let in: who makes too many waits, and answers say how one stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic

import httpx
import pytest

from host.access import ANYONE, Actor
from host.admission import Admission, Tier
from host.contract import User
from host.ids import Sources
from host.limits import Limits
from host.testing.host import TestHost, running_host
from host.web.standing import count, tier_of

ANNA = User("anna", "anna@example.com", "Anna", None, *[datetime(2026, 11, 22, tzinfo=UTC)] * 2)

LIMITS = (
    "off,reads_per_address=4,sign_ins_per_address=40,writes_per_address=3,"
    "reads_per_user=3,writes_per_user=2,sign_ins_per_user=1"
)


@pytest.fixture
async def host() -> AsyncIterator[TestHost]:
    # The clock stands still: on a busy machine a second passes between two calls.
    async with running_host(limits=LIMITS, sources=Sources(monotonic=lambda: 1.0)) as running:
        yield running


def stands(answer: httpx.Response) -> tuple[str, str]:
    return answer.headers["RateLimit-Policy"], answer.headers["RateLimit"]


def refused(answer: httpx.Response) -> int:
    assert answer.status_code == 429, answer.text
    assert answer.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert answer.headers["X-Request-ID"]
    return int(answer.headers["Retry-After"])


async def test_one_is_told_how_one_stands_and_waits_when_nothing_is_left(host: TestHost) -> None:
    """429 | RATE_LIMIT_EXCEEDED | with `Retry-After` and the RateLimit headers"""
    anna, boris = await host.guest("Anna"), await host.guest("Boris")
    policy = '"reads_per_user";q=3;w=60'
    for left, back in ((2, 20), (1, 40), (0, 60)):
        answer = await anna.call("GET", "/auth/me")
        assert answer.status_code == 200
        assert stands(answer) == (policy, f'"reads_per_user";r={left};t={back}')
    answer = await anna.call("GET", "/rooms")
    assert refused(answer) == 20
    assert stands(answer) == (policy, '"reads_per_user";r=0;t=60')
    # Neither whoever else comes from there nor what else she does has to wait.
    assert (await boris.call("GET", "/auth/me")).status_code == 200
    made = await anna.call("POST", "/rooms", {"name": "A", "appId": "lottery"})
    assert stands(made) == ('"writes_per_user";q=2;w=60', '"writes_per_user";r=1;t=30')


async def test_whoever_is_not_signed_in_is_counted_by_address(host: TestHost) -> None:
    """rate limits | by user or app where there is one, by address otherwise"""
    for _ in range(4):
        assert (await host.client.get("/api/v1/rooms")).status_code == 200
    refused(await host.client.get("/api/v1/rooms"))
    page = await host.client.get("/")
    assert page.status_code == 429
    assert page.headers["Retry-After"]
    assert "Too many requests" in page.text
    assert (await host.client.get("/static/tokens.css")).status_code == 200
    assert (await host.client.get("/healthz")).status_code == 200


async def test_tokens_that_do_not_hold_count_by_their_address(host: TestHost) -> None:
    forged = {"Authorization": "Bearer x.y.z"}
    said = [await host.client.get("/api/v1/auth/me", headers=forged) for _ in range(5)]
    assert [answer.status_code for answer in said] == [401] * 4 + [429]
    assert all("RateLimit" in answer.headers for answer in said)


async def test_what_is_answered_before_anybody_is_known_says_it_too(host: TestHost) -> None:
    both = {"Content-Length": "2", "Transfer-Encoding": "chunked", "Content-Type": "text/json"}
    answers = [
        await host.client.post("/api/v1/auth/guest", headers=both, content=b"{}"),
        await host.client.get("/api/v1/nothing"),
        await host.client.put("/api/v1/rooms"),
    ]
    assert [answer.status_code for answer in answers] == [400, 404, 405]
    assert all("RateLimit-Policy" in answer.headers for answer in answers)


async def test_forms_count_as_calls_do(host: TestHost) -> None:
    said = [await host.client.post("/j/ABCD2345", data={"name": "A"}) for _ in range(4)]
    assert [answer.status_code == 429 for answer in said] == [False, False, False, True]


@pytest.mark.parametrize(
    ("method", "path", "tier"),
    [
        ("GET", "/api/v1/rooms", Tier.READS),
        ("HEAD", "/", Tier.READS),
        ("POST", "/api/v1/rooms/x/draws", Tier.WRITES),
        ("POST", "/api/v1/auth/guest", Tier.SIGN_INS),
        ("POST", "/api/v1/auth/password/forgot", Tier.SIGN_INS),
        ("GET", "/api/v1/auth/me", Tier.READS),
        ("GET", "/api/v1/users/x/export", Tier.SIGN_INS),
        ("POST", "/api/v1/apps/token", Tier.SIGN_INS),
        ("POST", "/sign-in", Tier.SIGN_INS),
        ("POST", "/sign-out", Tier.WRITES),
    ],
)
def test_what_a_request_does_decides_what_it_counts_against(
    method: str, path: str, tier: Tier
) -> None:
    assert tier_of(method, path) is tier


@pytest.mark.parametrize(
    ("actor", "method", "path", "figure"),
    [
        (Actor(app_id="wheel"), "POST", "/api/v1/rooms/x/events", "events_per_app"),
        (Actor(app_id="wheel"), "GET", "/api/v1/rooms/x/events", "reads_per_app"),
        (Actor(app_id="wheel"), "POST", "/api/v1/rooms/x/winners", "writes_per_app"),
        (Actor(ANNA, app_id="wheel"), "POST", "/api/v1/rooms/x/winners", "writes_per_user"),
        (Actor(ANNA, app_id="wheel"), "POST", "/api/v1/rooms/x/events", "events_per_app"),
        (Actor(ANNA), "POST", "/api/v1/rooms/x/events", "writes_per_user"),
        (Actor(ANNA), "POST", "/api/v1/auth/password", "sign_ins_per_user"),
        (ANYONE, "POST", "/api/v1/apps/token", "sign_ins_per_address"),
    ],
)
def test_an_application_counts_for_itself_where_it_acts_alone(
    actor: Actor, method: str, path: str, figure: str
) -> None:
    """rate limits | by user or app where there is one, by address otherwise"""
    scope = {"method": method, "path": path, "state": {"actor": actor}, "client": ("192.0.2.1", 1)}
    standing = count(scope, Admission(Limits(), monotonic, "memory://", b""))
    assert standing is not None
    assert standing.policy.startswith(f'"{figure}";q='.encode())


async def test_nothing_is_said_where_limits_are_off() -> None:
    async with running_host(limits="off") as free:
        answer = await free.client.get("/api/v1/rooms")
        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers
