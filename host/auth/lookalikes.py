"""Names that look the same to a reader, as one key.

Unicode Technical Standard 39 calls such a key a skeleton; its table of look-alikes comes from
`confusable_homoglyphs`. Here upper and lower case, and the spaces between, are alike besides.

A table of looks and one of cases do not agree (ν looks like v, and its capital like N), and to
follow both wherever they lead would make half of the alphabet one letter. So each letter is
followed once: beside Latin letters as it is drawn, elsewhere as its capital is.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

LONGEST_KEY = 200
# What is drawn as nothing, besides the format characters (Cf) and the spaces (Z): the rest of
# Unicode's Default_Ignorable_Code_Point, and the blank pattern of Braille.
_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_MARK = "\u200e"
# A capital i is a small L to the eye; with the cases alike, so is every i.
_STROKES = str.maketrans("i1|0", "lllo")


def look(name: str) -> str:
    """The key of a name: two names with the same key look the same. At most 200 characters."""
    shown = [c for c in _plain(name) if not _unseen(c)]
    beside_latin = any(c.isascii() and c.isalpha() for c in shown)
    key = "".join(_drawn(c, beside_latin) for c in shown).translate(_STROKES).replace("rn", "m")
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def words_in(text: str) -> tuple[str, ...]:
    """The words of a text, each as its look: whatever is no letter, digit or mark divides."""
    apart = "".join(c if _of_a_word(c) else " " for c in _plain(text) if not _invisible(c))
    return tuple(look(word) for word in apart.split())


def _drawn(character: str, beside_latin: bool) -> str:
    small = _plain(character.casefold())
    if small.isascii():
        return small
    table = _table()
    ways = (character, small.upper()) if beside_latin else (small.upper(), character)
    for way in ways:
        letters = table.get(way, way).casefold()
        if letters.isascii() and letters.isalnum():
            return letters
    return table.get(small, small)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _of_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _unseen(character: str) -> bool:
    return unicodedata.category(character)[0] == "Z" or _invisible(character)


def _invisible(character: str) -> bool:
    if character in _NOTHING or unicodedata.category(character) == "Cf":
        return True
    return any(first <= ord(character) <= last for first, last in _SELECTORS)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    """Each character to what it looks like, where the standard names something simpler."""
    # Read only where a room has rules for names: ten thousand characters.
    from confusable_homoglyphs.confusables import confusables_data

    found: dict[str, str] = {}
    for one, others in confusables_data.items():
        character = one.replace(_MARK, "")
        if len(character) != 1 or len(others) != 1:
            # One that has many look-alikes is what they all look like.
            continue
        simpler = others[0]["c"].replace(_MARK, "")
        alone = len(confusables_data.get(others[0]["c"], ())) == 1
        if simpler and not (alone and len(simpler) == 1 and character < simpler):
            found.setdefault(character, simpler)
    return found
