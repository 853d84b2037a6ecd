"""What the Python peers share: the token's check, the event, and the side entrance."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

EVENT = "bench:event"
TEXT = "x" * 268
"""Makes the event's data 300 bytes of JSON."""


def event_data(number: int) -> dict[str, str]:
    """The data of one event, by which the load client knows it."""
    return {"mark": f"@@{number:09d}", "text": TEXT}


def sign(user: str, secret: str) -> str:
    """A JSON Web Token, HS256, that lives a day."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": user, "exp": int(time.time()) + 86400}]
    signed = b".".join(_encode(json.dumps(part).encode()) for part in parts)
    return (signed + b"." + _encode(hmac.digest(secret.encode(), signed, "sha256"))).decode()


def user_of(token: object, secret: str) -> str | None:
    """Whose token it is; None for one that is forged or has expired."""
    if not isinstance(token, str) or token.count(".") != 2:
        return None
    signed, _, signature = token.encode().rpartition(b".")
    right = _encode(hmac.digest(secret.encode(), signed, "sha256"))
    if not hmac.compare_digest(right, signature):
        return None
    claims = json.loads(base64.urlsafe_b64decode(signed.partition(b".")[2] + b"=="))
    return str(claims["sub"]) if claims["exp"] > time.time() else None


def _encode(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


async def serve_control(
    port: int, emit: Callable[[int], Awaitable[object]], counted: Callable[[], int]
) -> asyncio.Server:
    """The side entrance: `e FIRST COUNT` sends events in a row, `c` asks for the count."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The load client hangs up with a reset.
        with suppress(ConnectionError):
            while line := await reader.readline():
                what, *numbers = line.split()
                if what == b"c":
                    writer.write(b"%d\n" % counted())
                    continue
                first, count = map(int, numbers)
                for number in range(first, first + count):
                    await emit(number)

    return await asyncio.start_server(talk, "127.0.0.1", port)
