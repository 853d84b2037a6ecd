"""Asking the beacon for a round's value, by drand's HTTP interface.

What is checked: that the answer is about that round, and that its randomness is the SHA-256 of its
signature, as drand defines it. That the signature is the chain's own (BLS12-381) is not checked
here; whoever checks the proof compares the value with what other servers of drand publish.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
from typing import TYPE_CHECKING, Any

from festoon_lottery.beacon import CHAIN
from host import AppContext, Reach, Unavailable

if TYPE_CHECKING:
    from aiohttp import ClientSession

PUBLIC = "https://api.drand.sh"
URL, OFF = "BEACON_URL", "off"
"""The name under which whoever runs the host says where to ask, and what they say for: nowhere."""
SECONDS = 10.0
MOST_BYTES = 16 * 1024
_HEX = re.compile(r"(?:[0-9a-f]{2}){1,256}")


class Unanswered(Unavailable):
    """The beacon's value cannot be had, or not yet; for the log and the platform's admins."""


def address(ctx: AppContext, number: int) -> str | None:
    """Where a round is asked for; None where this host asks nobody."""
    base = (ctx.configured(URL) or PUBLIC).strip()
    return None if base.lower() == OFF else page(number, base)


def page(number: int, base: str = PUBLIC) -> str:
    """The address of a round, by default where everybody can look it up."""
    return f"{base.rstrip('/')}/{CHAIN}/public/{number}"


async def fetch(reach: Reach, url: str, number: int) -> bytes:
    """The 32 bytes of a round's randomness; raises `Unanswered` where they are not to be had."""
    from aiohttp import ClientError  # with the first beacon

    fence = _Fence(reach)
    try:
        async with (
            _session(fence) as http,
            http.get(url, allow_redirects=False, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status != 200:
                raise Unanswered(f"{url} answers {answer.status}")
            content = bytearray()
            async for part in answer.content.iter_any():
                content += part
                if len(content) > MOST_BYTES:
                    raise Unanswered(f"{url} answers with more than {MOST_BYTES} bytes")
    except (ClientError, OSError, TimeoutError, ValueError) as error:
        why = "it is at an address that this host may not call" if fence.met else str(error)
        raise Unanswered(f"{url} does not answer: {why or type(error).__name__}") from error
    return read(bytes(content), number)


def read(content: bytes, number: int) -> bytes:
    """The randomness of an answer; raises `Unanswered` for what is none, or of another round."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Unanswered("The beacon's answer is no JSON object.")
    if type(told.get("round")) is not int or told["round"] != number:
        raise Unanswered(f"The beacon was asked for round {number} and answers another.")
    randomness, signature = (_bytes(told.get(name)) for name in ("randomness", "signature"))
    if len(randomness) != 32 or not signature:
        raise Unanswered("The beacon's answer lacks randomness or signature.")
    if hashlib.sha256(signature).digest() != randomness:
        raise Unanswered("The beacon's randomness is not the SHA-256 of its signature.")
    return randomness


def _bytes(text: Any) -> bytes:
    fits = isinstance(text, str) and _HEX.fullmatch(text)
    return bytes.fromhex(text) if fits else b""


class _Fence:
    """Lets a connection be made to what the host lets its applications call.

    It is asked with the very address that a name was looked up to, so a name that means another
    machine the next time gains nothing.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.met = False

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for one address; an `OSError` where that may not be called."""
        family, kind, protocol, _, found = info
        if not self._reach.may(str(found[0])):
            self.met = True
            raise OSError("out of reach")
        return socket.socket(family, kind, protocol)


def _session(fence: _Fence) -> ClientSession:
    from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

    return ClientSession(
        connector=TCPConnector(socket_factory=fence.socket),
        timeout=ClientTimeout(total=SECONDS),
        cookie_jar=DummyCookieJar(),
    )
