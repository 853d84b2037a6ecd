"""Slows down guessing passwords, in all processes of one database together.

Two counts. One is of an account from one network: whoever guesses there waits, and the account's
owner at another address notices nothing. The other is of a network over all accounts, for those
who try one password on everybody: only wrong passwords stay in it, and an account that was signed
in to from there before is let past it, so that a guesser in the hall does not lock out those who
work there. Guests, cookies, tokens and other ways of signing in meet neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from host.auth.network import network
from host.services.core import Core
from host.services.slowing import Tally, refuse
from host.store import tries

KNOWN_MS = 30 * 24 * 3600 * 1000
"""How long an account is known at a network where its password was right."""


@dataclass(frozen=True)
class Try:
    """One try to sign in, under way. What it is counted by; None where it is not counted."""

    account: str
    network: str | None


class Guessing:
    """Counts tries in the database, before the password is looked at."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._tally = Tally(core)
        figures = core.config.figures
        self._burst, self._step = figures.sign_in_tries, int(figures.sign_in_seconds * 1000)
        self._wide_burst = figures.wrong_per_network
        self._wide_step = int(figures.wrong_seconds * 1000)

    async def begin(self, address: str, email: str) -> Try | None:
        """Counts a try; `RateLimited`, with the seconds to wait, where there were too many.

        A try that is refused is not counted. None where there are no limits.
        """
        if not self._burst and not self._wide_burst:
            return None
        place, now = network(address), self._tally.now()
        account = self._tally.named("account", place, email)
        await self._tally.sweep(now)
        async with self._core.db.write() as connection:
            if self._burst:
                refuse(
                    await tries.count(
                        connection, account, now=now, step=self._step, burst=self._burst
                    )
                )
            wide = await self._count_wide(connection, place, email, now)
        return Try(account, wide)

    async def right(self, counted: Try | None, address: str, email: str) -> None:
        """The password was right: the try did not count, and the account is known there."""
        if counted is None:
            return
        async with self._core.db.write() as connection:
            await tries.forget(connection, counted.account)
            if counted.network is not None:
                await tries.give_back(connection, counted.network, self._wide_step)
            known = self._tally.named("known", network(address), email)
            await tries.note(connection, known, self._tally.now() + KNOWN_MS)

    async def _count_wide(
        self, connection: AsyncConnection, place: str, email: str, now: int
    ) -> str | None:
        if not self._wide_burst:
            return None
        key = self._tally.named("network", place)
        wait = await tries.count(
            connection, key, now=now, step=self._wide_step, burst=self._wide_burst
        )
        if not wait:
            return key
        if not await tries.is_noted(connection, self._tally.named("known", place, email), now):
            refuse(wait)
        return None
