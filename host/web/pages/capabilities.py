"""The capabilities and permissions of applications, in words."""

from __future__ import annotations

from collections.abc import Iterable

from host.contract import Capability, Permission

CAPABILITIES: dict[Capability, tuple[str, str]] = {
    Capability.WINNER_SELECTION: ("Picking winners", "Decides who wins a draw."),
    Capability.PARTICIPANT_REGISTRATION: (
        "Letting people in",
        "Decides who may join, and what they are asked at the door.",
    ),
    Capability.PRIZE_FUND: ("Prizes", "Puts up the first prizes and looks at each new one."),
    Capability.NOTIFICATIONS: ("Telling people", "Brings the news to those it is for."),
    Capability.ROOM_SETTINGS: ("Settings", "Looks at settings before they are saved."),
}
PERMISSIONS: dict[Permission, str] = {
    Permission.USERS_READ: "see people’s accounts",
    Permission.ROOMS_READ: "see the room",
    Permission.ROOMS_WRITE: "change the room",
    Permission.PARTICIPANTS_READ: "see who takes part",
    Permission.PARTICIPANTS_WRITE: "let people in and change their roles",
    Permission.PRIZES_READ: "see the prizes",
    Permission.PRIZES_WRITE: "change the prizes",
    Permission.WINNERS_READ: "see the winners",
    Permission.WINNERS_WRITE: "award prizes",
    Permission.REALTIME_SUBSCRIBE: "listen to what happens",
    Permission.REALTIME_PUBLISH: "send news to everybody in the room",
}


def labels(capabilities: Iterable[str]) -> str:
    """Capabilities as the organizer knows them: “Picking winners” and “Prizes”."""
    return " and ".join(f"“{CAPABILITIES[Capability(name)][0]}”" for name in capabilities)
