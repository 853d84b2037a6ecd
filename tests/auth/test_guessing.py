"""host.services.guessing: whoever guesses waits, on every process; whoever knows does not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from host.access import ANYONE, Actor
from host.errors import FestoonError, InvalidCredentials, RateLimited
from host.services.identity import Identity
from host.services.slowing import SWEEP_SECONDS
from host.store.tables import tries
from tests.auth.conftest import Clock, Nodes

PASSWORD = "correct horse battery"
GUESSER, OWNER = Actor(address="192.0.2.1"), Actor(address="192.0.2.2")
ANNA = "anna@example.com"


async def _guess(identity: Identity, email: str, by: Actor = GUESSER) -> type[FestoonError]:
    try:
        await identity.login(by, email, "is it this?")
    except FestoonError as refusal:
        return type(refusal)
    raise AssertionError("the guess was right")


async def test_processes_count_tries_together_also_those_made_at_once(nodes: Nodes) -> None:
    first, second = await nodes.start(), await nodes.start()
    await first.identity.register(ANYONE, ANNA, PASSWORD)
    guesses = [_guess(node.identity, ANNA) for _ in range(15) for node in (first, second)]
    said = await asyncio.gather(*guesses)
    assert said.count(InvalidCredentials) == 10
    assert said.count(RateLimited) == 20
    await second.identity.login(OWNER, ANNA, PASSWORD)


async def test_one_password_tried_on_everybody_is_slowed_for_its_network(
    nodes: Nodes, clock: Clock
) -> None:
    node, other = [await nodes.start(limits="wrong_per_network=5") for _ in range(2)]
    for email in (ANNA, "boris@example.com"):
        await node.identity.register(ANYONE, email, PASSWORD)
    await node.identity.login(GUESSER, ANNA, PASSWORD)
    said = [await _guess(node.identity, f"person{n}@example.com") for n in range(3)]
    said += [await _guess(other.identity, f"person{n}@example.com") for n in range(3, 8)]
    assert said == [InvalidCredentials] * 5 + [RateLimited] * 3
    with pytest.raises(RateLimited) as refused:
        await node.identity.login(GUESSER, "boris@example.com", PASSWORD)
    assert refused.value.headers["Retry-After"] == "2"
    # Nobody else waits: who is known there, who is elsewhere, who comes without a password.
    await node.identity.login(GUESSER, ANNA, PASSWORD)
    await node.identity.login(OWNER, "boris@example.com", PASSWORD)
    await node.identity.guest(GUESSER, "Gerda")
    clock.turn(timedelta(seconds=2))
    await node.identity.login(GUESSER, "boris@example.com", PASSWORD)


async def test_whoever_is_known_somewhere_has_no_more_tries_for_it(nodes: Nodes) -> None:
    node = await nodes.start(limits="wrong_per_network=1")
    await node.identity.register(ANYONE, ANNA, PASSWORD)
    await node.identity.login(GUESSER, ANNA, PASSWORD)
    said = [await _guess(node.identity, ANNA) for _ in range(12)]
    assert said == [InvalidCredentials] * 10 + [RateLimited] * 2


async def test_a_hall_that_signs_in_by_passwords_does_not_count(nodes: Nodes) -> None:
    node = await nodes.start(limits="wrong_per_network=2")
    people = [f"person{n}@example.com" for n in range(12)]
    for email in people:
        await node.identity.register(ANYONE, email, PASSWORD)
    for email in people:
        await node.identity.login(GUESSER, email, PASSWORD)


async def test_a_subscriber_of_ipv6_is_one_network(nodes: Nodes) -> None:
    node = await nodes.start(limits="sign_in_tries=3")
    by = [Actor(address=f"2001:db8:0:1::{n:x}") for n in range(1, 6)]
    said = [await _guess(node.identity, ANNA, actor) for actor in by]
    assert said == [InvalidCredentials] * 3 + [RateLimited] * 2
    neighbour = Actor(address="2001:db8:0:2::1")
    assert await _guess(node.identity, ANNA, neighbour) is InvalidCredentials


async def test_nothing_is_kept_longer_than_it_counts_and_nobody_is_named(
    nodes: Nodes, clock: Clock
) -> None:
    node = await nodes.start()
    for n in range(3):
        await _guess(node.identity, f"person{n}@example.com")

    async def keys() -> set[str]:
        async with node.core.db.read() as connection:
            return set((await connection.execute(sa.select(tries.c.key))).scalars())

    before = await keys()
    assert len(before) == 4
    assert all(len(key) == 64 for key in before)
    clock.turn(timedelta(seconds=SWEEP_SECONDS + 1))
    await _guess(node.identity, ANNA)
    assert len(await keys() - before) == 1
    assert len(await keys()) == 2
