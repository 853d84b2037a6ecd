"""A wrong setting stops the start with one line that says which and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from host.config import Config
from host.errors import ConfigurationError

NO_FILE = Path("/nonexistent")


def test_without_settings_it_runs_on_a_laptop() -> None:
    config = Config.load({}, NO_FILE)
    assert config == Config()
    assert config.database_url.startswith("sqlite+aiosqlite:///")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "whole number from 0 to 65535"),
        ("PORT", "70000", "whole number from 0 to 65535"),
        ("WORKERS", "0", "from 1 to 64"),
        ("DATABASE_CONNECTIONS", "1", "from 2 to 500"),
        ("MODE", "party", "one of full, standalone"),
        ("MODE", "standalone", "needs FESTOON_APP"),
        ("GUESTS", "maybe", "must be on or off"),
        ("DELEGATION_SECONDS", "-1", "over 0"),
        ("PUBLIC_URL", "party.example", "http or https address"),
        ("CHANNELS_URL", "amqp://x", "scheme 'amqp'"),
        ("SMTP_URL", "mail.example", "must look like smtp://"),
        ("SMTP_URL", "smtp://mail.example:port", "must look like smtp://"),
        ("SMTP_URL", "smtp://mail.example/inbox", "must look like smtp://"),
        ("SMTP_URL", "smtp://user@mail.example", "both a user and a password"),
        ("SMTP_URL", "smtp://mail.example", "FESTOON_MAIL_FROM must say whom"),
        ("TEXT_MESSAGES", "No App", "not an application id"),
        ("LETTERS", "No App", "not an application id"),
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("APP", "No App", "not an application id"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Config.load({f"FESTOON_{name}": value}, NO_FILE)
    assert said in caught.value.message
    assert "\n" not in caught.value.message


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a comment\nFESTOON_PORT=9000\nFESTOON_BRAND_NAME='Acme'\n")
    config = Config.load({"FESTOON_PORT": "9001"}, file)
    assert (config.port, config.brand) == (9001, {"name": "Acme"})


def test_what_single_applications_are_told_is_kept_by_their_names() -> None:
    config = Config.load({"FESTOON_APPS_QUIZ_PRO_KEY": "k", "FESTOON_APP": "quiz"}, NO_FILE)
    assert (config.app, config.apps) == ("quiz", {"QUIZ_PRO_KEY": "k"})


def test_a_line_that_is_none_is_pointed_at(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("FESTOON_PORT\n")
    with pytest.raises(ConfigurationError, match=r"line 1: expected NAME=value"):
        Config.load({}, file)
