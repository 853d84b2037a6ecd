"""A host in the test's process, and people who call its REST interface."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import httpx

from host import contract
from host.apps.migrate import migrate_all
from host.auth.passwords import Cost
from host.config import Config
from host.contract import JsonObject, wire
from host.ids import Sources
from host.main import Host
from host.testing.line import Line, a_path
from host.testing.template import TEMPLATE

API = "/api/v1"
SECRET = "only for tests: everybody may know it"
PASSWORD = "correct horse battery"
CHEAP = Cost(memory=64)
"""Nobody guesses at the passwords of a test."""


class Refused(AssertionError):
    """A call that a test expected to pass was refused; `code` and `status` say how."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error['code']}: {error['message']} {error['details']}")
        self.status = status
        self.code: str = error["code"]
        self.error = error


class Person:
    """Someone with a token who makes calls. `id` is None for someone who is not signed in."""

    def __init__(self, client: httpx.AsyncClient, signed_in: dict[str, Any] | None) -> None:
        self._client = client
        self.id: str | None = signed_in["user"]["id"] if signed_in else None
        self.name: str | None = signed_in["user"]["name"] if signed_in else None
        self.token: str | None = signed_in["accessToken"] if signed_in else None
        self.refresh_token: str | None = signed_in["refreshToken"] if signed_in else None

    async def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """The raw answer of a call below `/api/v1`; underscores in header names become dashes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        return await self._client.request(
            method, API + path, headers=sent, **({} if body is None else {"json": body})
        )

    async def get(self, path: str) -> Any:
        """The `data` of a GET, or `Refused`."""
        return await self._data("GET", path)

    async def post(self, path: str, body: Any = None) -> Any:
        """The `data` of a POST, or `Refused`."""
        return await self._data("POST", path, body)

    async def put(self, path: str, body: Any = None) -> Any:
        """The `data` of a PUT, or `Refused`."""
        return await self._data("PUT", path, body)

    async def patch(self, path: str, body: Any = None) -> Any:
        """The `data` of a PATCH, or `Refused`."""
        return await self._data("PATCH", path, body)

    async def delete(self, path: str) -> Any:
        """The `data` of a DELETE, or `Refused`."""
        return await self._data("DELETE", path)

    async def _data(self, method: str, path: str, body: Any = None) -> Any:
        response = await self.call(method, path, body)
        answer = response.json()
        if "error" in answer:
            raise Refused(response.status_code, answer["error"])
        return answer["data"]


class TestHost:
    """A running host, and the people who come to it."""

    __test__ = False

    def __init__(self, host: Host, client: httpx.AsyncClient) -> None:
        self.host = host
        self.client = client
        self.nobody = Person(client, None)

    async def register(self, name: str) -> Person:
        """Someone with an account, whose password is `PASSWORD`."""
        return await self._account(name, admin=False)

    async def admin(self, name: str = "Ada") -> Person:
        """An administrator of the platform."""
        return await self._account(name, admin=True)

    async def guest(self, name: str) -> Person:
        """Someone with just a name."""
        return Person(self.client, await self.nobody.post("/auth/guest", {"name": name}))

    async def room(
        self, owner: Person, app_id: str = "lottery", *, active: bool = True, **fields: Any
    ) -> dict[str, Any]:
        """A room of `owner`, open unless `active` is False; its applications have heard of it."""
        body = {"name": "New Year", "appId": app_id, **fields}
        room: dict[str, Any] = await owner.post("/rooms", body)
        if active:
            room = await owner.patch(f"/rooms/{room['id']}", {"status": "ACTIVE"})
        await self.settle()
        return room

    async def settle(self) -> None:
        """Returns when observers have heard what happened so far, at most after five seconds."""
        await self.host.core.background.settle()

    async def join(self, room: dict[str, Any], person: Person) -> dict[str, Any]:
        """The participant that `person` becomes by the room's code."""
        joined: dict[str, Any] = await person.post(
            f"/rooms/{room['id']}/participants", {"joinCode": room["joinCode"]}
        )
        return joined

    async def send(
        self,
        person: Person,
        room: dict[str, Any],
        action: str,
        data: JsonObject | None = None,
        *,
        arrived: float | None = None,
        path: contract.Path | None = None,
        measured: bool = True,
        heard: Mapping[int, float] | None = None,
        connection: str | None = None,
    ) -> JsonObject:
        """Has `person` send `<appId>:<what>` as over a socket; the acknowledgement's data.

        What the host would have measured can be said: when the message `arrived` (by default
        now), the `path` (by default 20 ms there and back), and by seq when events were written
        to the socket (by default a second before). A refusal is raised as the application did.
        """
        app_id, _, what = action.partition(":")
        gate, clock = self.host.gate, self.host.sources.monotonic
        actor = await self.host.services.identity.authenticate(person.token or "")
        arrived = clock() if arrived is None else arrived
        line = Line(
            connection or f"socket of {person.id}",
            arrived,
            (path or a_path()) if measured else None,
            heard,
            measured,
        )
        sent = {"roomId": room["id"], **(data or {})}
        answer = gate.client_message(actor, room["id"], app_id, what, sent, line, arrived)
        told = answer[0] if isinstance(answer, tuple) else await answer
        return told or {}

    async def run_jobs(self) -> None:
        """Returns when the jobs of applications that are due by the host's clock were run.

        With a clock of the test's own (`running_host(sources=…)`) they are due when that is
        turned. What they schedule for now is run as well.
        """
        await self.host.core.schedule.run_due()

    async def _account(self, name: str, *, admin: bool) -> Person:
        identity = self.host.services.identity
        email = f"{self.host.sources.new_id()}@example.com"
        user = await identity.create_account(email, PASSWORD, admin, name)
        return Person(self.client, wire(await identity.open_session(user)))


@asynccontextmanager
async def running_host(
    *,
    database_url: str | None = None,
    entry_points: Sequence[EntryPoint] | None = None,
    sources: Sources | None = None,
    **values: Any,
) -> AsyncIterator[TestHost]:
    """A migrated host; by default on SQLite in a folder of its own, with what is installed.

    `entry_points` are the applications to load instead; `values` are fields of `Config`.
    """
    with tempfile.TemporaryDirectory(prefix="festoon-") as folder:
        file = Path(folder) / "festoon.db"
        config = Config(
            database_url=database_url or f"sqlite+aiosqlite:///{file}",
            secret_key=SECRET,
            public_url="http://testserver",
            limits="off",
        ).with_values(**values)
        if database_url is None:
            await TEMPLATE.copy(file)
            if entry_points is not None:
                await migrate_all(config, entry_points=entry_points)
        host = Host(config, sources=sources, entry_points=entry_points, password_cost=CHEAP)
        await host.start()
        try:
            transport = httpx.ASGITransport(host.asgi)
            async with httpx.AsyncClient(
                transport=transport, base_url=config.public_url, timeout=60
            ) as client:
                yield TestHost(host, client)
        finally:
            await host.stop()
