"""Permission and capability names, as data. A manifest may use these and no others."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What an application's manifest may ask to do through its context or its token."""

    USERS_READ = "users:read"
    ROOMS_READ = "rooms:read"
    ROOMS_WRITE = "rooms:write"
    PARTICIPANTS_READ = "participants:read"
    PARTICIPANTS_WRITE = "participants:write"
    PRIZES_READ = "prizes:read"
    PRIZES_WRITE = "prizes:write"
    WINNERS_READ = "winners:read"
    WINNERS_WRITE = "winners:write"
    REALTIME_SUBSCRIBE = "realtime:subscribe"
    REALTIME_PUBLISH = "realtime:publish"


class Capability(StrEnum):
    """A platform function that an application may take over in a room."""

    PRIZE_FUND = "prizeFund"
    PARTICIPANT_REGISTRATION = "participantRegistration"
    WINNER_SELECTION = "winnerSelection"
    NOTIFICATIONS = "notifications"
    ROOM_SETTINGS = "roomSettings"


class OnFailure(StrEnum):
    """What the host does when the application that should answer fails."""

    FAIL = "fail"
    """The call is refused with the contract's error; nothing is written."""
    DEFAULT = "default"
    """The platform's own implementation answers instead, and the organizer is told."""
