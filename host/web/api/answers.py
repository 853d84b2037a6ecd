"""What calls answer, said so that the document, the tests and clients can hold them to it.

A call's `answers` is a contract type (or `list[…]` of it, or a union), as `wire` writes it, or one
of the forms below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from host.contract import JsonObject
from host.contract.shapes import closed
from host.errors import DelegationFailed, DelegationTimeout


@dataclass(frozen=True)
class Shape:
    """What no contract type stands for: its name among the schemas, and its JSON Schema."""

    name: str
    schema: JsonObject


@dataclass(frozen=True)
class Many:
    """A page of a list, with `meta`. `item` is a type or a `Shape`."""

    item: Any


@dataclass(frozen=True)
class More:
    """A contract type with keys that may come along."""

    name: str
    base: type
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class Elsewhere:
    """No body of the contract: a redirect of a browser, or a page for it."""

    about: str


DONE = Shape("Done", closed({"success": {"const": True}}))
"""The answer to a deletion, and to whatever has nothing to tell."""
EVENT = Shape(
    "Event",
    closed(
        {
            "event": {"type": "string", "description": "`entity:action` or `<appId>:<what>`."},
            "roomId": {"type": "string"},
            "seq": {"type": "integer", "minimum": 1},
            "prev": {"type": "integer", "minimum": 0},
            "data": {"type": "object", "description": "See `/asyncapi.json`."},
            "at": {"type": "string", "format": "date-time", "pattern": "Z$"},
        }
    ),
)
ASKS = (DelegationFailed, DelegationTimeout)
"""What a call may be refused with that asks an application for its decision."""
