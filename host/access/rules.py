"""Everything that can be done in a room, and who may do it, with the reason. One table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from host.contract import Permission, Role


class Act(StrEnum):
    """Everything that can be done in a room."""

    SEE_ROOM = "see the room"
    SEE_SECRETS = "see the secret settings"
    CHANGE_ROOM = "change the room"
    DELETE_ROOM = "delete the room"
    MANAGE_APPS = "choose the applications of the room"
    SEE_EVENTS = "read the room's events"
    LISTEN = "listen to the room"
    LEAVE = "leave the room"
    PUBLISH_EVENTS = "publish events in the room"
    SEE_PARTICIPANTS = "see who takes part"
    CHANGE_ROLES = "change roles"
    CHANGE_METADATA = "change a participant's metadata"
    REMOVE_PARTICIPANTS = "remove participants"
    BAN = "ban people, or let them back"
    SEE_DOOR = "see the rules of the door"
    CHANGE_DOOR = "lock the door and change its rules"
    HAND_OVER = "hand the room over"
    SEE_AUDIT = "read the room's log"
    SEE_PRIZES = "see the prizes"
    CHANGE_PRIZES = "change the prizes"
    SEE_WINNERS = "see the winners"
    ANNOUNCE = "announce something to the room"
    AWARD = "award prizes"
    DRAW = "draw winners"
    REVOKE = "revoke a win"
    SEE_DELETED = "see what was deleted"


ORGANIZERS = frozenset({Role.ADMIN, Role.ORGANIZER})
STAFF = ORGANIZERS | {Role.MODERATOR}
EVERYONE = STAFF | {Role.PARTICIPANT, Role.VIEWER}


@dataclass(frozen=True)
class Rule:
    """Which roles may, with the reason; an application must have the `permission` besides.

    `public`: in a public room also who is not in it. `owner`: of the roles only the room's owner,
    and platform admins.
    """

    roles: frozenset[Role]
    why: str
    public: bool = False
    owner: bool = False
    permission: Permission | None = None


RULES: dict[Act, Rule] = {
    Act.SEE_ROOM: Rule(
        EVERYONE,
        "Who is in sees where they are. A private room is not there for anybody else.",
        public=True,
        permission=Permission.ROOMS_READ,
    ),
    Act.SEE_SECRETS: Rule(
        ORGANIZERS,
        "A quiz whose answers are seen is over. Who may set them may read them.",
        permission=Permission.ROOMS_WRITE,
    ),
    Act.CHANGE_ROOM: Rule(
        ORGANIZERS,
        "Opening and ending the evening, its name and its code concern everybody in it.",
        permission=Permission.ROOMS_WRITE,
    ),
    Act.DELETE_ROOM: Rule(
        ORGANIZERS,
        "It takes the room from everybody, and nothing in the interface brings it back.",
        permission=Permission.ROOMS_WRITE,
    ),
    Act.MANAGE_APPS: Rule(
        ORGANIZERS,
        "An application decides who joins and who wins, so it is chosen by who answers for it.",
        permission=Permission.ROOMS_WRITE,
    ),
    Act.SEE_EVENTS: Rule(
        EVERYONE,
        "The log is the room's memory: for those who were there, also in a public room.",
        permission=Permission.REALTIME_SUBSCRIBE,
    ),
    Act.LISTEN: Rule(
        EVERYONE,
        "What happens is for those who may see it as it stands.",
        public=True,
        permission=Permission.REALTIME_SUBSCRIBE,
    ),
    Act.LEAVE: Rule(
        EVERYONE,
        "Nobody is kept. Who sees a room hears that they are not in it, not that they may not go.",
        public=True,
        permission=Permission.PARTICIPANTS_WRITE,
    ),
    Act.PUBLISH_EVENTS: Rule(
        frozenset(),
        "Events are what a game says. A person who could say them would be believed.",
        permission=Permission.REALTIME_PUBLISH,
    ),
    Act.SEE_PARTICIPANTS: Rule(
        EVERYONE,
        "A hall sees who is in it.",
        public=True,
        permission=Permission.PARTICIPANTS_READ,
    ),
    Act.CHANGE_ROLES: Rule(
        ORGANIZERS,
        "Whoever gives roles could give themselves any. ADMIN is none that a room can give.",
        permission=Permission.PARTICIPANTS_WRITE,
    ),
    Act.CHANGE_METADATA: Rule(
        STAFF,
        "Moderators keep the list at the door; what is on it may decide who wins.",
        permission=Permission.PARTICIPANTS_WRITE,
    ),
    Act.REMOVE_PARTICIPANTS: Rule(
        STAFF,
        "Keeping the peace cannot wait for the organizer. A moderator removes no organizer.",
        permission=Permission.PARTICIPANTS_WRITE,
    ),
    Act.BAN: Rule(
        STAFF,
        "Who was removed comes back with the code. A moderator bans no organizer either.",
        permission=Permission.PARTICIPANTS_WRITE,
    ),
    Act.SEE_DOOR: Rule(
        STAFF,
        "Who keeps the door knows its rules. To guests the word list would be a list of ideas.",
        permission=Permission.PARTICIPANTS_READ,
    ),
    Act.CHANGE_DOOR: Rule(
        ORGANIZERS,
        "It keeps out people who did nothing yet.",
        permission=Permission.ROOMS_WRITE,
    ),
    Act.HAND_OVER: Rule(
        ORGANIZERS,
        "Only the owner gives away what is theirs: no organizer can take it.",
        owner=True,
        permission=Permission.ROOMS_WRITE,
    ),
    Act.SEE_AUDIT: Rule(
        ORGANIZERS,
        "It shows the settings as they were, and who among the staff did what.",
        permission=Permission.ROOMS_WRITE,
    ),
    Act.SEE_PRIZES: Rule(
        EVERYONE,
        "Everybody knows what there is to win.",
        public=True,
        permission=Permission.PRIZES_READ,
    ),
    Act.CHANGE_PRIZES: Rule(
        STAFF,
        "Moderators put up what was brought along. What is won cannot be taken away by it.",
        permission=Permission.PRIZES_WRITE,
    ),
    Act.SEE_WINNERS: Rule(
        EVERYONE,
        "A draw that not everybody can see is none.",
        public=True,
        permission=Permission.WINNERS_READ,
    ),
    Act.ANNOUNCE: Rule(
        ORGANIZERS,
        "It rings in every pocket. Who answers for the evening says what is worth that.",
        permission=Permission.REALTIME_PUBLISH,
    ),
    Act.AWARD: Rule(
        STAFF,
        "Prizes of a contest are given on the spot. Each is in the log with who gave it.",
        permission=Permission.WINNERS_WRITE,
    ),
    Act.DRAW: Rule(
        STAFF,
        "Somebody presses the button; who wins is not theirs to choose.",
        permission=Permission.WINNERS_WRITE,
    ),
    Act.REVOKE: Rule(
        ORGANIZERS,
        "It takes from a person what a hall saw them win.",
        permission=Permission.WINNERS_WRITE,
    ),
    Act.SEE_DELETED: Rule(
        ORGANIZERS,
        "Who left is not in the room for the others.",
        permission=Permission.ROOMS_WRITE,
    ),
}
