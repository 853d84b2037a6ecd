"""Clients that mean no good, in a process of their own so that they slow down only themselves.

`python -m tests.realtime.hostile KIND PORT COUNT SECONDS ROOM TOKEN…`
"""

from __future__ import annotations

import resource
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from random import Random
from typing import cast

import orjson

from tests.realtime.wire.serving import TEXT, frame

OPEN = (
    b"GET /realtime HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
BODY = (
    b"POST /api/v1/auth/guest HTTP/1.1\r\nHost: here\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
)
ASKED = b"GET /openapi.json HTTP/1.1\r\nHost: here\r\n\r\n" * 3
PIECE = 2**16


class Crowd:
    """Sockets from many loopback addresses."""

    def __init__(self, port: int, room_id: str, tokens: list[str]) -> None:
        self._port = port
        self._room_id = room_id
        self._tokens = cycle(tokens)
        self._addresses = cycle(f"127.0.0.{last}" for last in range(1, 255))
        self.sockets: list[socket.socket] = []

    def connect(self) -> socket.socket | None:
        """One more connection, None where the server takes no more."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(5)
        with suppress(OSError):
            client.bind((next(self._addresses), 0))
            client.connect(("127.0.0.1", self._port))
            self.sockets.append(client)
            return client
        client.close()
        return None

    def open(self) -> socket.socket | None:
        """One more WebSocket."""
        client = self.connect()
        if client is not None:
            with suppress(OSError):
                client.sendall(OPEN)
                client.recv(1024)
        return client

    def listen(self) -> None:
        """One more socket that is signed in and subscribed."""
        client = self.open()
        if client is not None:
            for action, data in (
                ("auth", {"token": next(self._tokens)}),
                ("room:subscribe", {"roomId": self._room_id}),
            ):
                with suppress(OSError):
                    asked = orjson.dumps({"id": 1, "action": action, "data": data})
                    client.sendall(frame(TEXT, asked))
                    client.recv(2048)

    def shut(self, client: socket.socket) -> None:
        """One connection less."""
        client.close()
        if client in self.sockets:
            self.sockets.remove(client)

    def pour(self, pieces: Callable[[], Iterator[bytes]], until: float) -> None:
        """Sends to all sockets what each takes, and opens another for each that is closed."""
        chosen = selectors.DefaultSelector()
        for client in self.sockets:
            client.setblocking(False)
            chosen.register(client, selectors.EVENT_WRITE, pieces())
        while time.monotonic() < until:
            for key, _ in chosen.select(0.1):
                client = cast("socket.socket", key.fileobj)
                try:
                    client.send(next(key.data))
                except BlockingIOError:
                    continue
                except (OSError, StopIteration):
                    chosen.unregister(client)
                    self.shut(client)
                    another = self.open()
                    if another is not None:
                        another.setblocking(False)
                        chosen.register(another, selectors.EVENT_WRITE, pieces())


def garbage() -> Iterator[bytes]:
    """Frames that are none."""
    random = Random(7)
    while True:
        yield random.randbytes(4096)


def giant() -> Iterator[bytes]:
    """One frame of 100 MB."""
    yield frame(TEXT, b"", size=100 * 2**20)
    for _ in range(100 * 2**20 // PIECE):
        yield b"x" * PIECE


def fragments() -> Iterator[bytes]:
    """A message without an end, byte by byte."""
    yield frame(TEXT, b"x", fin=False)
    while True:
        yield frame(0, b"x", fin=False) * 8000


POURED = {"garbage": garbage, "giants": giant, "fragments": fragments}


PACED = ("bodies", "unread", "deaf", "slow")
A_SECOND = 200
"""So many come a second where each costs a request: the trouble is to be in what they do then."""


class Attack:
    """One kind of trouble: how each client begins, and what it goes on with every second."""

    def __init__(self, kind: str, crowd: Crowd) -> None:
        self._kind = kind
        self._crowd = crowd

    def begin(self, index: int) -> None:
        """One client comes."""
        crowd = self._crowd
        if self._kind in ("deaf", "slow"):
            crowd.listen()
        elif self._kind in POURED:
            crowd.open()
        elif (client := crowd.connect()) is not None:
            opening = {"halves": OPEN[: 1 + index % 90], "bodies": BODY, "unread": ASKED}
            with suppress(OSError):
                client.send(opening[self._kind])

    def go_on(self, seconds: float) -> None:
        """What they do once they are there."""
        until = time.monotonic() + seconds
        if self._kind in POURED:
            self._crowd.pour(POURED[self._kind], until)
        while time.monotonic() < until:
            if self._kind in ("slow", "bodies"):
                for client in list(self._crowd.sockets):
                    self._touch(client)
            time.sleep(min(1.0, max(0.0, until - time.monotonic())))

    def _touch(self, client: socket.socket) -> None:
        client.setblocking(False)
        try:
            if self._kind == "bodies":
                client.send(b"x")
            elif not client.recv(1):
                self._crowd.shut(client)
        except BlockingIOError:
            pass
        except OSError:
            self._crowd.shut(client)


def main() -> None:
    """Runs one kind."""
    kind, port, number, seconds, room_id, *tokens = sys.argv[1:]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(int(port), room_id, tokens)
    attack = Attack(kind, crowd)
    began = time.monotonic()
    for index in range(int(number)):
        attack.begin(index)
        if kind in PACED:
            time.sleep(max(0.0, began + index / A_SECOND - time.monotonic()))
    print("there", flush=True)
    attack.go_on(float(seconds))


if __name__ == "__main__":
    main()
