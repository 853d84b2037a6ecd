"""Who may vouch for people: the sign-in providers of this deployment, from its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from host.errors import ConfigurationError

BUILT_IN = ("password", "guest", "phone")
"""Ways of signing in that need no provider."""
GOOGLE_ISSUER = "https://accounts.google.com"
_SETTINGS = ("CLIENT_ID", "CLIENT_SECRET", "ISSUER", "LABEL", "SCOPES", "URL", "EMAILS")
_EMAILS = ("as-told", "verified")
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_LABELS = {"google": "Google", "yandex": "Yandex", "vk": "VK ID"}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class ProviderSettings:
    """One provider as the deployment sets it up.

    `kind` is the protocol: openid, yandex or vk. `url` stands in the place of Yandex's or VK's
    own address. `vouches` says that every address this provider hands out is one it has
    verified, where it does not say so itself.
    """

    id: str
    kind: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    label: str = ""
    issuer: str = ""
    scopes: str = ""
    url: str = ""
    vouches: bool = False

    @property
    def name(self) -> str:
        """What people know it by."""
        return self.label or _LABELS.get(self.id) or self.id.replace("-", " ").title()


def read_known(name: str, own: Mapping[str, str]) -> ProviderSettings | None:
    """Google, Yandex or VK from settings such as `GOOGLE_CLIENT_ID`; None without any."""
    prefix = f"{name.upper()}_"
    given = {k.removeprefix(prefix): v for k, v in own.items() if k.startswith(prefix)}
    if not given:
        return None
    kind = "openid" if name == "google" else name
    if kind == "openid":
        given.setdefault("ISSUER", GOOGLE_ISSUER)
    return _settings(name, kind, prefix, given)


def read_openid(own: Mapping[str, str]) -> tuple[ProviderSettings, ...]:
    """Every issuer of settings such as `OIDC_ACME_ISSUER`, sorted by id."""
    found: dict[str, dict[str, str]] = {}
    for key, value in own.items():
        if not key.startswith("OIDC_"):
            continue
        what = next((s for s in _SETTINGS if key.endswith(f"_{s}")), None)
        name = key[len("OIDC_") : -len(f"_{what}")] if what else ""
        if what is None or not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"FESTOON_{key} is none of FESTOON_OIDC_<NAME>_ with {', '.join(_SETTINGS)}"
            )
        found.setdefault(name, {})[what] = value
    return tuple(_openid(name, found[name]) for name in sorted(found))


def _openid(name: str, given: Mapping[str, str]) -> ProviderSettings:
    provider_id = name.lower().replace("_", "-")
    if provider_id in _LABELS or provider_id in BUILT_IN:
        raise ConfigurationError(
            f"FESTOON_OIDC_{name}_* cannot be used: '{provider_id}' is a way of signing in already"
        )
    return _settings(provider_id, "openid", f"OIDC_{name}_", given)


def _settings(
    provider_id: str, kind: str, prefix: str, given: Mapping[str, str]
) -> ProviderSettings:
    for key, value in given.items():
        if key not in _SETTINGS:
            known = ", ".join(f"FESTOON_{prefix}{s}" for s in _SETTINGS)
            raise ConfigurationError(f"FESTOON_{prefix}{key} is not known. There are: {known}")
        if key != "LABEL" and not (value.isascii() and value.isprintable()):
            raise ConfigurationError(f"FESTOON_{prefix}{key} must be printable ASCII")
    # VK takes PKCE in place of a secret, and an issuer may know this host as a public client.
    needed = {"CLIENT_ID": True, "CLIENT_SECRET": provider_id in ("google", "yandex")}
    needed["ISSUER"] = kind == "openid"
    for key, must in needed.items():
        if must and not given.get(key):
            raise ConfigurationError(f"FESTOON_{prefix}{key} is missing for this way to sign in")
    emails = given.get("EMAILS", _EMAILS[0])
    if emails not in _EMAILS:
        raise ConfigurationError(
            f"FESTOON_{prefix}EMAILS must be one of {', '.join(_EMAILS)}, not {emails!r}"
        )
    return ProviderSettings(
        id=provider_id,
        kind=kind,
        client_id=given["CLIENT_ID"],
        client_secret=given.get("CLIENT_SECRET", ""),
        label=given.get("LABEL", ""),
        issuer=_address(f"{prefix}ISSUER", given.get("ISSUER", "")),
        scopes=given.get("SCOPES", "").replace(",", " "),
        url=_address(f"{prefix}URL", given.get("URL", "")).rstrip("/"),
        vouches=emails == "verified",
    )


def _address(name: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        host = None
        parts = urlsplit("")
    secret = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if text and not (host and secret and not parts.query and not parts.fragment):
        raise ConfigurationError(
            f"FESTOON_{name} must be an https address (http on loopback only): {text!r}"
        )
    return text


def check_methods(methods: Sequence[str], providers: Sequence[ProviderSettings]) -> None:
    """Refuses a `FESTOON_SIGN_IN` that names what this deployment does not have."""
    known = [*BUILT_IN, *(provider.id for provider in providers)]
    for method in methods:
        if method not in known:
            raise ConfigurationError(
                f"FESTOON_SIGN_IN names {method!r}, which is not set up; "
                f"there are {', '.join(known)}"
            )
