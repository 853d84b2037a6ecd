"""What is known of a user: shown, and changed by themselves."""

from __future__ import annotations

from typing import Any

from host.access import Actor, need_permission
from host.auth.person import checked, clean_avatar, clean_name
from host.contract import Permission, Person, User
from host.errors import Forbidden, NotFound
from host.services.core import Core
from host.services.idempotency import keep_answer
from host.services.nicknames import renaming
from host.services.sessions import Sessions
from host.services.versions import Tags, need_match
from host.store import users


class Profiles:
    """The part of `Identity` that is about people rather than sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sessions = Sessions(core)

    @property
    def sessions(self) -> Sessions:
        """The sessions of this process; what one of them ends is ended for all who ask here."""
        return self._sessions

    async def me(self, actor: Actor) -> User:
        """The actor's own user; Unauthorized where there is none."""
        user = actor.need_user()
        need_permission(actor, Permission.USERS_READ)
        return user

    async def get_user(self, actor: Actor, user_id: str) -> User | Person:
        """The whole user for themselves and for an admin, a `Person` for others."""
        if actor.app_id is None:
            actor.need_user()
        need_permission(actor, Permission.USERS_READ)
        user = await self._find(user_id)
        return user if _whole(actor, user_id) else user.person

    async def authorize_user(self, actor: Actor, user_id: str) -> None:
        """Lets through who may change or delete this user: themselves, or an admin."""
        actor.need_user()
        await self._find(user_id)
        if actor.app_id is not None:
            raise Forbidden("An application may not change or delete accounts.")
        if not _whole(actor, user_id):
            raise Forbidden("Only the user and an admin may change or delete this account.")

    async def change_user(
        self, actor: Actor, user_id: str, changes: dict[str, Any], if_match: Tags = None
    ) -> User:
        """Changes `name` and `avatar` (None takes it away), whichever are given.

        Raises `Conflict` with `details.reason` for a name that does not do in a room they are in.
        """
        await self.authorize_user(actor, user_id)
        given = {k: v for k, v in changes.items() if not (k == "avatar" and v is None)}
        rules = {"name": clean_name, "avatar": clean_avatar}
        kept: dict[str, Any] = changes | checked({k: (rules[k], v) for k, v in given.items()})
        async with self._core.db.write() as connection:
            if if_match is not None and (before := await users.get(connection, user_id)):
                need_match(if_match, before.user.updated_at)
            async with renaming(connection, user_id, kept.get("name")):
                user = await users.update(connection, user_id, self._core.sources.now(), **kept)
            if user is None:
                raise _unknown()
            await keep_answer(connection, user)
        self._sessions.forget_user(user_id)
        return user

    async def _find(self, user_id: str) -> User:
        # An id that none of ours can be is not worth a question, and may not be storable text.
        if not (user_id.isascii() and user_id.isalnum()):
            raise _unknown()
        async with self._core.db.read() as connection:
            account = await users.get(connection, user_id)
        if account is None:
            raise _unknown()
        return account.user


def _whole(actor: Actor, user_id: str) -> bool:
    if actor.user is None:
        return False
    return actor.is_admin or actor.user.id == user_id


def _unknown() -> NotFound:
    return NotFound("There is no such user.")
