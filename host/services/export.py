"""Everything that is held of a person, in one document, for that person."""

from __future__ import annotations

import asyncio

from host.access import Actor
from host.apps.names import PLATFORM
from host.contract import JsonObject, iso
from host.errors import FestoonError, NotFound
from host.services.core import Core
from host.services.profiles import Profiles
from host.services.text import unstorable
from host.store import audit, dossiers
from host.store.apps import Source, listed

HOOK = "export_person"


class Export:
    """Asks the host's own tables and every application."""

    def __init__(self, core: Core, profiles: Profiles) -> None:
        self._core = core
        self._profiles = profiles

    async def of(self, actor: Actor, user_id: str) -> JsonObject:
        """`{exportedAt, user, identities, sessions, …, apps: {appId: …}, failed: […]}`.

        For the person and for an admin, whose reading of it is in the audit log. An application
        that could not be asked, or failed, stands in `failed` with the reason: the document never
        looks complete when it is not.
        """
        await self._profiles.authorize_user(actor, user_id)
        core = self._core
        async with core.db.read() as connection:
            user = await dossiers.user(connection, user_id)
            if user is None:
                raise NotFound("There is no such user.")
            held = await dossiers.held(connection, user_id)
            apps = [
                one.app_id
                for one in await listed(connection)
                if one.source is Source.IN_PROCESS and one.app_id != PLATFORM
            ]
        if actor.need_user().id != user_id:
            await self._note(actor, user_id)
        asked = await asyncio.gather(*(self._ask(app_id, user_id) for app_id in apps))
        told = dict(zip(apps, asked, strict=True))
        return {
            "exportedAt": iso(core.sources.now()),
            "user": user,
            **held,
            "apps": {app_id: found for app_id, found in told.items() if isinstance(found, dict)},
            "failed": [
                {"appId": app_id, "reason": found}
                for app_id, found in told.items()
                if isinstance(found, str)
            ],
        }

    async def _ask(self, app_id: str, user_id: str) -> JsonObject | str | None:
        """What the application holds, or why it could not say; None where it keeps nothing."""
        try:
            found: JsonObject | None = await self._core.dispatch.call(
                HOOK, app_id, None, user_id=user_id
            )
        except FestoonError as error:
            return error.message
        if why := unstorable(found):
            return f"What it said {why}."
        return found

    async def _note(self, actor: Actor, user_id: str) -> None:
        core = self._core
        async with core.db.write() as connection:
            await audit.append(
                connection,
                entry_id=core.sources.new_id(),
                act="user:export",
                now=core.sources.now(),
                actor_id=actor.need_user().id,
                subject_id=user_id,
                request_id=actor.request_id or None,
            )
