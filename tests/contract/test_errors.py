"""§1: the table of statuses and codes."""

from __future__ import annotations

import pytest

from host import errors
from host.access import Act, Actor, require
from host.contract import Participant, Role, Room
from host.errors import AppPermissionDenied, FestoonError, RateLimited
from host.permissions import Permission
from host.testing.host import TestHost
from tests.contract.cast import Cast

TABLE = {
    400: {"MALFORMED_REQUEST"},
    401: {"UNAUTHORIZED", "INVALID_CREDENTIALS", "INVALID_TOKEN"},
    403: {"FORBIDDEN", "APP_PERMISSION_DENIED"},
    404: {"NOT_FOUND"},
    409: {
        *("CONFLICT", "PRIZE_EXHAUSTED", "ROOM_NOT_ACTIVE"),
        *("DELEGATION_CONFLICT", "VERSION_CONFLICT"),
    },
    413: {"PAYLOAD_TOO_LARGE"},
    415: {"UNSUPPORTED_MEDIA_TYPE"},
    422: {"VALIDATION_ERROR", "INVALID_MANIFEST", "MIGRATION_REQUIRED"},
    429: {"RATE_LIMIT_EXCEEDED"},
    500: {"INTERNAL_ERROR"},
    502: {"DELEGATION_FAILED"},
    503: {"UNAVAILABLE", "OAUTH_NOT_CONFIGURED"},
    504: {"DELEGATION_TIMEOUT"},
}


def _family(of: type[FestoonError]) -> set[type[FestoonError]]:
    return {of}.union(*(_family(one) for one in of.__subclasses__()))


def test_the_host_refuses_with_the_contracts_codes_and_statuses_and_no_others() -> None:
    """| status | code | when |"""
    found: dict[int, set[str]] = {}
    for kind in _family(FestoonError):
        if kind.__module__ == errors.__name__:
            found.setdefault(kind.status, set()).add(kind.code)
    assert found == TABLE


def test_too_many_calls_are_told_when_to_come_back() -> None:
    """429 | RATE_LIMIT_EXCEEDED | with `Retry-After`"""
    assert RateLimited(7).headers == {"Retry-After": "7"}


async def _room(cast: Cast) -> tuple[Room, Participant]:
    services = cast.host.host.services
    room = (await services.rooms.get(Actor(is_admin=True), cast.room["id"])).room
    part = await services.participants.get(
        Actor(is_admin=True), cast.room["id"], cast.parts["organizer"]["id"]
    )
    return room, part


async def _actor(host: TestHost, cast: Cast, *granted: Permission) -> Actor:
    assert cast.organizer.token
    user = (await host.host.services.identity.authenticate(cast.organizer.token)).user
    return Actor(user=user, app_id="vault", app_permissions=frozenset(granted))


async def test_an_application_needs_its_users_role_and_its_own_permission(
    host: TestHost, shared: Cast
) -> None:
    """With both, the call needs the user's role AND the app's permission."""
    room, part = await _room(shared)
    allowed = await _actor(host, shared, Permission.PRIZES_WRITE)
    require(allowed, Act.CHANGE_PRIZES, room, part)
    viewer = Participant(**{**vars(part), "role": Role.VIEWER})
    with pytest.raises(errors.Forbidden):
        require(allowed, Act.CHANGE_PRIZES, room, viewer)
    with pytest.raises(errors.NotFound):
        require(allowed, Act.CHANGE_PRIZES, room, None)


async def test_a_permission_that_the_manifest_lacks_is_told_with_those_it_has(
    host: TestHost, shared: Cast
) -> None:
    """403 | APP_PERMISSION_DENIED | … (`details.required`, `details.granted`)"""
    room, part = await _room(shared)
    actor = await _actor(host, shared, Permission.ROOMS_READ, Permission.PRIZES_READ)
    with pytest.raises(AppPermissionDenied) as refused:
        require(actor, Act.DRAW, room, part)
    assert refused.value.details == {
        "required": "winners:write",
        "granted": ["prizes:read", "rooms:read"],
    }
