"""The look keeps its promises: contrast in every theme, light and dark, whatever the brand."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from host.config import Config
from host.errors import ConfigurationError
from host.web.pages.brand import THEMES, Brand, contrast
from host.web.pages.templating import STATIC, TEMPLATES

READABLE = 4.5
TOLD_APART = 3.0
ON_GROUNDS = ("ink", "ink-soft", "accent-text", "good", "bad", "warn")
Tokens = dict[str, str]


def blocks() -> Iterator[tuple[bool, str, Tokens]]:
    """Every rule of tokens.css: whether it is for dark, its selector, its tokens."""
    text = re.sub(r"/\*.*?\*/", "", (STATIC / "tokens.css").read_text(), flags=re.DOTALL)
    dark = False
    for line in re.split(r"(?<=[{}])", text):
        if "prefers-color-scheme: dark" in line:
            dark = True
            continue
        if line.rstrip().endswith("{"):
            selector = line.strip()[:-1].strip()
        elif line.strip() == "}":
            dark = False
        else:
            yield dark, selector, dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", line))


def tokens(theme: str, *, dark: bool) -> Tokens:
    """What the cascade makes of them."""
    found: Tokens = {}
    wanted = [":root", f'[data-theme="{theme}"]']
    for scheme in (False, True) if dark else (False,):
        for is_dark, selector, own in blocks():
            if is_dark is scheme and selector == wanted[0]:
                found.update(own)
    # A theme's own rules come after the root's, those for dark last.
    for scheme in (False, True) if dark else (False,):
        for is_dark, selector, own in blocks():
            if is_dark is scheme and selector == wanted[1]:
                found.update(own)
    return found


LOOKS = [(theme, dark) for theme in ("", *THEMES) for dark in (False, True)]


@pytest.mark.parametrize(("theme", "dark"), LOOKS)
def test_text_is_readable_on_every_ground(theme: str, dark: bool) -> None:
    look = tokens(theme, dark=dark)
    pairs = [
        *((text, ground) for text in ON_GROUNDS for ground in ("paper", "surface")),
        ("ink", "sunken"),
        ("ink-soft", "sunken"),
        ("accent-ink", "accent"),
        ("accent-ink", "accent-hover"),
        ("surface", "bad"),
        *(("ink", f"{kind}-wash") for kind in ("good", "bad", "warn", "accent")),
        *((text, f"night{part}") for text in ("night-ink", "night-soft") for part in ("", "-deep")),
        *((f"star-{end}", "night") for end in ("from", "to")),
        ("night-soft", "night-top"),
        *(("tint-ink", f"tint-{n}") for n in range(1, 6)),
    ]

    low = {pair: round(contrast(look[pair[0]], look[pair[1]]), 2) for pair in pairs}

    assert {pair: value for pair, value in low.items() if value < READABLE} == {}


@pytest.mark.parametrize(("theme", "dark"), LOOKS)
def test_the_edges_of_fields_and_the_focus_can_be_seen(theme: str, dark: bool) -> None:
    look = tokens(theme, dark=dark)

    for edge in ("line-strong", "focus"):
        for ground in ("paper", "surface"):
            assert contrast(look[edge], look[ground]) >= TOLD_APART, (edge, ground)


@pytest.mark.parametrize("accent", ["#ffe600", "#000000", "#ffffff", "#7f7f7f", "#1f4fb8"])
def test_a_brands_colour_is_readable_whatever_it_is(accent: str) -> None:
    sheet = Brand(accent=accent).stylesheet()

    found = re.findall(r"--accent: (\S+); --accent-ink: (\S+); --accent-text: (\S+);", sheet)
    assert len(found) == 2
    for (ground, ink, text), paper in zip(found, ("#fffaf0", "#221a2d"), strict=True):
        assert contrast(ink, ground) >= READABLE
        assert contrast(text, paper) >= READABLE


@pytest.mark.parametrize("brand", [{"accent": "red; } body { }"}, {"theme": "hallowe'en"}])
def test_a_brand_that_is_none_stops_the_start(brand: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="FESTOON_BRAND_"):
        Brand.from_config(Config(brand=brand))


def test_every_token_that_is_used_exists() -> None:
    known = set(re.findall(r"--([\w-]+):", (STATIC / "tokens.css").read_text()))
    for sheet in STATIC.glob("*.css"):
        text = sheet.read_text()
        own = set(re.findall(r"--([\w-]+):", text))
        used = set(re.findall(r"var\(--([\w-]+)", text))
        assert used - known - own == set(), sheet.name


def test_nothing_on_a_page_is_inline_or_comes_from_elsewhere() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text()
        # Mail programs know no style sheets.
        assert " style=" not in text or template.parent.name == "letters", template.name
        assert not re.search(r"\son[a-z]+=", text), template.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), template.name
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), template.name
    for sheet in STATIC.glob("*.css"):
        assert not re.search(r"url\(\"?(?:https?:)?//|@import", sheet.read_text()), sheet.name
