"""JSON Schema 2020-12 to the fields of an HTML form, and what was posted back to JSON.

A field is named by the JSON pointer of its value (`/theme`, `/address/city`), so that an error
of the schema finds the field it belongs to. What no field can show (arrays of objects, objects
in objects) is a text area with JSON. The template is `festoon/fields.html`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from host.contract import JsonObject
from host.web import form_kinds as kinds
from host.web import form_values as values
from host.web.form_kinds import Kind
from host.web.form_values import Absent

Errors = Mapping[str, Sequence[str]]


class Posted(Protocol):
    """Form data as Starlette gives it: a name may come several times."""

    def getlist(self, key: Any) -> list[Any]:
        """All values of a name, in order."""
        ...


@dataclass(frozen=True)
class Field:
    """One field, ready for the template. `value` is text, a list of texts, or whether it is on."""

    name: str
    kind: Kind
    label: str
    help: str = ""
    required: bool = False
    optional: bool = False
    """Worth telling that it may stay empty: there is no default that would fill it."""
    value: Any = ""
    options: tuple[tuple[str, str], ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def id(self) -> str:
        """An id for labels and descriptions."""
        return "f" + self.name.replace("/", "-")


@dataclass(frozen=True)
class Form:
    """All fields of a schema, and the errors that belong to none of them."""

    fields: tuple[Field, ...]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parsed:
    """What a form said: the JSON, and messages by JSON pointer where it does not fit."""

    value: JsonObject
    errors: dict[str, list[str]]


def describe(
    schema: Mapping[str, Any],
    value: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    *,
    posted: Posted | None = None,
    prefix: str = "",
    without: Collection[str] = (),
) -> Form:
    """The form of an object schema, filled with `value` and the schema's defaults.

    `without` are properties at the top that have no field here. With `posted` every field shows
    what the person typed. `errors` go by JSON pointer, or by name for a property at the top;
    `prefix` comes before every field's name, so that a form may stand beside other fields.
    """
    by_pointer = {_pointer(key): tuple(found) for key, found in (errors or {}).items()}
    asked = _less(schema, without)
    fields = _fields(schema, asked, value or {}, by_pointer, posted, prefix, "")
    shown = set(_pointers(fields, prefix))
    rest = [m for key, found in by_pointer.items() if key not in shown for m in found]
    return Form(fields, tuple(rest))


def parse(
    schema: Mapping[str, Any],
    posted: Posted,
    *,
    kept: Mapping[str, Any] | None = None,
    prefix: str = "",
    without: Collection[str] = (),
) -> Parsed:
    """What was posted, as JSON checked against the schema.

    An empty optional field is left out, so that its default may fill it. A password that was
    left empty keeps the value it has in `kept`, and so does every property of `without`.
    """
    errors: dict[str, list[str]] = {}
    held = kept or {}
    value = _parse_object(schema, _less(schema, without), posted, held, errors, prefix, "")
    value |= {name: held[name] for name in without if name in held}
    for pointer, message in values.violations(schema, value):
        # A field that could not be read at all has said so already.
        if pointer not in errors or message not in errors[pointer]:
            errors.setdefault(pointer, []).append(message)
    return Parsed(value, {key: found[:1] for key, found in errors.items()})


def _less(schema: Mapping[str, Any], without: Collection[str]) -> Mapping[str, Any]:
    listed = schema.get("properties", {})
    kept = {name: part for name, part in listed.items() if name not in without}
    return {**schema, "properties": kept}


def _fields(
    root: Mapping[str, Any],
    schema: Mapping[str, Any],
    value: Mapping[str, Any],
    errors: Errors,
    posted: Posted | None,
    prefix: str,
    path: str,
) -> tuple[Field, ...]:
    found: list[Field] = []
    for name, part in _properties(root, schema):
        pointer = f"{path}/{kinds.escaped(name)}"
        kind = kinds.kind_of(part, nested=bool(path))
        own = value.get(name, part.get("default"))
        required = name in schema.get("required", ())
        inner: tuple[Field, ...] = ()
        if kind is Kind.GROUP:
            held = own if isinstance(own, Mapping) else {}
            inner = _fields(root, part, held, errors, posted, prefix, pointer)
        found.append(
            Field(
                name=prefix + pointer,
                kind=kind,
                label=part.get("title") or kinds.spoken(name),
                help=part.get("description", ""),
                required=required,
                optional=not required and part.get("default") is None,
                value=_shown(kind, part, own, posted, prefix + pointer),
                options=kinds.options(part),
                attributes=kinds.attributes(kind, part),
                errors=tuple(errors.get(pointer, ())),
                fields=inner,
            )
        )
    return tuple(found)


def _shown(kind: Kind, part: Mapping[str, Any], own: Any, posted: Posted | None, name: str) -> Any:
    if posted is None or kind is Kind.GROUP:
        return values.as_text(kind, own)
    texts = [text for text in posted.getlist(name) if isinstance(text, str)]
    if kind is Kind.CHECKBOX:
        return bool(texts)
    if kind is Kind.CHOICES:
        return texts
    if kind is Kind.DATETIME:
        # time.js turns what stands here from UTC to the reader's zone, so it must be UTC.
        return values.as_text(kind, _read_or_none(kind, part, texts, _zone(posted, name)))
    return "" if kind is Kind.PASSWORD else (texts[0] if texts else "")


def _read_or_none(kind: Kind, part: Mapping[str, Any], texts: list[str], zone: str) -> Any:
    try:
        return values.read(kind, part, texts, zone)
    except (Absent, ValueError):
        return None


def _parse_object(
    root: Mapping[str, Any],
    schema: Mapping[str, Any],
    posted: Posted,
    kept: Mapping[str, Any],
    errors: dict[str, list[str]],
    prefix: str,
    path: str,
) -> JsonObject:
    out: JsonObject = {}
    for name, part in _properties(root, schema):
        pointer = f"{path}/{kinds.escaped(name)}"
        kind = kinds.kind_of(part, nested=bool(path))
        required = name in schema.get("required", ())
        if kind is Kind.GROUP:
            held = kept.get(name)
            inner = _parse_object(
                root,
                part,
                posted,
                held if isinstance(held, Mapping) else {},
                errors,
                prefix,
                pointer,
            )
            if inner or required:
                out[name] = inner
            continue
        texts = [t for t in posted.getlist(prefix + pointer) if isinstance(t, str)]
        try:
            out[name] = values.read(kind, part, texts, _zone(posted, prefix + pointer))
        except Absent:
            if kind is Kind.PASSWORD and name in kept:
                out[name] = kept[name]
            elif required:
                errors[pointer] = [values.MISSING]
        except ValueError as wrong:
            errors[pointer] = [str(wrong)]
    return out


def _properties(
    root: Mapping[str, Any], schema: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    listed = schema.get("properties", {})
    return [(name, kinds.resolved(root, part)) for name, part in listed.items()]


def _pointers(fields: Sequence[Field], prefix: str) -> list[str]:
    found: list[str] = []
    for one in fields:
        found.append(one.name.removeprefix(prefix))
        found.extend(_pointers(one.fields, prefix))
    return found


def _pointer(key: str) -> str:
    return key if not key or key.startswith("/") else "/" + kinds.escaped(key)


def _zone(posted: Posted, name: str) -> str:
    found = posted.getlist(name + "@zone")
    return str(found[0]) if found else "UTC"
