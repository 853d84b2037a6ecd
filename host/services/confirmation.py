"""Showing that an address is one's own: by a link that only its mailbox has."""

from __future__ import annotations

from host.access import Actor, need_person
from host.errors import Conflict, InvalidToken
from host.services.codes import Codes
from host.services.core import Core
from host.services.letters import ask_to_confirm, need_mail, writes
from host.services.sessions import Sessions
from host.store import users
from host.store.codes import Purpose


class Confirmation:
    """All of it needs mail: `Unavailable` where there is none."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        self._codes = Codes(core)

    async def address_of(self, token: str) -> str | None:
        """The address that a link would confirm; None where the link is no good (any more)."""
        async with self._core.db.read() as connection:
            code = await self._codes.look(connection, Purpose.EMAIL, token)
        return code.target if code else None

    async def confirm(self, token: str) -> str:
        """Confirms the address of a link, once; answers it. `InvalidToken` for any other link."""
        need_mail(self._core)
        core, confirmed = self._core, False
        async with core.db.write() as connection:
            code = await self._codes.redeem(connection, Purpose.EMAIL, token)
            if code is not None and code.user_id is not None:
                confirmed = await users.confirm_address(
                    connection, code.user_id, code.target, core.sources.now()
                )
        if code is None or code.user_id is None or not confirmed:
            raise InvalidToken(
                "This link was used already, is older than three days, or a newer one was sent. "
                "Sign in and have another one sent."
            )
        self._sessions.forget_user(code.user_id)
        return code.target

    async def again(self, actor: Actor) -> None:
        """Sends the link once more; the one before is void.

        Conflict where there is nothing to confirm, `RateLimited` after too many.
        """
        need_mail(self._core)
        user = need_person(actor)
        async with self._core.db.write() as connection:
            account = await users.get(connection, user.id)
            if account is None or account.user.email is None:
                raise Conflict("Your account has no e-mail address to confirm.")
            if account.email_verified_at is not None:
                raise Conflict("Your address is confirmed already.")
            await self._codes.allow(connection, Purpose.EMAIL, account.user.email)
            await ask_to_confirm(self._core, connection, account.user)

    async def wanted(self, actor: Actor) -> bool:
        """Whether to ask the actor to confirm their address."""
        if not writes(self._core) or actor.user is None or actor.user.email is None:
            return False
        async with self._core.db.read() as connection:
            account = await users.get(connection, actor.user.id)
        return account is not None and account.email_verified_at is None
