"""With what a call may be refused: what follows from its kind, and what it says itself."""

from __future__ import annotations

from collections.abc import Iterator

from host.errors import (
    AppPermissionDenied,
    Conflict,
    FestoonError,
    Forbidden,
    MalformedRequest,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
    VersionConflict,
)
from host.web.api.call import Call
from host.web.bodies import TooLong
from host.web.heads import AddressTooLong, TooManyHeaders

PHRASES = {
    400: "The request cannot be read",
    401: "Nobody is signed in, or no longer",
    403: "Not allowed",
    404: "There is no such thing, or the caller may not know of it",
    408: "The body took too long",
    409: "Not possible as things are",
    413: "The body is too large",
    414: "The path and the query are too long",
    415: "The body is of another kind",
    422: "The input is wrong; `details.fields` says where and why",
    429: "Too many calls; come back after `Retry-After` seconds",
    431: "There are too many headers",
    500: "Something went wrong here; `details.requestId` finds it in the log",
    502: "The application that was asked failed, and nothing was done",
    503: "Not now",
    504: "The application that was asked did not answer in time, and nothing was done",
}


def refusals(call: Call) -> dict[int, list[str]]:
    """The codes of all refusals by status, both in order."""
    found: dict[int, set[str]] = {}
    for kind in {*_following(call), *call.refuses}:
        found.setdefault(kind.status, set()).add(kind.code)
    return {status: sorted(found[status]) for status in sorted(found)}


def _following(call: Call) -> Iterator[type[FestoonError]]:
    # A request that says its length twice, or too much before its body, a token that has ended, a
    # host that is busy or broken: whatever was asked.
    yield from (MalformedRequest, Unauthorized, AddressTooLong, RateLimited, TooManyHeaders)
    yield from (FestoonError, Unavailable)
    unsafe = call.method != "GET"
    if unsafe or call.user or call.act is not None or call.permit is not None:
        yield from (Forbidden, AppPermissionDenied)
    if "{" in call.path:
        yield NotFound
    if unsafe:
        # Any may come with a body, which is read for its Idempotency-Key.
        yield from (TooLong, Conflict, PayloadTooLarge)
    if unsafe or call.query:
        yield ValidationFailed
    if call.body is not None:
        yield UnsupportedMediaType
    if call.versioned:
        yield VersionConflict
