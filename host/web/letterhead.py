"""The look of a letter: the host's own tokens, written where mail programs read them.

They know no stylesheet and no custom properties, so each colour stands beside what it colours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from host.services.post import Letter
from host.web.pages.brand import contrast, readable
from host.web.pages.templating import STATIC, Templates

_TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\s*;")
_DARK = "@media (prefers-color-scheme: dark)"


@cache
def palettes() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The colours of tokens.css by name, for light and for dark."""
    text = (STATIC / "tokens.css").read_text(encoding="utf-8")
    # What follows the second scheme are themes, which letters do not wear.
    light, dark = text.split(_DARK)[:2]
    in_light = _first(light)
    return in_light, {**in_light, **_first(dark.partition("themes")[0])}


def _first(text: str) -> dict[str, str]:
    return dict(reversed(_TOKEN.findall(text)))


class Letterhead:
    """Dresses letters: `services.letters.post.dress`."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def html(self, letter: Letter) -> str:
        """The letter as a page for mail programs, with light and dark colours."""
        light, dark = (self._branded(palette) for palette in palettes())
        return self._templates.text(
            "letters/letter.html", {"letter": letter, "light": light, "dark": dark}
        )

    def _branded(self, palette: Mapping[str, str]) -> Mapping[str, str]:
        accent = self._templates.brand.accent
        if not accent:
            return palette
        ground = readable(accent, palette["surface"])
        ink = max(("#ffffff", "#000000"), key=lambda candidate: contrast(candidate, ground))
        return {**palette, "accent": ground, "accent-ink": ink, "accent-text": ground}
