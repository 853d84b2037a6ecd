"""The values of form fields: text to JSON and back, and what a schema refuses, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from host.contract import iso
from host.web.form_kinds import Kind, escaped, option

MISSING = "Please fill this in."
_JSON_DEPTH = 64


class Absent(Exception):
    """The field was left empty."""


def as_text(kind: Kind, value: Any) -> Any:
    """A JSON value as its field shows it: text, texts for choices, a bool for a checkbox."""
    if kind is Kind.CHECKBOX:
        return value is True
    if kind is Kind.CHOICES:
        return [option(item) for item in value] if isinstance(value, list) else []
    if value is None or kind in (Kind.PASSWORD, Kind.GROUP):
        return ""
    if kind is Kind.SELECT:
        return option(value)
    if kind is Kind.LINES and isinstance(value, list):
        return "\n".join(str(line) for line in value)
    if kind is Kind.JSON:
        return json.dumps(value, ensure_ascii=False, indent=2)
    if kind is Kind.DATETIME:
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            return ""
        return (at.astimezone(UTC) if at.tzinfo else at).strftime("%Y-%m-%dT%H:%M")
    return str(value)


def read(kind: Kind, part: Mapping[str, Any], texts: Sequence[str], zone: str = "UTC") -> Any:
    """What was typed, as JSON. Raises `Absent`, or `ValueError` with words for the person.

    `zone` is the IANA name of the zone in which a date with a time was typed.
    """
    if kind is Kind.CHECKBOX:
        return bool(texts)
    if kind is Kind.CHOICES:
        return [text for text in texts if text]
    text = texts[0].replace("\r\n", "\n") if texts else ""
    if kind is Kind.LINES:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        if not lines:
            raise Absent
        return lines
    if kind is not Kind.PASSWORD:
        text = text.strip()
    if not text:
        raise Absent
    if kind in (Kind.INTEGER, Kind.NUMBER):
        return _number(kind, text)
    if kind is Kind.SELECT:
        return _chosen(part, text)
    if kind is Kind.DATE:
        return _date(text)
    if kind is Kind.DATETIME:
        return _moment(text, zone)
    return _json(text) if kind is Kind.JSON else text


def _number(kind: Kind, text: str) -> int | float:
    plain = text.replace(" ", "").replace("\u202f", "").replace("\u00a0", "").replace(",", ".")
    if kind is Kind.INTEGER:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}(\.0+)?", plain):
            raise ValueError("This must be a whole number.")
        return int(plain.split(".")[0])
    if not re.fullmatch(r"[+-]?([0-9]{1,300}(\.[0-9]*)?|\.[0-9]+)", plain):
        raise ValueError("This must be a number.")
    return float(plain)


def _chosen(part: Mapping[str, Any], text: str) -> Any:
    offered = list(part.get("enum", ()))
    for word in ("oneOf", "anyOf"):
        offered += [
            b["const"] for b in part.get(word, ()) if isinstance(b, Mapping) and "const" in b
        ]
    for value in offered:
        if option(value) == text:
            return value
    raise ValueError("Please choose one from the list.")


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("This must be a date, such as 2026-12-31.") from None


def _moment(text: str, zone: str) -> str:
    try:
        at = datetime.fromisoformat(text)
        own = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
        return iso(own)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        raise ValueError("This must be a date and a time, such as 2026-12-31 21:30.") from None


def _json(text: str) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON.")

    depth = deepest = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    if deepest > _JSON_DEPTH:
        raise ValueError(f"This is nested deeper than {_JSON_DEPTH} levels.")
    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as wrong:
        raise ValueError(f"This is not JSON: line {wrong.lineno}, {wrong.msg.lower()}.") from None


def violations(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[str, str]]:
    """Pointer and message of everything in `value` that the schema refuses."""
    for error in sorted(Draft202012Validator(schema).iter_errors(value), key=str):
        steps = [str(step) for step in error.absolute_path]
        if error.validator == "required" and isinstance(error.instance, Mapping):
            for name in error.validator_value:
                if name not in error.instance:
                    yield _joined([*steps, name]), MISSING
            continue
        # An error inside a list belongs to the field that shows the list.
        while steps and steps[-1].isdigit():
            steps.pop()
        yield _joined(steps), in_words(error)


def in_words(error: ValidationError) -> str:
    """A violation in words for the person who filled in the form."""
    limit = error.validator_value
    says = {
        "minimum": f"At least {limit}.",
        "maximum": f"At most {limit}.",
        "exclusiveMinimum": f"More than {limit}.",
        "exclusiveMaximum": f"Less than {limit}.",
        "multipleOf": f"In steps of {limit}.",
        "minLength": f"At least {limit} characters.",
        "maxLength": f"At most {limit} characters.",
        "minItems": f"At least {limit}.",
        "maxItems": f"At most {limit}.",
        "uniqueItems": "Each only once.",
        "enum": "Please choose one from the list.",
        "pattern": "This does not have the expected form.",
    }
    return says.get(str(error.validator), str(error.message))


def _joined(steps: Sequence[str]) -> str:
    return "".join("/" + escaped(step) for step in steps)
