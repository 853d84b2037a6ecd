"""A file of questions, whichever of the formats it has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from festoon_quiz.exchange.gift import read_gift, write_gift
from festoon_quiz.exchange.rows import MOST_ROWS, BadFile, from_rows, to_rows
from festoon_quiz.exchange.tables import CSV, XLSX, read_csv, read_xlsx, write_csv, write_xlsx
from festoon_quiz.rules.questions import KINDS

TYPES = {
    "json": "application/json",
    "csv": CSV,
    "xlsx": XLSX,
    "gift": "text/plain; charset=utf-8",
}


def write(questions: Sequence[Mapping[str, Any]], form: str) -> bytes:
    """The questions as a file of a format of `TYPES`."""
    if form == "json":
        return json.dumps({"questions": list(questions)}, ensure_ascii=False, indent=2).encode()
    if form == "gift":
        return write_gift(questions)
    rows = to_rows(questions)
    return write_csv(rows) if form == "csv" else write_xlsx([("Questions", rows)])


def read(content: bytes, media_type: str) -> list[dict[str, Any]]:
    """The questions of a file; what it is, its content says where its type does not.

    Raises `BadFile`. The questions may still have `problems`.
    """
    kind = media_type.partition(";")[0].strip().lower()
    if content.startswith(b"PK"):
        return from_rows(read_xlsx(content))
    start = content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if kind == "application/json" or (start in (b"{", b"[") and kind != "text/csv"):
        return _read_json(content)
    if kind in ("text/csv", "application/vnd.ms-excel", "text/tab-separated-values"):
        return from_rows(read_csv(content))
    # A GIFT file has answers between braces; a table has them at most within its cells.
    head = content.partition(b"\n")[0].lower()
    table = b"question" in head and any(sign in head for sign in (b",", b";", b"\t"))
    return from_rows(read_csv(content)) if table else read_gift(content)


def _read_json(content: bytes) -> list[dict[str, Any]]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise BadFile("This is no JSON.") from None
    found = value.get("questions") if isinstance(value, dict) else value
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadFile("The JSON must be a list of questions, or have one as “questions”.")
    if len(found) > MOST_ROWS:
        raise BadFile(f"A quiz has at most {MOST_ROWS} questions; these are {len(found)}.")
    for number, one in enumerate(found, start=1):
        if not isinstance(one.get("text"), str) or not one["text"].strip():
            raise BadFile(f"Question {number} has no text.")
        for name in ("options", "right"):
            texts = one.get(name, [])
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise BadFile(f"Question {number}: its “{name}” must be a list of texts.")
        if one.get("kind", "one") not in KINDS:
            raise BadFile(f"Question {number}: there are the kinds {', '.join(KINDS)}.")
    return found
