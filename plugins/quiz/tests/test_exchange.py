"""Questions go out and come back in as they were, and no file does harm."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook

from festoon_quiz.exchange import files
from festoon_quiz.exchange.rows import BadFile
from festoon_quiz.exchange.tables import write_xlsx
from festoon_quiz.media import type_of
from festoon_quiz.rules.questions import KINDS, problems

QUESTIONS: list[dict[str, Any]] = [
    {"id": "a", "kind": "one", "text": "Which {one}?", "options": ["x~1", "y=2"], "right": ["y=2"]},
    {"kind": "several", "text": "Which?", "options": ["A", "B", "C"], "right": ["A", "C"]},
    {"kind": "truth", "text": "Is it: so?", "options": [], "right": ["false"]},
    {"kind": "typed", "text": "Who?", "options": [], "right": ["Ann|e", "Anne"]},
    {"kind": "number", "text": "How many?", "options": [], "right": ["12.5"]},
    {"kind": "order", "text": "First to last", "options": [], "right": ["Zwei", "Eins", "Drei"]},
    {"kind": "buzzer", "text": "Hands up", "options": [], "right": []},
    {"kind": "poll", "text": "What now?", "options": ["Tea", "Bed"], "right": []},
]
RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"]


def plain(questions: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (one.get("kind", "one"), one["text"], one.get("options", []), one.get("right", []))
        for one in questions
    ]


@pytest.mark.parametrize("form", sorted(files.TYPES))
def test_every_kind_comes_back_as_it_went(form: str) -> None:
    assert {one["kind"] for one in QUESTIONS} == set(KINDS)
    found = files.read(files.write(QUESTIONS, form), files.TYPES[form])
    assert plain(found) == plain(QUESTIONS)
    assert problems({"questions": found}) == []


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_keeps_time_points_mode_and_picture(form: str) -> None:
    media = {"url": "https://example.com/x.png", "type": "picture", "alt": "An x"}
    one = {**QUESTIONS[0], "seconds": 45, "points": 250, "mode": "first", "media": media}
    (found,) = files.read(files.write([one], form), files.TYPES[form])
    assert found == one


def test_no_cell_is_a_formula() -> None:
    risky = [{"kind": "one", "text": text, "options": RISKY, "right": [text]} for text in RISKY]
    rows = list(csv.reader(io.StringIO(files.write(risky, "csv").decode("utf-8-sig"))))
    for row in rows[1:]:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)
    sheet = load_workbook(io.BytesIO(files.write(risky, "xlsx"))).worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    back = files.read(files.write(risky, "csv"), "text/csv")
    assert [one["text"] for one in back][:4] == RISKY[:4]


def test_right_answers_may_be_letters_and_numbers_of_options() -> None:
    table = "question;kind;option 1;option 2;right\nWhich?;one;Tokyo;Sydney;B\nAgain?;one;X;Y;1\n"
    first, second = files.read(table.encode(), "text/csv")
    assert first["right"] == ["Sydney"]
    assert second["right"] == ["X"]


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (b"", "text/csv", "empty"),
        (b"a,b\n1,2\n", "text/csv", "“question” among them"),
        (b"question,seconds\nWhat?,soon\n", "text/csv", "Line 2"),
        (b"question,kind\nWhat?,maze\n", "text/csv", "Line 2"),
        (b"PK\x03\x04nonsense", "", "not a workbook"),
        (b'{"questions": 3}', "application/json", "list of questions"),
        (b"[" * 100_000, "application/json", "no JSON"),
        (b"Who was it?", "text/plain", "between { and }"),
        (b"Pairs {=a -> x =b -> y}", "text/plain", "pairs"),
        (b"question\n" + b"What?\n" * 201, "text/csv", "at most 200"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    content: bytes, media_type: str, words: str
) -> None:
    with pytest.raises(BadFile, match=words):
        files.read(content, media_type)


def test_a_small_file_that_hides_a_large_one_is_refused() -> None:
    packed = io.BytesIO(write_xlsx([("Questions", [["question"]])]))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/big.xml", b"0" * 30_000_000)
    assert len(packed.getvalue()) < 100_000
    with pytest.raises(BadFile, match="too large"):
        files.read(packed.getvalue(), "")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"ID3\x04........", "audio/mpeg"),
        (b"OggS........", "audio/ogg"),
        (b"<svg onload=alert(1)>", None),
        (b"<!doctype html>", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, found: str | None) -> None:
    assert type_of(content) == found
