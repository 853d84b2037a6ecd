"""People: who may see and change what, and what stays of the deleted."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from host.access import ANYONE, Actor
from host.contract import Person, User
from host.errors import (
    AppPermissionDenied,
    Forbidden,
    NotFound,
    Unauthorized,
    ValidationFailed,
)
from host.services.identity import Identity
from host.store import tables
from tests.auth.conftest import Clock, Node, delete_user

PASSWORD = "a string of lights"


async def actor_of(identity: Identity, token: str) -> Actor:
    return await identity.authenticate(token)


async def three(identity: Identity) -> tuple[Actor, Actor, Actor]:
    """Anna, Boris and an admin."""
    await identity.create_account("root@example.com", PASSWORD, admin=True)
    anna = await identity.register(ANYONE, "anna@example.com", PASSWORD)
    boris = await identity.register(ANYONE, "boris@example.com", PASSWORD)
    admin = await identity.login(ANYONE, "root@example.com", PASSWORD)
    return (
        await actor_of(identity, anna.access_token),
        await actor_of(identity, boris.access_token),
        await actor_of(identity, admin.access_token),
    )


async def test_others_see_name_and_avatar_and_nothing_else(identity: Identity) -> None:
    anna, boris, admin = await three(identity)
    user = anna.need_user()
    assert await identity.get_user(anna, user.id) == user
    assert await identity.get_user(admin, user.id) == user
    assert await identity.get_user(boris, user.id) == Person(user.id, "anna", None)
    with pytest.raises(Unauthorized):
        await identity.get_user(ANYONE, user.id)


@pytest.mark.parametrize("user_id", ["unknown", "", "\0", "x' OR '1'='1", "é" * 26])
async def test_nobody_is_found_under_an_id_that_is_none(identity: Identity, user_id: str) -> None:
    anna, _, _ = await three(identity)
    with pytest.raises(NotFound):
        await identity.get_user(anna, user_id)


async def test_an_application_sees_people_if_it_was_granted_that(identity: Identity) -> None:
    anna, _, _ = await three(identity)
    user = anna.need_user()
    alone = Actor(app_id="quiz", app_permissions=frozenset({"users:read"}))
    assert await identity.get_user(alone, user.id) == user.person
    for actor in (replace(alone, app_permissions=frozenset()), replace(anna, app_id="quiz")):
        with pytest.raises(AppPermissionDenied):
            await identity.get_user(actor, user.id)
        with pytest.raises((AppPermissionDenied, Unauthorized)):
            await identity.me(actor)
    both = replace(anna, app_id="quiz", app_permissions=frozenset({"users:read"}))
    with pytest.raises(Forbidden):
        await delete_user(identity, both, user.id)


async def test_one_changes_ones_own_name_and_avatar_and_sees_it_at_once(
    identity: Identity, clock: Clock
) -> None:
    signed = await identity.register(ANYONE, "anna@example.com", PASSWORD)
    anna = await actor_of(identity, signed.access_token)
    picture = "https://example.com/anna.png"
    changed = await identity.change_user(
        anna, signed.user.id, {"name": " Anna ", "avatar": picture}
    )
    assert (changed.name, changed.avatar) == ("Anna", picture)
    assert await identity.me(await actor_of(identity, signed.access_token)) == changed
    without = await identity.change_user(anna, signed.user.id, {"avatar": None})
    assert (without.name, without.avatar) == ("Anna", None)


async def test_a_change_with_something_wrong_changes_nothing(identity: Identity) -> None:
    signed = await identity.register(ANYONE, "anna@example.com", PASSWORD)
    anna = await actor_of(identity, signed.access_token)
    with pytest.raises(ValidationFailed) as refused:
        await identity.change_user(
            anna, signed.user.id, {"name": "Anna", "avatar": "javascript:alert(1)"}
        )
    assert set(refused.value.fields) == {"avatar"}
    assert await identity.get_user(anna, signed.user.id) == signed.user


async def test_only_oneself_and_an_admin_may_change_or_delete(identity: Identity) -> None:
    anna, boris, admin = await three(identity)
    user = anna.need_user()
    with pytest.raises(Forbidden):
        await identity.change_user(boris, user.id, {"name": "Mallory"})
    with pytest.raises(Forbidden):
        await delete_user(identity, boris, user.id)
    with pytest.raises(Unauthorized):
        await delete_user(identity, ANYONE, user.id)
    assert (await identity.change_user(admin, user.id, {"name": "Anna"})).name == "Anna"


async def row_of(node: Node, user: User) -> sa.RowMapping:
    async with node.core.db.read() as connection:
        found = await connection.execute(
            sa.select(tables.users).where(tables.users.c.id == user.id)
        )
        return found.mappings().one()


async def test_of_a_deleted_user_an_id_stays_and_nothing_of_the_person(
    node: Node, identity: Identity, clock: Clock
) -> None:
    web = await identity.register_in_browser(
        ANYONE, "anna@example.com", PASSWORD, "Anna", "Anna's phone"
    )
    signed = await identity.login(ANYONE, "anna@example.com", PASSWORD)
    anna = await actor_of(identity, signed.access_token)
    await delete_user(identity, anna, signed.user.id)

    row = await row_of(node, signed.user)
    assert (row["email"], row["avatar"], row["password_hash"]) == (None, None, None)
    assert (row["name"], row["deleted_at"]) == ("Deleted user", clock.moment)
    async with node.core.db.read() as connection:
        agents = await connection.execute(sa.select(tables.sessions.c.user_agent))
        assert set(agents.scalars()) == {None}
    for attempt in (
        identity.authenticate(signed.access_token),
        identity.authenticate_cookie(web.cookie),
        identity.refresh(ANYONE, signed.refresh_token),
        identity.login(ANYONE, "anna@example.com", PASSWORD),
    ):
        with pytest.raises(Unauthorized):
            await attempt
    with pytest.raises(NotFound):
        await delete_user(identity, anna, signed.user.id)


async def test_the_address_of_a_deleted_user_is_free_again(identity: Identity) -> None:
    first = await identity.register(ANYONE, "anna@example.com", PASSWORD)
    await delete_user(identity, await actor_of(identity, first.access_token), first.user.id)
    second = await identity.register(ANYONE, "anna@example.com", "another password")
    assert second.user.id != first.user.id


async def test_a_deletion_is_in_the_audit_log(node: Node, identity: Identity) -> None:
    anna, _, admin = await three(identity)
    await delete_user(identity, admin, anna.need_user().id)
    async with node.core.db.read() as connection:
        entry = (await connection.execute(sa.select(tables.audit_log))).mappings().one()
    assert (entry["act"], entry["actor_id"]) == ("user:delete", admin.need_user().id)
    assert entry["subject_id"] == anna.need_user().id
