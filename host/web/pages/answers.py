"""Who answers for each capability of a room, in words, and changing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from host.access import Act
from host.contract import Capability
from host.services.rooms import RoomView
from host.web.pages.acting import actor_of, services_of
from host.web.pages.frame import AppHere

PLATFORM = "The platform"
WORDS: dict[Capability, tuple[str, str]] = {
    Capability.WINNER_SELECTION: ("Picking winners", "Decides who wins a draw."),
    Capability.PARTICIPANT_REGISTRATION: (
        "Letting people in",
        "Decides who may join, and what they are asked at the door.",
    ),
    Capability.PRIZE_FUND: ("Prizes", "Puts up the first prizes and looks at each new one."),
    Capability.NOTIFICATIONS: ("Telling people", "Brings the news to those it is for."),
    Capability.ROOM_SETTINGS: ("Settings", "Looks at settings before they are saved."),
}


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
    for capability, (label, words) in WORDS.items():
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
                    if one.app_id == app_id
                    or (one.enabled and capability in one.manifest.get("capabilities", ()))
                ),
                fallback=capability in chosen.fallbacks,
                broken=app.problem if app else "",
            )
        )
    return found
