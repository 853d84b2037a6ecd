"""Which settings schemas an application may bring."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.apps.schema import schema_problems
from host.apps.validation import problems_of, validator_for

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def test_a_usual_schema_is_good() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.org/settings",
        "type": "object",
        "properties": {
            "colour": {"$ref": "#/$defs/colour", "default": "#ff0000"},
            "pair": {"prefixItems": [{"type": "integer"}, {"$ref": "#/$defs/colour"}]},
            "$ref": {"type": "string", "title": "A property may be named as it likes"},
        },
        "$defs": {"colour": {"type": "string", "pattern": "^#[0-9a-f]{6}$"}},
        "x-anything": {"$ref": "not a schema"},
    }
    assert schema_problems(schema) == {}


@pytest.mark.parametrize(
    ("schema", "at"),
    [
        ([], ""),
        (True, ""),
        ({"type": "array"}, "/type"),
        ({"type": "nonsense"}, "/type"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema"),
        ({"required": "name"}, "/required"),
        ({"properties": {"a": 7}}, "/properties/a"),
        ({"properties": {"a": {"minimum": "one"}}}, "/properties/a/minimum"),
        ({"properties": {"a": {"pattern": "(?=x)"}}}, "/properties/a/pattern"),
        ({"properties": {"a": {"$ref": "https://example.org/x"}}}, "/properties/a/$ref"),
        ({"properties": {"a": {"$ref": "#/$defs/nowhere"}}}, "/properties/a/$ref"),
        (
            {"properties": {"a": {"$ref": "#/properties/b/default"}, "b": {"default": {}}}},
            "/properties/a/$ref",
        ),
        ({"properties": {"a": {"$id": "x"}}}, "/properties/a/$id"),
        ({"properties": {"a": {"$anchor": "x"}}}, "/properties/a/$anchor"),
        ({"$dynamicAnchor": "x"}, "/$dynamicAnchor"),
        ({"patternProperties": {"(a+)+$": {}}}, "/patternProperties"),
        ({"properties": {"a": {"type": "integer", "default": "x"}}}, "/properties/a/default"),
        ({"properties": {"a/b": {"type": "integer", "default": "x"}}}, "/properties/a~1b/default"),
        (
            {"properties": {"a": {"items": {"type": "integer"}, "default": [1, "x"]}}},
            "/properties/a/default/1",
        ),
    ],
)
def test_says_where_a_schema_is_wrong(schema: Any, at: str) -> None:
    assert list(schema_problems(schema)) == [at]


def test_says_all_that_is_wrong_at_once() -> None:
    found = schema_problems(
        {
            "properties": {
                "a": {"pattern": "("},
                "b": {"$ref": "elsewhere"},
                "c": {"$anchor": "c", "patternProperties": {}},
            }
        }
    )
    assert set(found) == {
        "/properties/a/pattern",
        "/properties/b/$ref",
        "/properties/c/$anchor",
        "/properties/c/patternProperties",
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"$defs": {"a": {"properties": {"x": {"$ref": "#/$defs/a"}}}}, "$ref": "#/$defs/a"},
    ],
)
def test_refuses_a_schema_that_refers_to_itself(schema: Any) -> None:
    ((_, messages),) = schema_problems(schema).items()
    assert "refers to itself" in messages[0]


def test_refuses_a_small_schema_that_is_huge_with_its_references_followed() -> None:
    doubling = {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(18)}
    schema = {"$defs": {**doubling, "d18": {}}, "$ref": "#/$defs/d0"}
    ((_, messages),) = schema_problems(schema).items()
    assert "too large" in messages[0]


@pytest.mark.parametrize("depth", [60, 200, 5_000])
def test_refuses_a_schema_that_is_nested_deeper_than_a_check_could_follow(depth: int) -> None:
    ((_, messages),) = schema_problems(nested(depth)).items()
    assert "deep" in messages[0]


def test_the_deepest_schema_that_passes_can_be_checked_against() -> None:
    schema = nested(45)
    assert schema_problems(schema) == {}
    value: Any = 1
    for _ in range(45):
        value = {"a": value}
    assert problems_of(validator_for(schema), value) == {"/a" * 45: ["must be a string"]}


@given(JSON)
def test_whatever_comes_is_judged_and_never_an_error(value: Any) -> None:
    assert isinstance(schema_problems(value), dict)
    assert isinstance(schema_problems({"properties": {"a": value}}), dict)


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"required": ["a"]}, {}, {"/a": ["is required"]}),
        ({"additionalProperties": False}, {"x/y": 1}, {"/x~1y": ["is not known here"]}),
        ({"type": ["string", "null"]}, 1, {"": ["must be a string or null"]}),
        ({"enum": ["a", 1]}, "b", {"": ["must be one of 'a', 1"]}),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "c", {"": ["must be one of 'a', 'b'"]}),
        ({"anyOf": [{"type": "string"}]}, 1, {"": ["fits none of the allowed forms"]}),
        ({"minItems": 1}, [], {"": ["must not be empty"]}),
        ({"pattern": "^a$", "errorMessage": "must be a"}, "b", {"": ["must be a"]}),
        ({"pattern": "a"}, "a" * 1_001, {"": ["must have at most 1000 characters"]}),
        ({"uniqueItems": True}, [1, 1.0], {"": ["must not hold the same twice"]}),
        ({"uniqueItems": True}, [{"a": [1]}, {"a": [1]}], {"": ["must not hold the same twice"]}),
        ({"uniqueItems": True}, [1, True, "1", [1], {}, []], {}),
        ({"multipleOf": 0.1}, 0.3, {}),
        ({"multipleOf": 0.1}, 10**400, {}),
        ({"multipleOf": 0.1}, 0.35, {"": ["must be a multiple of 0.1"]}),
        ({"format": "date-time"}, "2026-12-31T20:00:00Z", {}),
        ({"format": "date-time"}, "2026-12-31T20:00:00", {"": ["is not a valid date-time"]}),
        ({"format": "date"}, "2026-02-30", {"": ["is not a valid date"]}),
        ({"format": "email"}, "nobody", {"": ["is not a valid email"]}),
        ({"format": "unheard-of"}, "x", {}),
    ],
)
def test_problems_are_worded_for_the_person_who_filled_in_the_form(
    schema: Any, value: Any, said: Any
) -> None:
    assert problems_of(validator_for(schema), value) == said


def test_many_items_are_compared_in_time() -> None:
    validator = validator_for({"items": {"type": "object"}, "uniqueItems": True})
    started = time.process_time()
    assert problems_of(validator, [{"n": n} for n in range(20_000)]) == {}
    assert time.process_time() - started < 5


def test_two_schemas_with_the_same_id_do_not_see_each_other() -> None:
    same = {"$id": "https://example.org/same", "properties": {"a": {"$ref": "#/$defs/a"}}}
    first = validator_for({**same, "$defs": {"a": {"type": "string"}}})
    second = validator_for({**same, "$defs": {"a": {"type": "integer"}}})
    assert problems_of(first, {"a": "x"}) == {}
    assert problems_of(second, {"a": "x"}) == {"/a": ["must be a whole number"]}
