"""What a newer version of an application means for a room: what is asked, kept and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from host.apps.patches import patch_to
from host.contract import JsonObject
from host.errors import MigrationRequired
from host.services.migrating import AT, UNVEILED, Step, migrated
from host.web import form_kinds as kinds
from host.web import form_values as values
from host.web.form_kinds import Kind
from host.web.pages.capabilities import PERMISSIONS, labels

OPEN_NOW = "Everybody in the room can read it from then on, so it starts empty."
LONGEST = 120
"""Characters that are shown of a setting that is kept."""


@dataclass(frozen=True)
class Line:
    """A setting and its value, in words."""

    label: str
    value: str


@dataclass(frozen=True)
class Plan:
    """A step, as its page shows it."""

    step: Step
    schema: JsonObject
    """What the organizer is asked: the part of the new version's schema that is new or not met."""
    filled: JsonObject
    """What stands in the form to begin with."""
    kept: tuple[Line, ...]
    gone: tuple[Line, ...]
    changes: tuple[str, ...]
    blocked: str
    """What the room has delegated and the new version does not do, in words; "" for nothing."""

    def patch(self, said: Mapping[str, Any]) -> JsonObject:
        """The `migrationData` of a form that said this: what was asked, and an end to the rest."""
        now, known = self.step.app.settings, _properties(self.step.new.settings)
        asked = _properties(self.schema)
        held = {name: value for name, value in now.items() if name in asked}
        ends = dict.fromkeys(name for name in _unmet(self.step) if name not in known)
        return {**ends, **patch_to(held, dict(said))}


def plan_of(step: Step, also: Sequence[str] = ()) -> Plan:
    """What an upgrade asks. `also` names further fields, which were refused in the last try."""
    old, new = _properties(step.old.settings), _properties(step.new.settings)
    settings, unmet = step.app.settings, _unmet(step)
    asked = {n: p for n, p in new.items() if n not in old or n in unmet or n in also}
    open_now = [name for name in asked if UNVEILED in unmet.get(name, ())]
    for name in open_now:
        part = kinds.resolved(step.new.settings, asked[name])
        asked[name] = {**part, "description": OPEN_NOW}
    schema: JsonObject = {
        "type": "object",
        "properties": asked,
        "required": [n for n in step.new.settings.get("required", ()) if n in asked],
        "$defs": step.new.settings.get("$defs", {}),
    }
    gone = [name for name in settings if name in unmet and name not in new]
    kept = [name for name in settings if name not in asked and name not in gone]
    return Plan(
        step,
        schema,
        {n: v for n, v in settings.items() if n in asked and n not in open_now},
        tuple(_line(step.new.settings, name, settings[name]) for name in kept),
        tuple(_line(step.old.settings, name, settings[name]) for name in gone),
        tuple(_changes(step, [n for n in new if n not in old], open_now)),
        labels(step.lost),
    )


def _properties(schema: JsonObject) -> JsonObject:
    found: JsonObject = schema.get("properties", {})
    return found


def _unmet(step: Step) -> dict[str, list[str]]:
    """What the new version has against the settings, by the name of the setting."""
    try:
        migrated(step, {})
    except MigrationRequired as required:
        return named(required.fields)
    return {}


def named(fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Messages of a refusal by the setting that they are about, whatever is wrong within it."""
    found: dict[str, list[str]] = {}
    for pointer, messages in fields.items():
        name = pointer.removeprefix(AT).lstrip("/").partition("/")[0]
        found.setdefault(name.replace("~1", "/").replace("~0", "~"), []).extend(messages)
    return found


def _changes(step: Step, new: Sequence[str], open_now: Sequence[str]) -> list[str]:
    said = []
    if new:
        said.append(f"New settings: {_named(step.new.settings, new)}.")
    if open_now:
        which = _named(step.new.settings, open_now)
        said.append(f"No secret any more, everybody in the room can read it: {which}.")
    for before, after, words in (
        (step.old, step.new, "It may now also"),
        (step.new, step.old, "It no longer needs to"),
    ):
        if differs := after.permissions - before.permissions:
            said.append(f"{words} {', '.join(PERMISSIONS[one] for one in sorted(differs))}.")
    if gained := step.new.capabilities - step.old.capabilities:
        said.append(f"It could take over {labels(sorted(gained))}, if you let it: see Apps.")
    if given_up := step.old.capabilities - step.new.capabilities:
        said.append(f"It no longer does {labels(sorted(given_up))}.")
    return said or ["Nothing that you would have to know: its rules and settings are the same."]


def _named(schema: JsonObject, names: Sequence[str]) -> str:
    return ", ".join(f"“{_label(schema, name)}”" for name in names)


def _label(schema: JsonObject, name: str) -> str:
    part = kinds.resolved(schema, _properties(schema).get(name))
    return part.get("title") or kinds.spoken(name)


def _line(schema: JsonObject, name: str, value: Any) -> Line:
    part = kinds.resolved(schema, _properties(schema).get(name))
    return Line(_label(schema, name), _in_words(part, value))


def _in_words(part: Mapping[str, Any], value: Any) -> str:
    kind = kinds.kind_of(part)
    if part.get("writeOnly") or kind is Kind.PASSWORD:
        return "kept, and not shown"
    if kind is Kind.GROUP:
        return f"{len(value)} settings"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    chosen = dict(kinds.options(part))
    if kind is Kind.CHOICES and isinstance(value, list):
        text = ", ".join(chosen.get(kinds.option(one), kinds.option(one)) for one in value)
    elif kind is Kind.JSON and isinstance(value, list):
        text = f"{len(value)} of them"
    else:
        text = chosen.get(kinds.option(value)) or str(values.as_text(kind, value))
    return (text if len(text) <= LONGEST else text[:LONGEST] + "…") or "—"
