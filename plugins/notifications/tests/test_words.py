"""Organizers write what messages say: what is wrong is named with its line, and nothing runs."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import host
from festoon_notifications import letter
from festoon_notifications.catalog import LOCALES, Template, catalog, nearest
from festoon_notifications.channels import Asked
from festoon_notifications.sandbox import VARIABLES, WORDS
from festoon_notifications.writing import Writing
from host import Category, Notification, ValidationFailed
from plugins.notifications.tests.telling import STOP, won


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("Hello\n{{ nmae }}", 2, "There is no 'nmae' here; there are name, title"),
        ("Hello\n\n{% if name %}", 3, "cannot be read"),
        ("{% for one in name %}{{ one }}{% endfor %}", 1, "Only variables"),
        ("{{ name.__class__.__mro__ }}", 1, "Only variables"),
        ("{{ name['x'] }}", 1, "Only variables"),
        ("a\n{{ title * 1000000000 }}", 2, "Only variables"),
        ("{{ name|attr('upper') }}", 1, "There is no filter 'attr'"),
        ("{{ name() }}", 1, "Only variables"),
        ("{% include 'x' %}", 1, "Only variables"),
        ("{% set name = 1 %}", 1, "Only variables"),
        ("x" * 6_000, 1, "longer than 5000"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(source: str, line: int, said: str) -> None:
    found = WORDS.problems(source)
    assert any(one.line == line and said in one.text for one in found), found
    with pytest.raises(ValidationFailed):
        WORDS.render(source, {})


def test_choices_and_filters_are_to_be_had() -> None:
    values = dict.fromkeys(VARIABLES, "") | {"name": "masha", "room": "New Year"}
    source = "{% if room %}{{ name|title }} in {{ room }}{% else %}{{ brand }}{% endif %}"
    assert WORDS.render(source, values) == "Masha in New Year"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_catalog_has_every_kind_of_message_and_is_right(locale: str) -> None:
    for category in Category:
        template = catalog(locale).template(category)
        assert WORDS.problems(template.subject) + WORDS.problems(template.body) == []
    assert catalog(locale).notes.keys() == catalog("en").notes.keys()
    assert catalog(locale).acts.keys() == catalog("en").acts.keys()


def test_a_reader_has_the_nearest_language() -> None:
    tags = ("ru-RU", "RU", "en_GB", "fr", None)
    assert [nearest(one, "ru") for one in tags] == ["ru", "ru", "en", "ru", "ru"]


async def test_a_rooms_own_words_take_the_place_of_the_catalogs(ctx: Any, room: Any) -> None:
    writing = Writing(ctx.database())
    asked = Asked(ctx, room, won(locale="ru"), {})
    usual = await writing.text(asked)
    assert usual.subject == "Вы выиграли! · New Year"
    own = Template("{{ name }}, {{ title }}", "{{ body }}\n\nЖдём в {{ room }}.")
    await writing.keep(asked, Category.RESULT, "ru", own)
    text = await writing.text(asked)
    assert text.subject == "Маша, Вы выиграли!"
    assert text.paragraphs[-1] == "Ждём в New Year."
    assert (text.link, text.unsubscribe) == ("https://festoon.test/r/room", STOP)
    other = await writing.text(Asked(ctx, room, won(locale="en"), {}))
    assert other.title == "You won!"
    with pytest.raises(ValidationFailed) as refused:
        await writing.keep(asked, Category.RESULT, "ru", Template("{{ x }}", "{{ body }}"))
    assert "Line 1" in refused.value.fields["subject"][0]
    await writing.give_back(room.id, Category.RESULT, "ru")
    assert await writing.text(asked) == usual


async def test_a_reader_who_said_nothing_has_an_applications_words_in_the_rooms_language(
    ctx: Any, room: Any
) -> None:
    words = {"en": {"title": "Soon", "body": "Sit."}, "ru": {"title": "Скоро", "body": "Садитесь."}}
    told = Notification("q1.masha", "masha", "quiz:soon", "Soon", "Sit.", words=words)
    writing = Writing(ctx.database())
    text = await writing.text(Asked(ctx, room, told, {"language": "ru"}))
    assert (text.title, text.locale) == ("Скоро", "ru")
    assert "Садитесь." in text.paragraphs
    text = await writing.text(Asked(ctx, room, replace(told, locale="en"), {"language": "ru"}))
    assert (text.title, text.locale) == ("Soon", "en")


async def test_what_people_write_is_never_a_template(ctx: Any, room: Any) -> None:
    room.name = "{{ name.__class__ }}{% for x in y %}"
    text = await Writing(ctx.database()).text(Asked(ctx, room, won(), {}))
    assert room.name in text.subject
    told = won(recipient=host.Recipient("{{ brand }}", "masha@example.com"), locale="ru")
    said = await Writing(ctx.database()).text(Asked(ctx, room, told, {}))
    assert "{{ brand }}" in said.body


@pytest.mark.parametrize("path", ["//evil.example/x", "https://evil.example", 5, None])
async def test_a_button_leads_to_this_host_alone(ctx: Any, room: Any, path: Any) -> None:
    told = won()
    told.data["path"] = path
    text = await Writing(ctx.database()).text(Asked(ctx, room, told, {}))
    assert text.link == "https://festoon.test/r/room"


def test_a_letter_has_the_colours_of_the_hosts_tokens() -> None:
    assert host.__file__
    tokens = (Path(host.__file__).parent / "web" / "static" / "tokens.css").read_text("utf-8")
    light, dark = tokens.split("@media (prefers-color-scheme: dark)")[:2]
    # The first word of each counts: what follows are themes, which letters do not wear.
    found = [
        dict(reversed(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", part)))
        for part in (light, dark.partition("themes")[0])
    ]
    for colours, own in zip((letter.LIGHT, letter.DARK), found, strict=True):
        assert {name: own[name] for name in colours} == colours
    assert tuple(found[0][f"light-{number}"] for number in range(1, 6)) == letter.LIGHTS


def test_what_the_package_needs_comes_with_it() -> None:
    place = resources.files("festoon_notifications")
    for name in ("manifest.json", "catalog/ru.json", "static/worker.js"):
        assert place.joinpath(name).is_file()
