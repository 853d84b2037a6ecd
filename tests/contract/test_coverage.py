"""These tests themselves."""

from __future__ import annotations

import ast

from tests.contract.coverage import PAGE, modules, page, promises_of


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
