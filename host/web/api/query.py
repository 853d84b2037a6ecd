"""The query parameters of calls: one declaration each, for the check and for the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from host.apps.validation import Fields
from host.contract import JsonObject
from host.errors import MalformedRequest, ValidationFailed
from host.services.text import unstorable
from host.store.paging import PageRequest

MOST_PAGE = 100_000
MOST_LIMIT = 100
LARGE_LIMIT = 50
SMALL_LIMIT = 20
LONGEST_CURSOR = 400

NO_NUL = "^[^\\u0000]*$"
"""Of all texts: NUL cannot be kept."""

Parse = Callable[[str], Any]
"""Turns a query parameter's text into its value, or raises ValueError with the message."""


@dataclass(frozen=True)
class Parameter:
    """A query parameter: its JSON Schema, and a sentence for the reader.

    What reads it is made from the schema, once: a check costs a microsecond where the one by a
    validator costs twenty. A keyword that it would not look at is refused.
    """

    schema: JsonObject
    about: str = ""
    read: Parse = field(init=False, compare=False)

    def __post_init__(self) -> None:
        make, known = _READERS[self.schema["type"]]
        if unread := self.schema.keys() - known - {"type"}:
            raise TypeError(f"a query parameter has no {', '.join(sorted(unread))}")
        object.__setattr__(self, "read", make(self.schema))


def whole(least: int, most: int, about: str = "") -> Parameter:
    """A whole number within bounds."""
    return Parameter({"type": "integer", "minimum": least, "maximum": most}, about)


def one_of(values: Iterable[str], about: str = "") -> Parameter:
    """One of some words."""
    return Parameter({"type": "string", "enum": list(values)}, about)


def several(values: Iterable[str], about: str = "") -> Parameter:
    """Some of some words, with commas between them."""
    return Parameter({"type": "array", "items": {"type": "string", "enum": list(values)}}, about)


def switch(about: str) -> Parameter:
    """`true` or `false`."""
    return Parameter({"type": "boolean"}, about)


def words(most: int, about: str = "") -> Parameter:
    """Free text of at most so many characters."""
    return Parameter({"type": "string", "maxLength": most, "pattern": NO_NUL}, about)


def _whole(schema: JsonObject) -> Parse:
    least, most = schema["minimum"], schema["maximum"]

    def read(text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 30):
            raise ValueError("must be a whole number")
        value = int(text)
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most}")
        return value

    return read


def _text(schema: JsonObject) -> Parse:
    if "enum" in schema:
        return _word(tuple(schema["enum"]))
    most, pattern = schema["maxLength"], re.compile(schema.get("pattern", ""))

    def read(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"must have at most {most} characters")
        if not pattern.search(text):
            raise ValueError("has characters that it cannot have")
        return text

    return read


def _word(known: tuple[str, ...]) -> Parse:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return text

    return read


def _switch(_: JsonObject) -> Parse:
    def read(text: str) -> bool:
        if text not in ("true", "false"):
            raise ValueError("must be true or false")
        return text == "true"

    return read


def _several(schema: JsonObject) -> Parse:
    one = _word(tuple(schema["items"]["enum"]))

    def read(text: str) -> list[str]:
        return [one(part) for part in text.split(",") if part]

    return read


_READERS: Mapping[str, tuple[Callable[[JsonObject], Parse], frozenset[str]]] = {
    "integer": (_whole, frozenset({"minimum", "maximum"})),
    "string": (_text, frozenset({"enum", "maxLength", "pattern"})),
    "boolean": (_switch, frozenset()),
    "array": (_several, frozenset({"items"})),
}

CURSOR = "cursor"
PAGING: dict[str, Parameter] = {
    "page": whole(1, MOST_PAGE, "Which page of the list, from 1."),
    "limit": whole(1, MOST_LIMIT, "How many there are on a page."),
}
CURSORS: dict[str, Parameter] = {
    **PAGING,
    CURSOR: Parameter(
        {"type": "string", "maxLength": LONGEST_CURSOR, "pattern": "^[ -~]*$"},
        "Where to go on, as `meta.nextCursor` said; empty to begin.",
    ),
}
ONE: dict[str, Parameter] = {
    "includeDeleted": switch("Also what was deleted. For the organizer of the room.")
}
LISTS: dict[str, Parameter] = {**CURSORS, **ONE}
"""For lists of which organizers may also see what was deleted, and for what is in them."""


def read_query(request: Request, known: Mapping[str, Parameter]) -> JsonObject:
    """The query's parameters that `known` lists; wrong values and repeated ones are refused.

    Raises `ValidationFailed`, or `MalformedRequest` for what cannot be a cursor.
    """
    found: JsonObject = {}
    problems: Fields = {}
    for name, parameter in known.items():
        given = request.query_params.getlist(name)
        if not given:
            continue
        if len(given) > 1:
            problems[name] = ["is given more than once"]
            continue
        try:
            if why := unstorable(given[0]):
                raise ValueError(why)
            found[name] = parameter.read(given[0])
        except ValueError as error:
            if name == CURSOR:
                raise MalformedRequest("The cursor is not one that this list gave out.") from None
            problems[name] = [str(error)]
    if problems:
        raise ValidationFailed("The query has problems. See details.fields.", problems)
    return found


def page_request(query: dict[str, Any], default_limit: int) -> PageRequest:
    """What `page`, `limit` and `cursor` ask for."""
    return PageRequest(
        page=query.get("page", 1),
        limit=query.get("limit", default_limit),
        cursor=query.get(CURSOR),
    )
