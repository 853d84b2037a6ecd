"""Telephones of the tests' own: what the fixture application `texting` delivered."""

from __future__ import annotations

import asyncio
from importlib.metadata import EntryPoint

from host import Notification
from host.apps.discovery import GROUP, installed
from tests.fixtures import texting

APP = "texting"
SECONDS = 30.0


def with_texting() -> list[EntryPoint]:
    """What is installed, and the application that delivers text messages."""
    return [*installed(), EntryPoint(APP, "tests.fixtures.texting", GROUP)]


class Telephones:
    """What arrived. `lines_down(n)` lets the next n messages go wrong."""

    def __init__(self) -> None:
        texting.SENT.clear()
        texting.REFUSALS.clear()

    def lines_down(self, times: int) -> None:
        """The next messages are not delivered."""
        texting.REFUSALS.extend(["no line"] * times)

    @property
    def lines_are_up(self) -> bool:
        """Whether whatever comes now is delivered."""
        return not texting.REFUSALS

    def at(self, number: str) -> list[Notification]:
        """What arrived at a number, oldest first."""
        return [one for one in texting.SENT if one.data["to"] == number]

    async def code(self, number: str, which: int = 1) -> str:
        """The digits of the `which`-th message to a number, waited for."""
        async with asyncio.timeout(SECONDS):
            while True:
                if len(arrived := self.at(number)) >= which:
                    return str(arrived[which - 1].data["code"])
                await asyncio.sleep(0.005)
