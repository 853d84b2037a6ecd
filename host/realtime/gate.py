"""What the conversation asks the layers above it: who somebody is, and what they may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from host.contract import JsonObject
from host.realtime.connection import SignIn, Source
from host.realtime.subscription import Subscriber

Answer = tuple[JsonObject | None] | Awaitable[JsonObject | None]
"""An answer that is there, or what is to be awaited for it at once."""

Standing = Callable[[JsonObject, Source, float], Answer | None]
"""Takes the data of one more message, where it comes from and when it was read.

None, and it was not handed on, where it holds no more.
"""


class Gate(Protocol):
    """All refusals are `FestoonError`s; they reach the client as they are."""

    async def authenticate(self, token: str) -> SignIn:
        """Whose access token this is; raises `Unauthorized`."""
        ...

    async def may_subscribe(self, actor: object, room_id: str) -> Subscriber:
        """What the actor is in the room; NotFound where they may not know of it."""
        ...

    def client_message(
        self,
        actor: object,
        room_id: str,
        app_id: str,
        action: str,
        data: JsonObject,
        source: Source,
        arrived: float,
    ) -> Answer:
        """Hands `<app_id>:<action>` to the application, if it is on in the room.

        `data` is what the client sent, `roomId` included, over the socket `source`, read at
        `arrived`. Answers the acknowledgement's data.
        """
        ...

    def standing(self, actor: object, room_id: str, app_id: str, action: str) -> Standing | None:
        """A shorter way for the same, while nothing changes; None where there is none."""
        ...
