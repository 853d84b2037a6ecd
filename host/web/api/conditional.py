"""Answers that whoever has them already is not sent again: `If-None-Match` (RFC 9110 13.1.2)."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

KEPT = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
"""One may keep such an answer for oneself, and asks each time whether it still holds."""


def unless_known(request: Request, made: Response) -> Response:
    """`made`, with a tag of its very bytes; or 304 for a caller who names that tag.

    The comparison is weak, and `*` names whatever there is.
    """
    tag = made.headers.get("etag") or f'"{hashlib.sha256(bytes(made.body)).hexdigest()[:16]}"'
    known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if "*" in known or tag in (one.removeprefix("W/") for one in known):
        return Response(status_code=304, headers={"ETag": tag, **KEPT})
    made.headers.update({"ETag": tag, **KEPT})
    return made
