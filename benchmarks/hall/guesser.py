"""Somebody at the hall's own address who guesses passwords while everybody comes in.

One hand guesses at one account, the other tries one password on many. The account's owner, at
another address, and a colleague who signed in here before must come in all the same.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections import Counter
from collections.abc import Iterator

import httpx

from tests.servers.festoon import Festoon

PASSWORD = "a string of lights"
OWNER, COLLEAGUE = "owner@bench.example", "colleague@bench.example"
ELSEWHERE = "127.0.0.2"
GUESSES_A_SECOND, SPRAYS_A_SECOND = 5, 10


class Guesser:
    """Guesses until it is told to stop. `seconds` is how long it did."""

    def __init__(self, host: Festoon) -> None:
        self._base = f"{host.url}/api/v1"
        self._api = httpx.AsyncClient(base_url=self._base, timeout=30)
        self._stopped = asyncio.Event()
        self.guesses: Counter[str] = Counter()
        self.sprays: Counter[str] = Counter()
        self.seconds = 0.0

    async def prepare(self) -> None:
        """The accounts, of which the colleague's is known at this address."""
        for email in (OWNER, COLLEAGUE):
            body = {"email": email, "password": PASSWORD, "name": "Somebody"}
            (await self._api.post("/auth/register", json=body)).raise_for_status()
        await self._sign_in(self._api, COLLEAGUE)

    async def guess(self) -> None:
        """Guesses with both hands until `stop`."""
        began = time.perf_counter()
        others = (f"person{n}@bench.example" for n in itertools.count())
        await asyncio.gather(
            self._hand(itertools.repeat(OWNER), GUESSES_A_SECOND, self.guesses),
            self._hand(others, SPRAYS_A_SECOND, self.sprays),
        )
        self.seconds = time.perf_counter() - began

    def stop(self) -> None:
        """The evening has begun."""
        self._stopped.set()

    async def others(self) -> list[str]:
        """Who of those that should come in did not, with what they were told."""
        out = []
        elsewhere = httpx.AsyncHTTPTransport(local_address=ELSEWHERE)
        async with httpx.AsyncClient(base_url=self._base, transport=elsewhere) as api:
            for who, client, email in (
                ("the account's owner, at another address,", api, OWNER),
                ("a colleague known at this address", self._api, COLLEAGUE),
            ):
                status = await self._sign_in(client, email)
                if status != 200:
                    out.append(f"{who} was answered {status}")
        return out

    def missed(self, wrong: int) -> list[str]:
        """Where the guesser was let further than the limits say; `wrong` is that of a network."""
        bounds = (
            ("one account", self.guesses, 10 + math.ceil(self.seconds / 6)),
            ("many accounts", self.sprays, wrong + math.ceil(self.seconds / 2)),
        )
        found = []
        for what, counted, most in bounds:
            if counted["401"] > most:
                found.append(f"{counted['401']} guesses at {what} instead of {most} at most")
            unstopped = counted.total() > most and not counted["429"]
            if unstopped or set(counted) - {"401", "429"}:
                found.append(f"guessing at {what} was answered {dict(counted)}")
        return found

    async def close(self) -> None:
        """Closes the connections."""
        await self._api.aclose()

    async def _hand(self, emails: Iterator[str], a_second: int, counted: Counter[str]) -> None:
        while not self._stopped.is_set():
            body = {"email": next(emails), "password": "is it this?"}
            answer = await self._api.post("/auth/login", json=body)
            told_when = int(answer.headers.get("Retry-After", 0)) > 0
            silent = answer.status_code == 429 and not told_when
            counted["429 without Retry-After" if silent else str(answer.status_code)] += 1
            try:
                await asyncio.wait_for(self._stopped.wait(), 1 / a_second)
            except TimeoutError:
                continue

    async def _sign_in(self, api: httpx.AsyncClient, email: str) -> int:
        answer = await api.post("/auth/login", json={"email": email, "password": PASSWORD})
        return answer.status_code
