"""What an application must be granted for each call, from the contract and not from the code."""

from __future__ import annotations

from dataclasses import dataclass

from host.permissions import Permission

FREE = "free"
"""For anyone at all, so for every application too."""
NEVER = "never"
"""For people themselves: no permission lets an application do it in their name."""

ROOM = "/rooms/{room_id}"
PERMISSIONS: dict[tuple[str, str], str] = {
    ("POST", "/auth/register"): FREE,
    ("POST", "/auth/login"): FREE,
    ("POST", "/auth/guest"): FREE,
    ("POST", "/auth/refresh"): FREE,
    ("GET", "/auth/providers"): FREE,
    ("GET", "/auth/{provider}/url"): FREE,
    ("POST", "/auth/phone/start"): FREE,
    ("POST", "/auth/phone/verify"): FREE,
    ("POST", "/auth/password/forgot"): FREE,
    ("POST", "/auth/password/reset"): FREE,
    ("POST", "/auth/email/verify"): FREE,
    ("GET", "/auth/{provider}/callback"): FREE,
    ("POST", "/auth/logout"): NEVER,
    ("GET", "/auth/identities"): NEVER,
    ("DELETE", "/auth/identities/{identity_id}"): NEVER,
    ("GET", "/auth/sessions"): NEVER,
    ("DELETE", "/auth/sessions"): NEVER,
    ("DELETE", "/auth/sessions/{session_id}"): NEVER,
    ("POST", "/auth/password"): NEVER,
    ("GET", "/notifications"): NEVER,
    ("GET", "/notifications/unread-count"): NEVER,
    ("POST", "/notifications/read-all"): NEVER,
    ("POST", "/notifications/{notification_id}/read"): NEVER,
    ("GET", "/me/notification-preferences"): NEVER,
    ("PATCH", "/me/notification-preferences"): NEVER,
    ("GET", "/auth/me"): Permission.USERS_READ,
    ("GET", "/users/{user_id}"): Permission.USERS_READ,
    ("PATCH", "/users/{user_id}"): NEVER,
    ("DELETE", "/users/{user_id}"): NEVER,
    ("GET", "/users/{user_id}/export"): NEVER,
    ("GET", "/apps"): FREE,
    ("GET", "/apps/{app_id}"): FREE,
    ("POST", "/apps"): NEVER,
    ("PATCH", "/apps/{app_id}"): NEVER,
    ("DELETE", "/apps/{app_id}"): NEVER,
    ("POST", "/apps/{app_id}/regenerate-secret"): NEVER,
    ("DELETE", "/apps/{app_id}/old-secret"): NEVER,
    ("POST", "/apps/token"): FREE,
    ("POST", "/apps/{app_id}/review"): NEVER,
    ("GET", "/rooms"): Permission.ROOMS_READ,
    ("POST", "/rooms"): Permission.ROOMS_WRITE,
    ("GET", "/rooms/by-code/{join_code}"): Permission.ROOMS_READ,
    ("GET", ROOM): Permission.ROOMS_READ,
    ("PATCH", ROOM): Permission.ROOMS_WRITE,
    ("DELETE", ROOM): Permission.ROOMS_WRITE,
    ("POST", f"{ROOM}/join-code"): Permission.ROOMS_WRITE,
    ("GET", f"{ROOM}/events"): Permission.REALTIME_SUBSCRIBE,
    ("POST", f"{ROOM}/events"): Permission.REALTIME_PUBLISH,
    ("GET", f"{ROOM}/apps"): Permission.ROOMS_WRITE,
    ("POST", f"{ROOM}/apps"): Permission.ROOMS_WRITE,
    ("PATCH", f"{ROOM}/apps/{{app_id}}"): Permission.ROOMS_WRITE,
    ("DELETE", f"{ROOM}/apps/{{app_id}}"): Permission.ROOMS_WRITE,
    ("POST", f"{ROOM}/upgrade-manifest"): Permission.ROOMS_WRITE,
    ("POST", f"{ROOM}/apps/{{app_id}}/upgrade-manifest"): Permission.ROOMS_WRITE,
    ("GET", f"{ROOM}/delegations"): Permission.ROOMS_WRITE,
    ("PUT", f"{ROOM}/delegations"): Permission.ROOMS_WRITE,
    ("POST", f"{ROOM}/participants"): Permission.PARTICIPANTS_WRITE,
    ("GET", f"{ROOM}/participants"): Permission.PARTICIPANTS_READ,
    ("DELETE", f"{ROOM}/participants/me"): Permission.PARTICIPANTS_WRITE,
    ("GET", f"{ROOM}/participants/{{participant_id}}"): Permission.PARTICIPANTS_READ,
    ("PATCH", f"{ROOM}/participants/{{participant_id}}"): Permission.PARTICIPANTS_WRITE,
    ("DELETE", f"{ROOM}/participants/{{participant_id}}"): Permission.PARTICIPANTS_WRITE,
    ("POST", f"{ROOM}/participants/{{participant_id}}/ban"): Permission.PARTICIPANTS_WRITE,
    ("DELETE", f"{ROOM}/participants/{{participant_id}}/ban"): Permission.PARTICIPANTS_WRITE,
    ("GET", f"{ROOM}/door"): Permission.PARTICIPANTS_READ,
    ("PATCH", f"{ROOM}/door"): Permission.ROOMS_WRITE,
    ("POST", f"{ROOM}/owner"): Permission.ROOMS_WRITE,
    ("GET", f"{ROOM}/audit"): Permission.ROOMS_WRITE,
    ("GET", f"{ROOM}/prizes"): Permission.PRIZES_READ,
    ("POST", f"{ROOM}/prizes"): Permission.PRIZES_WRITE,
    ("GET", f"{ROOM}/prizes/{{prize_id}}"): Permission.PRIZES_READ,
    ("PATCH", f"{ROOM}/prizes/{{prize_id}}"): Permission.PRIZES_WRITE,
    ("DELETE", f"{ROOM}/prizes/{{prize_id}}"): Permission.PRIZES_WRITE,
    ("GET", f"{ROOM}/winners"): Permission.WINNERS_READ,
    ("POST", f"{ROOM}/winners"): Permission.WINNERS_WRITE,
    ("GET", f"{ROOM}/winners/{{winner_id}}"): Permission.WINNERS_READ,
    ("DELETE", f"{ROOM}/winners/{{winner_id}}"): Permission.WINNERS_WRITE,
    ("POST", f"{ROOM}/draws"): Permission.WINNERS_WRITE,
    ("GET", f"{ROOM}/announcements"): Permission.REALTIME_PUBLISH,
    ("POST", f"{ROOM}/announcements"): Permission.REALTIME_PUBLISH,
    ("DELETE", f"{ROOM}/announcements/{{announcement_id}}"): Permission.REALTIME_PUBLISH,
}

