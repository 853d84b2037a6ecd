"""A lottery room needs no settings, and the form can explain each one."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

MANIFEST: dict[str, Any] = json.loads(
    resources.files("festoon_lottery").joinpath("manifest.json").read_text("utf-8")
)
SETTINGS = MANIFEST["settings"]
PROPERTIES: dict[str, dict[str, Any]] = SETTINGS["properties"]


def test_the_settings_are_a_valid_schema() -> None:
    Draft202012Validator.check_schema(SETTINGS)


def test_a_room_without_settings_is_valid() -> None:
    validator = Draft202012Validator(SETTINGS)
    assert validator.is_valid({})
    assert validator.is_valid({name: schema["default"] for name, schema in PROPERTIES.items()})


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_setting_has_a_title_a_description_and_a_default(name: str) -> None:
    schema = PROPERTIES[name]
    assert schema["title"]
    assert schema["description"].endswith(".")
    assert Draft202012Validator(schema).is_valid(schema["default"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"theme": "halloween"},
        {"ticketsPerGuest": 0},
        {"ticketsPerGuest": 101},
        {"onePrizePerPerson": "yes"},
        {"suspenseSeconds": -1},
        {"claimText": ""},
        {"unknown": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    assert not Draft202012Validator(SETTINGS).is_valid(wrong)
