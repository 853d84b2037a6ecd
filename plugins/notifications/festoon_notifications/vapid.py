"""The host's key for web push: made once, kept, and never changed by itself.

Browsers subscribe to the public part, so with another key every subscription is lost.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import sqlalchemy as sa

from festoon_notifications.tables import keys
from host import AppContext, AsyncDatabase

NAME = "vapid"


class Vapid:
    """The key pair of one host, in the form that push services and pywebpush take."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._private: str | None = None

    async def private(self) -> str:
        """The private scalar, base64url. Of processes that begin together one makes it."""
        if self._private is None:
            self._private = await self._kept() or await self._made()
        return self._private

    async def public(self) -> str:
        """The public point, base64url: `applicationServerKey` in the browser."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        number = int.from_bytes(urlsafe_b64decode(_padded(await self.private())))
        point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
        return _plain(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def subject(self, ctx: AppContext) -> str:
        """Whom a push service may write to about our messages."""
        mail = ctx.mail
        if mail is not None:
            return f"mailto:{mail.sender}"
        if ctx.public_url.startswith("https://"):
            return ctx.public_url
        return "mailto:nobody@localhost.invalid"

    async def _kept(self) -> str | None:
        query = sa.select(keys.c.value).where(keys.c.name == NAME)
        async with self._database.read() as connection:
            found: str | None = await connection.scalar(query)
        return found

    async def _made(self) -> str:
        from cryptography.hazmat.primitives.asymmetric import ec

        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        made = _plain(number.to_bytes(32))
        try:
            async with self._database.write() as connection:
                await connection.execute(keys.insert(), {"name": NAME, "value": made})
        except sa.exc.IntegrityError:
            kept = await self._kept()
            assert kept is not None
            return kept
        return made


def _plain(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
