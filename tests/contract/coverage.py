"""Which tests hold which line of the contract: `docs/reference/contract-coverage.md`.

A test holds the lines that its docstring names (see `tests.contract.lines`), wherever it stands.
`python -m tests.contract.coverage` writes the page anew; a test says when that is needed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.contract.lines import Line, contract_lines, named

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "reference" / "contract-coverage.md"
_TEST = re.compile(
    r"^(?:async )?def test_\w+\(.*?\) -> None:\n\s+r?\"\"\"", re.MULTILINE | re.DOTALL
)


def promises_of(module: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The test functions of a file, in its order."""
    return [
        node
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]


def modules() -> dict[str, ast.Module]:
    """The files of these tests by name."""
    files = sorted(HERE.glob("test_*.py"))
    return {file.name: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def coverage() -> dict[Line, list[str]]:
    """The tests by the line that they name, each as `file::name`; every line is there."""
    found: dict[Line, list[str]] = {line: [] for line in contract_lines()}
    for test, docstring in _docstrings():
        for line in dict.fromkeys(named(docstring, found)):
            found[line].append(test)
    return found


def page() -> str:
    """The page: a table a section."""
    lines = [
        "# The wire contract, and the tests that hold it",
        "",
        "*Made from [the contract](contract.md) and the docstrings of the tests by*",
        "`python -m tests.contract.coverage`.",
    ]
    section = ""
    for line, tests in coverage().items():
        if line.section != section:
            section = line.section
            lines += ["", f"## {section}", "", "| line of the contract | tests |", "|---|---|"]
        promises = "<br>".join(f"`{test.split('::')[0]}`: {_promise(test)}" for test in tests)
        lines.append(f"| {line.text.replace('|', '·')} | {promises} |")
    return "\n".join(lines) + "\n"


def _docstrings() -> Iterator[tuple[str, str]]:
    for folder in ("tests", "plugins"):
        for file in sorted((ROOT / folder).rglob("test_*.py")):
            text = file.read_text(encoding="utf-8")
            # Most files have no docstrings, and to read them all as Python takes seconds.
            if _TEST.search(text):
                for test in promises_of(ast.parse(text)):
                    name = f"{file.relative_to(ROOT).as_posix()}::{test.name}"
                    yield name, ast.get_docstring(test) or ""


def _promise(test: str) -> str:
    return test.partition("::test_")[2].replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
