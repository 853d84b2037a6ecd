"""A client for tests, tools and the back ends of applications.

    from host.client import connect

    async with connect("https://evening.example") as client:
        await client.guest("Ada")
        async with client.live() as live, await live.subscribe(room_id) as events:
            async for event in events:
                print(event.seq, event.event, event.data)

It imports nothing of the server. Refusals are the exceptions of `host.errors`.
"""

from __future__ import annotations

from collections.abc import Callable

from host.client.apps import AppKey
from host.client.client import PATIENCE_SECONDS, Client, Page
from host.client.events import RoomEvents
from host.client.failures import NoAnswer, NotConnected
from host.client.frames import LiveEvent
from host.client.live import Live
from host.client.rest import Answer
from host.client.session import Tokens


def connect(
    url: str,
    *,
    tokens: Tokens | None = None,
    on_tokens: Callable[[Tokens], None] | None = None,
    patience: float = PATIENCE_SECONDS,
    app: AppKey | None = None,
) -> Client:
    """A client of the host at `url`, its origin. Nothing is sent before the first call.

    `tokens` of an earlier sign-in; `on_tokens` is told of all new ones, since refresh tokens
    rotate. `patience` is how long, in seconds, a call is tried again while the host is away.
    `app` is the key of an application that runs as a service of its own: it makes the calls, alone
    or for whoever is signed in.
    """
    return Client(url, tokens=tokens, on_tokens=on_tokens, patience=patience, app=app)


__all__ = [
    "Answer",
    "AppKey",
    "Client",
    "Live",
    "LiveEvent",
    "NoAnswer",
    "NotConnected",
    "Page",
    "RoomEvents",
    "Tokens",
    "connect",
]
