"""The people of a hall: each signs in, joins the room and listens, quietly, as phones do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.hall.organizer import Organizer
from benchmarks.realtime.process import Failed
from benchmarks.realtime.tools import HALL, program


@dataclass(frozen=True)
class Tally:
    """What the guests saw. Times in seconds, sorted; `client` is processor time."""

    seconds: float
    """From the first arrival until the last guest listened."""
    client: float
    listening: int
    times: dict[str, Sequence[float]]
    frames: int
    bytes: int
    heard: dict[str, int]
    errors: dict[str, int]


class Crowd:
    """A client in C that is everybody at once: Python would take as much as the host."""

    def __init__(self, organizer: Organizer, people: int, seconds: float) -> None:
        self._organizer = organizer
        self._people = people
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._filled: dict[str, Any] = {}

    async def fill(self) -> None:
        """Everybody comes, spread evenly over the seconds, and goes on listening."""
        room = self._organizer.room
        self._process = await asyncio.create_subprocess_exec(
            program("hall", HALL),
            str(self._organizer.host.port),
            room["id"],
            room["joinCode"],
            str(self._people),
            str(self._seconds),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=2**24,
        )
        self._filled = await self._line()

    async def leave(self) -> Tally:
        """Everybody goes; what they saw."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        heard = await self._line()
        await self._process.wait()
        return Tally(
            seconds=self._filled["seconds"],
            client=self._filled["client"],
            listening=self._filled["listening"],
            times={
                step: sorted(us / 1e6 for us in times)
                for step, times in self._filled["times"].items()
            },
            frames=heard["frames"],
            bytes=heard["bytes"],
            heard=heard["heard"],
            errors=heard["errors"],
        )

    async def close(self) -> None:
        """Ends the client, if it has not ended by itself."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _line(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = await self._process.stdout.readline()
        if not line:
            raise Failed((await self._process.stderr.read()).decode())
        found: dict[str, Any] = json.loads(line)
        return found
