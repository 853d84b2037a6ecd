"""The parts of a room's settings that are about people: rules for names, and the owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from host.access import Act
from host.contract import JsonObject, Role
from host.services.nicknames import LONGEST, LONGEST_WORD, MOST_WORDS
from host.services.rooms import RoomView
from host.store.paging import PageRequest
from host.web.forms import Errors, describe
from host.web.pages.acting import actor_of, services_of

MOST_HEIRS = 50
NAMES: JsonObject = {
    "type": "object",
    "properties": {
        "unique": {
            "type": "boolean",
            "title": "Every name only once",
            "description": "Names that look the same count as one, however they are typed.",
            "default": False,
        },
        "longest": {
            "type": "integer",
            "title": "Longest name",
            "description": "In characters, so that the big screen has room for it.",
            "minimum": 1,
            "maximum": LONGEST,
        },
        "words": {
            "type": "array",
            "title": "Words that no name may have",
            "description": "However they are written.",
            "maxItems": MOST_WORDS,
            "items": {"type": "string", "maxLength": LONGEST_WORD},
        },
    },
}
"""The fields of the rules for names, by the keys of the wire."""


def names_said(value: JsonObject) -> JsonObject:
    """The rules that a form says: what was emptied is no rule any more."""
    return {"longest": None, "unique": False, "words": [], **value}


def rules_shown(nicknames: Mapping[str, Any]) -> JsonObject:
    """The rules as the form shows them: what is no rule is left out."""
    return {name: value for name, value in nicknames.items() if value is not None}


async def doorkeeping(
    request: Request, view: RoomView, form: FormData | None = None, errors: Errors | None = None
) -> dict[str, Any]:
    """What the settings page shows of it; `form` and `errors` of a form that was refused."""
    services, actor = services_of(request), actor_of(request)
    rules = (await services.door.get(actor, view.room.id)).nicknames
    shown = rules_shown(rules)
    heirs = []
    if Act.HAND_OVER in view.may:
        for role in (Role.ORGANIZER, Role.MODERATOR):
            found = await services.participants.list(
                actor, view.room.id, PageRequest(limit=MOST_HEIRS), role=role
            )
            heirs += [one for one in found.items if one.user_id != view.room.organizer.id]
    return {
        "names": describe(NAMES, shown, errors or {}, posted=form, prefix="names"),
        "rules": shown,
        "heirs": heirs,
    }
