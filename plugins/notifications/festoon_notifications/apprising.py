"""Apprise, kept in a process of its own: its hundred services connect as they like, and there
every connection is checked (see `apprise_process`).

The process is started with the first message, and ends when nothing came for a while.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from itertools import count

from host import Reach

SECONDS = 8.0
IDLE_SECONDS = 300.0
MODULE = "festoon_notifications.apprise_process"


@dataclass(frozen=True)
class Answer:
    """What came of it. `unknown`: no service takes such an address; `status`: HTTP's, if any."""

    well: bool
    unknown: bool = False
    status: int | None = None
    why: str = "the service does not answer"


class Apprising:
    """The process, seen from the host's."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._numbers = count(1)
        self._idle: asyncio.TimerHandle | None = None

    async def send(self, reach: Reach, url: str, title: str, body: str) -> Answer:
        """Has one message sent."""
        process = await self._running(reach)
        number = next(self._numbers)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        line = {"number": number, "url": url, "title": title, "body": body}
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(line).encode() + b"\n")
            async with asyncio.timeout(SECONDS):
                await process.stdin.drain()
                return await answer
        except (TimeoutError, ConnectionError):
            return Answer(False)
        finally:
            self._waiting.pop(number, None)
            self._rest()

    async def close(self) -> None:
        """Ends the process."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        process, self._process = self._process, None
        reading, self._reading = self._reading, None
        if process is None or reading is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(2):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await reading

    def _rest(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end)

    def _end(self) -> None:
        if not self._waiting and self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def _running(self, reach: Reach) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is not None and _takes(self._process):
                return self._process
            await self.close()
            networks = [str(one) for one in reach.networks]
            # Nothing of the environment goes along: the host's secrets are in it.
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-m",
                MODULE,
                *networks,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"LANG": "C.UTF-8"},
                cwd="/",
            )
            self._process = process
            self._reading = asyncio.get_running_loop().create_task(self._read(process))
            return process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                said = json.loads(line)
                answer = self._waiting.get(said.pop("number"))
                if answer is not None and not answer.done():
                    answer.set_result(Answer(**said))
        finally:
            await process.wait()
            if self._process in (process, None):
                for answer in self._waiting.values():
                    if not answer.done():
                        answer.set_result(Answer(False, why="the process of the services ended"))


def _takes(process: asyncio.subprocess.Process) -> bool:
    open_still = process.stdin is not None and not process.stdin.is_closing()
    return open_still and process.returncode is None
