"""How values read on a page: times, names, counts, codes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from host.contract import iso

MOMENT_STYLES = ("time", "day", "full")


def moment(value: datetime, style: str = "full") -> Markup:
    """A `<time>` that time.js rewrites in the reader's zone; without JavaScript it is in UTC.

    `style`: "time" (21:30), "day" (31 December) or "full" (both).
    """
    formats = {"time": "%H:%M UTC", "day": "%-d %B", "full": "%-d %B, %H:%M UTC"}
    return Markup('<time datetime="{}" data-moment="{}">{}</time>').format(
        iso(value), style, value.strftime(formats[style])
    )


def initials(name: str) -> str:
    """One or two letters for a face without a picture."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "·"
    picked = words if len(words) == 1 else [words[0], words[-1]]
    return "".join(word[0] for word in picked).upper()


def tint(key: str) -> int:
    """1 to 5, always the same for the same id."""
    return zlib.crc32(key.encode()) % 5 + 1


def tally(number: int, one: str, many: str = "") -> str:
    """`1 guest`, `148 guests`; thousands are set apart by a thin space."""
    word = one if number == 1 else (many or one + "s")
    return f"{number:,}".replace(",", "\u202f") + " " + word


def win_code(winner_id: str) -> str:
    """What a winner shows and the organizer compares: the end of the id, as `K7·42`."""
    end = winner_id[-4:].upper()
    return f"{end[:2]}·{end[2:]}"


def title_size(text: str) -> str:
    """How the big screen sets a title: "short" on one line, "" on two, then "long", "longer"."""
    if len(text) <= 12:
        return "short"
    if len(text) <= 26:
        return ""
    return "long" if len(text) <= 44 else "longer"


def listed(names: Sequence[str], most: int = 3) -> str:
    """`Ann, Bo and Cy`, or `Ann, Bo, Cy and 4 more`."""
    shown, more = list(names[:most]), len(names) - most
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


@lru_cache(maxsize=256)
def qr(text: str) -> Markup:
    """A QR code as inline SVG, dark on white in both schemes, with its quiet zone."""
    import segno  # with the first code that is shown: most of what is asked for is no page

    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704
