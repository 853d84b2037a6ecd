"""Whether an application may tell people of a room something, and how often."""

from __future__ import annotations

from host.admission import Tier
from host.apps.names import PLATFORM
from host.errors import Forbidden, RateLimited
from host.services.core import Core
from host.store import room_apps


async def may_tell(core: Core, app_id: str, room_id: str) -> bool:
    """Whether the organizer lets an application tell people of this room anything."""
    if app_id == PLATFORM:
        return True
    async with core.db.read() as connection:
        return await room_apps.may_notify(connection, room_id, app_id)


async def need_consent(core: Core, app_id: str, room_id: str) -> None:
    """Raises `Forbidden` where the organizer does not let it, `RateLimited` past its rate."""
    if not await may_tell(core, app_id, room_id):
        raise Forbidden("The organizer does not let this application tell people anything.")
    count(core, app_id, room_id)


def count(core: Core, app_id: str, room_id: str) -> None:
    """Counts once that an application tells something; `RateLimited` where it is once too often."""
    if app_id == PLATFORM:
        return
    standing = core.admission.of_app(Tier.NOTICES, f"{app_id}/{room_id}")
    if standing is not None and standing.wait:
        raise RateLimited(standing.wait)
