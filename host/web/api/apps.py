"""`/apps`: the catalogue."""

from __future__ import annotations

from typing import Any

from host.store.paging import paged
from host.web.api.call import Asked, Call
from host.web.api.query import PAGING, SMALL_LIMIT, page_request


async def list_apps(asked: Asked) -> Any:
    """The applications that can be chosen."""
    entries = await asked.services.apps.catalogue(asked.actor)
    return paged(entries, page_request(asked.query, SMALL_LIMIT))


async def get_app(asked: Asked) -> Any:
    """One application."""
    return await asked.services.apps.get(asked.actor, asked.path["app_id"])


CALLS = (
    Call("GET", "/apps", list_apps, "The catalogue", query=PAGING),
    Call("GET", "/apps/{app_id}", get_app, "One app"),
)
