"""One socket that comes back by itself: sign-in, actions and their answers, and no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from host.client.failures import NoAnswer, NotConnected, refusal
from host.client.pause import full_jitter
from host.client.session import Session
from host.contract import JsonObject
from host.errors import FestoonError, Forbidden, Unauthorized

SIGNED_OUT = 4001
NOT_ALLOWED = 4003
TOO_MANY = 4029
RESTARTING = 1012
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
RESTART_PAUSE = 3.0
TOO_MANY_PAUSE = 10.0
STEADY_SECONDS = 10.0
"""A connection that has lasted this long has proved that all is well again."""
OPEN_SECONDS = 10.0
PING_SECONDS = 20.0
CLOSE_SECONDS = 2.0
ANSWER_SECONDS = 10.0
LARGEST_MESSAGE = 2**24

Answered = Callable[[JsonObject], None]
Refused = Callable[[FestoonError], None]


class Owner(Protocol):
    """Who has a link. All calls come from the link's own task and must not wait."""

    def up(self) -> None:
        """Somebody is signed in: ask for what is to be resumed."""

    def down(self) -> None:
        """The connection is gone; another will follow, or `ended`."""

    def took(self, frame: JsonObject) -> None:
        """A message that is no answer."""

    def ended(self, error: FestoonError | None) -> None:
        """There will be no other connection; None if that was one's own wish."""


@dataclass(frozen=True)
class _Asked:
    answered: Answered
    refused: Refused
    late: asyncio.TimerHandle


class Link:
    """Keeps a signed-in socket open until it is closed, or the host says that it never will be."""

    def __init__(self, url: str, session: Session, owner: Owner) -> None:
        self._url = url
        self._session = session
        self._owner = owner
        self._number = 0
        self._asked: dict[int, _Asked] = {}
        self._outgoing: asyncio.Queue[str] | None = None
        self._socket: ClientConnection | None = None
        self._token: str | None = None
        self._renewed = False
        self._tries = 0
        self._up_since: float | None = None
        self.is_up = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def ask(
        self,
        action: str,
        data: JsonObject,
        answered: Answered,
        refused: Refused,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Sends an action. One of the two is called, before any later message is looked at;
        `refused` also with `NotConnected` and `NoAnswer`.
        """
        if self._outgoing is None:
            refused(NotConnected("There is no connection now."))
            return
        self._number += 1
        number = self._number
        late = asyncio.get_running_loop().call_later(seconds, self._late, number)
        self._asked[number] = _Asked(answered, refused, late)
        frame = {"id": number, "action": action, "data": data}
        self._outgoing.put_nowait(orjson.dumps(frame).decode())

    def drop(self) -> None:
        """Gives this connection up, to come back with a new one."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def close(self) -> None:
        """Ends the connection for good."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        why: FestoonError | None = None
        try:
            while True:
                code = await self._connect_once()
                await asyncio.sleep(self._pause(code))
        except FestoonError as error:
            why = error
        except Exception as error:
            why = FestoonError(f"This client failed: {error!r}")
            why.__cause__ = error
        finally:
            self._owner.ended(why)

    async def _connect_once(self) -> int | None:
        """The whole life of one connection: the code it was closed with, None if it broke.

        Raises `FestoonError` where coming back does not help.
        """
        try:
            self._token = await self._session.token()
        except Unauthorized:
            raise
        except FestoonError:
            # The host did not answer, or said that it cannot now.
            return None
        if self._token is None:
            raise Unauthorized("Sign in first.")
        try:
            socket = await connect(
                self._url,
                compression=None,
                max_size=LARGEST_MESSAGE,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
            )
        except InvalidStatus as refused:
            if refused.response.status_code == 403:
                raise Forbidden("The host refused the connection.") from None
            return None
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed):
            return None
        try:
            await self._converse(socket)
        finally:
            was_up = self.is_up.is_set()
            self._down()
            await socket.close()
        return await self._judge(socket.close_code, was_up)

    async def _converse(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._outgoing = asyncio.Queue()
        writer = asyncio.create_task(_write(socket, self._outgoing))
        try:
            # Where the token is refused, the close code that follows says so.
            self.ask("auth", {"token": self._token}, self._signed_in, lambda _: None)
            async for message in socket:
                self._take(orjson.loads(message))
        except ConnectionClosed:
            pass
        finally:
            writer.cancel()
            await asyncio.wait([writer])

    def _signed_in(self, _: JsonObject) -> None:
        self._renewed = False
        self._up_since = time.monotonic()
        self.is_up.set()
        self._owner.up()

    def _take(self, message: JsonObject) -> None:
        if "ack" not in message:
            self._owner.took(message)
            return
        asked = self._asked.pop(message["ack"], None)
        if asked is None:
            return
        asked.late.cancel()
        if "error" in message:
            asked.refused(refusal(message["error"]))
        else:
            asked.answered(message["data"])

    def _late(self, number: int) -> None:
        asked = self._asked.pop(number)
        asked.refused(NoAnswer("The host did not answer in time."))

    def _down(self) -> None:
        self._socket = None
        self._outgoing = None
        if self._up_since is not None and time.monotonic() - self._up_since > STEADY_SECONDS:
            self._tries = 0
        self._up_since = None
        self.is_up.clear()
        self._owner.down()
        asked, self._asked = self._asked, {}
        for one in asked.values():
            one.late.cancel()
            one.refused(NotConnected("The connection was lost."))

    async def _judge(self, code: int | None, was_up: bool) -> int | None:
        if code == NOT_ALLOWED:
            raise Forbidden("The host does not want this connection.")
        if code == SIGNED_OUT:
            if self._renewed and not was_up:
                raise Unauthorized("The host does not accept this sign-in.")
            assert self._token is not None
            try:
                await self._session.renew(self._token)
            except Unauthorized:
                raise
            except FestoonError:
                return None
            self._renewed = True
        return code

    def _pause(self, code: int | None) -> float:
        longest = RESTART_PAUSE if code == RESTARTING else FIRST_PAUSE
        pause = full_jitter(self._tries, first=longest, longest=LONGEST_PAUSE)
        self._tries += 1
        return pause + (TOO_MANY_PAUSE if code == TOO_MANY else 0.0)


async def _write(socket: ClientConnection, outgoing: asyncio.Queue[str]) -> None:
    with suppress(ConnectionClosed):
        while True:
            await socket.send(await outgoing.get())
