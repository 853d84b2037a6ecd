"""Settings: defaults filled in, problems told by pointer, secrets left out."""

from __future__ import annotations

from typing import Any

import pytest

from host.apps.manifest import Manifest, stored_manifest
from host.apps.settings import check_settings, public_settings
from host.errors import ValidationFailed

SECRET = {"type": "string", "writeOnly": True}


def with_settings(schema: dict[str, Any]) -> Manifest:
    return stored_manifest({"settings": schema}, "app")


QUIZ = with_settings(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "mode": {"enum": ["speed", "first"], "default": "speed"},
            "place": {
                "type": "object",
                "properties": {"city": {"default": "Riga"}, "hall": {"type": "string"}},
            },
            "host": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "title": {"default": "Host"}},
            },
            "questions": {
                "type": "array",
                "default": [],
                "items": {
                    "type": "object",
                    "required": ["text"],
                    "properties": {
                        "text": {"type": "string"},
                        "seconds": {"type": "integer", "default": 20},
                        "right": {"type": "array", "writeOnly": True},
                    },
                },
            },
        },
    }
)


def test_what_is_missing_gets_its_default_at_any_depth() -> None:
    assert check_settings(QUIZ, {"questions": [{"text": "?"}], "host": {"name": "Anna"}}) == {
        "mode": "speed",
        "place": {"city": "Riga"},
        "host": {"name": "Anna", "title": "Host"},
        "questions": [{"text": "?", "seconds": 20}],
    }


def test_an_object_that_defaults_cannot_make_whole_stays_away() -> None:
    assert "host" not in check_settings(QUIZ, {})


def test_what_was_given_stays_and_is_not_changed() -> None:
    given = {"mode": "first", "questions": [{"text": "?", "seconds": 5}]}
    filled = check_settings(QUIZ, given)
    assert filled["mode"] == "first"
    assert filled["questions"] == given["questions"]
    filled["questions"][0]["seconds"] = 99
    assert given["questions"][0]["seconds"] == 5
    assert check_settings(QUIZ, {})["questions"] is not check_settings(QUIZ, {})["questions"]


@pytest.mark.parametrize(
    ("schema", "given", "filled"),
    [
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"x": {"default": 1}}}}},
            {},
            {"x": 1},
        ),
        (
            {"properties": {"x": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"default": 2}}},
            {},
            {"x": 2},
        ),
        ({"allOf": [{"properties": {"x": {"default": 3}}}]}, {}, {"x": 3}),
        (
            {
                "oneOf": [
                    {"required": ["a"], "properties": {"x": {"default": "a"}}},
                    {"required": ["b"], "properties": {"x": {"default": "b"}}},
                ]
            },
            {"b": 1},
            {"b": 1, "x": "b"},
        ),
        (
            {
                "properties": {"kind": {"default": "one"}},
                "if": {"properties": {"kind": {"const": "one"}}},
                "then": {"properties": {"x": {"default": 1}}},
                "else": {"properties": {"x": {"default": 2}}},
            },
            {},
            {"kind": "one", "x": 1},
        ),
        (
            {"dependentSchemas": {"a": {"properties": {"x": {"default": 1}}}}},
            {"a": 0},
            {"a": 0, "x": 1},
        ),
        (
            {"additionalProperties": {"properties": {"x": {"default": 1}}}},
            {"a": {}},
            {"a": {"x": 1}},
        ),
        ({"properties": {"x": {"default": None}}}, {}, {"x": None}),
    ],
)
def test_defaults_are_found_wherever_a_schema_may_stand(
    schema: Any, given: Any, filled: Any
) -> None:
    assert check_settings(with_settings(schema), given) == filled


def test_every_problem_is_told_by_its_pointer() -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_settings(
            QUIZ,
            {"mode": "slow", "extra": 1, "questions": [{"seconds": "x"}]},
            at="/appSettings",
        )
    assert refused.value.fields == {
        "/appSettings/mode": ["must be one of 'speed', 'first'"],
        "/appSettings/extra": ["is not known here"],
        "/appSettings/questions/0/text": ["is required"],
        "/appSettings/questions/0/seconds": ["must be a whole number"],
    }


@pytest.mark.parametrize("given", [None, [], "x", 1])
def test_settings_are_an_object(given: Any) -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_settings(QUIZ, given, at="/settings")
    assert list(refused.value.fields) == ["/settings"]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"s": SECRET}},
        {"properties": {"s": {"$ref": "#/$defs/s"}}, "$defs": {"s": SECRET}},
        {"properties": {"s": {"allOf": [SECRET]}}},
        {"properties": {"s": {"anyOf": [{"type": "integer"}, SECRET]}}},
        {"allOf": [{"properties": {"s": SECRET}}]},
        {"oneOf": [{"required": ["never"], "properties": {"s": SECRET}}, {}]},
        {"if": {"required": ["never"]}, "then": {"properties": {"s": SECRET}}},
        {"dependentSchemas": {"never": {"properties": {"s": SECRET}}}},
        {"$ref": "#/$defs/all", "$defs": {"all": {"properties": {"s": SECRET}}}},
        {"properties": {"open": {}}, "additionalProperties": SECRET},
        {"properties": {"open": {}}, "unevaluatedProperties": SECRET},
    ],
)
def test_a_secret_is_left_out_wherever_the_schema_marks_it(schema: Any) -> None:
    assert public_settings(schema, {"s": "hidden", "open": "shown"}) == {"open": "shown"}


@pytest.mark.parametrize(
    ("schema", "settings", "shown"),
    [
        (
            {"properties": {"a": {"items": {"properties": {"s": SECRET}}}}},
            {"a": [{"s": 1, "t": 2}, {"s": 3}]},
            {"a": [{"t": 2}, {}]},
        ),
        ({"properties": {"a": {"items": SECRET}}}, {"a": ["x", "y"]}, {"a": []}),
        (
            {"properties": {"a": {"prefixItems": [{}, SECRET]}}},
            {"a": ["x", "y", "z"]},
            {"a": ["x", "z"]},
        ),
        ({"properties": {"a": {"contains": SECRET}}}, {"a": ["x"]}, {"a": []}),
        (
            {"properties": {"a": {"properties": {"b": {"properties": {"s": SECRET}}}}}},
            {"a": {"b": {"s": 1, "t": 2}}},
            {"a": {"b": {"t": 2}}},
        ),
        ({"writeOnly": True}, {"a": 1}, {}),
        ({}, {"a": {"writeOnly": True}}, {"a": {"writeOnly": True}}),
    ],
)
def test_secrets_are_left_out_at_any_depth(schema: Any, settings: Any, shown: Any) -> None:
    assert public_settings(schema, settings) == shown


def test_the_right_answers_of_a_quiz_stay_hidden() -> None:
    settings = check_settings(QUIZ, {"questions": [{"text": "?", "right": ["42"]}]})
    assert public_settings(QUIZ.settings, settings)["questions"] == [{"text": "?", "seconds": 20}]
    assert settings["questions"][0]["right"] == ["42"]
