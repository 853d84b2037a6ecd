"""What JSON and text may be kept: the border that the database never has to defend."""

from __future__ import annotations

import math
from typing import Any

DEPTH = 64
"""Levels of nesting that the contract allows."""


def unstorable(value: Any, depth: int = 0) -> str | None:
    """Why a JSON value cannot be kept, or None: NUL, lone surrogates, NaN, too deep, no JSON."""
    if depth >= DEPTH and isinstance(value, dict | list | tuple):
        return f"is nested deeper than {DEPTH} levels"
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _unstorable_text(value)
    if isinstance(value, int):
        return None if abs(value) <= 2**63 - 1 else "is a number past what can be kept"
    if type(value) is float:
        return None if math.isfinite(value) else "is not a finite number"
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                return "has a key that is no text"
            if (why := _unstorable_text(key) or unstorable(item, depth + 1)) is not None:
                return why
        return None
    # Subclasses (a namedtuple) are left out: the serializer refuses them.
    if type(value) in (list, tuple):
        return next((why for item in value if (why := unstorable(item, depth + 1))), None)
    return "is not JSON"


def _unstorable_text(text: str) -> str | None:
    if "\x00" in text:
        return "holds a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair"
    return None
