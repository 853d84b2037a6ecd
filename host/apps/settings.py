"""An application's settings in a room: defaults filled in, checked, and what others may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from jsonschema.protocols import Validator

from host.apps.manifest import Manifest
from host.apps.schema import referred
from host.apps.validation import problems_of
from host.contract import JsonObject
from host.errors import ValidationFailed

_ABSENT: Any = object()
_IN_PLACE = ("allOf", "anyOf", "oneOf")
_CONDITIONAL = ("if", "then", "else", "not")
_OF_THE_SAME = frozenset({*_IN_PLACE, *_CONDITIONAL, "dependentSchemas", "$ref"})
_OF_ITEMS = ("contains", "unevaluatedItems")
_OF_PROPERTIES = ("additionalProperties", "unevaluatedProperties")


def check_settings(manifest: Manifest, settings: Any, *, at: str = "") -> JsonObject:
    """The settings with every default filled in; what was given stays as it is.

    Raises `ValidationFailed` with all problems by JSON pointer, each beginning with `at`.
    """
    if not isinstance(settings, dict):
        raise ValidationFailed("The settings must be an object.", {at: ["must be an object"]})
    filled: JsonObject = _filled(manifest.validator, manifest.settings, deepcopy(settings))
    if found := problems_of(manifest.validator, filled, at):
        where, messages = next(iter(found.items()))
        raise ValidationFailed(f"The settings do not fit: {where} {messages[0]}.", found)
    return filled


def public_settings(schema: JsonObject, settings: JsonObject) -> JsonObject:
    """The settings without what the schema marks `writeOnly`, at any depth.

    A property that any part of the schema marks is left out, also where that part turns out
    not to apply: a secret is not shown for want of a match.
    """
    found: JsonObject = {} if _secret(schema, [schema]) else _stripped(schema, [schema], settings)
    return found


def has_secrets(schema: Any) -> bool:
    """Whether any part of a schema marks something `writeOnly`."""
    if isinstance(schema, dict):
        return schema.get("writeOnly") is not None or any(map(has_secrets, schema.values()))
    return isinstance(schema, list) and any(map(has_secrets, schema))


def _filled(validator: Validator, schema: Any, value: Any) -> Any:
    """`value` with the defaults that `schema` gives it, filled in place.

    An object that is missing altogether is made if its properties' defaults make it whole.
    Of alternatives, the first that the value fits gives its defaults.
    """
    if not isinstance(schema, dict):
        return value
    root = validator.schema
    if value is _ABSENT:
        value = _default(validator, schema)
    if isinstance(value, dict):
        for name, sub in schema.get("properties", {}).items():
            filled = _filled(validator, sub, value.get(name, _ABSENT))
            if filled is not _ABSENT:
                value[name] = filled
        extra = schema.get("additionalProperties")
        for name in value.keys() - schema.get("properties", {}).keys():
            value[name] = _filled(validator, extra, value[name])
    if isinstance(value, list):
        for index, sub in enumerate(_item_schemas(schema, len(value))):
            value[index] = _filled(validator, sub, value[index])
    for sub in _applying(validator, root, schema, value):
        value = _filled(validator, sub, value)
    return value


def _default(validator: Validator, schema: Mapping[str, Any]) -> Any:
    if "default" in schema:
        return deepcopy(schema["default"])
    if "properties" not in schema:
        return _ABSENT
    made = _filled(validator, schema, {})
    whole = made and made.keys() >= set(schema.get("required", ()))
    return made if whole else _ABSENT


def _item_schemas(schema: Mapping[str, Any], length: int) -> Iterator[Any]:
    first = schema.get("prefixItems", [])[:length]
    yield from first
    yield from [schema.get("items")] * (length - len(first))


def _applying(
    validator: Validator, root: Any, schema: Mapping[str, Any], value: Any
) -> Iterator[Any]:
    """The schemas that hold for the same value, besides this one."""
    if "$ref" in schema:
        yield referred(root, schema["$ref"])
    yield from schema.get("allOf", ())
    if value is _ABSENT:
        return
    for keyword in ("anyOf", "oneOf"):
        fitting = (s for s in schema.get(keyword, ()) if validator.evolve(schema=s).is_valid(value))
        yield next(fitting, None)
    if "if" in schema:
        holds = validator.evolve(schema=schema["if"]).is_valid(value)
        yield schema.get("then" if holds else "else")
    for name, sub in schema.get("dependentSchemas", {}).items():
        if isinstance(value, dict) and name in value:
            yield sub


def _stripped(root: JsonObject, schemas: list[Any], value: Any) -> Any:
    """`value` without secrets, under all schemas that may hold for it."""
    if not isinstance(value, dict | list):
        return value
    schemas = [one for schema in schemas for one in _in_place(root, schema)]
    if isinstance(value, dict):
        below = {name: [s for one in schemas for s in _of_property(one, name)] for name in value}
        return {
            name: _stripped(root, below[name], item)
            for name, item in value.items()
            if not _secret(root, below[name])
        }
    items = []
    for index, item in enumerate(value):
        own = [s for one in schemas for s in _of_item(one, index)]
        if not _secret(root, own):
            items.append(_stripped(root, own, item))
    return items


def _in_place(root: JsonObject, schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schema and all that may hold for the same value."""
    if not isinstance(schema, dict):
        return
    yield schema
    if schema.keys().isdisjoint(_OF_THE_SAME):
        return
    inner = [schema[keyword] for keyword in _CONDITIONAL if keyword in schema]
    inner += [sub for keyword in _IN_PLACE for sub in schema.get(keyword, ())]
    inner += schema.get("dependentSchemas", {}).values()
    if "$ref" in schema:
        inner.append(referred(root, schema["$ref"]))
    for sub in inner:
        yield from _in_place(root, sub)


def _secret(root: JsonObject, schemas: list[Any]) -> bool:
    return any(s.get("writeOnly") is True for one in schemas for s in _in_place(root, one))


def _of_property(schema: Mapping[str, Any], name: str) -> list[Any]:
    if name in schema.get("properties", {}):
        return [schema["properties"][name]]
    return [schema[keyword] for keyword in _OF_PROPERTIES if keyword in schema]


def _of_item(schema: Mapping[str, Any], index: int) -> list[Any]:
    first = schema.get("prefixItems", [])
    own = [first[index]] if index < len(first) else [schema.get("items")]
    return [*own, *(schema[keyword] for keyword in _OF_ITEMS if keyword in schema)]
