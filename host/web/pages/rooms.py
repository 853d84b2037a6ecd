"""My rooms, and making a new one."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.contract import Capability, JsonObject
from host.errors import FestoonError, Forbidden, ValidationFailed
from host.services.apps import AppEntry
from host.store.paging import PageRequest
from host.web.api.body import READABLE
from host.web.form_kinds import for_later
from host.web.forms import Errors, Parsed, describe, parse
from host.web.pages.acting import act_once, actor_of, posted, services_of, whole
from host.web.pages.templating import templates_of, theme_of

ROOMS_A_PAGE = 24
SETTINGS = "settings"
"""Begins the names of the fields of an application's settings."""
NOTES = {
    "deleted": "The room is deleted.",
    "letter": "The letter is on its way.",
    "letter-late": "You have had a letter already. Look into your mail, the unwanted too.",
}
ABOUT: JsonObject = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {
            "type": "string",
            "title": "Name of the evening",
            "description": "Your guests see it at the door and on the big screen.",
            "minLength": 1,
            "maxLength": 200,
            **READABLE,
        },
        "description": {
            "type": "string",
            "title": "A line for your guests",
            "description": "Stands below the name where they join.",
            "maxLength": 5000,
        },
        "isPublic": {
            "type": "boolean",
            "title": "Anyone may find and see this room",
            "description": "Otherwise only those who have the code.",
            "default": False,
        },
    },
}
"""The fields of a room itself, by the keys of the wire contract."""


async def mine(request: Request) -> Response:
    """The rooms I am in, newest first."""
    actor = actor_of(request)
    actor.need_user()
    page = whole(request.query_params.get("page", ""), 1, 10_000, 1)
    found = await services_of(request).rooms.mine(actor, PageRequest(page, ROOMS_A_PAGE))
    context = {
        "rooms": found.items,
        "page": page,
        "pages": found.meta()["totalPages"],
        "note": NOTES.get(request.query_params.get("done", ""), ""),
        "confirm": await services_of(request).confirmation.wanted(actor),
    }
    return templates_of(request).page(request, "pages/rooms.html", context)


async def new(request: Request) -> Response:
    """The catalogue; with an application chosen its form, and what the form posts."""
    actor, services = actor_of(request), services_of(request)
    actor.need_user()
    if actor.is_guest:
        raise Forbidden("Guests take part. To host an evening, make an account: it is free.")
    apps = await services.apps.catalogue(actor)
    chosen = request.query_params.get("app", "")
    app = next((a for a in apps if a.app_id == chosen and a.state == "ACTIVE"), None)
    if app is None:
        context = {"app": None, "apps": [a for a in apps if _is_played(a)]}
        return templates_of(request).page(request, "pages/room_new.html", context)
    if request.method != "POST":
        return _form(request, app)
    form = await posted(request)
    schema = schema_of(app)
    about = parse(ABOUT, form)
    settings = parse(schema, form, prefix=SETTINGS, without=for_later(schema))
    if about.errors or settings.errors:
        return _form(request, app, form, about, settings.errors)

    async def make() -> str:
        fields = {**about.value, "appId": app.app_id, "appSettings": settings.value}
        view = await services.rooms.create(actor, fields)
        return f"/rooms/{view.room.id}?done=made"

    try:
        return await act_once(request, form, make, "/rooms")
    except ValidationFailed as refused:
        return _form(request, app, form, about, below(refused, "/appSettings"), refused)
    except FestoonError as refused:
        return _form(request, app, form, about, {}, refused)


def _is_played(app: AppEntry) -> bool:
    """Whether an evening can be about it; one that only brings news is added to a room."""
    capabilities = set(app.manifest.get("capabilities", ()))
    return app.state == "ACTIVE" and capabilities != {Capability.NOTIFICATIONS.value}


def schema_of(app: AppEntry) -> JsonObject:
    """The schema of an application's settings; without one there is nothing to set."""
    schema: JsonObject = app.manifest.get("settings") or {"type": "object"}
    return schema


def below(refused: ValidationFailed, pointer: str) -> dict[str, list[str]]:
    """Messages by JSON pointer, as seen from the value that `pointer` names."""
    return {
        key.removeprefix(pointer): [f"This {m}." if m[:1].islower() else m for m in messages]
        for key, messages in refused.fields.items()
    }


def _form(
    request: Request,
    app: AppEntry,
    form: FormData | None = None,
    about: Parsed | None = None,
    wrong: Errors | None = None,
    refused: FestoonError | None = None,
) -> Response:
    templates, schema = templates_of(request), schema_of(app)
    shown = Parsed({}, {}) if about is None else about
    placed = isinstance(refused, ValidationFailed) and any(wrong or {})
    context: dict[str, Any] = {
        "app": app,
        "apps": [],
        "theme": theme_of(None, templates.brand),
        "error": refused.message if refused and not placed else "",
        "about": describe(ABOUT, shown.value, shown.errors, posted=form),
        "settings": describe(
            schema, {}, wrong, posted=form, prefix=SETTINGS, without=for_later(schema)
        ),
    }
    bad = bool(shown.errors or wrong)
    status = refused.status if refused else 422 if bad else 200
    return templates.page(request, "pages/room_new.html", context, status=status)


def room_list_routes() -> list[Route]:
    """`/rooms` and `/rooms/new`."""
    return [
        Route("/rooms", mine, name="rooms"),
        Route("/rooms/new", new, methods=["GET", "POST"], name="new-room"),
    ]
