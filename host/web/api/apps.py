"""`/apps`: the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from host.services.apps import AppEntry
from host.store.paging import paged
from host.web.api.answers import Many
from host.web.api.call import Asked, Call
from host.web.api.query import PAGING, SMALL_LIMIT, page_request


async def list_apps(asked: Asked) -> Any:
    """The applications that can be chosen."""
    entries = await asked.services.apps.catalogue(asked.actor)
    page = paged(entries, page_request(asked.query, SMALL_LIMIT))
    return replace(page, items=[_shown(asked, entry) for entry in page.items])


async def get_app(asked: Asked) -> Any:
    """One application."""
    return _shown(asked, await asked.services.apps.get(asked.actor, asked.path["app_id"]))


def _shown(asked: Asked, entry: AppEntry) -> AppEntry:
    """Why an application does not run may tell of the host's inside."""
    return entry if asked.actor.is_admin else replace(entry, reason=None)


CALLS = (
    Call(
        "GET",
        "/apps",
        list_apps,
        "The catalogue",
        query=PAGING,
        answers=Many(AppEntry),
        conditional=True,
    ),
    Call("GET", "/apps/{app_id}", get_app, "One app", answers=AppEntry, conditional=True),
)
