"""Changing the secret of a separate service: for a while the old one is valid beside the new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from host.access import Actor
from host.errors import Conflict, NotFound
from host.services.core import Core
from host.services.registered import admit, note, service_of
from host.store import app_secrets, apps, registrations


@dataclass(frozen=True)
class NewSecret:
    """A new secret, shown this once, and until when the one before is valid beside it."""

    app_id: str
    app_secret: str
    old_secret_ends_at: datetime | None


class Rotation:
    """Secrets of services. `actor` None is the command line, where nobody signs in."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def new_secret(
        self, actor: Actor | None, app_id: str, overlap: int | None = None
    ) -> NewSecret:
        """Makes a new secret; the one before is valid for `overlap` seconds more.

        0 ends it at once, None takes what the host is configured to. Raises `Conflict` where
        somebody else did it at the same moment.
        """
        admit(actor)
        async with self._core.db.read() as conn:
            service_of(await apps.get(conn, app_id), app_id)
            seen = await app_secrets.living(conn, app_id, self._core.sources.now())
        secret = self._core.secrets.new(app_id)
        seconds = self._core.config.secret_overlap if overlap is None else overlap
        async with self._core.db.write() as conn:
            service_of(await registrations.lock(conn, app_id), app_id)
            now = self._core.sources.now()
            before = await app_secrets.living(conn, app_id, now)
            if [one.id for one in before[:1]] != [one.id for one in seen[:1]]:
                # Of two clicks at once the second would end the secret that the service has.
                raise Conflict("Somebody else has made a new secret at this very moment.")
            ends_at = now + timedelta(seconds=seconds) if before and seconds else None
            if ends_at is None:
                await app_secrets.end_all(conn, app_id)
            else:
                await app_secrets.retire(conn, app_id, ends_at)
            await app_secrets.insert(conn, secret.kept)
            await registrations.change(conn, app_id, now)
            about = {"oldSecretSeconds": seconds if ends_at else 0}
            await note(self._core, conn, actor, "service:secret", app_id, None, about)
        await self._core.bulletin.changed(app_id)
        return NewSecret(app_id, secret.text, ends_at)

    async def end_old_secret(self, actor: Actor | None, app_id: str) -> None:
        """Ends the secret before the newest, and the tokens that were given for it, at once.

        Raises `NotFound` where there is none.
        """
        admit(actor)
        async with self._core.db.write() as conn:
            service_of(await registrations.lock(conn, app_id), app_id)
            now = self._core.sources.now()
            if len(await app_secrets.living(conn, app_id, now)) < 2:
                raise NotFound("Only one secret of this application is valid.")
            await app_secrets.end_old(conn, app_id)
            await registrations.change(conn, app_id, now)
            await note(self._core, conn, actor, "service:end_secret", app_id, None, None)
        await self._core.bulletin.changed(app_id)
