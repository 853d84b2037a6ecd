"""The manifest: what an application says of itself before any of its code runs.

It is held against `manifest.schema.json`, and all that is wrong is told at once, by JSON
pointer. A stored manifest was held against the rules of its day and is not judged again.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jsonschema.protocols import Validator
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from host.apps.messages import message_problems
from host.apps.names import PLATFORM, reserved_reason
from host.apps.schema import schema_problems
from host.apps.validation import Fields, problems_of, validator_for
from host.contract import JsonObject
from host.errors import InvalidManifest
from host.permissions import Capability, Permission

MANIFEST_SCHEMA: JsonObject = json.loads(
    files("host.apps").joinpath("manifest.schema.json").read_text(encoding="utf-8")
)
_validator = validator_for(MANIFEST_SCHEMA)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Webhook:
    """Where and how a separate service is asked. `timeout` is in ms; None: the hook's own."""

    path: str
    timeout: int | None = None
    later: bool = False
    """`async` in the manifest: delivered after the fact, at least once."""
    retry: int | bool = False


@dataclass(frozen=True)
class Manifest:
    """A manifest that passed. `raw` is what was given, and what the wire contract shows."""

    id: str
    name: str
    version: str
    description: str
    api_version: int
    host: str
    """The versions of the host it runs with; "" is any."""
    capabilities: frozenset[Capability]
    permissions: frozenset[Permission]
    settings: JsonObject = field(hash=False)
    on_request: dict[Capability, tuple[str, ...]] = field(hash=False)
    webhooks: dict[Capability, Webhook] = field(hash=False)
    base_url: str | None
    author: str | None
    homepage: str | None
    icon: str | None
    raw: JsonObject = field(hash=False, repr=False)

    @cached_property
    def validator(self) -> Validator:
        """The kept validator of the settings."""
        return validator_for(self.settings)

    def asked(self, settings: Mapping[str, Any]) -> frozenset[Capability]:
        """What is taken over on request only, and asked for by a room's settings."""
        return frozenset(
            capability
            for capability, names in self.on_request.items()
            if any(settings.get(name) for name in names)
        )

    def takes(self, settings: Mapping[str, Any]) -> frozenset[Capability]:
        """What the application takes over in a room with these settings, where nobody else has."""
        return self.capabilities - self.on_request.keys() | self.asked(settings)

    def runs_on(self, version: str) -> bool:
        """Whether a host of this version is within the manifest's range."""
        return SpecifierSet(self.host).contains(Version(version), prereleases=True)


def read_manifest(raw: Any, app_id: str) -> Manifest:
    """The manifest of an application in the host's process, named by its entry point.

    Raises `InvalidManifest` with every problem by JSON pointer.
    """
    found = manifest_problems(raw)
    if isinstance(raw, dict) and raw.get("id", app_id) != app_id:
        found.setdefault("/id", []).append(f"must be the entry point's name, {app_id!r}")
    _refuse(found)
    return stored_manifest(raw, app_id)


def read_service_manifest(raw: Any) -> Manifest:
    """The manifest of a separate service. Raises `InvalidManifest` with every problem.

    Its id is the one given, or one made of its name (`id_of_name`).
    """
    found = manifest_problems(raw)
    if isinstance(raw, dict) and "baseUrl" not in raw:
        found["/baseUrl"] = ["is required"]
    if isinstance(raw, dict) and raw.get("id") == PLATFORM:
        found["/id"] = ["is the platform's own"]
    _refuse(found)
    return stored_manifest(raw, raw.get("id") or id_of_name(raw["meta"]["name"]))


def stored_manifest(raw: JsonObject, app_id: str) -> Manifest:
    """A manifest that passed before, as it is kept in the database."""
    meta = raw.get("meta", {})
    return Manifest(
        id=app_id,
        name=meta.get("name", app_id),
        version=meta.get("version", "0.0.0"),
        description=meta.get("description", ""),
        api_version=raw.get("apiVersion", 1),
        host=raw.get("host", ""),
        capabilities=frozenset(Capability(name) for name in raw.get("capabilities", ())),
        permissions=frozenset(Permission(name) for name in raw.get("permissions", ())),
        settings=raw.get("settings", {}),
        on_request={Capability(n): tuple(s) for n, s in raw.get("onRequest", {}).items()},
        webhooks={Capability(n): _webhook(w) for n, w in raw.get("webhooks", {}).items()},
        base_url=raw.get("baseUrl"),
        author=meta.get("author"),
        homepage=meta.get("homepage"),
        icon=meta.get("icon"),
        raw=raw,
    )


