"""Who may do what in a room, with the reason. One table; every service asks here.

The order of refusals is the contract's: 401 for nobody, 404 for what may not be known, 403
for a role that is not enough. Applications need the permission of the call besides. When they
act for a user, it is the user's role that counts; alone they are somebody only in the rooms in
which they are on, and elsewhere strangers like any other.
"""

from __future__ import annotations

from host.access.actor import ANYONE, Actor
from host.access.rules import EVERYONE, ORGANIZERS, RULES, STAFF, Act, Rule
from host.contract import Participant, Permission, Person, Role, Room, User
from host.errors import AppPermissionDenied, Forbidden, NotFound, Unauthorized

__all__ = [
    "ANYONE",
    "EVERYONE",
    "ORGANIZERS",
    "RULES",
    "STAFF",
    "Act",
    "Actor",
    "Rule",
    "let_in",
    "may",
    "need_permission",
    "need_person",
    "require",
    "role_of",
]


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
    role = role_of(actor, participant)
    let_in(actor, act, role, is_public=room.is_public, owner=room.organizer, app_on=app_on)


def let_in(
    actor: Actor,
    act: Act,
    role: Role | None,
    *,
    is_public: bool,
    owner: Person | None = None,
    app_on: bool = False,
) -> None:
    """As `require`, by the role that counts; `owner` is asked for by acts that are only theirs."""
    rule = RULES[act]
    if actor.user is not None or not app_on:
        if role is None and not is_public:
            # A caller without a token learns nothing about the room by signing in later either.
            if not actor.signed_in and not rule.public:
                raise Unauthorized("Sign in first.")
            raise NotFound("There is no such room.")
        allowed = role in rule.roles or (rule.public and is_public)
        if not allowed:
            if not actor.signed_in:
                raise Unauthorized("Sign in first.")
            raise Forbidden(_reason(act, role, rule))
    if rule.owner and role is not Role.ADMIN and (owner is None or _id_of(actor) != owner.id):
        named = f"; that is {owner.name}" if owner else ""
        raise Forbidden(f"Only the owner may {act.value}{named}.")
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
