"""The HTML of a letter: one for every size and both schemes, and without a single picture.

Mail programs know no stylesheet and no custom properties, so each colour stands beside what it
colours. They are those of the host's tokens; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from festoon_notifications.wording import Text

if TYPE_CHECKING:
    from jinja2 import Template

LIGHT: Mapping[str, str] = {
    "paper": "#fffaf0",
    "surface": "#ffffff",
    "line": "#ece1cd",
    "ink": "#1b1726",
    "ink-soft": "#5c5468",
    "accent": "#c2410c",
    "accent-ink": "#ffffff",
    "accent-text": "#a8380a",
}
DARK: Mapping[str, str] = {
    "paper": "#17111f",
    "surface": "#221a2d",
    "line": "#392f46",
    "ink": "#f9f2e7",
    "ink-soft": "#bcb1c7",
    "accent": "#ff9250",
    "accent-ink": "#24120a",
    "accent-text": "#ffab78",
}
LIGHTS = ("#ffb02e", "#ff6b57", "#2bbf8e", "#3b9bf0", "#9a6bf2")
"""The string of lights above the brand, made of letters."""


def html_of(text: Text, brand: str) -> str:
    """The page that mail programs show; every word in it is escaped."""
    return _template().render(text=text, brand=brand, light=LIGHT, dark=DARK, lights=LIGHTS)


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # with the first letter

    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("notifications/letter.html")
