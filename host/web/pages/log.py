"""The log of a room, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.store.audit import AuditEntry
from host.store.paging import PageRequest
from host.web.pages.acting import actor_of, services_of
from host.web.pages.filters import listed
from host.web.pages.frame import enter, show

ENTRIES_A_PAGE = 50
LONGEST_VALUE = 120
SOMEBODY = "somebody"
ROLES = {
    "ADMIN": "admin",
    "ORGANIZER": "organizer",
    "MODERATOR": "assistant",
    "PARTICIPANT": "guest",
    "VIEWER": "onlooker",
}
FIELDS = {
    "name": "the name",
    "description": "the description",
    "isPublic": "who may see it",
    "status": "the state",
    "appSettings": "the settings",
    "settings": "the settings",
    "version": "the version",
    "enabled": "whether it is on",
    "quantity": "how many",
    "imageUrl": "the picture",
    "metadata": "the notes",
    "longest": "the longest name",
    "unique": "every name only once",
    "words": "the words",
}
STATES = {
    "ACTIVE": "opened the doors",
    "COMPLETED": "finished the evening",
    "CANCELLED": "cancelled the evening",
}


@dataclass(frozen=True)
class Line:
    """One entry: who, what in words, and what was there before and after."""

    at: datetime
    who: str
    what: str
    changes: tuple[tuple[str, str, str], ...]


class _Told:
    """An entry with its values at hand."""

    def __init__(self, entry: AuditEntry) -> None:
        self.entry = entry
        self.before: Mapping[str, Any] = entry.before or {}
        self.after: Mapping[str, Any] = entry.after or {}

    def name(self, key: object, otherwise: str = SOMEBODY) -> str:
        """How what has this id is called now."""
        return self.entry.names.get(str(key), otherwise)

    @property
    def subject(self) -> str:
        """Who or what it was done to."""
        return self.name(self.entry.subject_id)

    def prize(self, values: Mapping[str, Any]) -> str:
        """The prize that an award names."""
        return f"“{self.name(values.get('prizeId'), 'a prize')}”"


def _prize(verb: str) -> Callable[[_Told], str]:
    return lambda told: f"{verb} the prize “{told.name(told.entry.subject_id, 'without a name')}”"


def _role(told: _Told) -> str:
    role = ROLES.get(str(told.after.get("role")), "something else")
    return f"made {told.subject} {'an' if role[0] in 'ao' else 'a'} {role}"


def _drawn(told: _Told) -> str:
    names = [told.name(one) for one in told.after.get("winners", ())]
    return f"drew {told.prize(told.after)}: it goes to {listed(names)}"


def _people(told: _Told) -> str:
    number = told.after.get("people", 0)
    return "1 person" if number == 1 else f"{number} people"


SAID: Mapping[str, Callable[[_Told], str]] = {
    "room:create": lambda told: "made the room",
    "room:change": lambda told: "changed the room",
    "room:status": lambda told: STATES.get(str(told.after.get("status")), "changed the state"),
    "room:delete": lambda told: "deleted the room",
    "room:code": lambda told: f"made a new code; {told.before.get('joinCode')} opens nothing now",
    "room:owner": lambda told: f"handed the room over to {told.subject}",
    "door:lock": lambda told: "locked the door",
    "door:unlock": lambda told: "opened the door",
    "door:nicknames": lambda told: "changed the rules for names",
    "participant:role": _role,
    "participant:metadata": lambda told: f"changed the notes on {told.subject}",
    "participant:enter": lambda told: f"entered {_people(told)} from a list",
    "participant:take-out": lambda told: f"took {_people(told)} of a list out again",
    "participant:remove": lambda told: f"removed {told.subject}",
    "participant:ban": lambda told: f"banned {told.subject}",
    "participant:unban": lambda told: f"let {told.subject} come back",
    "prize:create": _prize("put up"),
    "prize:change": _prize("changed"),
    "prize:delete": _prize("took away"),
    "winner:award": lambda told: f"gave {told.prize(told.after)} to {told.subject}",
    "winner:revoke": lambda told: f"took {told.prize(told.before)} back from {told.subject}",
    "draw": _drawn,
    "announce": lambda told: f"announced “{told.after.get('title', '')}”",
    "announce:cancel": lambda told: "took an announcement back",
    "app:add": lambda told: f"added the application {told.entry.subject_id}",
    "app:change": lambda told: f"changed the application {told.entry.subject_id}",
    "app:upgrade": lambda told: (
        f"brought the application {told.entry.subject_id} to a newer version"
    ),
    "app:remove": lambda told: f"took out the application {told.entry.subject_id}",
    "app:delegate": lambda told: "changed who does what",
}
"""Every act of a room in words."""
SHOWN = {
    *("room:change", "door:nicknames", "prize:change"),
    *("app:change", "app:upgrade", "app:delegate"),
}
"""Acts of which before and after are not in the sentence already."""


def line_of(entry: AuditEntry) -> Line:
    """An entry as a person reads it; an act that has no words yet stands by its name."""
    told = _Told(entry)
    who = entry.actor.name if entry.actor else f"The application {entry.app_id}"
    if entry.actor and entry.app_id:
        who = f"{who} (by {entry.app_id})"
    said = SAID.get(entry.act)
    names = dict.fromkeys([*told.before, *told.after]) if entry.act in SHOWN else {}
    changes = tuple(
        (FIELDS.get(name, name), _value(told.before.get(name)), _value(told.after.get(name)))
        for name in names
    )
    return Line(entry.at, who, said(told) if said else entry.act, changes)


def _value(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            text = ", ".join(f"{name}: {_value(one)}" for name, one in value.items())
        case list():
            text = ", ".join(map(_value, value))
        case _:
            text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


async def log(request: Request) -> Response:
    """What was done in this room, newest first."""
    view = await enter(request, Act.SEE_AUDIT)
    cursor = request.query_params.get("before", "")
    found = await services_of(request).audit.log(
        actor_of(request), view.room.id, PageRequest(limit=ENTRIES_A_PAGE, cursor=cursor)
    )
    context = {
        "lines": [line_of(entry) for entry in found.items],
        "earlier": found.next_cursor,
        "newest": not cursor,
    }
    return await show(request, view, "log", "pages/room/log.html", context)


def log_routes() -> list[Route]:
    """`/rooms/{room_id}/log`."""
    return [Route("/rooms/{room_id}/log", log, name="log")]
