"""Compiled templates: what was kept is used, and never what has changed since or was cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from jinja2 import environment as jinja

from host.web.pages.compiled import Compiled


class House:
    """A folder with one template, as each new process meets it; `made` counts compilations."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.made = 0
        real = jinja.Environment.compile

        def compiling(*given: object, **named: object) -> object:
            self.made += 1
            return real(*given, **named)  # type: ignore[call-overload]

        monkeypatch.setattr(jinja.Environment, "compile", compiling)
        monkeypatch.setattr("sys.pycache_prefix", None)
        monkeypatch.setattr("sys.dont_write_bytecode", False)
        self.write("Hello {{ name }}")

    def write(self, text: str) -> None:
        (self.folder / "page.html").write_text(text, encoding="utf-8")

    def show(self, basis: bytes = b"") -> str:
        cache = Compiled(self.folder, basis)
        env = Environment(
            loader=FileSystemLoader(self.folder), autoescape=True, bytecode_cache=cache
        )
        return env.get_template("page.html").render(name="Ann")

    @property
    def kept(self) -> list[Path]:
        return list(self.folder.glob("__pycache__/*"))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(tmp_path, monkeypatch)


def test_a_second_process_compiles_nothing(house: House) -> None:
    assert house.show() == house.show() == "Hello Ann"
    assert house.made == 1
    assert [file.suffix for file in house.kept] == [".jinja"]


def test_another_text_and_another_way_to_compile_it_are_compiled_anew(house: House) -> None:
    house.show()
    house.write("Goodbye {{ name }}")
    assert house.show() == "Goodbye Ann"
    house.show(b"another filter")
    assert house.made == 3
    assert len(house.kept) == 1, "what is outdated makes room"


@pytest.mark.parametrize("length", [0, 3, 20, 60, 120])
def test_half_a_file_is_as_none(house: House, length: int) -> None:
    house.show()
    (file,) = house.kept
    file.write_bytes(file.read_bytes()[:length])
    assert house.show() == house.show() == "Hello Ann"
    assert house.made == 2


def test_where_nothing_can_or_should_be_written_it_works_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert house.show() == "Hello Ann"
    assert not house.kept
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    (house.folder / "__pycache__").write_text("in the way", encoding="utf-8")
    assert house.show() == "Hello Ann"
