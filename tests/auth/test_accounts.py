"""Accounts: who opens which, who may see and change what, and what stays of the deleted."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from host.access import ANYONE, Actor
from host.auth.passwords import Cost
from host.contract import Person, User
from host.errors import (
    AppPermissionDenied,
    Conflict,
    Forbidden,
    InvalidCredentials,
    NotFound,
    RateLimited,
    Unauthorized,
    ValidationFailed,
)
from host.services.identity import Identity
from host.store import tables
from tests.auth.conftest import Clock, Node, Nodes

PASSWORD = "a string of lights"


async def actor_of(identity: Identity, token: str) -> Actor:
    return await identity.authenticate(token)


async def column(node: Node, of: sa.ColumnElement[object], user_id: str) -> object:
    async with node.core.db.read() as connection:
        found = await connection.execute(sa.select(of).where(tables.users.c.id == user_id))
        return found.scalar_one()


async def test_registering_signs_in_to_an_account_with_the_address_in_lower_case(
    identity: Identity, clock: Clock
) -> None:
    signed = await identity.register(ANYONE, " Anna@Example.com ", PASSWORD, " Anna  Bell ")
    assert (signed.user.email, signed.user.name) == ("anna@example.com", "Anna Bell")
    assert signed.user.created_at == clock.moment
    assert signed.expires_in == 3600
    assert (await actor_of(identity, signed.access_token)).user == signed.user


async def test_without_a_name_one_is_called_as_the_address_begins(identity: Identity) -> None:
    signed = await identity.register(ANYONE, "anna.bell@example.com", PASSWORD)
    assert signed.user.name == "anna.bell"


async def test_one_password_opens_one_account_only(identity: Identity) -> None:
    people = {
        "anna@example.com": "a string of lights",
        "boris@example.com": "a string of light",
        "clara@example.com": "A string of lights",
        "dora@example.com": "p" * 100 + "d",
        "erik@example.com": "p" * 100 + "e",
    }
    for email, password in people.items():
        await identity.register(ANYONE, email, password)
    for email in people:
        for owner, password in people.items():
            if owner == email:
                signed = await identity.login(ANYONE, email.upper(), password)
                assert signed.user.email == email
            else:
                with pytest.raises(InvalidCredentials):
                    await identity.login(ANYONE, email, password)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nobody@example.com", PASSWORD),
        ("anna@example.com", ""),
        ("anna@example.com", "x" * 2000),
        ("anna@example.com", "\ud800" * 9),
        ("anna@example.com\0", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
    ],
)
async def test_whatever_is_wrong_with_a_login_the_answer_is_the_same(
    identity: Identity, email: str, password: str
) -> None:
    await identity.register(ANYONE, "anna@example.com", PASSWORD)
    with pytest.raises(InvalidCredentials, match="do not belong together"):
        await identity.login(ANYONE, email, password)


async def test_a_guest_has_no_password_that_opens_it(identity: Identity) -> None:
    await identity.guest(ANYONE, "Anna")
    with pytest.raises(InvalidCredentials):
        await identity.login(ANYONE, "", "")


async def test_all_that_is_wrong_is_said_at_once(identity: Identity) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await identity.register(ANYONE, "no address", "short", "\n")
    assert set(refused.value.fields) == {"email", "password", "name"}


async def test_a_taken_address_is_a_conflict_in_any_spelling(identity: Identity) -> None:
    await identity.register(ANYONE, "anna@example.com", PASSWORD)
    for spelling in ("anna@example.com", "ANNA@EXAMPLE.COM", " Anna@example.com"):
        with pytest.raises(Conflict) as refused:
            await identity.register(ANYONE, spelling, "another password")
        assert "email" in refused.value.details["fields"]
    with pytest.raises(InvalidCredentials):
        await identity.login(ANYONE, "anna@example.com", "another password")


async def test_of_many_registrations_of_one_address_at_once_one_succeeds(nodes: Nodes) -> None:
    processes = [await nodes.start() for _ in range(2)]
    answers = await asyncio.gather(
        *(
            processes[n % 2].identity.register(ANYONE, "anna@example.com", f"{PASSWORD} {n}")
            for n in range(10)
        ),
        return_exceptions=True,
    )
    conflicts = [a for a in answers if isinstance(a, Conflict)]
    assert len(conflicts) == 9
    winner = next(n for n, a in enumerate(answers) if not isinstance(a, Conflict))
    assert await processes[0].identity.login(ANYONE, "anna@example.com", f"{PASSWORD} {winner}")


async def test_a_guest_who_registers_keeps_id_and_name(node: Node, identity: Identity) -> None:
    guest = await identity.guest(ANYONE, "Anna")
    actor = await actor_of(identity, guest.access_token)
    assert actor.is_guest
    account = await identity.register(actor, "anna@example.com", PASSWORD)
    assert (account.user.id, account.user.name) == (guest.user.id, "Anna")
    assert not (await actor_of(identity, account.access_token)).is_guest
    assert (await identity.login(ANYONE, "anna@example.com", PASSWORD)).user.id == guest.user.id


async def test_a_guest_may_take_another_name_with_the_account(identity: Identity) -> None:
    guest = await identity.guest(ANYONE, "Anna")
    actor = await actor_of(identity, guest.access_token)
    account = await identity.register(actor, "anna@example.com", PASSWORD, "Anna Bell")
    assert account.user.name == "Anna Bell"


async def test_claiming_ends_what_was_open_of_the_guest(identity: Identity) -> None:
    guest = await identity.guest(ANYONE, "Anna")
    actor = await actor_of(identity, guest.access_token)
    await identity.register(actor, "anna@example.com", PASSWORD)
    with pytest.raises(Unauthorized):
        await identity.authenticate(guest.access_token)
    with pytest.raises(Unauthorized):
        await identity.refresh(ANYONE, guest.refresh_token)


async def test_a_guest_can_be_claimed_once(identity: Identity) -> None:
    guest = await identity.guest(ANYONE, "Anna")
    actor = await actor_of(identity, guest.access_token)
    answers = await asyncio.gather(
        *(identity.register(actor, f"anna{n}@example.com", PASSWORD) for n in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(a, Conflict) for a in answers) == 4


async def test_a_guest_who_asks_for_a_taken_address_stays_a_guest(identity: Identity) -> None:
    await identity.register(ANYONE, "anna@example.com", PASSWORD)
    guest = await identity.guest(ANYONE, "Anna")
    actor = await actor_of(identity, guest.access_token)
    with pytest.raises(Conflict):
        await identity.register(actor, "anna@example.com", PASSWORD)
    assert (await actor_of(identity, guest.access_token)).is_guest


async def test_someone_with_an_account_who_registers_makes_another(identity: Identity) -> None:
    first = await identity.register(ANYONE, "anna@example.com", PASSWORD)
    actor = await actor_of(identity, first.access_token)
    second = await identity.register(actor, "boris@example.com", PASSWORD)
    assert second.user.id != first.user.id
    assert (await actor_of(identity, first.access_token)).user == first.user


async def test_where_the_host_takes_no_guests_there_are_none(nodes: Nodes) -> None:
    node = await nodes.start(guests=False)
    with pytest.raises(Forbidden):
        await node.identity.guest(ANYONE, "Anna")
    assert [p.id for p in node.identity.providers()] == ["password"]


async def test_guessing_a_password_is_slowed_for_its_account_and_address_only(
    identity: Identity, clock: Clock
) -> None:
    for email in ("anna@example.com", "boris@example.com"):
        await identity.register(ANYONE, email, PASSWORD)
    guesser, elsewhere = Actor(address="192.0.2.1"), Actor(address="192.0.2.2")
    for n in range(10):
        with pytest.raises(InvalidCredentials):
            await identity.login(guesser, "anna@example.com", f"is it this {n}?")
    with pytest.raises(RateLimited) as refused:
        await identity.login(guesser, "ANNA@example.com", PASSWORD)
    assert int(refused.value.headers["Retry-After"]) > 0
    await identity.login(guesser, "boris@example.com", PASSWORD)
    await identity.login(elsewhere, "anna@example.com", PASSWORD)


async def test_who_has_an_account_does_not_show_in_being_slowed(identity: Identity) -> None:
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await identity.login(ANYONE, "nobody@example.com", PASSWORD)
    with pytest.raises(RateLimited):
        await identity.login(ANYONE, "nobody@example.com", PASSWORD)


async def test_limits_off_means_off(nodes: Nodes) -> None:
    node = await nodes.start(limits="off")
    for _ in range(20):
        with pytest.raises(InvalidCredentials):
            await node.identity.login(ANYONE, "nobody@example.com", PASSWORD)


async def test_a_login_hashes_the_password_anew_when_the_cost_has_changed(nodes: Nodes) -> None:
    old, new = await nodes.start(), await nodes.start(Cost(memory=16, passes=2, lanes=1))
    user = (await old.identity.register(ANYONE, "anna@example.com", PASSWORD)).user
    hashed = tables.users.c.password_hash
    before = str(await column(new, hashed, user.id))
    with pytest.raises(InvalidCredentials):
        await new.identity.login(ANYONE, "anna@example.com", "something else")
    assert await column(new, hashed, user.id) == before
    await new.identity.login(ANYONE, "anna@example.com", PASSWORD)
    after = str(await column(new, hashed, user.id))
    assert "m=8,t=1" in before
    assert "m=16,t=2" in after
    await old.identity.login(ANYONE, "anna@example.com", PASSWORD)


async def test_the_command_line_can_make_an_admin(identity: Identity) -> None:
    user = await identity.create_account("root@example.com", PASSWORD, admin=True)
    signed = await identity.login(ANYONE, "root@example.com", PASSWORD)
    assert signed.user == user
    assert (await actor_of(identity, signed.access_token)).is_admin


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
        await identity.delete_user(both, user.id)


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
        await identity.delete_user(boris, user.id)
    with pytest.raises(Unauthorized):
        await identity.delete_user(ANYONE, user.id)
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
    await identity.delete_user(anna, signed.user.id)

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
        await identity.delete_user(anna, signed.user.id)


async def test_the_address_of_a_deleted_user_is_free_again(identity: Identity) -> None:
    first = await identity.register(ANYONE, "anna@example.com", PASSWORD)
    await identity.delete_user(await actor_of(identity, first.access_token), first.user.id)
    second = await identity.register(ANYONE, "anna@example.com", "another password")
    assert second.user.id != first.user.id


async def test_a_deletion_is_in_the_audit_log(node: Node, identity: Identity) -> None:
    anna, _, admin = await three(identity)
    await identity.delete_user(admin, anna.need_user().id)
    async with node.core.db.read() as connection:
        entry = (await connection.execute(sa.select(tables.audit_log))).mappings().one()
    assert (entry["act"], entry["actor_id"]) == ("user.deleted", admin.need_user().id)
    assert entry["subject_id"] == anna.need_user().id
