"""What a host refused, and what kept a client from hearing it, as exceptions.

Every refusal is the exception of `host.errors` that the host itself raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from host import errors
from host.errors import FestoonError, Unavailable


class NotConnected(Unavailable):
    """There is no connection now. What was asked on one that broke may still have been done."""


class NoAnswer(FestoonError):
    """No answer came in time. What was asked may still have been done."""

    code = "TIMEOUT"
    status = 504


def _is_refusal(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, FestoonError) and "code" in vars(kind)


_KINDS: Mapping[str, type[FestoonError]] = {
    kind.code: kind for kind in vars(errors).values() if _is_refusal(kind)
}


def refusal(
    error: Mapping[str, Any], *, status: int = 500, headers: Mapping[str, str] | None = None
) -> FestoonError:
    """The exception for `{code, message, details}`; a code that is not known yet makes a plain
    `FestoonError` with that code, and `status` as its status.
    """
    code = str(error.get("code", FestoonError.code))
    kind = _KINDS.get(code) or type(code, (FestoonError,), {"code": code, "status": status})
    # Some make their message themselves from other arguments; here it is made already.
    made: FestoonError = Exception.__new__(kind)
    FestoonError.__init__(
        made, str(error.get("message", "")), details=error.get("details"), headers=headers
    )
    return made
