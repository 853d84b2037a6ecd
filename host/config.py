"""The frozen configuration. Nothing else in the host reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from host.entrances import (
    ProviderSettings,
    check_methods,
    read_known,
    read_openid,
)
from host.errors import ConfigurationError
from host.limits import Limits
from host.mail import MailSettings

PREFIX = "FESTOON_"
MODES = ("full", "standalone")
LOGS = ("text", "json")
MOST_WORKERS = 64
LONGEST_OVERLAP = 30 * 24 * 3600
_CHANNEL_SCHEMES = ("memory", "redis", "rediss", "postgres", "postgresql")
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_APP_ID = re.compile(r"[a-z][a-z0-9_-]{1,39}")


@dataclass(frozen=True)
class Config:
    """How one host runs. Every value has a default that works on a laptop.

    `secret_key` signs access tokens and cookies; `limits` is what `figures` are read from;
    `delegation_seconds` overrides the time limit of every delegated hook (None: each its own);
    `service_networks` are where separate services may be besides the internet (None: on this
    machine, unless browsers reach the host by https);
    `secret_overlap` is how many seconds the old secret of a separate service stays valid beside a
    new one;
    `apps` is what whoever runs the host says to single applications: `LOTTERY_BEACON_URL`;
    `strict` raises on the first application that does not load; `sign_in` lists the ways of
    signing in that are on (empty: all that are set up).
    """

    database_url: str = "sqlite+aiosqlite:///.festoon/festoon.db"
    database_connections: int = 20
    channels_url: str = "memory://"
    secret_key: str = ""
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    mode: str = "full"
    app: str | None = None
    apps: Mapping[str, str] = field(default_factory=dict, repr=False)
    guests: bool = True
    limits: str = "on"
    log: str = "text"
    strict: bool = False
    delegation_seconds: float | None = None
    service_networks: tuple[str, ...] | None = None
    protected_capabilities: frozenset[str] = field(default_factory=frozenset)
    secret_overlap: int = 24 * 3600
    cors_origins: tuple[str, ...] = ()
    brand: Mapping[str, str] = field(default_factory=dict)
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    text_messages: str | None = None
    letters: str | None = None
    sign_in: tuple[str, ...] = ()
    google: ProviderSettings | None = None
    yandex: ProviderSettings | None = None
    vk: ProviderSettings | None = None
    oidc: tuple[ProviderSettings, ...] = ()

    @property
    def providers(self) -> tuple[ProviderSettings, ...]:
        """The sign-in providers that are set up and on, as people see them listed."""
        found = [one for one in (self.google, self.yandex, self.vk, *self.oidc) if one is not None]
        return tuple(one for one in found if self.offers(one.id))

    def offers(self, method: str) -> bool:
        """Whether people may sign in by this: password, guest, phone, or a provider's id."""
        if method == "guest" and not self.guests:
            return False
        return not self.sign_in or method in self.sign_in

    @cached_property
    def figures(self) -> Limits:
        """How much may be asked of this host, by `limits`."""
        return Limits.read(self.limits)

    @cached_property
    def mail(self) -> MailSettings | None:
        """How letters are sent; None where they are not."""
        return MailSettings.read(self.smtp_url, self.mail_from)

    @property
    def reachable(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks in which separate services are called, besides the internet."""
        if self.service_networks is None:
            return () if self.secure else LOOPBACK
        named = [one for one in self.service_networks if one not in ("none", "loopback")]
        own = LOOPBACK if "loopback" in self.service_networks else ()
        return (*own, *map(ip_network, named))

    @property
    def secure(self) -> bool:
        """Whether browsers reach the host by https, so that cookies must be Secure."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public URL."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    def with_values(self, **changes: object) -> Config:
        """A copy with some values changed, for tests and for the command line."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> Config:
        """Reads `.env` (if there is one) and then the environment, which wins.

        Raises `ConfigurationError` with one line that says which value is wrong and why.
        """
        values = _read_env_file(env_file or Path(".env"))
        values.update(os.environ if environ is None else environ)
        own = {k[len(PREFIX) :]: v for k, v in values.items() if k.startswith(PREFIX) and v}
        return cls(**_parse(own))  # type: ignore[arg-type]


def _read_env_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, sign, value = text.partition("=")
        if not sign:
            raise ConfigurationError(f"{path}, line {number}: expected NAME=value")
        found[name.strip()] = value.strip().strip("\"'")
    return found


def _parse(own: Mapping[str, str]) -> dict[str, object]:
    out: dict[str, object] = {
        name.lower(): read(name, own[name]) for name, read in _READERS.items() if name in own
    }
    out["brand"] = {k[6:].lower(): v for k, v in own.items() if k.startswith("BRAND_")}
    out["apps"] = {k[5:]: v for k, v in own.items() if k.startswith("APPS_")}
    known = {name: read_known(name, own) for name in ("google", "yandex", "vk")}
    oidc = read_openid(own)
    out |= {**known, "oidc": oidc}
    check_methods(_listed(own.get("SIGN_IN", "")), [*filter(None, known.values()), *oidc])
    _check_together(out)
    return out


def _check_together(out: Mapping[str, object]) -> None:
    if out.get("mode") == "standalone" and not out.get("app"):
        raise ConfigurationError("FESTOON_MODE=standalone needs FESTOON_APP, the one app to run")
    public = str(out.get("public_url", Config.public_url))
    parts = urlsplit(public)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigurationError(f"FESTOON_PUBLIC_URL must be an http or https address: {public!r}")
    scheme = urlsplit(str(out.get("channels_url", Config.channels_url))).scheme
    if scheme not in _CHANNEL_SCHEMES:
        raise ConfigurationError(
            f"FESTOON_CHANNELS_URL has the scheme {scheme!r}; known: {', '.join(_CHANNEL_SCHEMES)}"
        )
    MailSettings.read(str(out.get("smtp_url", "")), str(out.get("mail_from", "")))
    secret = str(out.get("secret_key", ""))
    if secret and len(secret) < 32:
        raise ConfigurationError("FESTOON_SECRET_KEY must have at least 32 characters")


def _whole(name: str, text: str, least: int, most: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise ConfigurationError(
            f"FESTOON_{name} must be a whole number from {least} to {most}, not {text!r}"
        )
    return value


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 600:
        raise ConfigurationError(f"FESTOON_{name} must be seconds, over 0 and up to 600: {text!r}")
    return value


def _known(name: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise ConfigurationError(f"FESTOON_{name} must be one of {', '.join(known)}, not {text!r}")
    return text


def _switch(name: str, text: str) -> bool:
    lowered = text.lower()
    if lowered not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ConfigurationError(f"FESTOON_{name} must be on or off, not {text!r}")
    return lowered in ("1", "true", "yes", "on")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _app_id(name: str, text: str) -> str:
    if not _APP_ID.fullmatch(text):
        raise ConfigurationError(f"FESTOON_{name} is not an application id: {text!r}")
    return text


def _networks(name: str, text: str) -> tuple[str, ...]:
    found = tuple(_listed(text))
    for one in found:
        try:
            if one not in ("none", "loopback"):
                ip_network(one)
        except ValueError:
            raise ConfigurationError(
                f"FESTOON_{name} must list networks like 10.1.0.0/16, or be loopback or none: "
                f"{one!r} is none of these"
            ) from None
    return found


_Reader = Callable[[str, str], object]


def _as_given(_: str, text: str) -> object:
    return text


def _figures(_: str, text: str) -> object:
    Limits.read(text)
    return text


def _number(least: int, most: int) -> _Reader:
    return lambda name, text: _whole(name, text, least, most)


def _word(known: tuple[str, ...]) -> _Reader:
    return lambda name, text: _known(name, text, known)


_READERS: Mapping[str, _Reader] = {
    "DATABASE_URL": _as_given,
    "CHANNELS_URL": _as_given,
    "SECRET_KEY": _as_given,
    "PUBLIC_URL": _as_given,
    "HOST": _as_given,
    "LIMITS": _figures,
    "PORT": _number(0, 65535),
    "DATABASE_CONNECTIONS": _number(2, 500),
    "WORKERS": _number(1, MOST_WORKERS),
    "MODE": _word(MODES),
    "LOG": _word(LOGS),
    "GUESTS": _switch,
    "STRICT": _switch,
    "SECRET_OVERLAP": _number(0, LONGEST_OVERLAP),
    "DELEGATION_SECONDS": _seconds,
    "SERVICE_NETWORKS": _networks,
    "PROTECTED_CAPABILITIES": lambda _, text: frozenset(_listed(text)),
    "CORS_ORIGINS": lambda _, text: tuple(_listed(text)),
    "SIGN_IN": lambda _, text: tuple(_listed(text)),
    "APP": _app_id,
    "SMTP_URL": _as_given,
    "MAIL_FROM": _as_given,
    "TEXT_MESSAGES": _app_id,
    "LETTERS": _app_id,
}
