"""Who answers for each capability of a room, in words, and changing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from host.access import Act
from host.services.rooms import RoomView
from host.web.pages.acting import actor_of, services_of
from host.web.pages.capabilities import CAPABILITIES
from host.web.pages.frame import AppHere

PLATFORM = "The platform"


@dataclass(frozen=True)
class Answer:
    """One capability: who answers, who else could, and whether that works."""

    capability: str
    label: str
    help: str
    app_id: str | None
    app_name: str
    choices: tuple[tuple[str, str], ...]
    fallback: bool
    broken: str


async def answers_of(request: Request, view: RoomView, apps: Sequence[AppHere]) -> list[Answer]:
    """All five capabilities, for those who may choose."""
    if Act.MANAGE_APPS not in view.may:
        return []
    chosen = await services_of(request).room_apps.delegations(actor_of(request), view.room.id)
    by_id = {app.app_id: app for app in apps}
    found = []
    for capability, (label, words) in CAPABILITIES.items():
        app_id = chosen.answerers[capability]
        app = by_id.get(app_id) if app_id else None
        found.append(
            Answer(
                capability=capability.value,
                label=label,
                help=words,
                app_id=app_id,
                app_name=app.name if app else app_id or PLATFORM,
                choices=tuple(
                    (one.app_id, one.name)
                    for one in apps
                    if one.app_id == app_id or (one.enabled and capability in one.offers)
                ),
                fallback=capability in chosen.fallbacks,
                broken=app.why_not(capability) if app else "",
            )
        )
    return found
