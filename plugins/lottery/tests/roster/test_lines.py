"""Guest lists as people write them."""

from __future__ import annotations

import io

import pytest

from festoon_lottery.roster.files import as_text
from festoon_lottery.roster.lines import Line, Unreadable, read
from festoon_lottery.roster.plan import Listed, planned


def told(text: str) -> list[tuple[str, str, int | None]]:
    return [(one.name, one.note, one.tickets) for one in read(text).lines]


def test_each_line_is_a_person_and_a_comma_belongs_to_the_name() -> None:
    assert told("Anna Petrova\n\n  Smith,   John \r\nЗоя\n") == [
        ("Anna Petrova", "", None),
        ("Smith, John", "", None),
        ("Зоя", "", None),
    ]


@pytest.mark.parametrize("sign", ["\t", ";", ","])
def test_what_is_pasted_from_a_table_has_tickets_and_notes(sign: str) -> None:
    text = f"Name{sign}Department{sign}Tickets\nAnna{sign}Sales{sign}3\nBoris{sign}{sign}\n"
    assert told(text) == [("Anna", "Sales", 3), ("Boris", "", None)]


def test_without_a_header_a_number_is_tickets_wherever_it_stands() -> None:
    assert told("Anna; 3; Sales\nBoris; Sales; 2") == [("Anna", "Sales", 3), ("Boris", "Sales", 2)]
    assert told('"Petrova, Anna",3\nBoris,1') == [("Petrova, Anna", "", 3), ("Boris", "", 1)]


def test_first_and_last_names_become_one_and_other_columns_are_named() -> None:
    found = read("First name;Last name;E-mail;Tickets\nAnna;Petrova;a@example.org;2")
    assert [(one.name, one.tickets) for one in found.lines] == [("Anna Petrova", 2)]
    assert found.ignored == ("E-mail",)


def test_faults_name_their_line_and_the_others_stand() -> None:
    found = read("name;tickets\nAnna;0\n;3\nBoris;many\nVera;2\n" + "x" * 81 + ";1\nA\u200bnn;1")
    assert [one.name for one in found.lines] == ["Vera"]
    assert [one.number for one in found.faults] == [2, 3, 4, 6, 7]
    assert "no number of tickets" in found.faults[0].reason
    assert "no name" in found.faults[1].reason


def test_a_list_that_is_empty_or_endless_is_refused_as_a_whole() -> None:
    for text in ("", "\n\n", " \t \n;;"):
        with pytest.raises(Unreadable):
            read(text)
    assert len(read("\n".join(f"Guest {n}" for n in range(5_000))).lines) == 5_000
    with pytest.raises(Unreadable, match="5001 lines"):
        read("\n".join(f"Guest {n}" for n in range(5_001)))


def test_a_file_says_the_same_as_what_it_was_saved_from() -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Name", "Tickets", "Note"])
    book.active.append(["Ångström", 3.0, "=SUM(A1)"])
    kept = io.BytesIO()
    book.save(kept)
    table = "Name\tTickets\tNote\nÅngström\t3\t"
    assert told(as_text(kept.getvalue()))[0][:1] == ("Ångström",)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert told(as_text(table.encode(encoding))) == [("Ångström", "", 3)]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"\x89PNG\r\n\x1a\n\x00\xff"])
def test_a_file_that_is_no_list_says_so(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"Save it as|cannot be read"):
        as_text(content)


def kept(line: Line, *, out: bool = False, refused: str | None = None) -> Listed:
    return Listed("i", line.key, line.name, line.note, line.tickets, "b", "p", refused, out)


def test_nobody_is_planned_twice() -> None:
    before = read("Anna;3\nBoris\nVera").lines
    listed = {
        before[0].key: kept(before[0]),
        before[1].key: kept(before[1], out=True),
        before[2].key: kept(before[2], refused="The name is not wanted."),
    }
    plan = planned(read("anna;5\nBORIS\nVera\nMasha\nOleg\noleg \nOleg;;Sales"), listed, ["masha"])
    assert [one.name for one in plan.new] == ["BORIS", "Vera", "Oleg", "Oleg"]
    assert [one.name for one in plan.by_phone] == ["Masha"]
    assert [one.line.number for one in plan.doubles] == [1, 6]
    assert "with 3" in plan.doubles[0].reason
    assert "same as line 5" in plan.doubles[1].reason
    assert len(plan.chosen(also_by_phone=True)) == 5
