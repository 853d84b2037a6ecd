"""Hosts with sign-in providers on loopback, and people who come by them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from host.testing.host import Person, TestHost, running_host
from tests.servers.providers import Providers

FRONT = "https://front.example/welcome"
OURS = {"sec-fetch-site": "same-origin", "accept": "text/html"}
"""What a browser sends along that follows a link of ours."""


@pytest.fixture(scope="session")
def _providers() -> Iterator[Providers]:
    running = Providers()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def providers(_providers: Providers) -> Providers:
    """The providers, where one is person 1 and says nothing else of oneself."""
    _providers.forget()
    return _providers


class Traveller:
    """A browser that meets a host and the providers, one hop at a time."""

    def __init__(self, house: TestHost) -> None:
        self.house = house
        transport = httpx.ASGITransport(house.host.asgi)
        self.client = httpx.AsyncClient(
            transport=transport, base_url="http://testserver", timeout=30
        )

    async def open(self, path: str, **headers: str) -> httpx.Response:
        """Goes to a path of the host, and not on from there."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers={**OURS, **sent})

    async def abroad(self, answer: httpx.Response) -> str:
        """Follows where the host sent it, agrees there; the path by which it is sent back."""
        assert answer.status_code == 303, answer.text
        return await agreed(answer.headers["location"])

    async def sign_in(self, provider: str = "acme", **query: str) -> httpx.Response:
        """There and back, by a button of ours."""
        start = httpx.URL(f"/sign-in/with/{provider}", params=query)
        return await self.open(await self.abroad(await self.open(str(start))))

    async def add(self, provider: str = "acme") -> httpx.Response:
        """There and back, to add a way in to the account it is signed in to."""
        return await self.open(await self.abroad(await self.open(f"/account/add/{provider}")))

    async def me(self) -> dict[str, Any] | None:
        """Who the host takes it for."""
        answer = await self.client.get("/api/v1/auth/me")
        found: dict[str, Any] | None = answer.json().get("data")
        return found

    async def be(self, person: Person) -> None:
        """Is signed in as somebody who is known by their tokens."""
        identity = self.house.host.services.identity
        actor = await identity.authenticate(person.token or "")
        assert actor.user is not None
        cookie = await identity.open_web_session(actor.user, None)
        self.client.cookies.set("festoon_session", cookie, domain="testserver.local")


async def agreed(url: str) -> str:
    """Where a provider leads somebody who agrees: path and query."""
    async with httpx.AsyncClient(timeout=30) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix("http://testserver")


async def sent_away(
    house: TestHost, provider: str = "acme", person: Person | None = None, front: str = FRONT
) -> str:
    """Where a front end is told to send its browser."""
    path = f"/auth/{provider}/url?redirect_url={front}"
    found = await (person or house.nobody).get(path)
    url: str = found["url"]
    return url


async def through(
    house: TestHost, provider: str = "acme", person: Person | None = None
) -> httpx.Response:
    """There and back for a front end; the host's last answer."""
    back = await agreed(await sent_away(house, provider, person))
    return await house.client.get(back)


def fragment(answer: httpx.Response) -> dict[str, str]:
    """What a front end reads out of the address that it is called back by."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"{FRONT}#")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).fragment))


async def signed_in(house: TestHost, answer: httpx.Response) -> Person:
    """Who a front end is now signed in as."""
    token = fragment(answer)["access_token"]
    me = await house.client.get("/api/v1/auth/me", headers={"authorization": f"Bearer {token}"})
    tokens = {"accessToken": token, "refreshToken": "", "user": me.json()["data"]}
    return Person(house.client, tokens)


class HouseFactory(Protocol):
    """`await make_house(google=…)`: a host with these settings; all three providers by default."""

    async def __call__(self, **values: Any) -> TestHost: ...


@pytest.fixture
async def make_house(providers: Providers) -> AsyncIterator[HouseFactory]:
    async with AsyncExitStack() as opened:

        async def make(**values: Any) -> TestHost:
            settings: dict[str, Any] = {
                "oidc": (providers.settings("openid", label="Acme"),),
                "yandex": providers.settings("yandex"),
                "vk": providers.settings("vk"),
                "cors_origins": ("https://front.example",),
                "entry_points": (),
            }
            running = running_host(**{**settings, **values})
            return await opened.enter_async_context(running)

        yield make


@pytest.fixture
async def house(make_house: HouseFactory, database_url: str) -> TestHost:
    """A host with all three; the test runs once on each database."""
    return await make_house(database_url=database_url)


@pytest.fixture
async def here(make_house: HouseFactory, sqlite_url: str) -> TestHost:
    """As `house`, on SQLite alone: for what has nothing to do with the database."""
    return await make_house(database_url=sqlite_url)
