"""What a JSON Schema keyword says to a person whose value it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError

from host.apps.patterns import MOST_TEXT

MOST_QUOTED = 60
MOST_LISTED = 400


def told(error: ValidationError) -> Iterator[tuple[str, str]]:
    """The error's pointers and messages, each where a form can show it.

    A missing or an unknown key is told at the key itself, not at the object around it.
    """
    path = list(error.absolute_path)
    instance: Any = error.instance
    value: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "required":
        missing = (key for key in value if key not in instance)
        yield from ((pointer_to([*path, key]), "is required") for key in missing)
    elif error.validator == "additionalProperties" and value is False:
        known = schema.get("properties", {})
        extra = (key for key in instance if key not in known)
        yield from ((pointer_to([*path, key]), "is not known here") for key in extra)
    else:
        yield pointer_to(path), _message(error)


def pointer_to(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901): "" is the whole, `/a~1b/0` the first item of "a/b"."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def quoted(value: Any) -> str:
    """A value as it is named in a message, cut where it is long."""
    return cut(repr(value), MOST_QUOTED)


def cut(text: str, most: int = 3 * MOST_QUOTED) -> str:
    """At most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _message(error: Any) -> str:
    if error.validator is None:  # the schema `false`
        return "is not allowed"
    wording = _WORDINGS.get(error.validator)
    return wording(error) if wording else cut(str(error.message))


def _listed(words: Iterable[str]) -> str:
    return cut(", ".join(words), MOST_LISTED)


def _type(error: Any) -> str:
    wanted = error.validator_value
    names = [wanted] if isinstance(wanted, str) else wanted
    return f"must be {' or '.join(_TYPES[name] for name in names)}"


def _choice(error: Any) -> str:
    forms = error.validator_value
    if all(isinstance(form, dict) and "const" in form for form in forms):
        return f"must be one of {_listed(quoted(form['const']) for form in forms)}"
    return f"fits {'none' if error.context else 'more than one'} of the allowed forms"


def _pattern(error: Any) -> str:
    """The schema's own `errorMessage` where there is one: few people read patterns."""
    if len(error.instance) > MOST_TEXT:
        return f"must have at most {MOST_TEXT} characters"
    own = error.schema.get("errorMessage")
    return cut(own) if isinstance(own, str) else f"must match {cut(error.validator_value)}"


def _plain(words: str) -> Callable[[Any], str]:
    return lambda error: words.format(error.validator_value)


def _least(what: str) -> Callable[[Any], str]:
    def message(error: Any) -> str:
        least = error.validator_value
        return "must not be empty" if least == 1 else f"must have at least {least} {what}"

    return message


_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_WORDINGS: dict[str, Callable[[Any], str]] = {
    "type": _type,
    "enum": lambda error: f"must be one of {_listed(map(quoted, error.validator_value))}",
    "const": lambda error: f"must be {quoted(error.validator_value)}",
    "oneOf": _choice,
    "anyOf": _choice,
    "not": _plain("is not allowed"),
    "minimum": _plain("must be at least {}"),
    "maximum": _plain("must be at most {}"),
    "exclusiveMinimum": _plain("must be more than {}"),
    "exclusiveMaximum": _plain("must be less than {}"),
    "multipleOf": _plain("must be a multiple of {}"),
    "minLength": _least("characters"),
    "minItems": _least("items"),
    "minProperties": _least("properties"),
    "maxLength": _plain("must have at most {} characters"),
    "maxItems": _plain("must have at most {} items"),
    "maxProperties": _plain("must have at most {} properties"),
    "uniqueItems": _plain("must not hold the same twice"),
    "format": _plain("is not a valid {}"),
    "pattern": _pattern,
}
