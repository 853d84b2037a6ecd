"""The browsers in which people said yes to messages."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from festoon_notifications.tables import subscriptions
from festoon_notifications.together import Together
from host import AsyncDatabase, ValidationFailed, iso

MOST = 20
"""Browsers of one person; the oldest makes room."""
_KEY = re.compile(r"[A-Za-z0-9_-]{87}=?")
_AUTH = re.compile(r"[A-Za-z0-9_-]{22}={0,2}")


@dataclass(frozen=True)
class Device:
    """A browser: where its push service is, and the keys that only it can read by."""

    id: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    name: str = ""
    at: str = ""

    @property
    def subscription(self) -> dict[str, Any]:
        """As a browser gives it, and pywebpush takes it."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}


def read_subscription(given: Any, name: str, *, plain: bool = False) -> Device:
    """What a browser's `PushSubscription.toJSON()` says, checked; `plain` lets HTTP pass.

    Raises `ValidationFailed`.
    """
    keys = given.get("keys") if isinstance(given, dict) else None
    endpoint = given.get("endpoint") if isinstance(given, dict) else None
    schemes = ("https", "http") if plain else ("https",)
    if not isinstance(endpoint, str) or len(endpoint) > 1_000 or not isinstance(keys, dict):
        raise _wrong("endpoint")
    if urlsplit(endpoint).scheme not in schemes or not urlsplit(endpoint).hostname:
        raise _wrong("endpoint")
    key, auth = str(keys.get("p256dh", "")), str(keys.get("auth", ""))
    if not _KEY.fullmatch(key) or not _AUTH.fullmatch(auth) or not _on_the_curve(key):
        raise _wrong("keys")
    return Device(sha256(endpoint.encode()).hexdigest(), endpoint, key, auth, name[:200])


class Devices:
    """The subscriptions of one host."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._reading = Together(self._read)

    async def of(self, user_id: str) -> list[Device]:
        """A person's browsers, oldest first."""
        return await self._reading.ask(user_id)

    async def _read(self, people: Sequence[str]) -> list[list[Device]]:
        query = (
            sa.select(subscriptions)
            .where(subscriptions.c.user_id.in_(set(people)))
            .order_by(subscriptions.c.at, subscriptions.c.id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [[_device(row) for row in rows if row.user_id == one] for one in people]

    async def get(self, device_id: str) -> Device | None:
        """One browser; None where it is gone."""
        query = sa.select(subscriptions).where(subscriptions.c.id == device_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return _device(row) if row else None

    async def keep(self, user_id: str, device: Device, now: datetime) -> None:
        """A browser is this person's from now on: who signs in there is who it tells."""
        values = {
            "user_id": user_id,
            "endpoint": device.endpoint,
            "p256dh": device.p256dh,
            "auth": device.auth,
            "device": device.name,
            "at": iso(now),
        }
        same = subscriptions.c.id == device.id
        try:
            async with self._database.write() as connection:
                await connection.execute(subscriptions.insert(), {"id": device.id, **values})
        except sa.exc.IntegrityError:
            async with self._database.write() as connection:
                await connection.execute(subscriptions.update().where(same).values(values))
        for old in (await self.of(user_id))[:-MOST]:
            await self.forget(old.id)

    async def forget(self, device_id: str, user_id: str | None = None) -> None:
        """Takes a browser out; with `user_id` only where it is that person's."""
        gone = subscriptions.delete().where(subscriptions.c.id == device_id)
        if user_id is not None:
            gone = gone.where(subscriptions.c.user_id == user_id)
        async with self._database.write() as connection:
            await connection.execute(gone)


def _device(row: Any) -> Device:
    return Device(row.id, row.endpoint, row.p256dh, row.auth, row.device, row.at)


def _on_the_curve(key: str) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        raw = urlsafe_b64decode(key + "=" * (-len(key) % 4))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return False
    return True


def _wrong(part: str) -> ValidationFailed:
    return ValidationFailed(
        "This is no subscription of a browser.", {part: ["Send what subscribe() answered."]}
    )
