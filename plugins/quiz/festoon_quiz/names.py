"""Names on the big screen: what may stand there, and how two alike ones are told apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

LONGEST = 30
"""Characters of a name: what the big screen has room for."""
_NEUTRAL = "Player"
_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn")


def folded(name: str) -> str:
    """A name as it is compared: without case, accents and spaces, look-alikes as one."""
    plain = unicodedata.normalize("NFKD", name)
    kept = "".join(c for c in plain if not unicodedata.combining(c) and not c.isspace())
    return kept.casefold()[:160]


def checked(name: object, blocked: Iterable[str]) -> str:
    """The name as it will be shown; raises `ValueError` with words for whoever chose it."""
    if not isinstance(name, str):
        raise ValueError("A name is a text.")
    shown = " ".join(name.split())
    if not shown or not any(c.isalnum() for c in shown):
        raise ValueError("A name needs a letter or a digit.")
    if len(shown) > LONGEST:
        raise ValueError(f"A name has at most {LONGEST} characters.")
    # Emoji are joined by one of the format characters.
    if any(unicodedata.category(c) in _UNSHOWN and c != "\u200d" for c in shown):
        raise ValueError("This name has characters that cannot be shown.")
    known = folded(shown)
    if any(folded(word) in known for word in blocked if folded(word)):
        raise ValueError("The host would rather not have this name on the screen. Choose another.")
    return shown


def given(name: str, blocked: Iterable[str], taken: Collection[str]) -> str:
    """A name for who comes in with one that may not fit: cut, neutral, or with a number.

    `taken` are the names there are, folded.
    """
    try:
        shown = checked(" ".join(name.split())[:LONGEST], blocked)
    except ValueError:
        shown = _NEUTRAL
    if folded(shown) not in taken and shown != _NEUTRAL:
        return shown
    stem = shown[: LONGEST - 6].rstrip()
    number = 2 if shown != _NEUTRAL else 1
    while folded(f"{stem} {number}") in taken:
        number += 1
    return f"{stem} {number}"
