"""Contract values as the JSON of the wire: camelCase keys, UPPER_CASE enums, times with Z."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, cast


def camel(name: str) -> str:
    """`joined_at` as `joinedAt`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def iso(moment: datetime) -> str:
    """An aware time as `2026-12-31T21:30:00.000Z`."""
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return there.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


_PLAIN = frozenset((str, int, bool, float, type(None)))


@lru_cache(maxsize=1000)
def _names(kind: Hashable) -> tuple[tuple[str, str], ...] | None:
    """The fields of a dataclass, each as the wire calls it and as it is; None for other types."""
    if not is_dataclass(kind):
        return None
    return tuple(
        (f.metadata.get("wire", camel(f.name)), f.name)
        for f in fields(cast(Any, kind))
        if not f.name.startswith("_")
    )


def wire(value: Any) -> Any:
    """Any contract value as plain JSON of the wire contract.

    Keys of dataclasses become camelCase; keys of plain dicts (metadata, settings, manifests)
    stay as they are.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    names = _names(cast(Hashable, kind))
    if names is not None:
        return {
            key: item if type(item := getattr(value, name)) in _PLAIN else wire(item)
            for key, name in names
        }
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Enum):
        return value.value
    if kind is dict or isinstance(value, Mapping):
        return {key: wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [wire(item) for item in value]
    if isinstance(value, frozenset):
        # In one order, so that the same value has the same bytes.
        return sorted(wire(item) for item in value)
    return value
