"""Which kind of field a JSON Schema asks for, and what the browser is told about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

_LONG_TEXT = 200


class Kind(StrEnum):
    """How a value is asked for."""

    TEXT = "text"
    EMAIL = "email"
    URL = "url"
    PASSWORD = "password"  # noqa: S105
    LONG = "textarea"
    INTEGER = "integer"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    SELECT = "select"
    CHOICES = "choices"
    LINES = "lines"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime-local"
    GROUP = "group"
    JSON = "json"


_FORMATS = {
    "email": Kind.EMAIL,
    "uri": Kind.URL,
    "password": Kind.PASSWORD,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "date-time": Kind.DATETIME,
}
_PLAIN = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.CHECKBOX}


def resolved(root: Mapping[str, Any], part: Any) -> Mapping[str, Any]:
    """A property's schema with a reference to `#/$defs/…` followed, once."""
    if not isinstance(part, Mapping):
        return {}
    reference = part.get("$ref", "")
    if not (isinstance(reference, str) and reference.startswith("#/$defs/")):
        return part
    target = root.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {})
    return {**target, **{key: value for key, value in part.items() if key != "$ref"}}


def kind_of(part: Mapping[str, Any], *, nested: bool = False) -> Kind:
    """The field for a schema; `nested` inside a group, where a further group is JSON."""
    if options(part) and part.get("type") != "array":
        return Kind.SELECT
    types = part.get("type", "")
    if isinstance(types, list):
        real = [name for name in types if name != "null"]
        types = real[0] if len(real) == 1 else ""
    if types == "string":
        if part.get("format") in _FORMATS:
            return _FORMATS[part["format"]]
        return Kind.LONG if part.get("maxLength", 0) > _LONG_TEXT else Kind.TEXT
    if types == "array":
        items = part.get("items")
        if isinstance(items, Mapping) and items.get("type") == "string":
            return Kind.CHOICES if options(part) else Kind.LINES
        return Kind.JSON
    if types == "object" and part.get("properties") and not nested:
        return Kind.GROUP
    return _PLAIN.get(types, Kind.JSON)


def for_later(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Properties that nobody is asked for at first: no field but JSON shows them, and they have
    a default to begin with.
    """
    listed = {name: resolved(schema, part) for name, part in schema.get("properties", {}).items()}
    return tuple(
        name for name, part in listed.items() if kind_of(part) is Kind.JSON and "default" in part
    )


def options(part: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Value and label of each choice, of the schema itself or of its items."""
    for holder in (part, part.get("items")):
        if not isinstance(holder, Mapping):
            continue
        if isinstance(holder.get("enum"), list):
            return tuple((option(v), _label(v)) for v in holder["enum"] if v is not None)
        for word in ("oneOf", "anyOf"):
            branches = holder.get(word)
            if isinstance(branches, list) and branches and all("const" in b for b in branches):
                return tuple(
                    (option(b["const"]), b.get("title") or _label(b["const"])) for b in branches
                )
    return ()


def option(value: Any) -> str:
    """A value as the `value` of an HTML option."""
    return value if isinstance(value, str) else json.dumps(value)


def _label(value: Any) -> str:
    return spoken(value) if isinstance(value, str) else json.dumps(value)


def spoken(name: str) -> str:
    """`onePrizePerPerson` and `one-prize-per-person` as `One prize per person`."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:].lower() if words else name


def attributes(kind: Kind, part: Mapping[str, Any]) -> dict[str, str]:
    """HTML attributes that let the browser help before anything is sent."""
    found: dict[str, str] = {}
    if kind in (Kind.INTEGER, Kind.NUMBER):
        found["inputmode"] = "numeric" if kind is Kind.INTEGER else "decimal"
        found["step"] = str(part.get("multipleOf", 1 if kind is Kind.INTEGER else "any"))
        for ours, html in (("minimum", "min"), ("maximum", "max")):
            if ours in part:
                found[html] = str(part[ours])
    if kind in (Kind.TEXT, Kind.EMAIL, Kind.URL, Kind.PASSWORD, Kind.LONG):
        for ours in ("minLength", "maxLength"):
            if ours in part:
                found[ours.lower()] = str(part[ours])
    if kind is Kind.TEXT and "pattern" in part:
        # HTML matches the whole text, JSON Schema any part of it.
        found["pattern"] = f".*(?:{part['pattern']}).*"
    return found


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
