"""What a person may type about themselves, in the form in which it is kept.

Each `clean_…` gives the kept form or raises `ValueError` with a message for that person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from host.errors import ValidationFailed

LONGEST_NAME = 80
LONGEST_EMAIL = 320
LONGEST_AVATAR = 2000
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024

# They turn the text around them, so that a name could rewrite the line it stands in.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters and symbols by category that nobody can see.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


def checked(given: Mapping[str, tuple[Callable[[str], str], str]]) -> dict[str, str]:
    """The kept form of every field, from its rule and what was typed.

    `ValidationFailed` names all the fields that are wrong, not just the first.
    """
    kept: dict[str, str] = {}
    wrong: dict[str, list[str]] = {}
    for field, (rule, typed) in given.items():
        try:
            kept[field] = rule(typed)
        except ValueError as error:
            wrong[field] = [str(error)]
    if wrong:
        raise ValidationFailed("Some of it cannot be taken as it is.", wrong)
    return kept


def clean_name(text: str) -> str:
    """A name in NFC without spaces around and double spaces within: 1 to 80 code points.

    Control characters, lone surrogates and direction marks are refused, and so is a name in
    which nothing can be seen. Joiners are kept: emoji and several scripts need them.
    """
    if any(unicodedata.category(c) in _REFUSED or c in _BIDI for c in text):
        raise ValueError("must not contain control characters")
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(_visible(c) for c in name):
        raise ValueError("must not be empty")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"must have at most {LONGEST_NAME} characters")
    return name


def clean_email(text: str) -> str:
    """An address in lower case; the syntax is checked, the mail server is not asked.

    The part before the @ is ASCII, so that lower case means the same to every database. The
    domain may be international. `.test` is allowed, for hosts that are tried out.
    """
    if len(text) > LONGEST_EMAIL:
        raise ValueError(f"must have at most {LONGEST_EMAIL} characters")
    # The tables of international domains come with it, and a hall of guests types no address.
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(
            text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except (EmailNotValidError, UnicodeError) as error:
        raise ValueError("is not an e-mail address") from error
    return found.normalized.lower()


def clean_password(text: str) -> str:
    """A password in NFC (as RFC 8265 has it), 8 to 1024 code points, any but NUL.

    Eight is the least that NIST SP 800-63B allows, for guessing is slowed and nothing else is
    asked; 1024 leaves room for any passphrase and keeps one request from buying much hashing.
    NFC: the same keys give the same password on a phone and on a laptop.
    """
    password = unicodedata.normalize("NFC", text)
    if any(c == "\0" or unicodedata.category(c) == "Cs" for c in password):
        raise ValueError("must be text without NUL and lone surrogates")
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(
            f"must have at least {SHORTEST_PASSWORD} characters: shorter ones are guessed too soon"
        )
    if len(password) > LONGEST_PASSWORD:
        raise ValueError(f"must have at most {LONGEST_PASSWORD} characters")
    return password


def clean_avatar(text: str) -> str:
    """The http or https address of a picture, at most 2000 characters."""
    if len(text) > LONGEST_AVATAR:
        raise ValueError(f"must have at most {LONGEST_AVATAR} characters")
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or not text.isprintable() or " " in text:
        raise ValueError("must be an http or https address")
    return text


def _visible(character: str) -> bool:
    return character not in _BLANK and unicodedata.category(character)[0] not in "ZCM"