def manifest_problems(raw: Any) -> Fields:
    """All that is wrong with a manifest, by JSON pointer; empty for a good one."""
    found = problems_of(_validator, raw)
    if not isinstance(raw, dict):
        return found
    if isinstance(raw.get("settings"), dict):
        for pointer, messages in schema_problems(raw["settings"]).items():
            found.setdefault(f"/settings{pointer}", []).extend(messages)
    if "/id" not in found and "id" in raw and (reason := reserved_reason(raw["id"])):
        found["/id"] = [reason]
    if isinstance(raw.get("host"), str) and not _is_range(raw["host"]):
        found.setdefault("/host", []).append("must be a range of versions, as in >=0.1,<0.3")
    if isinstance(raw.get("baseUrl"), str) and (reason := _wrong_address(raw["baseUrl"])):
        found.setdefault("/baseUrl", []).append(reason)
    if isinstance(raw.get("webhooks"), dict):
        _webhook_problems(raw["webhooks"], raw.get("capabilities"), found)
    if isinstance(raw.get("onRequest"), dict):
        _request_problems(raw, found)
    if "messages" in raw and not any(pointer.startswith("/messages") for pointer in found):
        for pointer, message in message_problems(raw["messages"]):
            found.setdefault(pointer, []).append(message)
    return found


def id_of_name(name: str) -> str:
    """An id made of a name: "Crème brûlée, 2nd" is `creme-brulee-2nd`.

    A name that gives none (no Latin letters, or a word of the host's) is named by its digest.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    wrong = problems_of(_validator.evolve(schema=MANIFEST_SCHEMA["$defs"]["id"]), made)
    if wrong or made == PLATFORM or reserved_reason(made):
        return f"service-{sha256(name.encode()).hexdigest()[:10]}"
    return made


def _refuse(found: Fields) -> None:
    if found:
        where, messages = next(iter(found.items()))
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise InvalidManifest(
            f"The manifest is not valid: {where or '/'} {messages[0]}{more}", found
        )


def _webhook(given: str | JsonObject) -> Webhook:
    if isinstance(given, str):
        return Webhook(given)
    return Webhook(
        given["path"], given.get("timeout"), given.get("async", False), given.get("retry", False)
    )


def _webhook_problems(webhooks: JsonObject, capabilities: Any, found: Fields) -> None:
    declared = capabilities if isinstance(capabilities, list) else []
    for name, webhook in webhooks.items():
        pointer = f"/webhooks/{name}"
        if name in set(Capability) and name not in declared:
            found.setdefault(pointer, []).append("is not among the capabilities")
        later = isinstance(webhook, dict) and webhook.get("async") is True
        if later and name != Capability.NOTIFICATIONS:
            reason = "only notifications can be delivered later: a decision is waited for"
            found.setdefault(f"{pointer}/async", []).append(reason)


def _request_problems(raw: JsonObject, found: Fields) -> None:
    settings = raw.get("settings")
    properties = settings.get("properties") if isinstance(settings, dict) else None
    known = properties if isinstance(properties, dict) else {}
    for name, asking in raw["onRequest"].items():
        pointer = f"/onRequest/{name}"
        if name in set(Capability) and name not in (raw.get("capabilities") or ()):
            found.setdefault(pointer, []).append("is not among the capabilities")
        if name == Capability.ROOM_SETTINGS:
            reason = "cannot hang on the very settings that it answers for"
            found.setdefault(pointer, []).append(reason)
        for place, one in enumerate(asking if isinstance(asking, list) else ()):
            if isinstance(one, str) and one not in known:
                found.setdefault(f"{pointer}/{place}", []).append("is none of the settings")


def _is_range(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _wrong_address(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        host = parts.hostname
        plain = not (parts.username or parts.query or parts.fragment) and (parts.port or 1)
    except ValueError:
        return "is not an address"
    if not host or not plain or parts.scheme not in ("http", "https") or re.search(r"\s", address):
        return "must be an https address without user, query and fragment"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "must be https, or http on loopback"
    return None
