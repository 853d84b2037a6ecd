"""Who may make which call outside of rooms, written from the contract and not from the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PEOPLE = ("nobody", "guest", "other", "self", "admin")
"""`self` is whom a path with {user} is about; `guest` and `other`, with an account, are not."""
BOGUS = {"bogus": True}


@dataclass(frozen=True)
class Elsewhere:
    """A call, and the status for each of `PEOPLE`, made with a body that changes nothing."""

    method: str
    path: str
    status: dict[str, int]
    wrong: dict[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def anyone(method: str, path: str, then: int = 0) -> Elsewhere:
    """For anyone, signed in or not; a call with a body is made with one that does not do."""
    wrong = None if method in ("GET", "DELETE") else BOGUS
    return Elsewhere(method, path, dict.fromkeys(PEOPLE, then or (422 if wrong else 200)), wrong)


def users(method: str, path: str, then: int = 0) -> Elsewhere:
    """For everybody who is signed in."""
    rule = anyone(method, path, then)
    return Elsewhere(method, path, {**rule.status, "nobody": 401}, rule.wrong)


def own(method: str, path: str, then: int = 0) -> Elsewhere:
    """For the user whom the path names, and admins."""
    rule = users(method, path, then)
    return Elsewhere(method, path, {**rule.status, "guest": 403, "other": 403}, rule.wrong)


def admins(method: str, path: str, then: int = 0) -> Elsewhere:
    """For admins of the platform."""
    rule = own(method, path, then)
    return Elsewhere(method, path, {**rule.status, "self": 403}, rule.wrong)


ELSEWHERE = (
    # POST /auth/register · login · guest · refresh | anyone
    anyone("POST", "/auth/register"),
    anyone("POST", "/auth/login"),
    anyone("POST", "/auth/guest"),
    anyone("POST", "/auth/refresh"),
    # POST /auth/logout | user
    users("POST", "/auth/logout"),
    # GET /auth/me | user
    users("GET", "/auth/me"),
    # GET /auth/providers · GET /auth/{provider}/url | anyone; 503 OAUTH_NOT_CONFIGURED
    anyone("GET", "/auth/providers"),
    anyone("GET", "/auth/google/url", 503),
    anyone("GET", "/auth/google/callback", 503),
    # One's own ways in, sessions and password: nobody else's are ever named
    users("GET", "/auth/identities"),
    users("DELETE", "/auth/identities/{unknown}", 404),
    users("GET", "/auth/sessions"),
    users("DELETE", "/auth/sessions"),
    users("DELETE", "/auth/sessions/{unknown}", 404),
    users("POST", "/auth/password"),
    # POST /auth/phone/start · verify · password/forgot · reset · email/verify | anyone
    anyone("POST", "/auth/phone/start", 503),
    anyone("POST", "/auth/phone/verify", 503),
    anyone("POST", "/auth/password/forgot", 503),
    anyone("POST", "/auth/password/reset", 503),
    anyone("POST", "/auth/email/verify", 503),
    # GET/PATCH/DELETE /users/{userId} | self, admin; others see name and avatar only
    users("GET", "/users/{user}"),
    own("PATCH", "/users/{user}"),
    own("GET", "/users/{user}/export"),
    # One's own inbox, and how one wants to be told: nobody else's are ever named
    users("GET", "/notifications"),
    users("GET", "/notifications/unread-count"),
    users("POST", "/notifications/read-all"),
    users("POST", "/notifications/{unknown}/read", 404),
    users("GET", "/me/notification-preferences"),
    users("PATCH", "/me/notification-preferences"),
    # GET /apps · GET /apps/{appId} | anyone
    anyone("GET", "/apps"),
    anyone("GET", "/apps/lottery"),
    # POST /apps · PATCH /apps/{appId} · DELETE · POST /apps/{appId}/regenerate-secret | admin
    admins("POST", "/apps"),
    admins("PATCH", "/apps/lottery"),
    admins("DELETE", "/apps/lottery", 409),
    admins("POST", "/apps/lottery/regenerate-secret"),
    admins("DELETE", "/apps/lottery/old-secret", 409),
    # POST /apps/{appId}/review `{state}` | admin
    admins("POST", "/apps/lottery/review"),
    # POST /apps/token | the app
    anyone("POST", "/apps/token"),
    # GET /rooms | anyone sees public rooms; POST /rooms | user
    anyone("GET", "/rooms"),
    users("POST", "/rooms"),
    # GET /rooms/by-code/{joinCode} | whoever has the code
    anyone("GET", "/rooms/by-code/{code}"),
)

OWN_TESTS = {
    # There is no deletion of an account that changes nothing.
    ("DELETE", "/users/{user_id}"),
}

WITHOUT_A_TOKEN = frozenset(
    f"/auth/{call}"
    for call in (
        *("login", "guest", "refresh", "providers", "{provider}/url"),
        *("phone/start", "password/forgot", "password/reset"),
    )
) | {"/apps/token"}
"""Calls by which one gets a new token: an old one that is still attached does no harm."""
