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
    """Which roles may, whether strangers may in a public room, and what an app must be granted."""

    roles: frozenset[Role]
    public: bool = False
    permission: Permission | None = None


RULES: dict[Act, Rule] = {
    Act.SEE_ROOM: Rule(EVERYONE, public=True, permission=Permission.ROOMS_READ),
    Act.SEE_SECRETS: Rule(ORGANIZERS, permission=Permission.ROOMS_WRITE),
    Act.CHANGE_ROOM: Rule(ORGANIZERS, permission=Permission.ROOMS_WRITE),
    Act.DELETE_ROOM: Rule(ORGANIZERS, permission=Permission.ROOMS_WRITE),
    Act.MANAGE_APPS: Rule(ORGANIZERS, permission=Permission.ROOMS_WRITE),
    Act.SEE_EVENTS: Rule(EVERYONE, permission=Permission.REALTIME_SUBSCRIBE),
    Act.LISTEN: Rule(EVERYONE, public=True, permission=Permission.REALTIME_SUBSCRIBE),
    # Whoever sees a room is told that they are not in it, rather than that they may not leave.
    Act.LEAVE: Rule(EVERYONE, public=True, permission=Permission.PARTICIPANTS_WRITE),
    Act.PUBLISH_EVENTS: Rule(frozenset(), permission=Permission.REALTIME_PUBLISH),
    Act.SEE_PARTICIPANTS: Rule(EVERYONE, public=True, permission=Permission.PARTICIPANTS_READ),
    Act.CHANGE_ROLES: Rule(ORGANIZERS, permission=Permission.PARTICIPANTS_WRITE),
    Act.CHANGE_METADATA: Rule(STAFF, permission=Permission.PARTICIPANTS_WRITE),
    Act.REMOVE_PARTICIPANTS: Rule(STAFF, permission=Permission.PARTICIPANTS_WRITE),
    Act.SEE_PRIZES: Rule(EVERYONE, public=True, permission=Permission.PRIZES_READ),
    Act.CHANGE_PRIZES: Rule(STAFF, permission=Permission.PRIZES_WRITE),
    Act.SEE_WINNERS: Rule(EVERYONE, public=True, permission=Permission.WINNERS_READ),
    Act.AWARD: Rule(STAFF, permission=Permission.WINNERS_WRITE),
    Act.DRAW: Rule(STAFF, permission=Permission.WINNERS_WRITE),
    Act.REVOKE: Rule(ORGANIZERS, permission=Permission.WINNERS_WRITE),
    Act.SEE_DELETED: Rule(ORGANIZERS, permission=Permission.ROOMS_WRITE),
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


def _reason(act: Act, role: Role | None, rule: Rule) -> str:
    needed = ", ".join(sorted(rule.roles)) or "an application"
    yours = f"You are {role} here" if role else "You do not take part in this room"
    return f"{yours}; to {act.value} takes {needed}."
