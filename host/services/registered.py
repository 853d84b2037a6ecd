"""What every act on a separate service takes: an administrator, the service, a note of it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor, need_person
from host.apps.names import PLATFORM
from host.contract import JsonObject
from host.errors import Conflict, Forbidden, NotFound
from host.services.core import Core
from host.store import audit
from host.store.apps import KnownApp, Source


def admit(actor: Actor | None) -> None:
    """Lets administrators of the platform pass, and the command line, where nobody signs in: None.

    Raises `Unauthorized` or `Forbidden`.
    """
    if actor is not None:
        need_person(actor)
        if not actor.is_admin:
            raise Forbidden("Only an administrator of the platform may do this.")


def service_of(row: KnownApp | None, app_id: str) -> KnownApp:
    """The service, or `NotFound`; `Conflict` for what runs in the host's own process."""
    if row is None or row.app_id == PLATFORM or row.removed_at is not None:
        raise NotFound("There is no such application.")
    if row.source is Source.IN_PROCESS:
        raise Conflict(
            f"The application '{app_id}' is installed in the host: it has no secret, and its "
            "version is the one that is installed. Change or uninstall it there (pip), or switch "
            f"it off with `festoon apps disable {app_id}`; then start the host again."
        )
    return row


async def note(
    core: Core,
    connection: AsyncConnection,
    actor: Actor | None,
    act: str,
    app_id: str,
    before: JsonObject | None,
    after: JsonObject | None,
) -> None:
    """Writes an entry into the audit log, in the transaction of the act."""
    await audit.append(
        connection,
        entry_id=core.sources.new_id(),
        act=act,
        now=core.sources.now(),
        actor_id=actor.need_user().id if actor else None,
        subject_id=app_id,
        before=before,
        after=after,
        request_id=(actor.request_id or None) if actor else None,
    )
