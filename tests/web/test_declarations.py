"""The types beside `festoon.js` say what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "host" / "web" / "static"
MODULES = ("festoon", "link")


def _maker() -> ModuleType:
    path = ROOT / "docs" / "declarations.py"
    spec = importlib.util.spec_from_file_location("festoon_declarations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _names(text: str, indent: str) -> set[str]:
    """What a module exports, and the public methods and getters of its classes."""
    exported = re.findall(
        r"^export (?:declare )?(?:function|class|const) (\w+)", text, re.MULTILINE
    )
    listed = re.findall(r"^export \{ (\w+) \};", text, re.MULTILINE)
    methods = re.findall(rf"^{indent}(?:async |get )?(\w+)\(", text, re.MULTILINE)
    return {*exported, *listed, *methods}


@pytest.mark.parametrize("module", MODULES)
def test_every_exported_name_and_method_is_declared_and_no_other(module: str) -> None:
    code = _names(_text(f"{module}.js"), "  ")
    assert len(code) > 5
    assert _names(_text(f"{module}.d.ts"), "    ") == code


@pytest.mark.parametrize("module", MODULES)
def test_every_comment_of_the_declarations_is_one_of_the_code(module: str) -> None:
    code = {line.strip() for line in _text(f"{module}.js").splitlines()}
    declared = [line.strip() for line in _text(f"{module}.d.ts").splitlines()[1:]]
    comments = [line for line in declared if line.startswith("*") or line.endswith("*/")]
    assert len(comments) > 5
    assert [line for line in comments if line not in code] == [], "run: python docs/declarations.py"


def test_the_declarations_are_what_typescript_makes_of_the_code() -> None:
    maker = _maker()
    tsc = maker.installed()
    if tsc is None:
        pytest.skip(f"needs tsc {maker.TYPESCRIPT} on PATH: npm install -g typescript")
    for name, text in maker.declarations(tsc).items():
        assert _text(name) == text, "run: python docs/declarations.py"
