"""The HTTP of a call: one POST, bounded in time and size, never on to where it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from ssl import SSLContext

import httpcore2
import httpx2

from host.apps.remote.network import CheckedNetwork
from host.apps.remote.problems import Crowded, Late, NoAnswer, Unreached

MOST_CALLS = 50
"""How many calls of one service may be under way at once; others wait within their time."""
MOST_IDLE = 10
IDLE_SECONDS = 4.0
"""Less than the five seconds after which many servers close one, maybe while it is used."""


@dataclass(frozen=True)
class Reply:
    """What came back, whole."""

    status: int
    content_type: str
    body: bytes


class _Line:
    """The connections to one service."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool) -> None:
        self.pool = pool
        self.slots = asyncio.Semaphore(MOST_CALLS)


class Client:
    """Calls services. No proxy, no cookies, no redirects, nothing of the environment."""

    def __init__(self, network: CheckedNetwork, trusted: SSLContext | None = None) -> None:
        """`trusted` None: the authorities that everybody trusts."""
        self._network = network
        self._given = trusted
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, service: str, seconds: float) -> AsyncIterator[float]:
        """Waits for one of the connections to a service; what is left of `seconds` then.

        Raises `Crowded` where none becomes free in time.
        """
        slots = self._line(service).slots
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        try:
            async with asyncio.timeout_at(until):
                await slots.acquire()
        except TimeoutError:
            raise Crowded(
                f"it has {MOST_CALLS} calls of this host to answer already; "
                f"there was no turn within {seconds:g} s"
            ) from None
        try:
            yield max(0.001, until - clock())
        finally:
            slots.release()

    async def post(
        self,
        service: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        seconds: float,
        most_bytes: int,
    ) -> Reply:
        """The answer, whole, within `seconds` from the name's look-up to the last byte.

        A connection that does not come about is tried once more. Raises `Late`, `Unreached`,
        or `NoAnswer` for one that breaks off or has more than `most_bytes`.
        """
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._post(service, url, headers, body, most_bytes)
                except httpcore2.ConnectError:
                    return await self._post(service, url, headers, body, most_bytes)
        except TimeoutError:
            raise Late(f"it did not answer within {seconds:g} s") from None
        except httpcore2.ConnectError as error:
            raise Unreached(f"it cannot be reached{_told(error)}") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise NoAnswer(f"it broke off its answer{_told(error)}") from error

    async def close(self) -> None:
        """Closes every connection."""
        lines, self._lines = self._lines, {}
        for line in lines.values():
            await line.pool.aclose()

    async def _post(
        self, service: str, url: str, headers: Mapping[str, str], body: bytes, most_bytes: int
    ) -> Reply:
        sent: list[tuple[bytes | str, bytes | str]] = [
            *headers.items(),
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("Content-Length", str(len(body))),
            ("User-Agent", "festoon"),
        ]
        pool = self._line(service).pool
        async with pool.stream("POST", url, headers=sent, content=body) as response:
            found = {name.lower(): value for name, value in reversed(response.headers)}
            kind = found.get(b"content-type", b"").decode("latin-1")
            if response.status != 200:
                # It is no answer, whatever comes with it.
                return Reply(response.status, kind, b"")
            if found.get(b"content-encoding", b"identity").lower() != b"identity":
                raise NoAnswer("it packed its answer, which nobody asked for", status=200)
            received = bytearray()
            async with aclosing(response.aiter_stream()) as chunks:
                async for chunk in chunks:
                    received += chunk
                    if len(received) > most_bytes:
                        raise NoAnswer(f"it answered more than {most_bytes} bytes", status=200)
            return Reply(200, kind, bytes(received))

    def _line(self, service: str) -> _Line:
        if service not in self._lines:
            self._lines[service] = _Line(
                httpcore2.AsyncConnectionPool(
                    ssl_context=self._trusted,
                    max_connections=MOST_CALLS,
                    max_keepalive_connections=MOST_IDLE,
                    keepalive_expiry=IDLE_SECONDS,
                    network_backend=self._network,
                )
            )
        return self._lines[service]

    @cached_property
    def _trusted(self) -> SSLContext:
        return self._given or httpx2.create_ssl_context(trust_env=False)


def _told(error: Exception) -> str:
    text = " ".join(str(error).split())[:120]
    return f" ({text})" if text else ""