OWNERS = frozenset({("POST", f"{ROOM}/owner")})
"""What is the owner's alone is no application's that acts by itself."""

BY_ITSELF = frozenset({("POST", f"{ROOM}/events")})
"""What an application does by itself, and for nobody."""

NEEDS_A_PERSON = frozenset(
    {
        ("GET", "/auth/me"),
        ("POST", "/rooms"),
        ("POST", f"{ROOM}/participants"),
        ("DELETE", f"{ROOM}/participants/me"),
    }
)
"""An application may make these for somebody, and alone it is nobody: 401."""


@dataclass(frozen=True)
class ContextRule:
    """A method of the context that hooks are given, and the permission that it takes, if any."""

    name: str
    permission: Permission | None


CONTEXT = (
    ContextRule("participants", Permission.PARTICIPANTS_READ),
    ContextRule("add_participants", Permission.PARTICIPANTS_WRITE),
    ContextRule("take_out_participants", Permission.PARTICIPANTS_WRITE),
    ContextRule("prizes", Permission.PRIZES_READ),
    ContextRule("winners", Permission.WINNERS_READ),
    ContextRule("take_back", Permission.WINNERS_WRITE),
    ContextRule("draw", Permission.WINNERS_WRITE),
    ContextRule("publish", Permission.REALTIME_PUBLISH),
    ContextRule("notify", Permission.REALTIME_PUBLISH),
    ContextRule("notify_all", Permission.REALTIME_PUBLISH),
    # Its own tables, its own jobs and the clocks are not the room's.
    ContextRule("database", None),
    ContextRule("schedule", None),
    ContextRule("unschedule", None),
    ContextRule("now", None),
    ContextRule("clock", None),
    ContextRule("configured", None),
)
