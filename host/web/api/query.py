"""How the query parameters of lists are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from host.errors import MalformedRequest
from host.store.paging import PageRequest
from host.web.api.body import Parse

MOST_PAGE = 100_000
MOST_LIMIT = 100
LARGE_LIMIT = 50
SMALL_LIMIT = 20
LONGEST_CURSOR = 400


def whole(least: int, most: int) -> Parse:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 30):
            raise ValueError("must be a whole number")
        value = int(text)
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most}")
        return value

    return parse


def one_of(values: Iterable[str]) -> Parse:
    """One of some words."""
    known = tuple(values)

    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return text

    return parse


def switch(text: str) -> bool:
    """`true` or `false`."""
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def words(most: int) -> Parse:
    """Free text of at most so many characters."""

    def parse(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"must have at most {most} characters")
        return text

    return parse


def cursor(text: str) -> str:
    """A cursor as a list gave it out; raises `MalformedRequest` for what cannot be one."""
    if len(text) > LONGEST_CURSOR or not text.isascii() or not text.isprintable():
        raise MalformedRequest("The cursor is not one that this list gave out.")
    return text


PAGING: dict[str, Parse] = {"page": whole(1, MOST_PAGE), "limit": whole(1, MOST_LIMIT)}
CURSORS: dict[str, Parse] = {**PAGING, "cursor": cursor}
ONE: dict[str, Parse] = {"includeDeleted": switch}
LISTS: dict[str, Parse] = {**CURSORS, **ONE}
"""For lists of which organizers may also see what was deleted, and for what is in them."""


def page_request(query: dict[str, Any], default_limit: int) -> PageRequest:
    """What `page`, `limit` and `cursor` ask for."""
    return PageRequest(
        page=query.get("page", 1),
        limit=query.get("limit", default_limit),
        cursor=query.get("cursor"),
    )
