"""Text that is found whatever the case it was written in, on every database alike.

SQLite is given Python's `lower`. PostgreSQL's knows what its locale knows: in the locale C that is
ASCII and nothing else. So there the other letters of what is sought, and only those, are folded
one by one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_LETTERS = (
    range(0x80, 0x3000),
    range(0xA640, 0xA800),
    range(0xAB30, 0xABC0),
    range(0xFF21, 0xFF3B),
    range(0x10400, 0x10428),
)
"""Where Unicode has letters with a case."""


def has(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Whether a column has `text` somewhere, whatever the case."""
    sought = text.lower()
    large = [(big, small) for small in sorted(set(sought)) for big in _capitals().get(small, ())]
    folded = _Folded(
        column,
        sa.literal("".join(big for big, _ in large), sa.Text()),
        sa.literal("".join(small for _, small in large), sa.Text()),
    )
    return folded.contains(sought, autoescape=True)


@lru_cache(maxsize=1)
def _capitals() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for letter in (chr(point) for points in _LETTERS for point in points):
        small = letter.lower()
        if small != letter and len(small) == 1:
            found.setdefault(small, []).append(letter)
    return found


class _Folded(FunctionElement[str]):
    """A column, and the capitals and the small letters for them."""

    name = "folded"
    type = sa.Text()
    inherit_cache = True


@compiles(_Folded, "sqlite")
def _on_sqlite(element: _Folded, compiler: Any, **more: Any) -> str:
    column = next(iter(element.clauses))
    return f"lower({compiler.process(column, **more)})"


@compiles(_Folded, "postgresql")
def _on_postgresql(element: _Folded, compiler: Any, **more: Any) -> str:
    column, capitals, small = (compiler.process(clause, **more) for clause in element.clauses)
    return f"translate(lower({column}), {capitals}, {small})"
