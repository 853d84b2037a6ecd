"""Signed calls to the organizer's own system (https://www.standardwebhooks.com, 1.0.0)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from festoon_notifications.announcements import announcement_of
from festoon_notifications.channels.base import Asked, Channel, Message, Way
from festoon_notifications.outcomes import Later, Outcome, Refused, Sent
from festoon_notifications.outgoing import session
from host import AppContext, JsonObject, iso

if TYPE_CHECKING:
    from aiohttp import ClientSession

WORTH_ANOTHER_TRY = frozenset({408, 409, 425, 429})


class Webhook(Channel):
    """One call for each notification, one for all of an announcement; each is kept in the log."""

    id = "webhook"
    title = "The organizer's own system"

    def __init__(self) -> None:
        self._session: ClientSession | None = None
        self._opening = asyncio.Lock()

    async def ways(self, asked: Asked) -> Sequence[Way]:
        """The room's address, where it has one with a secret; nothing about accounts goes there."""
        url, secret = asked.settings.get("webhookUrl", ""), asked.settings.get("webhookSecret", "")
        if asked.room is None or not url or not secret:
            return ()
        key = f"webhook:{sha256(url.encode()).hexdigest()[:12]}"
        limit = asked.settings.get("webhookPerMinute", 0)
        return [Way(key, url, announcement_of(asked.notification), limit)]

    async def send(self, message: Message) -> Outcome:
        """Calls it, with the same id at each try."""
        return await self.call(
            message.asked.ctx,
            message.way.address,
            message.asked.settings["webhookSecret"],
            message.id,
            content(message.asked, message.way),
        )

    async def call(
        self, ctx: AppContext, url: str, secret: str, message_id: str, sent: JsonObject
    ) -> Outcome:
        """Signs what was or is to be sent, as of now, and calls; also what is sent again."""
        from aiohttp import ClientError

        if urlsplit(url).scheme not in ("http", "https"):
            return Refused("the address must begin with https://")
        body = json.dumps(sent, ensure_ascii=False, separators=(",", ":"))
        try:
            headers = signed(secret, message_id, ctx.now(), body)
        except (ValueError, RuntimeError):
            return Refused("the secret is none: it is whsec_ and base64 after it")
        try:
            http = await self._http(ctx)
            async with http.post(
                url, data=body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (ClientError, OSError, TimeoutError) as error:
            return Later(f"it does not answer: {type(error).__name__}")
        if 200 <= status < 300:
            return Sent()
        said = f"it answers {status}"
        return Later(said) if status >= 500 or status in WORTH_ANOTHER_TRY else Refused(said)

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _http(self, ctx: AppContext) -> ClientSession:
        async with self._opening:
            if self._session is None:
                self._session = session(ctx.reach)
            return self._session


def content(asked: Asked, way: Way) -> JsonObject:
    """What the organizer's system is told; no address of anybody."""
    told, room = asked.notification, asked.room
    return {
        "type": told.kind,
        "timestamp": iso(asked.ctx.now()),
        "data": {
            "id": way.once or told.id,
            "roomId": room.id if room else None,
            "userId": None if way.once else told.user_id,
            "category": told.category.value,
            "title": told.title,
            "body": told.body,
            "data": told.data,
        },
    }


def signed(secret: str, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The headers by which the receiver knows who sent it, and when."""
    from standardwebhooks import Webhook as Signer  # with the first call

    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signer(secret).sign(message_id, at, body),
    }
