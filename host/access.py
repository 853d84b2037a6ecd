"""Who may do what in a room, with the reason. One table; every service asks here.

The order of refusals is the contract's: 401 for nobody, 404 for what may not be known, 403
for a role that is not enough. Applications need the permission of the call besides. When they
act for a user, it is the user's role that counts; alone they are somebody only in the rooms in
which they are on, and elsewhere strangers like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from host.contract import Participant, Permission, Role, Room, User
from host.errors import AppPermissionDenied, Forbidden, NotFound, Unauthorized


@dataclass(frozen=True)
class Actor:
    """Who makes a call: a user, an application, both, or nobody."""

    user: User | None = None
    is_admin: bool = False
    is_guest: bool = False
    session_id: str | None = None
    app_id: str | None = None
    app_permissions: frozenset[str] | None = None
    request_id: str = ""
    address: str = ""
    user_agent: str | None = None

    @property
    def signed_in(self) -> bool:
        """Whether there is anyone at all."""
        return self.user is not None or self.app_id is not None

    @property
    def caller(self) -> str:
        """A key for what belongs to one caller: idempotency keys, limits."""
        if self.user is not None:
            return f"user:{self.user.id}"
        return f"app:{self.app_id}" if self.app_id else f"address:{self.address}"

    def need_user(self) -> User:
        """The user, or `Unauthorized` where there is none."""
        if self.user is None:
            raise Unauthorized("Sign in first.")
        return self.user


ANYONE = Actor()


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


def role_of(actor: Actor, participant: Participant | None) -> Role | None:
    """The role that counts: a platform admin's is ADMIN everywhere."""
    if actor.is_admin:
        return Role.ADMIN
    if participant is None or participant.deleted_at is not None:
        return None
    return participant.role


def may(
    actor: Actor, act: Act, room: Room, participant: Participant | None, *, app_on: bool = False
) -> bool:
    """Whether `require` would let this pass."""
    try:
        require(actor, act, room, participant, app_on=app_on)
    except (Unauthorized, NotFound, Forbidden):
        return False
    return True


def require(
    actor: Actor, act: Act, room: Room, participant: Participant | None, *, app_on: bool = False
) -> None:
    """Lets the act pass, or raises Unauthorized, NotFound, Forbidden or AppPermissionDenied.

    `participant` is the actor's own part in the room, if any; `app_on` whether the actor's
    application is on there. A stranger to a private room gets NotFound for everything, so that
    its existence does not leak.
    """
    rule = RULES[act]
    role = role_of(actor, participant)
    if actor.user is not None or not app_on:
        if role is None and not room.is_public:
            # A caller without a token learns nothing about the room by signing in later either.
            if not actor.signed_in and not rule.public:
                raise Unauthorized("Sign in first.")
            raise NotFound("There is no such room.")
        allowed = role in rule.roles or (rule.public and room.is_public)
        if not allowed:
            if not actor.signed_in:
                raise Unauthorized("Sign in first.")
            raise Forbidden(_reason(act, role, rule))
    if rule.owner and role is not Role.ADMIN and _id_of(actor) != room.organizer.id:
        raise Forbidden(f"Only the owner may {act.value}; that is {room.organizer.name}.")
    if rule.permission is not None:
        need_permission(actor, rule.permission)


def need_permission(actor: Actor, permission: Permission) -> None:
    """Lets everybody pass but an application that was not granted this, for calls in no room."""
    granted = actor.app_permissions or frozenset()
    if actor.app_id is not None and permission not in granted:
        raise AppPermissionDenied(actor.app_id, permission, granted)


def need_person(actor: Actor) -> User:
    """The user who makes the call in person; what concerns an account is for no application."""
    user = actor.need_user()
    if actor.app_id is not None:
        raise Forbidden("An application may not do this for a person.")
    return user


def _id_of(actor: Actor) -> str | None:
    return actor.user.id if actor.user else None


def _reason(act: Act, role: Role | None, rule: Rule) -> str:
    needed = ", ".join(sorted(rule.roles)) or "an application"
    yours = f"You are {role} here" if role else "You do not take part in this room"
    return f"{yours}; to {act.value} takes {needed}."
