"""Every call of the REST interface, group by group."""

from __future__ import annotations

from host.web.api import (
    account,
    announcements,
    apps,
    door,
    federation,
    identity,
    inbox,
    participants,
    prizes,
    publishing,
    recovery,
    registration,
    room_apps,
    rooms,
    upgrades,
    winners,
)
from host.web.api.call import Call

GROUPS: dict[str, tuple[Call, ...]] = {
    "Identity": (*identity.CALLS, *recovery.CALLS, *federation.CALLS, *account.CALLS),
    "Applications": (*apps.CALLS, *registration.CALLS, *upgrades.REVIEWS),
    "Rooms": (*rooms.CALLS, *publishing.CALLS),
    "Applications of a room": (*room_apps.CALLS, *upgrades.OF_ROOMS),
    "Participants": participants.CALLS,
    "Door, owner and log": door.CALLS,
    "Prizes": prizes.CALLS,
    "Winners and draws": winners.CALLS,
    "Notifications": (*inbox.CALLS, *announcements.CALLS),
}
CALLS: tuple[Call, ...] = tuple(call for calls in GROUPS.values() for call in calls)
