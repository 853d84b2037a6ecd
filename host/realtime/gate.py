"""What the conversation asks the layers above it: who somebody is, and what they may."""

from __future__ import annotations

from typing import Protocol

from host.contract import JsonObject
from host.realtime.connection import SignIn
from host.realtime.subscription import Subscriber


class Gate(Protocol):
    """All refusals are `FestoonError`s; they reach the client as they are."""

    async def authenticate(self, token: str) -> SignIn:
        """Whose access token this is; raises `Unauthorized`."""
        ...

    async def may_subscribe(self, actor: object, room_id: str) -> Subscriber:
        """What the actor is in the room; NotFound where they may not know of it."""
        ...

    async def client_message(
        self, actor: object, room_id: str, app_id: str, action: str, data: JsonObject
    ) -> JsonObject | None:
        """Hands `<app_id>:<action>` to the application, if it is on in the room.

        `data` is what the client sent, `roomId` included. Answers the acknowledgement's data.
        """
        ...
