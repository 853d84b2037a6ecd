"""What the revisions in a folder say of each other, read as text: which of them are the newest.

Most starts find a database that is up to date, and to know that takes no Alembic, which brings 9 MB
and a quarter of a second along. Whatever is not plain here is left to Alembic.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

_SAID = re.compile(r"^(revision|down_revision)\b[^=\n]*=[ \t]*(\S.*)$", re.MULTILINE)


class MigrationFailed(Exception):
    """An application's migrations could not be run; nothing of them stays."""


def place_of(folder: Path) -> Path:
    """Where the revisions of a folder `migrations` lie: in its `versions`, if it has that."""
    versions = folder / "versions"
    return versions if versions.is_dir() else folder


def newest(folder: Path) -> frozenset[str] | None:
    """The revisions of a folder `migrations` that no other follows; None where it is not plain."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in place_of(folder).glob("*.py"):
        if path.name.startswith(("__init__", ".#")):
            continue
        said = _said(path)
        if said is None:
            return None
        revision, before = said
        if revision in revisions:
            return None
        revisions.add(revision)
        followed.update(before)
    return frozenset(revisions - followed) if followed <= revisions else None


def _said(path: Path) -> tuple[str, tuple[str, ...]] | None:
    """A file's revision, and those that it follows."""
    found: dict[str, object] = {}
    try:
        for name, value in _SAID.findall(path.read_text(encoding="utf-8")):
            if name in found:
                return None
            found[name] = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return None
    revision, before = found.get("revision"), found.get("down_revision", ())
    many = before if isinstance(before, tuple) else () if before is None else (before,)
    if not isinstance(revision, str) or not all(isinstance(one, str) for one in many):
        return None
    return revision, tuple(map(str, many))
