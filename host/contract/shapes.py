"""JSON Schemas of contract values, made from their types: what `wire` turns them into."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from host.contract.wire import camel

Schema = dict[str, Any]
PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time", "pattern": "Z$"},
}


class Shapes:
    """Schemas by the name of the type, and references to them."""

    def __init__(self, at: str, names: Mapping[type, str] | None = None) -> None:
        """`at` is where the schemas will stand, `#/components/schemas/` say; `names` are those of
        types that shall not be called there as they are in the code.
        """
        self._at = at
        self._names = names or {}
        self.schemas: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of a contract value: a reference for dataclasses and enums."""
        if kind in PLAIN:
            return PLAIN[kind]
        if get_origin(kind) in (Union, types.UnionType):
            return {"anyOf": [self.of(one) for one in get_args(kind)]}
        if kind is type(None):
            return {"type": "null"}
        if get_origin(kind) in (tuple, list):
            return {"type": "array", "items": self.of(get_args(kind)[0])}
        if get_origin(kind) is dict:
            return {"type": "object"}
        if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, Enum)):
            name = self._names.get(kind, kind.__name__)
            if name not in self.schemas:
                self.schemas[name] = {}
                self.schemas[name] = {"description": _told(kind), **self._made(kind)}
            return {"$ref": self._at + name}
        raise TypeError(f"{kind} has no schema")

    def _made(self, kind: type) -> Schema:
        if issubclass(kind, Enum):
            return {"type": "string", "enum": [one.value for one in kind]}
        return closed(self.keys(kind))

    def keys(self, kind: type) -> dict[str, Schema]:
        """The schemas of a dataclass's fields, by the names that they have on the wire."""
        assert is_dataclass(kind)
        hints = get_type_hints(kind)
        names = {f.metadata.get("wire", camel(f.name)): hints[f.name] for f in fields(kind)}
        return {name: self.of(hint) for name, hint in names.items()}


def _told(kind: type) -> str:
    """The first sentence of what the code says of a type."""
    first = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    return first.partition(". ")[0].removesuffix(".") + "."


def closed(properties: Mapping[str, Schema], *optional: str) -> Schema:
    """An object with exactly these properties; those named after them may be missing."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
