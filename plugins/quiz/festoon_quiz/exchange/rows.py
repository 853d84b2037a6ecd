"""Questions as rows of a table, the way people write them in a spreadsheet.

    kind | question | option 1 … option 8 | right | seconds | points | mode | media | media type | …

Several right answers stand in one cell, one a line or with `|` between them. A right answer may
be the letter or the number of an option. What is missing has its default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from festoon_quiz.rules.questions import KINDS, MODES

OPTIONS = 8
HEADER = [
    "kind",
    "question",
    *(f"option {number}" for number in range(1, OPTIONS + 1)),
    "right",
    "seconds",
    "points",
    "mode",
    "media",
    "media type",
    "media in words",
    "case matters",
    "accents matter",
    "id",
]
MOST_ROWS = 200
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_YES = {"yes", "true", "1", "x", "y"}


class BadFile(ValueError):
    """What a file cannot be read for, in words that name the line."""


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets a `'`."""
    if isinstance(value, str) and value.startswith(_RISKY):
        return f"'{value}"
    return value


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_RISKY) else text


def to_rows(questions: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """The header and one row a question."""
    return [list(HEADER), *(_row(one) for one in questions)]


def _row(question: Mapping[str, Any]) -> list[Any]:
    options = list(question.get("options", ()))
    media = question.get("media") or {}
    right = "\n".join(str(one).replace("|", "\\|") for one in question.get("right", ()))
    return [
        question.get("kind", "one"),
        question["text"],
        *(options + [""] * OPTIONS)[:OPTIONS],
        right,
        question.get("seconds", 20),
        question.get("points", 1000),
        question.get("mode") or "",
        media.get("url", ""),
        media.get("type", ""),
        media.get("alt", ""),
        "yes" if question.get("caseMatters") else "",
        "yes" if question.get("accentsMatter") else "",
        question.get("id", ""),
    ]


def from_rows(rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """The questions of a table whose first row names its columns.

    Raises `BadFile` for a header without a question, and for cells that are no number or kind.
    """
    kept = [(n, [_text(cell) for cell in row]) for n, row in enumerate(rows, start=1)]
    kept = [(n, row) for n, row in kept if any(row)]
    if not kept:
        raise BadFile("This file is empty.")
    names = [name.strip().casefold() for name in kept[0][1]]
    if "question" not in names:
        raise BadFile("The first line must name the columns, “question” among them.")
    if len(kept) - 1 > MOST_ROWS:
        raise BadFile(f"A quiz has at most {MOST_ROWS} questions; these are {len(kept) - 1}.")
    return [_question(n, dict(zip(names, row, strict=False))) for n, row in kept[1:]]


def _question(line: int, cells: Mapping[str, str]) -> dict[str, Any]:
    text = cells.get("question", "")
    if not text:
        raise BadFile(f"Line {line} has no question.")
    kind = cells.get("kind", "").casefold() or "one"
    if kind not in KINDS:
        raise BadFile(f"Line {line}: “{kind}” is no kind; there are {', '.join(KINDS)}.")
    options = [cells.get(f"option {number}", "") for number in range(1, OPTIONS + 1)]
    options = [option for option in options if option]
    found: dict[str, Any] = {"text": text, "kind": kind, "options": options}
    found["right"] = [_right(one, options) for one in _split(cells.get("right", ""))]
    for name in ("seconds", "points"):
        if given := cells.get(name, ""):
            found[name] = _number(line, name, given)
    mode = cells.get("mode", "").casefold()
    if mode and mode not in MODES:
        raise BadFile(f"Line {line}: “{mode}” is no mode; there are {', '.join(MODES)}.")
    if mode:
        found["mode"] = mode
    if url := cells.get("media", ""):
        kind_of = cells.get("media type", "") or "picture"
        found["media"] = {"url": url, "type": kind_of, "alt": cells.get("media in words", "")}
    for name, key in (("case matters", "caseMatters"), ("accents matter", "accentsMatter")):
        if cells.get(name, "").casefold() in _YES:
            found[key] = True
    if ident := cells.get("id", ""):
        found["id"] = ident
    return found


def _split(cell: str) -> list[str]:
    parts = re.split(r"\n|(?<!\\)\|", cell)
    return [part.replace("\\|", "|").strip() for part in parts if part.strip()]


def _right(text: str, options: Sequence[str]) -> str:
    """The option that a right answer names by its letter or number; else the text itself."""
    if text in options:
        return text
    if len(text) == 1 and text.upper() in "ABCDEFGH"[: len(options)]:
        return options[ord(text.upper()) - ord("A")]
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(options):
        return options[int(text) - 1]
    return text


def _number(line: int, name: str, text: str) -> int:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if value < 0 or value != int(value):
        raise BadFile(f"Line {line}: “{text}” is no whole number of {name}.")
    return int(value)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    return _bare(str(cell).strip())
