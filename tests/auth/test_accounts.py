"""Accounts: who opens which, who may have which address, and how guests become owners."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from host.access import ANYONE, Actor
from host.auth.passwords import Cost
from host.errors import (
    Conflict,
    Forbidden,
    InvalidCredentials,
    RateLimited,
    Unauthorized,
    ValidationFailed,
)
from host.services.identity import Identity
from host.services.methods import methods_of
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
    assert [method.id for method in methods_of(node.core.config)] == ["password"]


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
