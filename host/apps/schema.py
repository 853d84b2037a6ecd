"""Which JSON Schemas (2020-12) an application may bring: those that are safe to use on input.

A schema is met by whatever people send, so checking a value against it must end, and soon:
references stay inside the schema and form no circle, its size with every reference followed is
bounded, and patterns are matched in linear time (`host.apps.patterns`). What cannot be held to
that is refused when the manifest is read, with a pointer to the place:

- `$ref` to anything but a schema within (`#/$defs/…`), and references in a circle;
- `$id` below the root, `$anchor`, `$dynamicRef`, `$dynamicAnchor`, `$vocabulary`: two schemas
  could then mean each other's parts (an `$id` at the root is taken for a comment);
- `patternProperties`, whose patterns the validator would match by backtracking;
- `pattern` with lookaround, back-references, or that takes more than 1 MiB compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

from host.apps.patterns import PatternError, compiled
from host.apps.validation import Fields, problems_of, validator_for
from host.apps.wording import pointer_to

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_SCHEMAS = 5_000
"""Subschemas with every reference followed; what a check costs grows with it."""
MOST_DEPTH = 50

_ONE = (
    *("not", "if", "then", "else", "items", "contains", "propertyNames", "contentSchema"),
    *("additionalProperties", "unevaluatedItems", "unevaluatedProperties"),
)
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("properties", "dependentSchemas", "$defs", "definitions")
_DEFINITIONS = ("$defs", "definitions")
_REFUSED = {
    "$anchor": "is not supported: name the place by its path",
    "$dynamicAnchor": "is not supported",
    "$dynamicRef": "is not supported: use $ref",
    "$vocabulary": "is not supported",
    "patternProperties": "is not supported: use properties and additionalProperties",
}
_metaschema = Draft202012Validator(Draft202012Validator.META_SCHEMA)

Place = tuple[str | int, ...]
Targets = Mapping[tuple[str, ...], Place]


def schema_problems(schema: Any) -> Fields:
    """All reasons to refuse a schema, by JSON pointer into it; empty for a good one."""
    if not isinstance(schema, dict):
        return {"": ["must be an object that is a JSON Schema"]}
    try:
        found = _problems(_Written(repr(schema), schema))
    except RecursionError:
        return {"": ["is nested too deep"]}
    return {pointer: list(messages) for pointer, messages in found.items()}


@dataclass(frozen=True)
class _Written:
    """A schema, the same as any that is written alike."""

    text: str
    schema: dict[str, Any] = field(compare=False)


@lru_cache(maxsize=32)
def _problems(written: _Written) -> Fields:
    # A look at one takes some 20 ms, and hosts that begin one after the other see the same.
    schema = written.schema
    try:
        found = problems_of(_metaschema, schema)
        if found:
            return found
        places = dict(_walk(schema, ()))
    except RecursionError:
        return {"": ["is nested too deep"]}
    targets = {tuple(str(part) for part in place): place for place in places}
    found = _root_problems(schema)
    for place, sub in places.items():
        _add(found, place, _own_problems(place, sub, targets))
    if found:
        return found
    weighed = _Weights(places, targets)
    weighed.of(())
    _add(found, (), weighed.problems)
    return found or _wrong_defaults(schema, places)


def children(schema: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    """The schemas directly within one, with their places; what stands in data is none."""
    for key in _ONE:
        if key in schema:
            yield (key,), schema[key]
    for key in _MANY:
        yield from (((key, index), sub) for index, sub in enumerate(schema.get(key, ())))
    for key in _NAMED:
        yield from (((key, name), sub) for name, sub in schema.get(key, {}).items())


def referred(root: Mapping[str, Any], reference: str) -> Any:
    """What a checked `$ref` means: the schema at that pointer."""
    found: Any = root
    for part in _parts(reference):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found


def _parts(reference: str) -> list[str]:
    path = unquote(reference.removeprefix("#"))
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _walk(schema: Any, place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    if isinstance(schema, dict):
        yield place, schema
        for step, child in children(schema):
            yield from _walk(child, (*place, *step))


def _root_problems(schema: Mapping[str, Any]) -> Fields:
    found: Fields = {}
    if schema.get("$schema", DIALECT).rstrip("#") != DIALECT:
        found["/$schema"] = [f"must be {DIALECT}"]
    if schema.get("type", "object") != "object":
        found["/type"] = ["must be object"]
    return found


def _own_problems(
    place: Place, schema: Mapping[str, Any], targets: Targets
) -> list[tuple[Place, str]]:
    found: list[tuple[Place, str]] = [
        ((key,), reason) for key, reason in _REFUSED.items() if key in schema
    ]
    found += [
        ((key,), "belongs to the root") for key in ("$id", "$schema") if place and key in schema
    ]
    if "$ref" in schema and _target(schema["$ref"], targets) is None:
        found.append((("$ref",), "must name a schema within this one, like #/$defs/name"))
    if "pattern" in schema:
        try:
            compiled(schema["pattern"])
        except PatternError as error:
            found.append((("pattern",), str(error)))
    return found


def _target(reference: str, targets: Targets) -> Place | None:
    if reference != "#" and not reference.startswith("#/"):
        return None
    return targets.get(tuple(_parts(reference)))


@dataclass
class _Weights:
    """How much there is to do for one value, with every reference followed."""

    places: Mapping[Place, Mapping[str, Any]]
    targets: Targets
    problems: list[tuple[Place, str]] = field(default_factory=list)
    known: dict[Place, int] = field(default_factory=dict)
    under_way: set[Place] = field(default_factory=set)

    def of(self, place: Place) -> int:
        if place in self.known or place not in self.places or self.problems:
            return self.known.get(place, 1)
        if place in self.under_way:
            self.problems.append((place, "refers to itself, so a check might never end"))
            return 1
        if len(self.under_way) >= MOST_DEPTH:
            self.problems.append((place, f"is nested more than {MOST_DEPTH} deep"))
            return 1
        self.under_way.add(place)
        schema = self.places[place]
        weight = 1
        for step, _ in children(schema):
            if step[0] not in _DEFINITIONS:
                weight += self.of((*place, *step))
        if "$ref" in schema:
            target = _target(schema["$ref"], self.targets)
            weight += self.of(target) if target is not None else 1
        if "unevaluatedItems" in schema or "unevaluatedProperties" in schema:
            # The validator goes through everything in place again to see what was evaluated.
            weight *= 3
        self.under_way.discard(place)
        self.known[place] = weight
        if weight > MOST_SCHEMAS and not self.problems:
            self.problems.append((place, f"is too large (over {MOST_SCHEMAS} subschemas)"))
        return weight


def _wrong_defaults(root: Mapping[str, Any], places: Mapping[Place, Mapping[str, Any]]) -> Fields:
    found: Fields = {}
    validator = validator_for(root)
    for place, schema in places.items():
        if "default" in schema:
            own = validator.evolve(schema=schema) if place else validator
            for pointer, messages in problems_of(own, schema["default"]).items():
                found[pointer_to((*place, "default")) + pointer] = messages
    return found


def _add(found: Fields, place: Place, problems: list[tuple[Place, str]]) -> None:
    for step, message in problems:
        found.setdefault(pointer_to((*place, *step)), []).append(message)
