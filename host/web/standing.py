"""Counts every request against the figures of its maker.

Calls say in every answer how their maker stands, by the fields of the IETF's draft "RateLimit
header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers, 8 and later): `RateLimit-Policy`
names the quota and its window, `RateLimit` what is left of it and when all of it is back. The
older three fields are left out: the draft has given them up, and both would cost every answer.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from starlette.types import Scope

from host.access import Actor
from host.admission import Admission, Standing, Tier
from host.errors import RateLimited

API = "/api/"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_COUNTED = ("/static/", "/healthz", "/readyz", "/metrics")
SIGN_IN_CALLS = (f"{API}v1/auth/", f"{API}v1/apps/token")
SIGN_IN_FORMS = (
    *("/sign-in", "/sign-up", "/forgot", "/reset", "/verify"),
    *("/account/password", "/account/delete"),
)
COSTLY = "/export"
EVENTS = "/events"


def tier_of(method: str, path: str) -> Tier:
    """What a request does, as far as its limits go."""
    if method in READING:
        return Tier.SIGN_INS if path.endswith(COSTLY) else Tier.READS
    if path.startswith(SIGN_IN_CALLS) or path.startswith(SIGN_IN_FORMS):
        return Tier.SIGN_INS
    return Tier.WRITES


def too_many(standing: Standing | None) -> RateLimited | None:
    """The refusal of a request that was one too many; None for any other."""
    return RateLimited(standing.wait) if standing is not None and standing.wait else None


def count(scope: Scope, admission: Admission) -> Standing | None:
    """Counts a request, once, by whoever makes it; how they stand is kept beside the request."""
    state: MutableMapping[str, Any] = scope["state"]
    tier = tier_of(scope["method"], scope["path"])
    actor: Actor | None = state.get("actor")
    standing: Standing | None
    if actor is None or not actor.signed_in:
        client = scope.get("client")
        standing = admission.of_address(tier, client[0] if client else "")
    elif actor.app_id is not None and tier is Tier.WRITES and scope["path"].endswith(EVENTS):
        standing = admission.of_app(Tier.EVENTS, actor.app_id)
    elif actor.user is not None:
        standing = admission.of_user(tier, actor.user.id)
    else:
        standing = admission.of_app(tier, actor.app_id or "")
    state["standing"] = standing
    return standing
