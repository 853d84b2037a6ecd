"""The frozen configuration. Nothing else in the host reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from host.errors import ConfigurationError

PREFIX = "FESTOON_"
MODES = ("full", "standalone")
LOGS = ("text", "json")
_CHANNEL_SCHEMES = ("memory", "redis", "rediss", "postgres", "postgresql")
_APP_ID = re.compile(r"[a-z][a-z0-9_-]{1,39}")


@dataclass(frozen=True)
class Config:
    """How one host runs. Every value has a default that works on a laptop.

    `secret_key` signs access tokens and cookies; `limits` is "on", "off" or figures;
    `delegation_seconds` overrides the time limit of every delegated hook (None: each its own);
    `strict` raises on the first application that does not load.
    """

    database_url: str = "sqlite+aiosqlite:///.festoon/festoon.db"
    channels_url: str = "memory://"
    secret_key: str = ""
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    mode: str = "full"
    app: str | None = None
    guests: bool = True
    limits: str = "on"
    log: str = "text"
    strict: bool = False
    delegation_seconds: float | None = None
    protected_capabilities: frozenset[str] = field(default_factory=frozenset)
    cors_origins: tuple[str, ...] = ()
    brand: Mapping[str, str] = field(default_factory=dict)

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
    out: dict[str, object] = {}
    plain = ("DATABASE_URL", "CHANNELS_URL", "SECRET_KEY", "PUBLIC_URL", "HOST", "LIMITS")
    for name in plain:
        if name in own:
            out[name.lower()] = own[name]
    for name, least, most in (("PORT", 0, 65535), ("WORKERS", 1, 64)):
        if name in own:
            out[name.lower()] = _whole(name, own[name], least, most)
    for name, known in (("MODE", MODES), ("LOG", LOGS)):
        if name in own:
            out[name.lower()] = _known(name, own[name], known)
    for name in ("GUESTS", "STRICT"):
        if name in own:
            out[name.lower()] = _switch(name, own[name])
    if "DELEGATION_SECONDS" in own:
        out["delegation_seconds"] = _seconds("DELEGATION_SECONDS", own["DELEGATION_SECONDS"])
    if "PROTECTED_CAPABILITIES" in own:
        out["protected_capabilities"] = frozenset(_listed(own["PROTECTED_CAPABILITIES"]))
    if "CORS_ORIGINS" in own:
        out["cors_origins"] = tuple(_listed(own["CORS_ORIGINS"]))
    if "APP" in own:
        if not _APP_ID.fullmatch(own["APP"]):
            raise ConfigurationError(f"FESTOON_APP is not an application id: {own['APP']!r}")
        out["app"] = own["APP"]
    out["brand"] = {k[6:].lower(): v for k, v in own.items() if k.startswith("BRAND_")}
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
