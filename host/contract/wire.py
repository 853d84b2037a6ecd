"""Contract values as the JSON of the wire: camelCase keys, UPPER_CASE enums, times with Z."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any


def camel(name: str) -> str:
    """`joined_at` as `joinedAt`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def iso(moment: datetime) -> str:
    """An aware time as `2026-12-31T21:30:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wire(value: Any) -> Any:
    """Any contract value as plain JSON of the wire contract.

    Keys of dataclasses become camelCase; keys of plain dicts (metadata, settings, manifests)
    stay as they are.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.metadata.get("wire", camel(f.name)): wire(getattr(value, f.name))
            for f in fields(value)
        }
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [wire(item) for item in value]
    return value
