"""How this deployment sends mail, from `FESTOON_SMTP_URL` and `FESTOON_MAIL_FROM`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import Enum
from urllib.parse import unquote, urlsplit

from host.errors import ConfigurationError

EXAMPLE = "smtp://user:password@mail.example:587"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Security(Enum):
    """When the connection to the mail server is encrypted."""

    OFFERED = "offered"
    """Where the server offers it."""
    STARTTLS = "starttls"
    """Before anything is said that matters; a server that cannot is not spoken to."""
    TLS = "tls"
    """From the first byte."""


_SCHEMES = {
    "smtp": (Security.OFFERED, 587),
    "smtp+starttls": (Security.STARTTLS, 587),
    "smtps": (Security.TLS, 465),
}


@dataclass(frozen=True)
class MailSettings:
    """The server that takes letters, and whom they are from."""

    host: str
    port: int
    security: Security
    sender: str
    sender_name: str = ""
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, url: str, sender: str) -> MailSettings | None:
        """None where there is no mail; `ConfigurationError`, without password, for a mistake."""
        if not url:
            return None
        try:
            parts = urlsplit(url)
            security, port = _SCHEMES[parts.scheme]
            host, port = parts.hostname or "", parts.port or port
            username, password = unquote(parts.username or ""), unquote(parts.password or "")
        except (KeyError, ValueError):
            raise _wrong() from None
        if not host or parts.path.strip("/") or parts.query or parts.fragment:
            raise _wrong()
        if bool(username) != bool(password):
            raise ConfigurationError(
                "FESTOON_SMTP_URL needs both a user and a password, or neither"
            )
        if username and security is Security.OFFERED and host not in _LOOPBACK:
            # A password is not sent for everybody to read.
            security = Security.STARTTLS
        name, address = parseaddr(sender)
        if not _ADDRESS.fullmatch(address) or not sender.isprintable():
            raise ConfigurationError(
                "FESTOON_MAIL_FROM must say whom letters are from, like "
                f"'Festoon <hello@example.com>', not {sender!r}"
            )
        return cls(host, port, security, address, name, username, password)


def _wrong() -> ConfigurationError:
    return ConfigurationError(
        f"FESTOON_SMTP_URL must look like {EXAMPLE}, with smtp, smtp+starttls or smtps; "
        "characters like @ and / in a password are written as %40 and %2F"
    )
