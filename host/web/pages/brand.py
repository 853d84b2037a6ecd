"""The brand of this host: its name, mark and accent, as tokens that pages share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from host.config import Config
from host.errors import ConfigurationError

THEMES = ("new-year", "christmas", "birthday", "company", "plain")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
# Of each scheme the ground on which its text has the least contrast: the paper, the cards.
_LIGHT_GROUND, _DARK_GROUND = "#fffaf0", "#221a2d"
_READABLE = 4.5


@dataclass(frozen=True)
class Brand:
    """What `FESTOON_BRAND_NAME`, `_LOGO`, `_ICON`, `_ACCENT` (#rrggbb) and `_THEME` say.

    `host` is the address as a person would type it, without the scheme; `url` has it.
    """

    name: str = "Festoon"
    logo: str = ""
    icon: str = ""
    accent: str = ""
    theme: str = ""
    url: str = "http://127.0.0.1:8000"

    @property
    def host(self) -> str:
        """Where to join, as it stands on the big screen."""
        parts = urlsplit(self.url)
        return parts.netloc + parts.path.rstrip("/")

    @property
    def styled(self) -> bool:
        """Whether there is a stylesheet of the brand's own tokens."""
        return bool(self.accent)

    def join_url(self, join_code: str) -> str:
        """The address that the QR code opens."""
        return f"{self.url.rstrip('/')}/j/{join_code}"

    @classmethod
    def from_config(cls, config: Config) -> Brand:
        """Raises `ConfigurationError` for a colour or a theme that is none."""
        values: Mapping[str, str] = config.brand
        accent, theme = values.get("accent", ""), values.get("theme", "")
        if accent and not _HEX.fullmatch(accent):
            raise ConfigurationError(f"FESTOON_BRAND_ACCENT must look like #1f4fb8, not {accent!r}")
        if theme and theme not in THEMES:
            raise ConfigurationError(
                f"FESTOON_BRAND_THEME must be one of {', '.join(THEMES)}, not {theme!r}"
            )
        return cls(
            name=values.get("name", cls.name),
            logo=values.get("logo", ""),
            icon=values.get("icon", ""),
            accent=accent,
            theme=theme,
            url=config.public_url,
        )

    def stylesheet(self) -> str:
        """The brand's tokens for light and dark, kept readable whatever the colour is."""
        light = _tokens(readable(self.accent, _LIGHT_GROUND), self.accent)
        dark = _tokens(readable(self.accent, _DARK_GROUND), readable(self.accent, _DARK_GROUND))
        return (
            f":root, [data-theme] {{ {light} }}\n"
            f"@media (prefers-color-scheme: dark) {{ :root, [data-theme] {{ {dark} }} }}\n"
        )


def _tokens(text: str, ground: str) -> str:
    ink = max(("#ffffff", "#000000"), key=lambda candidate: contrast(candidate, ground))
    toward = "#000000" if ink == "#ffffff" else "#ffffff"
    return (
        f"--accent: {ground}; --accent-ink: {ink}; --accent-text: {text}; "
        f"--accent-hover: {mixed(ground, toward, 0.14)};"
    )


def readable(colour: str, ground: str) -> str:
    """`colour`, moved toward black or white until it is read on `ground` at 4.5:1."""
    toward = "#000000" if luminance(ground) > 0.4 else "#ffffff"
    for step in range(21):
        moved = mixed(colour, toward, step / 20)
        if contrast(moved, ground) >= _READABLE:
            return moved
    return toward


def mixed(colour: str, toward: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `toward` in it."""
    pairs = zip(_channels(colour), _channels(toward), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2, from 0 to 1."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
