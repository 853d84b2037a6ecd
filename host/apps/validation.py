"""One way to hold a JSON value against a JSON Schema (2020-12): all problems, by pointer.

A validator is compiled once and kept: a check then costs some 20 µs where compiling costs over
a millisecond. It never fetches anything, patterns match in linear time, and `uniqueItems` costs
what the items weigh instead of its square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from fractions import Fraction
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry

from host.apps.patterns import MOST_TEXT, compiled
from host.apps.wording import told

MOST_PROBLEMS = 100
"""Problems reported at once; a value with more is wrong altogether."""

Fields = dict[str, list[str]]


def validator_for(schema: Mapping[str, Any]) -> Validator:
    """A kept validator. The schema must have passed `host.apps.schema.schema_problems`."""
    # `$id` would move the base that `#/…` is resolved against, `$schema` choose another class.
    own = {key: value for key, value in schema.items() if key not in ("$id", "$schema")}
    validator: Validator = _Checker(own, registry=Registry(), format_checker=_formats())
    return validator


def problems_of(validator: Validator, instance: Any, at: str = "") -> Fields:
    """Messages by JSON pointer, empty when the instance is valid; `at` begins every pointer."""
    found: Fields = {}
    for error in islice(validator.iter_errors(instance), MOST_PROBLEMS):
        for pointer, message in told(error):
            messages = found.setdefault(at + pointer, [])
            if message not in messages:
                messages.append(message)
    return found


def _pattern(_: Validator, pattern: str, instance: Any, __: object) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    if len(instance) > MOST_TEXT or not compiled(pattern).matches(instance):
        yield ValidationError("does not match")


def _unique_items(
    _: Validator, wanted: bool, instance: Any, __: object
) -> Iterator[ValidationError]:
    if not wanted or not isinstance(instance, list):
        return
    if len({_identity(item) for item in instance}) < len(instance):
        yield ValidationError("not unique")


def _multiple_of(
    validator: Validator, step: float, instance: Any, _: object
) -> Iterator[ValidationError]:
    """By the decimal digits as they were written: 0.3 is a multiple of 0.1."""
    if not validator.is_type(instance, "number"):
        return
    if _exactly(instance) % _exactly(step):
        yield ValidationError("not a multiple")


def _exactly(number: float) -> Fraction:
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


def _identity(value: Any) -> Any:
    """Equal for values that are equal as JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return frozenset((key, _identity(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(_identity, value))
    return (bool, value) if isinstance(value, bool) else value


_Checker: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _pattern, "uniqueItems": _unique_items, "multipleOf": _multiple_of},
)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text.upper():
        raise ValueError("no zone")
    return moment


def _address(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if not name or not at or not domain or any(c.isspace() for c in text):
        raise ValueError("no address")
    return text


def _uri(text: str) -> str:
    parts = urlsplit(text)
    if not parts.scheme or not (parts.netloc or parts.path):
        raise ValueError("no URI")
    return text


_FORMATS: Mapping[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "date-time": _moment,
    "email": _address,
    "uri": _uri,
}
"""The formats that are checked; any other is a hint for forms."""


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, parse in _FORMATS.items():
        checker.checks(name, raises=ValueError)(_text(parse))
    return checker


def _text(parse: Callable[[str], object]) -> Callable[[object], bool]:
    def check(instance: object) -> bool:
        return not isinstance(instance, str) or parse(instance) is not None

    return check
