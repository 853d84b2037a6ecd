"""The frame of the organizer's pages of one room: tabs, notes, problems, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from host.access import Act
from host.contract import JsonObject, ReviewState, RoomApp
from host.errors import DelegationFailed, DelegationTimeout, FestoonError, Forbidden, NotFound
from host.services.rooms import RoomView
from host.store.apps import Source
from host.web.pages.acting import actor_of, services_of
from host.web.pages.capabilities import labels
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
    "announced": "It is on its way.",
    "planned": "Planned. It goes out by itself at its time.",
    "announcement-gone": "Taken back. Nobody hears of it.",
    "code": "There is a new code. The old one opens nothing any more.",
    "app-added": "The application is on. See below what it answers for now.",
    "app-removed": "The application is out of this room.",
    "delegated": "Saved. From now on they answer.",
    "upgraded": "The room has the new version now.",
}
_TABS = (
    ("evening", "The evening", "", Act.CHANGE_PRIZES),
    ("guests", "Guests", "/guests", Act.REMOVE_PARTICIPANTS),
    ("announce", "Announce", "/announce", Act.ANNOUNCE),
    ("apps", "Apps", "/apps", Act.MANAGE_APPS),
    ("settings", "Settings", "/settings", Act.CHANGE_ROOM),
    ("log", "Log", "/log", Act.SEE_AUDIT),
)
NEWS_ON = ("pages/room/evening.html", "pages/room/apps.html")
"""The pages that tell of new versions of the room's applications."""


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
    """That of the version which the room is locked to."""
    settings: Mapping[str, Any]
    runs: str = ""
    """The version that this host runs."""
    newer: str = ""
    """The version that the room could go to."""
    answers: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()
    """What the version of the room offers, and the one that runs does not."""
    unreviewed: frozenset[str] = frozenset()
    """What it may not do on this host before it is reviewed."""
    review: ReviewState = ReviewState.APPROVED

    @property
    def offers(self) -> frozenset[str]:
        """What it could be given to do here."""
        return frozenset(self.manifest.get("capabilities", ())) - self.dropped - self.unreviewed

    @property
    def unable(self) -> list[str]:
        """What it has been given to do and does not do."""
        return [one for one in self.answers if one in self.dropped | self.unreviewed]

    @property
    def waits(self) -> str:
        """What it may not do here for want of a review, in words; "" where there is nothing."""
        if not self.unreviewed:
            return ""
        tasks = labels(sorted(self.unreviewed))
        if self.review is ReviewState.REJECTED:
            return f"Its review was refused: on this host it may not do {tasks}."
        return f"It waits for its review: until then it may not do {tasks} on this host."

    def why_not(self, capability: str) -> str:
        """Why it does not do something that it was given to do; "" where it does."""
        if self.problem:
            return self.problem
        if capability in self.dropped:
            return f"Its version {self.runs}, which runs on this host, does this no more."
        if capability in self.unreviewed:
            return "On this host it may do this only after review."
        return ""

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
    manifests = await services.room_apps.manifests(actor, view.room.id)
    newer = await services.upgrading.offers(actor, view.room.id)
    found = [
        await _app_here(
            request, view, one, manifests.get(one.app_id, {}), newer.get(one.app_id, "")
        )
        for one in listed
    ]
    return sorted(found, key=lambda app: (not app.main, app.name))


async def _app_here(
    request: Request, view: RoomView, one: RoomApp, manifest: Mapping[str, Any], newer: str
) -> AppHere:
    services = services_of(request)
    try:
        entry = await services.apps.get(actor_of(request), one.app_id)
    except NotFound:
        entry = None
    offered = frozenset(manifest.get("capabilities", ()))
    # A separate service is asked by the manifest of the room's version, whatever it runs.
    here = entry is not None and entry.source == Source.IN_PROCESS
    runs = frozenset(entry.manifest.get("capabilities", ())) if entry and here else offered
    reviewed = entry is None or entry.review_state is ReviewState.APPROVED
    meta = manifest.get("meta", {})
    main = one.app_id == view.room.app_id
    return AppHere(
        app_id=one.app_id,
        name=meta.get("name", one.app_id),
        description=meta.get("description", ""),
        version=one.manifest_version,
        main=main,
        enabled=one.enabled,
        state=entry.state if entry else "MISSING",
        reason=(entry.reason or "") if entry else "",
        manifest=manifest,
        settings=view.room.app_settings if main else one.settings,
        runs=entry.version if entry else "",
        newer=newer,
        answers=tuple(one.capabilities),
        dropped=offered - runs,
        unreviewed=frozenset() if reviewed else offered & services.reviews.protected,
        review=entry.review_state if entry else ReviewState.APPROVED,
    )


def problem_of(refused: FestoonError) -> Said:
    """A refusal, as it stands above the organizer's page."""
    if isinstance(refused, DelegationFailed | DelegationTimeout):
        hint = "Nothing was changed. Try again, or let the platform do it: see Apps."
        return Said("The application did not do its part", f"{refused.message} {hint}")
    return Said("That did not happen", refused.message)


def _missing(apps: Sequence[AppHere]) -> Iterator[Said]:
    for app in apps:
        if not app.works:
            yield Said(f"{app.name} does not work", app.problem)
        elif app.unable:
            why = app.why_not(app.unable[0])
            advice = "Choose who does it from now on."
            yield Said(f"{app.name} does not do {labels(app.unable)}", f"{why} {advice}")


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
        "missing": [*_missing(here)],
        "newer": [app for app in here if app.newer] if page in NEWS_ON else [],
    }
    return templates.page(
        request, page, {**frame, **context}, status=refused.status if refused else status
    )
