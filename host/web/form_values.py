"""The values of form fields: text to JSON and back, and what a schema refuses, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jsonschema.exceptions import ValidationError

from host.apps.validation import MOST_PROBLEMS, validator_for
from host.apps.wording import told
from host.contract import iso
from host.web.form_kinds import Kind, option

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
    """Pointer of the field, and words for it, of everything in `value` that does not fit."""
    for error in islice(validator_for(schema).iter_errors(value), MOST_PROBLEMS):
        for pointer, message in told(error):
            # An error inside a list belongs to the field that shows the list.
            yield re.sub(r"(/[0-9]+)+$", "", pointer), _in_words(error, message)


def _in_words(error: ValidationError, message: str) -> str:
    """The message for the person at the form; `message` is the one for programs."""
    limit = error.validator_value
    says = {
        "required": MISSING,
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
    }
    return says.get(str(error.validator)) or f"This {message}."
