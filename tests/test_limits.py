"""`FESTOON_LIMITS`: on, off, or figures."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from host.config import Config
from host.errors import ConfigurationError
from host.limits import Limits

NO_FILE = Path("/nonexistent")


def read(text: str) -> Limits:
    return Config.load({"FESTOON_LIMITS": text}, NO_FILE).figures


def test_figures_that_are_not_named_stay_as_they_are() -> None:
    assert read("on") == Limits() == Config().figures
    limits = read("sockets_per_address=4000, messages_per_second = 2.5")
    assert limits == Limits(sockets_per_address=4000, messages_per_second=2.5)
    assert read("on,sockets=7") == Limits(sockets=7)


def test_off_means_any_number_but_what_protects_the_process_stays() -> None:
    off = read("off")
    assert off.sockets == off.sockets_per_user == off.messages_per_second == off.sign_in_tries == 0
    assert off.half_open == Limits.half_open
    assert off.body_seconds == Limits.body_seconds
    assert read("off,sockets=10").sockets == 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("maybe", "must be on, off or figures like sockets_per_address=4000"),
        ("sockets_per_address=4000,off", "not 'off'"),
        ("on,", "not ''"),
        ("chairs=4", "knows no 'chairs'; known: sockets, "),
        ("sockets=many", "sockets must be a whole number from 0 to 1,000,000, not 'many'"),
        ("sockets=2.5", "sockets must be a whole number"),
        ("sockets=-1", "from 0 to"),
        ("half_open=0", "half_open must be a whole number from 1"),
        ("messages_per_second=nan", "messages_per_second must be a number from 0"),
        ("body_seconds=inf", "from 0.1 to 3,600"),
        ("sockets=1,sockets=2", "says sockets twice"),
    ],
)
def test_a_wrong_figure_is_named_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert said in caught.value.message
    assert caught.value.message.startswith("FESTOON_LIMITS")
    assert "\n" not in caught.value.message


def test_a_hall_of_two_thousand_behind_one_address_has_room_by_default() -> None:
    limits = Limits()
    assert limits.unsigned_per_address >= 2 * 2000
    assert limits.half_open >= 2 * 2000
    assert limits.sockets >= limits.sockets_per_address >= 4 * 2000


def test_the_configuration_page_names_every_figure_with_its_default() -> None:
    page = Path(__file__).parents[1] / "docs" / "reference" / "configuration.md"
    text = page.read_text(encoding="utf-8")
    for figure in fields(Limits):
        row = f"| `{figure.name}` | {figure.default:,g} | {figure.metadata['what']} |"
        assert row in text, f"docs/reference/configuration.md lacks: {row}"
