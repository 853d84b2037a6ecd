"""Which test holds which line of the contract: `docs/reference/contract-coverage.md`.

`python -m tests.contract.coverage` writes the page anew; a test says when that is needed.
"""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "reference" / "contract-coverage.md"


def promises_of(module: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The test functions of a file, in its order."""
    return [
        node
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]


def modules() -> dict[str, ast.Module]:
    """The files of tests by name."""
    files = sorted(HERE.glob("test_*.py"))
    return {file.name: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def page() -> str:
    """The page, from the docstrings of the tests."""
    lines = [
        "# The wire contract, and the tests that hold it",
        "",
        "*Made from the tests by `python -m tests.contract.coverage`.*",
    ]
    for name, module in modules().items():
        title = (ast.get_docstring(module) or "").rstrip(".")
        lines += ["", f"## {title}", "", f"`tests/contract/{name}`", ""]
        lines += ["| promise | line of the contract |", "|---|---|"]
        for test in promises_of(module):
            promise = test.name.removeprefix("test_").replace("_", " ")
            line = " ".join((ast.get_docstring(test) or "").split()).replace("|", "·")
            lines.append(f"| {promise} | {line} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
