"""Web push: to each browser in which the person said yes (RFC 8030, 8291, 8292)."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from festoon_notifications.channels.base import Asked, Channel, Message, Way
from festoon_notifications.devices import Devices
from festoon_notifications.outcomes import Later, Outcome, Refused, Sent
from festoon_notifications.outgoing import session
from festoon_notifications.vapid import Vapid

if TYPE_CHECKING:
    from aiohttp import ClientSession

MOST_BODY = 1_500
"""Characters: what every push service takes is 3,993 bytes, with all that stands around them."""
MOST_TITLE = 200
DAY = 24 * 3600
GONE = frozenset({404, 410})


class Push(Channel):
    """One message for each of the person's browsers, which their push service holds for a day."""

    id = "push"
    title = "Messages of the browser"

    def __init__(self, devices: Devices, vapid: Vapid) -> None:
        self._devices = devices
        self._vapid = vapid
        self._session: ClientSession | None = None
        self._opening = asyncio.Lock()

    async def ways(self, asked: Asked) -> Sequence[Way]:
        """The person's browsers."""
        if not asked.settings.get("push", True):
            return ()
        found = await self._devices.of(asked.notification.user_id)
        return [Way(f"push:{one.id[:16]}", one.id) for one in found]

    async def send(self, message: Message) -> Outcome:
        """Encrypts and hands over; forgets a browser that its service no longer knows."""
        from aiohttp import ClientError, ClientTimeout
        from pywebpush import WebPushException, webpush_async

        asked = message.asked
        device = await self._devices.get(message.way.address)
        if device is None:
            return Refused("the browser has taken its permission back")
        private, subject = await self._vapid.private(), self._vapid.subject(asked.ctx)
        try:
            answer = await webpush_async(
                device.subscription,
                payload(message),
                vapid_private_key=private,
                vapid_claims={"sub": subject},
                ttl=DAY,
                headers={
                    "Urgency": "high" if asked.notification.urgent else "normal",
                    # A message that comes twice takes the place of the one that waits.
                    "Topic": topic(message.id),
                },
                timeout=ClientTimeout(total=8),
                aiohttp_session=await self._http(asked),
            )
        except WebPushException as failed:
            status = failed.response.status if failed.response is not None else 0
            return await self._failed(device.id, status)
        except (ClientError, OSError, TimeoutError) as error:
            return Later(f"the push service does not answer: {type(error).__name__}")
        del answer
        return Sent()

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _failed(self, device_id: str, status: int) -> Outcome:
        if status in GONE:
            await self._devices.forget(device_id)
            return Refused("the browser has taken its permission back")
        said = f"the push service answers {status}"
        if status == 429 or status >= 500 or status == 0:
            return Later(said)
        return Refused(said)

    async def _http(self, asked: Asked) -> ClientSession:
        async with self._opening:
            if self._session is None:
                self._session = session(asked.ctx.reach)
            return self._session


def payload(message: Message) -> str:
    """What the service worker shows: plain words, the way, and an id by which it knows repeats."""
    text = message.text
    body = text.body
    if len(body) > MOST_BODY:
        body = body[: MOST_BODY - 1] + "…"
    content = {
        "id": message.id,
        "title": text.title[:MOST_TITLE],
        "body": body,
        "url": text.link or "/",
        "lang": text.locale,
    }
    while len(made := json.dumps(content, ensure_ascii=False).encode()) > 3_500:
        body = body[: len(body) * 3 // 4 - 1]
        content["body"] = body + "…"
    return made.decode()


def topic(message_id: str) -> str:
    """At most 32 characters of URL-safe base64."""
    return urlsafe_b64encode(sha256(message_id.encode()).digest()).decode()[:32]
