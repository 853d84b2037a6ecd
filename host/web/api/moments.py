"""Moments in the bodies of calls."""

from __future__ import annotations

from datetime import UTC, datetime

from host.contract import JsonObject
from host.errors import ValidationFailed

MOMENT: JsonObject = {"type": ["string", "null"], "maxLength": 40}


def moment(body: JsonObject, name: str) -> datetime | None:
    """A moment of the body, in ISO 8601 with its zone; None where none is given."""
    given = body.get(name)
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
        if found.tzinfo is None:
            raise ValueError("no zone")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        problems = {name: ["must be a moment with its zone, as 2026-12-31T21:30:00Z"]}
        raise ValidationFailed("The body has problems. See details.fields.", problems) from None
