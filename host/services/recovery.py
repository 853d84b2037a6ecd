"""A lost password: a letter to the address of the account, and a new one by the link in it."""

from __future__ import annotations

from host.access import Actor
from host.auth.network import network
from host.auth.person import checked, clean_email, clean_password
from host.errors import InvalidToken
from host.services.codes import Codes
from host.services.core import Core
from host.services.letters import ask_to_reset, need_mail
from host.services.sessions import Sessions
from host.services.slowing import Slowed
from host.store import audit, users
from host.store import codes as store
from host.store import sessions as ended_by
from host.store.codes import Purpose

SECONDS = 30.0
"""Until one address may report one more lost password."""


class Recovery:
    """All of it needs mail: `Unavailable` where there is none."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        self._codes = Codes(core)
        self._slowed = Slowed(
            core, "lost password", burst=core.config.figures.letters_at_once, seconds=SECONDS
        )

    async def forgot(self, actor: Actor, email: str) -> None:
        """Sends a link to the address if it has an account; says nothing about whether it has."""
        need_mail(self._core)
        kept = checked({"email": (clean_email, email)})["email"]
        await self._slowed.take(network(actor.address))
        async with self._core.db.write() as connection:
            await ask_to_reset(self._core, connection, kept)

    async def address_of(self, token: str) -> str | None:
        """The address whose password a link would set; None where the link is no good."""
        async with self._core.db.read() as connection:
            code = await self._codes.look(connection, Purpose.PASSWORD, token)
        return code.target if code else None

    async def reset(self, actor: Actor, token: str, password: str) -> None:
        """Sets a new password by a link, once, and ends every session of the account.

        The address is confirmed by it, too. `InvalidToken` for a link that is no good,
        `ValidationFailed` for the password, which leaves the link as it was.
        """
        need_mail(self._core)
        core = self._core
        # Before the password is hashed: whoever has no link buys no work by it.
        if await self.address_of(token) is None:
            raise _no_good()
        kept = checked({"password": (clean_password, password)})["password"]
        hashed = await core.passwords.hash(kept)
        now, ended = core.sources.now(), list[str]()
        async with core.db.write() as connection:
            code = await self._codes.redeem(connection, Purpose.PASSWORD, token)
            user_id = code.user_id if code else None
            if code is None or user_id is None:
                raise _no_good()
            if not await users.confirm_address(connection, user_id, code.target, now):
                raise _no_good()
            await users.update(connection, user_id, now, password_hash=hashed)
            # The letter has shown what a letter to confirm the address would.
            await store.void(connection, Purpose.EMAIL, code.target, now)
            ended += await ended_by.end_all_of(connection, user_id, now)
            await audit.append(
                connection,
                entry_id=core.sources.new_id(),
                act="user:password_reset",
                now=now,
                actor_id=user_id,
                subject_id=user_id,
                request_id=actor.request_id or None,
            )
        self._sessions.forget_user(user_id)
        await self._sessions.announce_end(ended)


def _no_good() -> InvalidToken:
    return InvalidToken(
        "This link was used already, is older than an hour, or a newer one was sent. "
        "Ask for another one."
    )
