"""Which state of a thing a change was meant for: entity tags, and `If-Match` (RFC 9110 13.1.1)."""

from __future__ import annotations

from datetime import UTC, datetime

from host.errors import VersionConflict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Tags = frozenset[str] | None
"""The entity tags that a caller named; None where any state will do."""


def entity_tag(updated_at: datetime) -> str:
    """The tag of a thing that was changed last at this time, with its quotes."""
    since = updated_at - _EPOCH
    return entity_tag_of((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def entity_tag_of(microseconds: int) -> str:
    """As `entity_tag`, with the time in microseconds since 1970."""
    return f'"{microseconds:x}"'


def named_tags(if_match: str | None) -> Tags:
    """What an `If-Match` header names; a weak tag names nothing, as the comparison is strong."""
    if if_match is None or if_match.strip() == "*":
        return None
    return frozenset(tag.strip() for tag in if_match.split(","))


def need_match(tags: Tags, updated_at: datetime) -> None:
    """Raises `VersionConflict` when the caller had another state before their eyes."""
    if tags is not None and entity_tag(updated_at) not in tags:
        raise VersionConflict("Someone changed this meanwhile. Look at it again, then repeat.")


def need_version(checked: str, locked: str) -> None:
    """Raises `VersionConflict` when a room was upgraded since something was checked for it."""
    if checked != locked:
        raise VersionConflict(
            f"The application was upgraded to version {locked} meanwhile. "
            "Look at the settings again, then repeat.",
            details={"version": locked},
        )
