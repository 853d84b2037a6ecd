"""An evening that goes on over the deaths of its server, and a book of what was acknowledged."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import httpx

from host.store.engine import Database
from tests.faults.clients import BETWEEN_TRIES, Client, Listener
from tests.servers.festoon import Festoon
from tests.services import invariants
from tests.services.invariants import Records

GUESTS = 8
STAY = 0.5
"""The share of visits that last for a draw; the others end as soon as they began."""
PATIENCE = 60.0


class Evening:
    """A room in which guests come and go, prizes are drawn and wins revoked, without a pause.

    `book` counts acknowledged calls by name. Make it with `begin`.
    """

    def __init__(
        self, server: Festoon, chance: random.Random, http: httpx.AsyncClient, olga: Client
    ) -> None:
        self._server = server
        self._chance = chance
        self._http = http
        self.olga = olga
        self.drawer = Client(http, olga.token)
        self.guests: list[tuple[str, Client]] = []
        self.inside: dict[str, bool] = {}
        self.book = {"join": 0, "leave": 0, "draw": 0, "revoke": 0}
        self.won: set[str] = set()
        self.revoked: set[str] = set()
        self._over, self._answered = asyncio.Event(), asyncio.Event()
        self._work: list[asyncio.Task[None]] = []
        self.room: dict[str, Any] = {}
        self.listener: Listener

    @classmethod
    async def begin(
        cls, server: Festoon, chance: random.Random, http: httpx.AsyncClient
    ) -> Evening:
        """Opens the room and lets everyone loose."""
        evening = cls(server, chance, http, (await _guest(http, "Olga"))[1])
        await evening._open()
        return evening

    async def _open(self) -> None:
        settings = {"onePrizePerPerson": False}
        body = {"name": "New Year", "appId": "lottery", "appSettings": settings}
        self.room = (await self.olga.call("POST", "/rooms", body)).json()["data"]
        prize = {"name": "Sledge", "quantity": 1_000_000}
        await self.olga.call("POST", f"{self._base}/prizes", prize)
        opened = await self.olga.call("PATCH", self._base, {"status": "ACTIVE"})
        assert opened.status_code == 200, opened.text
        self.guests = [await _guest(self._http, f"Guest {n}") for n in range(GUESTS)]
        self.listener = Listener(self._server.realtime_url, str(self.olga.token), self.room["id"])
        self._work = [
            asyncio.create_task(work)
            for work in (*(self._come_and_go(*guest) for guest in self.guests), self._draw())
        ]

    @property
    def _base(self) -> str:
        return f"/rooms/{self.room['id']}"

    @property
    def clients(self) -> list[Client]:
        """Everyone who makes calls."""
        return [self.olga, self.drawer, *(client for _, client in self.guests)]

    @property
    def calls(self) -> int:
        """How many calls have been answered."""
        return sum(client.calls for client in self.clients)

    async def _come_and_go(self, user_id: str, guest: Client) -> None:
        people = f"{self._base}/participants"
        while not self._over.is_set():
            joined = await guest.call("POST", people, {"joinCode": self.room["joinCode"]})
            assert joined.status_code == 201, joined.text
            self.inside[user_id] = True
            self.book["join"] += 1
            if self._chance.random() < STAY:
                await self._two_draws()
            left = await guest.call("DELETE", f"{people}/me")
            assert left.status_code == 200, left.text
            self.inside[user_id] = False
            self.book["leave"] += 1

    async def _two_draws(self) -> None:
        """Stays for a whole draw: the second answer from now was asked for after the first."""
        for _ in range(2):
            if not self._over.is_set():
                await self._answered.wait()

    def _draw_was_answered(self) -> None:
        self._answered.set()
        self._answered = asyncio.Event()

    async def _draw(self) -> None:
        while not self._over.is_set():
            drawn = await self.drawer.call("POST", f"{self._base}/draws")
            self._draw_was_answered()
            assert drawn.status_code in (201, 409), drawn.text
            if drawn.status_code == 201:
                self.book["draw"] += 1
                self.won |= {winner["id"] for winner in drawn.json()["data"]}
            living = sorted(self.won - self.revoked)
            if living and (drawn.status_code == 409 or self._chance.random() < 0.7):
                winner_id = self._chance.choice(living)
                undone = await self.drawer.call("DELETE", f"{self._base}/winners/{winner_id}")
                assert undone.status_code == 200, undone.text
                self.revoked.add(winner_id)
                self.book["revoke"] += 1
        self._draw_was_answered()

    async def goes_on(self, than: int) -> None:
        """Waits until more calls were answered than so many."""
        await self._until(lambda: self.calls > than, "an answer")

    async def check(self, db: Database) -> Records:
        """The room's records: no promise is broken and nothing acknowledged is missing.

        Only while the server is dead, or nobody calls.
        """
        found = await invariants.check(db, self.room["id"])
        assert self.won <= {w.id for w in found.winners}
        assert self.revoked <= {w.id for w in found.winners if w.deleted_at is not None}
        living = {p.user_id for p in found.living_participants}
        for user_id, guest in self.guests:
            if not guest.under_way:
                assert (user_id in living) == self.inside.get(user_id, False)
        stored = {e.seq: (e.event, e.data.get("id")) for e in found.events}
        for frame in self.listener.heard:
            assert stored[frame["seq"]] == (frame["event"], frame["data"].get("id"))
        return found

    async def end(self, db: Database) -> Records:
        """Lets everyone finish; then all was done once that was answered, and heard once."""
        self._over.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self._work)
        found = await self.check(db)
        assert self.book == {
            "join": len(found.named("participant:joined")),
            "leave": len(found.named("participant:left")),
            "draw": len(found.draws),
            "revoke": len(found.named("winner:removed")),
        }
        assert self.won == {w.id for w in found.winners}
        head = found.room.event_seq
        await self._until(lambda: self.listener.seq >= head, f"event {head}")
        await self.listener.close()
        assert [frame["seq"] for frame in self.listener.heard] == list(range(1, head + 1))
        return found

    async def _until(self, condition: Any, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            for task in self._work:
                if task.done() and not task.cancelled() and (error := task.exception()):
                    raise error
            assert time.monotonic() < deadline, f"{what} does not come\n{self._server.last_words()}"
            await asyncio.sleep(BETWEEN_TRIES)


async def _guest(http: httpx.AsyncClient, name: str) -> tuple[str, Client]:
    answer = await Client(http).call("POST", "/auth/guest", {"name": name})
    data = answer.json()["data"]
    return data["user"]["id"], Client(http, data["accessToken"])
