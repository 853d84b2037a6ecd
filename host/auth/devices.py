"""What somebody signed in with, in words that its owner knows it by."""

from __future__ import annotations

import re

# From the special to the general: an Edge says that it is Chrome, and Chrome that it is Safari.
_BROWSERS = (
    ("YaBrowser/", "Yandex Browser"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "a Chromebook"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"([A-Za-z][A-Za-z0-9._+-]{0,38}[A-Za-z0-9])(?:/|\s|$)")
UNKNOWN = "Unknown device"


def device_of(user_agent: str | None) -> str:
    """`Chrome on Android`, from a User-Agent header; `Unknown device` for one that tells nothing.

    What no browser sends is shown by its own first word: `The program “curl”`. Nothing else of a
    header is repeated, since anybody may write what they like there.
    """
    text = user_agent or ""
    browser = next((name for mark, name in _BROWSERS if mark in text), None)
    system = next((name for mark, name in _SYSTEMS if mark in text), None)
    if browser and system:
        return f"{browser} on {system}"
    if browser or system:
        return browser or f"A browser on {system}"
    program = _PROGRAM.match(text)
    return f"The program “{program[1]}”" if program else UNKNOWN
