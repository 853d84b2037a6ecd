"""The wire contract line by line: each row of its tables, each sentence of its rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "contract.md"
BEGINS = "## 1."
"""What stands before is about the contract, and promises nothing itself."""
LEAST = 10
"""Fewer letters than these, in all, name nothing."""
_SENTENCE = re.compile(r"(?<=[.])\s+(?=[A-Z`*])")
_RULE = re.compile(r"\|[\s|:-]+\|")
_GAP = re.compile(r"…|\|")
_UNSAID = re.compile(r"[`*\"“”'’\s|·]+")


@dataclass(frozen=True)
class Line:
    """One line: the heading that it stands under, and its text as it is written."""

    section: str
    text: str

    @property
    def said(self) -> str:
        """The text without marks of writing, in lower case."""
        return _plain(self.text)


def contract_lines() -> list[Line]:
    """Every line of the contract, in its order."""
    return list(_lines(CONTRACT.read_text(encoding="utf-8").splitlines()))


def named(docstring: str, lines: Iterable[Line]) -> list[Line]:
    """The lines that a test's docstring names.

    Between semicolons, a docstring says of one line what it likes, in the line's words and order,
    with … or | for what it leaves out. Where the words stand in several lines, none is named.
    """
    known = list(lines)
    found: list[Line] = []
    for clause in docstring.split(";"):
        pieces = [plain for piece in _GAP.split(clause) if (plain := _plain(piece))]
        if sum(map(len, pieces)) < LEAST:
            continue
        fitting = [line for line in known if _in_order(pieces, line.said)]
        if len(fitting) == 1:
            found += fitting
    return found


def _lines(rows: list[str]) -> Iterator[Line]:
    section, paragraph, begun, after_rule = "", list[str](), False, False
    for number, row in enumerate([*rows, ""]):
        begun = begun or row.startswith(BEGINS)
        if not begun:
            continue
        if not row.startswith(("|", "#")) and row.strip():
            paragraph.append(row.strip())
            continue
        for sentence in _SENTENCE.split(" ".join(paragraph)):
            if sentence:
                yield Line(section, sentence)
        paragraph = []
        if row.startswith("#"):
            section = row.lstrip("# ")
        is_rule = bool(_RULE.fullmatch(row.strip()))
        heads = number + 1 < len(rows) and bool(_RULE.fullmatch(rows[number + 1].strip()))
        after_rule = is_rule or (after_rule and row.startswith("|"))
        if row.startswith("|") and not is_rule and not heads:
            yield Line(section, row.strip().strip("|").strip())


def _plain(text: str) -> str:
    return _UNSAID.sub(" ", text).strip(" .,:").lower()


def _in_order(pieces: list[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True
