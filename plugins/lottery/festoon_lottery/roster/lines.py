"""A guest list as text: one person a line, or a table whose first line names its columns.

Pure: text in, people and faults out. Cells are divided by tabs (as a spreadsheet copies them),
semicolons, or commas. Without a header a comma divides only what ends in a number of tickets:
“Petrova, Anna” is one name.
"""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_LINES = 5_000
"""So many people are added at once."""
MOST_TICKETS = 100
LONGEST_NAME, LONGEST_NOTE = 80, 120

_COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("name", "full name", "guest", "person", "participant"), "name"),
    **dict.fromkeys(("first name", "firstname", "given name", "forename"), "first"),
    **dict.fromkeys(("last name", "lastname", "surname", "family name"), "last"),
    **dict.fromkeys(("tickets", "ticket", "number of tickets", "weight"), "tickets"),
    **dict.fromkeys(("note", "department", "team", "table", "number", "id", "office"), "note"),
}


@dataclass(frozen=True)
class Line:
    """A person as a line has them. `number` counts from 1; `tickets` None: as everybody."""

    number: int
    name: str
    note: str = ""
    tickets: int | None = None

    @property
    def key(self) -> str:
        """The same for the same person, however they were typed: name and note tell apart."""
        text = "\n".join(_folded(part) for part in (self.name, self.note))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    """A line that is nobody, and why."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True)
class Sheet:
    """What a text says: people, faulty lines, and columns that were left aside."""

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...] = ()
    ignored: tuple[str, ...] = ()


class Unreadable(ValueError):
    """Why a list cannot be read at all, in words for whoever pasted it."""


def read(text: str) -> Sheet:
    """The people of a list. Raises `Unreadable` for one that is empty or too long."""
    rows = _rows(text)
    if not rows:
        raise Unreadable("There is nobody in this list yet. Put each person on a line.")
    header = _header(rows[0][1])
    columns = header or {"name": 0}
    body = rows[1:] if header else rows
    if len(body) > MOST_LINES:
        raise Unreadable(
            f"These are {len(body)} lines, and {MOST_LINES} can be added at once. Add the list in "
            "parts: nobody is added twice."
        )
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, cells in body:
        found = _line(number, cells, columns if header else _guessed(cells))
        if isinstance(found, Line):
            lines.append(found)
        else:
            faults.append(found)
    ignored = [cell for at, cell in enumerate(rows[0][1]) if cell and at not in columns.values()]
    return Sheet(tuple(lines), tuple(faults), tuple(ignored) if header else ())


def _rows(text: str) -> list[tuple[int, list[str]]]:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    divider = _divider(plain)
    if divider is None:
        found = [[line] for line in plain.split("\n")]
    else:
        reader = csv.reader(io.StringIO(plain, newline=""), delimiter=divider)
        try:
            found = list(reader)
        except csv.Error as error:
            raise Unreadable(f"Line {reader.line_num} is not part of a table: {error}.") from None
    rows = [(n, [" ".join(cell.split()) for cell in row]) for n, row in enumerate(found, start=1)]
    return [(n, row) for n, row in rows if any(row)]


def _divider(text: str) -> str | None:
    kept = [line for line in text.split("\n") if line.strip()]
    for sign in "\t;":
        if any(sign in line for line in kept):
            return sign
    with_comma = [line for line in kept if "," in line]
    if not with_comma:
        return None
    named = _header([cell.strip().strip('"') for cell in kept[0].split(",")])
    numbered = all(line.rpartition(",")[2].strip(' "').isdigit() for line in with_comma)
    return "," if named or numbered else None


def _header(cells: Sequence[str]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        column = _COLUMNS.get(cell.casefold())
        if column:
            found.setdefault(column, at)
    return found if found.keys() & {"name", "first", "last"} else None


def _guessed(cells: Sequence[str]) -> dict[str, int]:
    """Columns without a header: a name, then a number of tickets and a note in any order."""
    columns = {"name": 0}
    for at, cell in enumerate(cells[1:], start=1):
        if cell:
            columns.setdefault("tickets" if cell.isdigit() else "note", at)
    return columns


def _line(number: int, cells: Sequence[str], columns: Mapping[str, int]) -> Line | Fault:
    def cell(column: str) -> str:
        at = columns.get(column, len(cells))
        return _bare(cells[at]) if at < len(cells) else ""

    text = " · ".join(filter(None, cells))[:LONGEST_NOTE]
    name = unicodedata.normalize("NFC", cell("name") or f"{cell('first')} {cell('last')}".strip())
    if not name:
        return Fault(number, text, "It has no name.")
    if len(name) > LONGEST_NAME:
        return Fault(number, text, f"The name is longer than {LONGEST_NAME} characters.")
    if not name.isprintable() or "\N{REPLACEMENT CHARACTER}" in name:
        return Fault(number, text, "The name has characters that cannot be read.")
    given = cell("tickets")
    if given and not (given.isascii() and given.isdigit() and 1 <= int(given) <= MOST_TICKETS):
        reason = f"“{given[:20]}” is no number of tickets from 1 to {MOST_TICKETS}."
        return Fault(number, text, reason)
    return Line(number, name, cell("note")[:LONGEST_NOTE], int(given) if given else None)


def _bare(cell: str) -> str:
    # As spreadsheets guard text that could be taken for a formula.
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
