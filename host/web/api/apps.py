"""`/apps`: the catalogue."""

from __future__ import annotations

from typing import Any

from host.web.api.body import answer
from host.web.api.call import Asked, Call


async def list_apps(asked: Asked) -> Any:
    """The applications that can be chosen."""
    entries = list(await asked.services.apps.catalogue(asked.actor))
    total = len(entries)
    return answer(
        entries, meta={"page": 1, "limit": max(total, 1), "total": total, "totalPages": 1}
    )


async def get_app(asked: Asked) -> Any:
    """One application."""
    return await asked.services.apps.get(asked.actor, asked.path["app_id"])


CALLS = (
    Call("GET", "/apps", list_apps, "The catalogue"),
    Call("GET", "/apps/{app_id}", get_app, "One app"),
)
