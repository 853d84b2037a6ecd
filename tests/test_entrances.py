"""Settings of sign-in providers: what they mean, and which of them stop the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from host.config import Config
from host.errors import ConfigurationError

NO_FILE = Path("/nonexistent")
ACME = {"ISSUER": "https://login.acme.example/", "CLIENT_ID": "festoon"}


def load(**values: str) -> Config:
    return Config.load({f"FESTOON_{name}": value for name, value in values.items()}, NO_FILE)


def test_without_settings_there_are_no_providers() -> None:
    assert load().providers == ()


def test_issuers_have_names_of_ones_own() -> None:
    values = {f"OIDC_ACME_STAFF_{name}": value for name, value in ACME.items()}
    (acme,) = load(**values, OIDC_ACME_STAFF_LABEL="Личный кабинет").providers
    assert (acme.id, acme.name) == ("acme-staff", "Личный кабинет")
    assert acme.issuer == "https://login.acme.example/"


def test_all_that_are_set_up_are_on_unless_a_list_says_less() -> None:
    values = {"VK_CLIENT_ID": "1", "YANDEX_CLIENT_ID": "2", "YANDEX_CLIENT_SECRET": "3"}
    everything, listed = load(**values), load(**values, SIGN_IN="vk, password")
    assert [one.id for one in everything.providers] == ["yandex", "vk"]
    assert [one.id for one in listed.providers] == ["vk"]
    assert everything.offers("guest")
    assert not listed.offers("guest")
    assert listed.offers("password")
    assert not load(GUESTS="off").offers("guest")


def test_a_secret_is_not_in_what_is_printed() -> None:
    config = load(GOOGLE_CLIENT_ID="id", GOOGLE_CLIENT_SECRET="of nobody's business")
    assert "business" not in repr(config)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GOOGLE_CLIENT_ID", "x", "FESTOON_GOOGLE_CLIENT_SECRET is missing"),
        ("YANDEX_CLIENT_SECRET", "x", "FESTOON_YANDEX_CLIENT_ID is missing"),
        ("VK_CLIENT", "x", "FESTOON_VK_CLIENT is not known"),
        ("VK_EMAILS", "maybe", "FESTOON_VK_CLIENT_ID is missing"),
        ("OIDC_ACME_ISUER", "x", "FESTOON_OIDC_ACME_ISUER is none of"),
        ("OIDC_ISSUER", "https://acme.example", "FESTOON_OIDC_ISSUER is none of"),
        ("OIDC_VK_CLIENT_ID", "x", "'vk' is a way of signing in already"),
        ("OIDC_PASSWORD_CLIENT_ID", "x", "'password' is a way of signing in already"),
        ("OIDC_ACME_CLIENT_ID", "x", "FESTOON_OIDC_ACME_ISSUER is missing"),
        ("OIDC_ACME_CLIENT_ID", "é", "must be printable ASCII"),
        ("SIGN_IN", "password,google", "names 'google', which is not set up"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(**{name: value})
    assert said in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "issuer", ["http://acme.example", "acme.example", "https://acme.example/?a=b", "https://[x"]
)
def test_an_issuer_is_spoken_to_in_secret(issuer: str) -> None:
    with pytest.raises(ConfigurationError, match="must be an https address"):
        load(OIDC_ACME_ISSUER=issuer, OIDC_ACME_CLIENT_ID="x")
