"""Regular expressions that cannot hang: RE2, whose matching time is linear in the text.

A manifest's `pattern` meets whatever a person types, and a backtracking matcher can take years
over thirty characters. RE2 does not backtrack; what cannot be matched that way (lookaround,
back-references) is refused when the manifest is read.

As JSON Schema wants it, a pattern matches anywhere in the text unless it is anchored. RE2 reads
two things otherwise than ECMA 262 does: `\\s` and `\\b` know ASCII only, and a `]` that comes first
in a class stands for itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

MOST_TEXT = 1_000
"""Characters of a text that may be matched against a pattern."""
MOST_MEMORY = 1 << 20
"""Bytes that one compiled pattern may take."""

_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class PatternError(ValueError):
    """A pattern that cannot be matched in time, or is none; the message says why."""


class Pattern:
    """A compiled pattern; `matches` is its only verb."""

    def __init__(self, program: Any) -> None:
        self._program = program

    def matches(self, text: str) -> bool:
        """Whether the pattern matches somewhere in the text."""
        return self._program.search(text) is not None


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Pattern:
    """The pattern, ready to match. Raises `PatternError`."""
    options = re2.Options()
    options.max_mem = MOST_MEMORY
    options.log_errors = False
    try:
        return Pattern(re2.compile(_UNICODE_ESCAPE.sub(r"\\x{\1}", pattern), options))
    except re2.error as error:
        told = error.args[0] if error.args else "it is not a regular expression"
        reason = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        raise PatternError(f"cannot be used: {reason}") from None
