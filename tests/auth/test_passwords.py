"""host.auth.passwords: argon2id in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from host.auth import passwords as module
from host.auth.passwords import Cost, Passwords
from host.errors import Unavailable

CHEAP = Cost(memory=8, passes=1, lanes=1)


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(CHEAP, threads=2)
    yield made
    made.close()


async def test_only_the_same_password_matches(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse battery staple")
    assert await passwords.verify("correct horse battery staple", stored)
    assert not await passwords.verify("correct horse battery stapl", stored)


@pytest.mark.parametrize("ending", ["x", "\0x", "\0", " "])
async def test_what_stands_after_72_bytes_or_a_nul_counts(
    passwords: Passwords, ending: str
) -> None:
    stored = await passwords.hash("p" * 100)
    assert not await passwords.verify("p" * 100 + ending, stored)


async def test_the_same_password_has_another_hash_each_time(passwords: Passwords) -> None:
    first, second = await passwords.hash("twice the same"), await passwords.hash("twice the same")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=8,t=1,p=1$")


async def test_without_an_account_nothing_matches_and_a_hash_is_computed_all_the_same(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    verify = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda p, h: seen.append(h) or verify(p, h))
    assert not await passwords.verify("anything at all", None)
    assert [h.split("$")[:4] for h in seen] == [["", "argon2id", "v=19", "m=8,t=1,p=1"]]


async def test_a_hash_made_at_another_cost_is_outdated_and_still_valid(
    passwords: Passwords,
) -> None:
    dearer = Passwords(Cost(memory=16, passes=2, lanes=1), threads=1)
    stored = await passwords.hash("kept since last year")
    assert dearer.is_outdated(stored)
    assert not passwords.is_outdated(stored)
    assert await dearer.verify("kept since last year", stored)
    dearer.close()


async def test_a_damaged_hash_opens_nothing(passwords: Passwords) -> None:
    assert not await passwords.verify("whatever it was", "not a hash")


async def test_the_loop_goes_on_while_hashes_are_computed() -> None:
    slow = Passwords(Cost(memory=64 * 1024, passes=3, lanes=1), threads=1)
    hashing = asyncio.create_task(slow.hash("takes its time"))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 20
    slow.close()


async def test_past_the_bound_the_answer_is_503_and_not_a_queue_without_end(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    answers = await asyncio.gather(
        *(passwords.hash(f"password {n}") for n in range(5)), return_exceptions=True
    )
    refused = [a for a in answers if isinstance(a, Unavailable)]
    assert len(refused) == 2
    assert refused[0].headers["Retry-After"] == "5"
    assert await passwords.hash("there is room again")
