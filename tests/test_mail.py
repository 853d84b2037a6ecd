"""`FESTOON_SMTP_URL` and `FESTOON_MAIL_FROM`: how letters go out."""

from __future__ import annotations

import pytest

from host.config import Config
from host.errors import ConfigurationError
from host.mail import MailSettings, Security

FROM = "Acme <hello@acme.example>"


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://mail.example", 587, Security.OFFERED),
        ("smtp://mail.example:25", 25, Security.OFFERED),
        ("smtp://u:p@mail.example", 587, Security.STARTTLS),
        ("smtp://u:p@127.0.0.1:1025", 1025, Security.OFFERED),
        ("smtp+starttls://mail.example", 587, Security.STARTTLS),
        ("smtps://u:p@mail.example", 465, Security.TLS),
    ],
)
def test_a_password_never_goes_over_an_open_line(url: str, port: int, security: Security) -> None:
    settings = MailSettings.read(url, FROM)
    assert settings is not None
    assert (settings.port, settings.security) == (port, security)
    assert (settings.sender_name, settings.sender) == ("Acme", "hello@acme.example")


def test_a_password_may_hold_any_character_and_is_shown_nowhere() -> None:
    url = "smtp://user%40acme:p%2Fw%40rd@mail.example"
    settings = MailSettings.read(url, FROM)
    assert settings is not None
    assert (settings.username, settings.password) == ("user@acme", "p/w@rd")
    assert "p/w@rd" not in repr(settings)
    assert "p%2F" not in repr(Config(smtp_url=url, mail_from=FROM))


@pytest.mark.parametrize(
    "sender", ["", "Acme", "a@b@c", "hello@acme.example\nBcc: x@y.z", "Acme\r\n <a@b.example>"]
)
def test_a_sender_that_is_no_address_stops_the_start(sender: str) -> None:
    with pytest.raises(ConfigurationError, match="FESTOON_MAIL_FROM"):
        MailSettings.read("smtp://mail.example", sender)


def test_without_a_server_there_is_no_mail() -> None:
    assert MailSettings.read("", "") is None
    assert Config().mail is None
