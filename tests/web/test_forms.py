"""A JSON Schema becomes a form, and what was typed becomes JSON again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from host.web.form_kinds import Kind
from host.web.forms import Field, describe, parse
from host.web.pages.brand import Brand
from host.web.pages.templating import make_environment

LOTTERY = Path(__file__).parents[2] / "plugins/lottery/festoon_lottery/manifest.json"


def schema(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def typed(*pairs: tuple[str, str]) -> FormData:
    return FormData(list(pairs))


def by_name(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {field.name: field for field in fields}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "string"}, Kind.TEXT),
        ({"type": "string", "maxLength": 5000}, Kind.LONG),
        ({"type": "string", "format": "email"}, Kind.EMAIL),
        ({"type": "string", "format": "uri"}, Kind.URL),
        ({"type": "string", "format": "date"}, Kind.DATE),
        ({"type": ["string", "null"], "format": "date-time"}, Kind.DATETIME),
        ({"type": "string", "format": "password"}, Kind.PASSWORD),
        ({"enum": ["a", "b"]}, Kind.SELECT),
        ({"oneOf": [{"const": "a", "title": "A"}]}, Kind.SELECT),
        ({"type": "integer"}, Kind.INTEGER),
        ({"type": "number"}, Kind.NUMBER),
        ({"type": "boolean"}, Kind.CHECKBOX),
        ({"type": "array", "items": {"type": "string"}}, Kind.LINES),
        ({"type": "array", "items": {"type": "string", "enum": ["a"]}}, Kind.CHOICES),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, Kind.GROUP),
        ({"type": "array", "items": {"type": "object"}}, Kind.JSON),
        ({"type": "object"}, Kind.JSON),
        ({}, Kind.JSON),
    ],
)
def test_every_schema_has_the_field_that_suits_it(part: dict[str, Any], kind: Kind) -> None:
    [field] = describe(schema(it=part)).fields

    assert field.kind is kind


def test_an_object_in_an_object_is_one_group_and_then_json() -> None:
    inner = {"type": "object", "properties": {"b": {"type": "string"}}}
    outer = {"type": "object", "properties": {"inner": inner}}

    [group] = describe(schema(outer=outer)).fields

    assert group.kind is Kind.GROUP
    assert [field.kind for field in group.fields] == [Kind.JSON]


def test_titles_defaults_limits_and_help_reach_the_field() -> None:
    part = {
        "type": "integer",
        "title": "Tickets",
        "description": "For each guest",
        "minimum": 1,
        "maximum": 9,
        "default": 3,
    }

    [field] = describe(schema(("tickets",), tickets=part)).fields

    assert (field.label, field.help, field.value) == ("Tickets", "For each guest", "3")
    assert field.required
    assert field.attributes == {"inputmode": "numeric", "step": "1", "min": "1", "max": "9"}


def test_a_property_without_a_title_is_named_in_words() -> None:
    [field] = describe(schema(onePrizePerPerson={"type": "boolean"})).fields

    assert field.label == "One prize per person"


def test_what_was_typed_comes_back_as_json() -> None:
    wanted = schema(
        name={"type": "string"},
        count={"type": "integer"},
        share={"type": "number"},
        on={"type": "boolean"},
        off={"type": "boolean", "default": True},
        theme={"enum": ["a", "b"]},
        level={"enum": [1, 2]},
        lines={"type": "array", "items": {"type": "string"}},
        some={"type": "array", "items": {"type": "string", "enum": ["x", "y", "z"]}},
        day={"type": "string", "format": "date"},
        address={"type": "object", "properties": {"city": {"type": "string"}}},
        rest={"type": "array", "items": {"type": "object"}},
    )
    form = typed(
        ("/name", "  Olga "),
        ("/count", "1 000"),
        ("/share", "2,5"),
        ("/on", "true"),
        ("/theme", "b"),
        ("/level", "2"),
        ("/lines", "one\r\n\r\n two \r\n"),
        ("/some", "x"),
        ("/some", "z"),
        ("/day", "2026-12-31"),
        ("/address/city", "Suzdal"),
        ("/rest", '[{"a": 1}]'),
    )

    said = parse(wanted, form)

    assert said.errors == {}
    assert said.value == {
        "name": "Olga",
        "count": 1000,
        "share": 2.5,
        "on": True,
        "off": False,
        "theme": "b",
        "level": 2,
        "lines": ["one", "two"],
        "some": ["x", "z"],
        "day": "2026-12-31",
        "address": {"city": "Suzdal"},
        "rest": [{"a": 1}],
    }


def test_an_evening_typed_in_the_readers_zone_is_kept_in_utc() -> None:
    wanted = schema(at={"type": "string", "format": "date-time"})

    said = parse(wanted, typed(("/at", "2026-12-31T21:30"), ("/at@zone", "Europe/Moscow")))

    assert said.value == {"at": "2026-12-31T18:30:00.000Z"}
    [field] = describe(wanted, said.value).fields
    assert field.value == "2026-12-31T18:30"


def test_without_a_known_zone_a_time_is_refused_beside_its_field() -> None:
    wanted = schema(at={"type": "string", "format": "date-time"})

    said = parse(wanted, typed(("/at", "2026-12-31T21:30"), ("/at@zone", "Mars/Olympus")))

    assert list(said.errors) == ["/at"]


def test_an_empty_optional_field_is_left_out_so_that_its_default_can_fill_it() -> None:
    wanted = schema(count={"type": "integer", "default": 3}, name={"type": "string"})

    assert parse(wanted, typed(("/count", ""), ("/name", " "))).value == {}


def test_an_empty_password_keeps_the_one_that_is_there() -> None:
    wanted = schema(("key",), key={"type": "string", "format": "password"})

    assert parse(wanted, typed(("/key", "")), kept={"key": "old"}).value == {"key": "old"}
    assert parse(wanted, typed(("/key", ""))).errors == {"/key": ["Please fill this in."]}
    assert describe(wanted, {"key": "old"}).fields[0].value == ""


@pytest.mark.parametrize(
    ("part", "text", "message"),
    [
        ({"type": "integer", "minimum": 1}, "0", "At least 1."),
        ({"type": "integer"}, "many", "This must be a whole number."),
        ({"type": "integer"}, "1.5", "This must be a whole number."),
        ({"type": "number", "maximum": 2}, "3", "At most 2."),
        ({"type": "number"}, "1e9999", "This must be a number."),
        ({"type": "string", "maxLength": 2}, "abc", "At most 2 characters."),
        ({"enum": ["a"]}, "b", "Please choose one from the list."),
        ({"type": "string", "format": "date"}, "soon", "This must be a date, such as 2026-12-31."),
        ({"type": "array", "items": {"type": "object"}}, "[", None),
        ({"type": "object"}, "NaN", "NaN is not JSON."),
        ({"type": "object"}, "[" * 80, "This is nested deeper than 64 levels."),
        (
            {"type": "array", "items": {"type": "string", "maxLength": 1}},
            "ab",
            "At most 1 characters.",
        ),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field(
    part: dict[str, Any], text: str, message: str | None
) -> None:
    wanted = schema(it=part)
    form = typed(("/it", text))

    said = parse(wanted, form)

    assert list(said.errors) == ["/it"]
    if message is not None:
        assert said.errors["/it"] == [message]
    [field] = describe(wanted, said.value, said.errors, posted=form).fields
    assert field.errors == tuple(said.errors["/it"])
    assert field.value == text


def test_what_is_missing_is_told_at_the_field_inside_its_group() -> None:
    city = schema(("city",), city={"type": "string"})
    wanted = schema(("address",), address=city)

    said = parse(wanted, typed(("/address/city", "")))

    assert said.errors == {"/address/city": ["Please fill this in."]}
    [group] = describe(wanted, said.value, said.errors).fields
    assert group.fields[0].errors == ("Please fill this in.",)


def test_an_error_without_a_field_stands_above_the_form() -> None:
    form = describe(schema(a={"type": "string"}), {}, {"": ["All wrong."], "b": ["Unknown."]})

    assert set(form.errors) == {"All wrong.", "Unknown."}


def test_names_with_slashes_find_their_way_back() -> None:
    wanted = schema(**{"a/b~c": {"type": "string"}})
    [field] = describe(wanted, prefix="settings").fields

    assert parse(wanted, typed((field.name, "x")), prefix="settings").value == {"a/b~c": "x"}


def test_a_definition_is_found_by_its_reference() -> None:
    wanted = {**schema(it={"$ref": "#/$defs/size"}), "$defs": {"size": {"enum": ["S", "L"]}}}

    [field] = describe(wanted).fields

    assert field.kind is Kind.SELECT


def test_the_lotterys_own_settings_survive_the_way_to_the_page_and_back() -> None:
    settings = orjson.loads(LOTTERY.read_bytes())["settings"]
    defaults = {name: part.get("default") for name, part in settings["properties"].items()}

    form = describe(settings, defaults)
    pairs: list[tuple[str, str]] = []
    for field in form.fields:
        if field.kind is Kind.CHECKBOX:
            pairs += [(field.name, "true")] if field.value else []
        else:
            pairs.append((field.name, field.value))
    said = parse(settings, typed(*pairs))

    assert said.errors == {}
    # What is empty is left out: its default fills it.
    empty: tuple[Any, ...] = (None, [])
    assert said.value == {name: value for name, value in defaults.items() if value not in empty}


@given(st.dictionaries(st.sampled_from(["/a", "/b", "/c", "/d", "/e"]), st.text(max_size=40)))
def test_no_text_breaks_the_form(found: dict[str, str]) -> None:
    wanted = schema(
        ("a",),
        a={"type": "integer", "minimum": 0},
        b={"type": "string", "format": "date-time"},
        c={"type": "object"},
        d={"type": "number"},
        e={"type": "array", "items": {"type": "string"}},
    )
    form = typed(*found.items())

    said = parse(wanted, form)

    describe(wanted, said.value, said.errors, posted=form)


def test_fields_are_escaped_labelled_and_tied_to_their_errors() -> None:
    wanted = schema(name={"type": "string", "title": "<b>Name</b>", "description": "Say it."})
    form = typed(("/name", '"><script>'))
    described = describe(wanted, {}, {"/name": ["No."]}, posted=form)

    page = make_environment(Brand()).from_string(
        '{% import "festoon/fields.html" as fields %}{{ fields.all(form) }}'
    )
    html = page.render(form=described)

    assert "<script>" not in html
    assert "<b>" not in html
    assert '<label for="f-name">' in html
    assert 'aria-describedby="f-name-help f-name-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="f-name-error"' in html
