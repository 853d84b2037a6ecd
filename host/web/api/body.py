"""Bodies and answers of the REST interface: parsing with all problems at once, one envelope."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from jsonschema.protocols import Validator
from starlette.requests import Request
from starlette.responses import Response

from host.apps.validation import Fields, problems_of, validator_for
from host.contract import JsonObject, wire
from host.errors import (
    FestoonError,
    MalformedRequest,
    PayloadTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
)
from host.services.hot import Served
from host.services.text import unstorable
from host.services.versions import entity_tag, entity_tag_of

MOST_BYTES = 1_048_576
"""The largest body that is read, in bytes."""
NOTHING: JsonObject = {"properties": {}}
"""The schema of a body in which there is nothing to say."""
# They turn the text around them: a name with one could rewrite the line that it stands in.
_TURNING = "\u202a-\u202e\u2066-\u2069"
READABLE: JsonObject = {
    "pattern": rf"^[^{_TURNING}]*[^{_TURNING}\s][^{_TURNING}]*$",
    "errorMessage": "must have something to read, and no marks that turn the text around",
}
"""What a name has besides a length, beside the names of people: see `host.auth.person`."""
NAME: JsonObject = {"type": "string", "minLength": 1, "maxLength": 200, **READABLE}
DESCRIPTION: JsonObject = {"type": ["string", "null"], "maxLength": 5000}
SETTINGS: JsonObject = {"type": "object"}
APP_ID: JsonObject = {"type": "string", "minLength": 1, "maxLength": 64}
METADATA: JsonObject = {"type": "object"}


class Envelope(Response):
    """An answer of the wire contract."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """`content` is the whole body, already plain JSON."""
        return content if isinstance(content, bytes) else orjson.dumps(content)


def answer(
    data: Any,
    status: int = 200,
    meta: JsonObject | None = None,
    *,
    included: Mapping[str, Any] | None = None,
) -> Envelope:
    """`{"data": …}`, with `meta` for lists. Contract values are turned into JSON.

    One thing that is changed as a whole comes with its entity tag, and with what is `included`
    under its name.
    """
    updated_at = getattr(data, "updated_at", None)
    headers = None if updated_at is None else {"ETag": entity_tag(updated_at)}
    body = enveloped({**wire(data), **included} if included else data, meta)
    return Envelope(body, status, headers=headers)


def served(result: Served) -> Envelope:
    """As `answer`, of what is plain JSON already."""
    body = (
        {"data": result.data} if result.meta is None else {"data": result.data, "meta": result.meta}
    )
    headers = None
    if result.updated_at is not None:
        headers = {"ETag": entity_tag_of(result.updated_at)}
    return Envelope(body, headers=headers)


def enveloped(data: Any, meta: JsonObject | None = None) -> bytes:
    """The bytes of an answer's body."""
    body: JsonObject = {"data": wire(data)}
    if meta is not None:
        body["meta"] = meta
    return orjson.dumps(body)


def refusal(error: FestoonError, request_id: str) -> Envelope:
    """`{"error": {code, message, details}}`; for our faults the id to find in the log."""
    body = error.as_json()
    if error.status >= 500:
        body["details"].setdefault("requestId", request_id)
    return Envelope({"error": body}, error.status, headers=error.headers)


async def read_json(request: Request, schema: JsonObject, *, optional: bool = False) -> JsonObject:
    """The body, valid by `schema` (an object schema; a key it does not name is refused).

    `optional` lets a missing body pass as `{}`. Raises `UnsupportedMediaType`,
    `PayloadTooLarge`, `MalformedRequest` or `ValidationFailed` with `details.fields`.
    """
    raw = await read_bytes(request)
    if not raw and optional:
        return {}
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if raw and media != "application/json" and not media.endswith("+json"):
        raise UnsupportedMediaType("Send the body as application/json.")
    if raw and request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType(
            "Send the body without compression.", headers={"Accept-Encoding": "identity"}
        )
    if not raw:
        raise MalformedRequest("The body is missing; send a JSON object.")
    value = parse_json(raw)
    if why := unstorable(value):
        raise ValidationFailed(f"The body {why}.", {"": [why]})
    check(value, schema)
    found: JsonObject = value
    return found


async def read_bytes(request: Request) -> bytes:
    """The raw body, refused as soon as it is larger than the host takes."""
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced) > MOST_BYTES:
        raise _too_large()
    if hasattr(request, "_body"):
        return await request.body()
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise _too_large()
        chunks.append(chunk)
    # Starlette's own `body()` answers from here, for whoever asks for it later.
    request._body = b"".join(chunks)
    return request._body


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(
        f"The body is larger than {MOST_BYTES} bytes.", details={"limit": MOST_BYTES}
    )


def parse_json(raw: bytes) -> Any:
    """JSON in UTF-8, and nothing that only looks like it: no NaN, no endless nesting.

    A key that comes twice is refused too: a proxy in front might have read the other value.
    """
    try:
        return json.loads(
            raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_doubles
        )
    except _Twice as twice:
        raise MalformedRequest(f"The body names {twice.args[0]!r} twice.") from None
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not JSON in UTF-8.") from None


class _Twice(ValueError):
    """A key that an object has more than once."""


def _no_doubles(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice(Counter(key for key, _ in pairs).most_common(1)[0][0][:60])
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def body_schema(schema: JsonObject) -> JsonObject:
    """The schema that a body is held against, made from what a call says of its object."""
    return {"type": "object", "additionalProperties": False, **schema}


@lru_cache(maxsize=512)
def _kept(source: str) -> Validator:
    return validator_for(body_schema(orjson.loads(source)))


def check(value: Any, schema: JsonObject) -> None:
    """Raises `ValidationFailed` naming every problem at once."""
    problems = problems_of(_kept(orjson.dumps(schema).decode()), value)
    if problems:
        raise ValidationFailed("The input has problems. See details.fields.", named(problems))


def named(problems: Fields) -> Fields:
    """Problems by field name where they are at the top, by JSON pointer below."""
    return {
        pointer[1:] if pointer.count("/") == 1 and "~" not in pointer else pointer: messages
        for pointer, messages in problems.items()
    }
