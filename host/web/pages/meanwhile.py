"""Two people with one form: the second hears that it changed, and loses nothing of what they typed.

A form carries a digest of what it showed. What is there when it comes in is held against that; a
press of the same button after the warning is meant, so the form then carries the digest anew.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from starlette.datastructures import FormData

from host.errors import FestoonError, VersionConflict
from host.web.pages.acting import text_of

FIELD = "seen"
CHANGED = (
    "Somebody else saved this while you were typing. What you typed is still here, and not saved: "
    "save again to put it in place of theirs, or open the page anew to see what they wrote."
)


def seen(values: Any, form: FormData | None = None, refused: FestoonError | None = None) -> str:
    """What a form carries that shows `values`. `form` is one that came in and was `refused`:
    until its sender was told of a change, what they saw is what they saw.
    """
    if form is not None and FIELD in form and not isinstance(refused, VersionConflict):
        return text_of(form, FIELD)
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def need_seen(form: FormData, values: Any, told: str = CHANGED) -> None:
    """Raises `VersionConflict` where the form showed something else than what is there now."""
    if FIELD in form and text_of(form, FIELD) != seen(values):
        raise VersionConflict(told)
