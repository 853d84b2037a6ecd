"""The settings of a room under another version of its application, or what they lack there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from host.apps.manifest import Manifest
from host.apps.patches import patched
from host.apps.settings import check_settings, public_settings
from host.contract import Capability, JsonObject, Room, RoomApp
from host.errors import MigrationRequired, ValidationFailed
from host.services.audit import difference

AT = "/migrationData"
"""Begins the pointers of `details.fields`: there is where what is missing has to come."""
UNVEILED = "was secret, and everybody in the room could read it: give it another value, or null"


@dataclass(frozen=True)
class Step:
    """An application of a room, the manifest it is locked to, and one that it could go to."""

    room: Room
    app: RoomApp
    old: Manifest
    new: Manifest

    @property
    def lost(self) -> list[Capability]:
        """What the room has delegated to the application and the new version does not declare."""
        return lost(self.app, self.new)


def migrated(step: Step, data: JsonObject) -> JsonObject:
    """The settings for the new version: those of now, `data` merged over them, then defaults.

    Raises `MigrationRequired` that names each field: what does not fit, and what was secret and
    would not be any more, unless `data` speaks of it.
    """
    merged: JsonObject = patched(step.app.settings, data)
    problems: dict[str, list[str]] = {}
    settings = merged
    try:
        settings = check_settings(step.new, merged, at=AT)
    except ValidationFailed as unfit:
        problems.update(unfit.fields)
    for pointer in unveiled(step, merged, data):
        problems.setdefault(pointer, []).append(UNVEILED)
    if problems:
        message = (
            f"The settings do not fit version {step.new.version}. Send what is missing as "
            "migrationData; see details.fields."
        )
        raise required(step, message, problems)
    return settings


def unveiled(step: Step, merged: JsonObject, data: JsonObject) -> list[str]:
    """Pointers of what is secret now and is not in the new version; what `data` names is meant."""
    hidden = public_settings(step.old.settings, step.app.settings)
    shown = public_settings(step.new.settings, merged)
    return _unveiled(step.app.settings, hidden, shown, data, AT)


def _unveiled(was: Any, hidden: Any, shown: Any, data: Any, at: str) -> list[str]:
    """Pointers of what `hidden` leaves out of what `was`, and `shown` has."""
    if isinstance(was, dict) and isinstance(shown, dict):
        data = data if isinstance(data, dict) else {}
        names = [n for n in shown if n in was and (n not in data or isinstance(data[n], dict))]
        pointers = []
        for name in names:
            below = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            known = isinstance(hidden, dict) and name in hidden
            if known or name in data:
                inner = hidden[name] if known else None
                pointers += _unveiled(was[name], inner, shown[name], data.get(name), below)
            else:
                pointers.append(below)
        return pointers
    if isinstance(was, list) and isinstance(shown, list):
        # A list is kept whole or replaced whole, so that its items can be told by their places.
        if not isinstance(hidden, list) or len(hidden) < len(was):
            return [at] if len(shown) == len(was) else []
        three = zip(was, hidden, shown, strict=False)
        return [p for i, (a, b, c) in enumerate(three) for p in _unveiled(a, b, c, {}, f"{at}/{i}")]
    return []


def required(step: Step, message: str, fields: Mapping[str, list[str]]) -> MigrationRequired:
    """The refusal that says field by field what the new version needs, and its schema."""
    return MigrationRequired(
        message,
        fields,
        appId=step.app.app_id,
        version=step.app.manifest_version,
        targetVersion=step.new.version,
        schema=step.new.settings,
    )


def lost(app: RoomApp, manifest: Manifest) -> list[Capability]:
    """The capabilities that a room has delegated to an application and a version lacks."""
    return [one for one in app.capabilities if one not in manifest.capabilities]


def noted(step: Step, settings: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Version and settings for the audit log; what either version keeps secret is left out."""

    def public(held: JsonObject) -> JsonObject:
        return public_settings(step.new.settings, public_settings(step.old.settings, held))

    before: JsonObject = {"version": step.app.manifest_version}
    after: JsonObject = {"version": step.new.version}
    if differs := difference(public(step.app.settings), public(settings)):
        before["settings"], after["settings"] = differs
    return before, after
