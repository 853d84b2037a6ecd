"""Versions of manifests, in the order of Semantic Versioning 2.0.0 (clause 11)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII)

Precedence = tuple[tuple[int, int, int], tuple[object, ...]]


def precedence(version: str) -> Precedence:
    """A key to sort by. Build metadata says nothing; what is no version comes before all others."""
    found = _SEMVER.fullmatch(version)
    if found is None:
        return (-1, -1, -1), ()
    numbers = int(found[1]), int(found[2]), int(found[3])
    if found[4] is None:
        return numbers, (1,)
    parts = ((0, int(p), "") if p.isdigit() else (1, 0, p) for p in found[4].split("."))
    return numbers, (0, *parts)


def is_greater(version: str, than: str) -> bool:
    """Whether a version comes after another: 1.10.0 after 1.9.0, and 2.0.0 after 2.0.0-rc.1."""
    return precedence(version) > precedence(than)


def newest(versions: Iterable[str]) -> str | None:
    """The greatest of some versions; None of none."""
    return max(versions, key=precedence, default=None)
