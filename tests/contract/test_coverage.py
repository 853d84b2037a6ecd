"""These tests themselves."""

from __future__ import annotations

import ast

from tests.contract.coverage import PAGE, coverage, modules, page, promises_of
from tests.contract.lines import Line, contract_lines, named


def test_every_line_of_the_contract_has_a_test_that_names_it() -> None:
    """The page has no row without a test."""
    silent = [f"{line.section}: {line.text}" for line, tests in coverage().items() if not tests]
    assert silent == [], "\n".join(silent)


def test_every_test_quotes_the_line_that_it_holds() -> None:
    """The page is made of docstrings, so each test has one."""
    silent = [
        f"{name}: {test.name}"
        for name, module in modules().items()
        for test in promises_of(module)
        if not ast.get_docstring(test)
    ]
    assert silent == []


def test_the_page_of_what_is_held_is_current() -> None:
    """`python -m tests.contract.coverage` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_a_docstring_names_a_line_by_its_words_and_no_line_by_words_of_many() -> None:
    """What is ambiguous is no quotation."""
    one = Line("A", "404 | NOT_FOUND | also for a `private` room the caller may not know of")
    two = Line("B", "private rooms | 404 to strangers by id, list, events and socket")
    for docstring, lines in (
        ("404 | NOT_FOUND", [one]),
        ("private rooms | … events and socket; 404 … NOT_FOUND", [two, one]),
        ("events … private rooms", []),
        ("404", []),
        ("private room", []),
        ("nothing of the kind", []),
    ):
        assert named(docstring, [one, two]) == lines, docstring


def test_a_line_is_a_row_or_a_sentence() -> None:
    """Heads of tables, and what stands before the first section, promise nothing."""
    said = {line.text for line in contract_lines()}
    assert {"Base path `/api/v1`.", "Passwords with argon2id."} <= said
    assert any(text.startswith("POST /auth/logout | user | ends the session") for text in said)
    assert not {text for text in said if text.startswith(("case |", "call |", "---", "It fixes"))}
