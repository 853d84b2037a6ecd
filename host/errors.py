"""Every refusal the platform can give, with its wire code and HTTP status.

    FestoonError
    ├── MalformedRequest        400 MALFORMED_REQUEST
    ├── Unauthorized            401 UNAUTHORIZED
    │   ├── InvalidCredentials  401 INVALID_CREDENTIALS
    │   └── InvalidToken        401 INVALID_TOKEN
    ├── Forbidden               403 FORBIDDEN
    │   └── AppPermissionDenied 403 APP_PERMISSION_DENIED
    ├── NotFound                404 NOT_FOUND
    ├── Conflict                409 CONFLICT
    │   ├── PrizeExhausted      409 PRIZE_EXHAUSTED
    │   ├── RoomNotActive       409 ROOM_NOT_ACTIVE
    │   ├── DelegationConflict  409 DELEGATION_CONFLICT
    │   └── VersionConflict     409 VERSION_CONFLICT
    ├── PayloadTooLarge         413 PAYLOAD_TOO_LARGE
    ├── UnsupportedMediaType    415 UNSUPPORTED_MEDIA_TYPE
    ├── ValidationFailed        422 VALIDATION_ERROR
    │   ├── InvalidManifest     422 INVALID_MANIFEST
    │   └── MigrationRequired   422 MIGRATION_REQUIRED
    ├── RateLimited             429 RATE_LIMIT_EXCEEDED
    ├── DelegationFailed        502 DELEGATION_FAILED
    ├── Unavailable             503 UNAVAILABLE
    │   └── OAuthNotConfigured  503 OAUTH_NOT_CONFIGURED
    ├── DelegationTimeout       504 DELEGATION_TIMEOUT
    ├── ConfigurationError      stops the start
    └── AppLoadError            ends one application's loading

Each class carries its code and status, so that the one place that turns errors into
answers (`host.web.app`) needs no table of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class FestoonError(Exception):
    """A refusal with a message meant for the person who has to act on it."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500

    def __init__(
        self,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`details` goes into the answer as it is; `headers` are added to it."""
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})
        self.headers: dict[str, str] = dict(headers or {})

    def as_json(self) -> dict[str, Any]:
        """The `{code, message, details}` object of the wire contract."""
        return {"code": self.code, "message": self.message, "details": self.details}


class MalformedRequest(FestoonError):
    """The body is not JSON, or a cursor is none of ours."""

    code = "MALFORMED_REQUEST"
    status = 400


class Unauthorized(FestoonError):
    """Nobody is signed in, or the token has expired or was ended."""

    code = "UNAUTHORIZED"
    status = 401


class InvalidCredentials(Unauthorized):
    """The address and the password do not belong together."""

    code = "INVALID_CREDENTIALS"


class InvalidToken(Unauthorized):
    """A refresh token that is unknown, expired, or was used before."""

    code = "INVALID_TOKEN"


class Forbidden(FestoonError):
    """The role in the room is not enough."""

    code = "FORBIDDEN"
    status = 403


class AppPermissionDenied(Forbidden):
    """The application's manifest does not grant what the call needs."""

    code = "APP_PERMISSION_DENIED"

    def __init__(self, app_id: str, required: str, granted: frozenset[str]) -> None:
        super().__init__(
            f"The application '{app_id}' needs the permission '{required}' for this.",
            details={"required": required, "granted": sorted(granted)},
        )


class NotFound(FestoonError):
    """There is no such thing, or the caller may not know of it."""

    code = "NOT_FOUND"
    status = 404


class Conflict(FestoonError):
    """The thing is not in a state in which this can be done."""

    code = "CONFLICT"
    status = 409


class PrizeExhausted(Conflict):
    """No unit of the prize is left."""

    code = "PRIZE_EXHAUSTED"


class RoomNotActive(Conflict):
    """The room is a draft, or it has ended."""

    code = "ROOM_NOT_ACTIVE"


class DelegationConflict(Conflict):
    """The application cannot answer for that capability in this room."""

    code = "DELEGATION_CONFLICT"


class VersionConflict(Conflict):
    """A version that is not greater, or an If-Match that no longer matches."""

    code = "VERSION_CONFLICT"


class PayloadTooLarge(FestoonError):
    """The body is larger than the host takes."""

    code = "PAYLOAD_TOO_LARGE"
    status = 413


class UnsupportedMediaType(FestoonError):
    """A content type other than JSON where a body is expected."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class ValidationFailed(FestoonError):
    """The input has the wrong shape; `details.fields` says where and why."""

    code = "VALIDATION_ERROR"
    status = 422

    def __init__(
        self, message: str, fields: Mapping[str, list[str]] | None = None, **more: Any
    ) -> None:
        """`fields` maps a field's name or JSON pointer to its messages."""
        super().__init__(message, details={"fields": dict(fields or {}), **more})

    @property
    def fields(self) -> dict[str, list[str]]:
        """Messages by field name or JSON pointer."""
        found: dict[str, list[str]] = self.details["fields"]
        return found


class InvalidManifest(ValidationFailed):
    """A manifest that breaks the manifest schema."""

    code = "INVALID_MANIFEST"


class MigrationRequired(ValidationFailed):
    """The settings do not fit the new manifest without `migrationData`."""

    code = "MIGRATION_REQUIRED"


class RateLimited(FestoonError):
    """Too many calls; come back after `retry_after` seconds."""

    code = "RATE_LIMIT_EXCEEDED"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"Too many requests. Try again in {retry_after} s.",
            headers={"Retry-After": str(retry_after)},
        )


class DelegationFailed(FestoonError):
    """The application that a function is delegated to failed."""

    code = "DELEGATION_FAILED"
    status = 502


class DelegationTimeout(FestoonError):
    """The application that a function is delegated to did not answer in time."""

    code = "DELEGATION_TIMEOUT"
    status = 504


class Unavailable(FestoonError):
    """The host cannot serve this now."""

    code = "UNAVAILABLE"
    status = 503


class OAuthNotConfigured(Unavailable):
    """This host has no such sign-in provider."""

    code = "OAUTH_NOT_CONFIGURED"


class ConfigurationError(FestoonError):
    """A configuration value is wrong; the message names it in one line."""


class AppLoadError(FestoonError):
    """One application cannot be loaded; the others go on.

    `state` is the named state it ends in (see `host.apps.states.AppState`), `problems`
    are all findings, each with a JSON pointer where there is one.
    """

    def __init__(self, app_id: str, state: str, problems: list[str]) -> None:
        super().__init__(f"{app_id}: {'; '.join(problems)}")
        self.app_id = app_id
        self.state = state
        self.problems = problems
