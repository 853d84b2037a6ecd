"""Codes and links by which somebody shows that an address or a number is theirs.

A secret is made from its row's id with a key of the host, so nobody has to keep it: what sends
it makes it, again if need be, and neither the table nor the jobs hold anything to steal.
"""

from __future__ import annotations

import base64
import hmac
import math
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from host.auth.network import network
from host.errors import RateLimited
from host.services.core import Core
from host.store import codes as store
from host.store.codes import Code, Purpose

LIVES = {
    Purpose.EMAIL: timedelta(days=3),
    Purpose.PASSWORD: timedelta(hours=1),
    Purpose.PHONE: timedelta(minutes=10),
}
"""How long each can be used."""
MOST_ATTEMPTS = 5
"""Guesses at one code of six digits."""
HOUR = timedelta(hours=1)
LONGEST_TOKEN = 120


class Codes:
    """Issues and redeems."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._making = core.tokens.derive_key("codes/make")
        self._keeping = core.tokens.derive_key("codes/keep")

    async def issue(
        self,
        connection: AsyncConnection,
        purpose: Purpose,
        target: str,
        *,
        user_id: str | None = None,
        code_id: str | None = None,
        asked_from: str | None = None,
    ) -> Code:
        """Writes a code in the caller's transaction; those before it to the same target are void.

        Under a `code_id` that the caller knows, a repeated job finds the code again.
        """
        now = self._core.sources.now()
        new_id = code_id or self._core.sources.new_id()
        secret = self.digits(new_id) if purpose is Purpose.PHONE else self.token(new_id)
        code = Code(
            id=new_id,
            purpose=purpose,
            target=target,
            user_id=user_id,
            secret_hash=self._hash(new_id, secret),
            attempts=0,
            created_at=now,
            expires_at=now + LIVES[purpose],
        )
        await store.void(connection, purpose, target, now)
        await store.insert(connection, code, asked_from)
        return code

    def token(self, code_id: str) -> str:
        """The secret of a link: the code's id, and 256 bits that only this host can add to it."""
        mac = hmac.digest(self._making, f"token {code_id}".encode(), "sha256")
        return f"{code_id}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def digits(self, code_id: str) -> str:
        """The six digits that a person types."""
        mac = hmac.digest(self._making, f"digits {code_id}".encode(), "sha256")
        return f"{int.from_bytes(mac, 'big') % 1_000_000:06}"

    def holds(self, code: Code, secret: str) -> bool:
        """Whether the secret is this code's, in a time that does not tell how wrong it is."""
        return hmac.compare_digest(self._hash(code.id, secret), code.secret_hash)

    def sendable(self, code: Code | None) -> bool:
        """Whether there is a point in sending it, and it is made with today's key."""
        if code is None or not code.lives(self._core.sources.now()):
            return False
        is_phone = code.purpose is Purpose.PHONE
        return self.holds(code, self.digits(code.id) if is_phone else self.token(code.id))

    async def look(self, connection: AsyncConnection, purpose: Purpose, token: str) -> Code | None:
        """The living code of a link, which stays usable; None for any other token."""
        code_id = token.partition(".")[0]
        if len(token) > LONGEST_TOKEN or not (code_id.isascii() and code_id.isalnum()):
            return None
        code = await store.get(connection, code_id)
        if code is None or code.purpose is not purpose or not self.holds(code, token):
            return None
        return code if code.lives(self._core.sources.now()) else None

    async def redeem(
        self, connection: AsyncConnection, purpose: Purpose, token: str
    ) -> Code | None:
        """As `look`, and uses it up: of several at once exactly one gets it."""
        code = await self.look(connection, purpose, token)
        if code is None:
            return None
        return await store.use(connection, code.id, self._core.sources.now())

    async def redeem_digits(
        self, connection: AsyncConnection, number: str, digits: str
    ) -> Code | None:
        """The code of a number, used up, if the digits are its; the guess counts either way.

        The caller commits even where it gets None.
        """
        now = self._core.sources.now()
        code = await store.count_attempt(
            connection, Purpose.PHONE, number, most=MOST_ATTEMPTS, now=now
        )
        if code is None or not self.holds(code, digits):
            return None
        return await store.use(connection, code.id, now)

    async def allow(
        self,
        connection: AsyncConnection,
        purpose: Purpose,
        target: str,
        asked_from: str | None = None,
    ) -> None:
        """Lets another one be issued, or raises `RateLimited` with the seconds to wait."""
        figures, now = self._core.config.figures, self._core.sources.now()
        await store.line_up(connection, f"{purpose} {target}", *filter(None, [asked_from]))
        sent = await store.sent_to(connection, purpose, target, now - HOUR)
        if sent.last is not None and sent.first is not None:
            _wait_until(sent.last + timedelta(seconds=figures.code_seconds), now)
            if figures.codes_per_hour and sent.number >= figures.codes_per_hour:
                _wait_until(sent.first + HOUR, now)
        if asked_from is not None and figures.codes_per_network:
            had = await store.sent_for(connection, asked_from, now - HOUR)
            if had.first is not None and had.number >= figures.codes_per_network:
                _wait_until(had.first + HOUR, now)

    def network(self, address: str) -> str:
        """What stands in the table for the network that an address is in."""
        return hmac.digest(self._keeping, network(address).encode(), "sha256").hex()

    def _hash(self, code_id: str, secret: str) -> str:
        text = f"{code_id} {secret}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._keeping, text, "sha256").hex()


def _wait_until(moment: datetime, now: datetime) -> None:
    if moment > now:
        raise RateLimited(math.ceil((moment - now).total_seconds()))
