"""The reference pages say what the code says."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from host.config import Config

DOCS = Path(__file__).parent.parent / "docs"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("festoon_docs", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["access.md", "hooks.md", "manifest.md", "rest.md"])
def test_a_generated_page_is_current(name: str) -> None:
    page: str = _generator().PAGES[name]()
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == page, (
        "run: python docs/generate.py"
    )


def test_every_setting_is_in_the_configuration_page_and_no_other() -> None:
    text = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `FESTOON_([A-Z_]+?)(?:_\*)?`", text, re.MULTILINE))
    assert named == {field.name.upper() for field in fields(Config)}


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(DOCS.parent)} -> {target}"
        for page in [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
