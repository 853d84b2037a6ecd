"""The frame of the organizer's pages of one room: tabs, notes, problems, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from host.access import Act
from host.contract import JsonObject, RoomApp
from host.errors import DelegationFailed, DelegationTimeout, FestoonError, Forbidden, NotFound
from host.services.rooms import RoomView
from host.web.pages.acting import actor_of, services_of
from host.web.pages.templating import templates_of, theme_of

NOTES = {
    "made": "The room is there. Put up your prizes, then open the doors.",
    "opened": "The doors are open. Guests can join now.",
    "finished": "The evening is finished. Everyone’s page says thank you.",
    "cancelled": "The evening is cancelled. Everyone’s page says so.",
    "prize": "The prize is up.",
    "prize-saved": "The prize is saved.",
    "prize-deleted": "The prize is gone.",
    "revoked": "Taken back. The prize can be drawn again.",
    "role": "The role is changed.",
    "removed": "They are out. With the code they can come back.",
    "banned": "They are out, and can’t come back until you let them.",
    "unbanned": "They may come back now. They are not in yet: they need the code.",
    "owner": "The room is theirs now. You are still an organizer.",
    "saved": "Saved.",
    "code": "There is a new code. The old one opens nothing any more.",
    "app-added": "The application is on. See below what it answers for now.",
    "app-removed": "The application is out of this room.",
    "delegated": "Saved. From now on they answer.",
}
_TABS = (
    ("evening", "The evening", "", Act.CHANGE_PRIZES),
    ("guests", "Guests", "/guests", Act.REMOVE_PARTICIPANTS),
    ("apps", "Apps", "/apps", Act.MANAGE_APPS),
    ("settings", "Settings", "/settings", Act.CHANGE_ROOM),
    ("log", "Log", "/log", Act.SEE_AUDIT),
)


@dataclass(frozen=True)
class Said:
    """A message with a title."""

    title: str
    words: str


@dataclass(frozen=True)
class AppHere:
    """An application of the room and how it is on this host."""

    app_id: str
    name: str
    description: str
    version: str
    main: bool
    enabled: bool
    state: str
    reason: str
    manifest: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def works(self) -> bool:
        """Whether it can be asked."""
        return self.state == "ACTIVE"

    @property
    def schema(self) -> JsonObject:
        """The schema of its settings, in the version that the room is locked to."""
        schema: JsonObject = self.manifest.get("settings") or {"type": "object"}
        return schema

    @property
    def settable(self) -> bool:
        """Whether there is anything to set."""
        return bool(self.schema.get("properties"))

    @property
    def problem(self) -> str:
        """What is wrong with it, in words; "" where nothing is."""
        if self.works:
            return ""
        said = {
            "MISSING": "It is not installed on this host any more.",
            "DISABLED": "It is switched off on this host.",
            "QUARANTINED": "It failed too often and was taken off.",
        }.get(self.state, "It could not be started on this host.")
        return f"{said} {self.reason}".strip()


async def enter(request: Request, act: Act = Act.CHANGE_PRIZES) -> RoomView:
    """The room of the path, for those who may do `act`; others are refused with the reason.

    Raises `Unauthorized` where nobody is signed in, `NotFound`, or `Forbidden`.
    """
    actor = actor_of(request)
    actor.need_user()
    view = await services_of(request).rooms.get(actor, request.path_params["room_id"])
    if act not in view.may:
        raise Forbidden(f"Only the organizer may {act.value}.")
    return view


async def apps_here(request: Request, view: RoomView) -> list[AppHere]:
    """The room's applications, the main one first, also those that the host has lost."""
    if Act.MANAGE_APPS not in view.may:
        return []
    services, actor = services_of(request), actor_of(request)
    listed = await services.room_apps.list(actor, view.room.id)
    found = [await _app_here(request, view, one) for one in listed]
    return sorted(found, key=lambda app: (not app.main, app.name))


async def _app_here(request: Request, view: RoomView, one: RoomApp) -> AppHere:
    main = one.app_id == view.room.app_id
    try:
        entry = await services_of(request).apps.get(actor_of(request), one.app_id)
    except NotFound:
        manifest: Mapping[str, Any] = view.room.app.manifest if main else {}
        state, reason = "MISSING", ""
    else:
        manifest, state, reason = entry.manifest, entry.state, entry.reason or ""
        if main:
            # The room is locked to the version that it was made with.
            manifest = view.room.app.manifest
    meta = manifest.get("meta", {})
    return AppHere(
        app_id=one.app_id,
        name=meta.get("name", one.app_id),
        description=meta.get("description", ""),
        version=one.manifest_version,
        main=main,
        enabled=one.enabled,
        state=state,
        reason=reason,
        manifest=manifest,
        settings=view.room.app_settings if main else one.settings,
    )


def problem_of(refused: FestoonError) -> Said:
    """A refusal, as it stands above the organizer's page."""
    if isinstance(refused, DelegationFailed | DelegationTimeout):
        hint = "Nothing was changed. Try again, or let the platform do it: see Apps."
        return Said("The application did not do its part", f"{refused.message} {hint}")
    return Said("That did not happen", refused.message)


async def show(
    request: Request,
    view: RoomView,
    tab: str,
    page: str,
    context: Mapping[str, Any],
    *,
    refused: FestoonError | None = None,
    note: str = "",
    status: int = 200,
    apps: Sequence[AppHere] | None = None,
) -> Response:
    """One of the organizer's pages, in the frame. `apps` are those of the room, if at hand."""
    here = await apps_here(request, view) if apps is None else apps
    templates, room = templates_of(request), view.room
    base = f"/rooms/{room.id}"
    frame = {
        "room": room,
        "may": view.may,
        "seq": view.seq,
        "theme": theme_of(room, templates.brand),
        "tab": tab,
        "tabs": [(key, label, base + below) for key, label, below, act in _TABS if act in view.may],
        "note": note or NOTES.get(request.query_params.get("done", ""), ""),
        "problem": problem_of(refused) if refused else None,
        "missing": [
            Said(f"{app.name} does not work", app.problem) for app in here if not app.works
        ],
    }
    return templates.page(
        request, page, {**frame, **context}, status=refused.status if refused else status
    )
