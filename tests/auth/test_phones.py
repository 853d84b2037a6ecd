"""Codes by text message: counted for all processes, told to nobody, worth nothing to a guesser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from host.access import ANYONE, Actor
from host.auth.phone import clean_phone, shown_phone
from host.errors import (
    Conflict,
    Forbidden,
    InvalidCredentials,
    RateLimited,
    Unavailable,
    ValidationFailed,
)
from host.ids import Sources
from host.services.phones import Phones
from host.services.sessions import SignedIn
from host.store import tables
from host.testing.host import TestHost, running_host
from tests.auth.conftest import Clock
from tests.auth.tries import trying
from tests.servers.smtp import MailServer, token_of
from tests.servers.telephones import APP, Telephones, with_texting

NUMBER = "+447911123456"
PASSWORD = "correct horse battery"
Start = Callable[..., Any]


@pytest.fixture
def telephones() -> Telephones:
    return Telephones()


@pytest.fixture
async def start(clock: Clock, telephones: Telephones) -> AsyncIterator[Start]:
    """`await start(url)`: a host on this database, with the clock that the test turns."""
    sources = Sources(now=lambda: clock.moment, monotonic=lambda: clock.seconds)
    apps = [one for one in with_texting() if one.name in ("platform", APP)]
    async with AsyncExitStack() as opened:

        async def make(url: str, **values: Any) -> TestHost:
            running = running_host(
                database_url=url,
                entry_points=apps,
                sources=sources,
                **{"text_messages": APP, **values},
            )
            return await opened.enter_async_context(running)

        yield make


@pytest.fixture
async def host(start: Start, sqlite_url: str) -> TestHost:
    made: TestHost = await start(sqlite_url)
    return made


def phones(host: TestHost) -> Phones:
    return host.host.services.phones


async def sign_in(host: TestHost, telephones: Telephones, actor: Actor = ANYONE) -> SignedIn:
    which = len(telephones.at(NUMBER)) + 1
    await phones(host).start(actor, NUMBER)
    return await phones(host).verify(actor, NUMBER, await telephones.code(NUMBER, which))


async def actor_of(host: TestHost, signed: SignedIn) -> Actor:
    return await host.host.services.identity.authenticate(signed.access_token)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" +44 (0)7911 123456 ", NUMBER),
        ("0044 7911-123-456", NUMBER),
        ("+7 (916) 123-45-67", "+79161234567"),
        ("+٤٤ 7911 123456", NUMBER),
    ],
)
def test_a_number_is_kept_in_one_form_however_it_was_typed(typed: str, kept: str) -> None:
    assert clean_phone(typed) == kept
    assert clean_phone(shown_phone(kept)) == kept


async def test_a_message_says_what_it_is_for_and_lets_the_phone_type_it(
    host: TestHost, telephones: Telephones
) -> None:
    await phones(host).start(ANYONE, NUMBER)
    code = await telephones.code(NUMBER)
    sent = telephones.at(NUMBER)[0]
    assert (sent.kind, sent.data["channel"]) == ("sign-in:code", "sms")
    assert sent.body.startswith(f"{code} is your code for Festoon")
    assert sent.body.splitlines()[-1] == f"@testserver #{code}"


async def test_neither_the_table_of_codes_nor_a_job_holds_the_digits(
    host: TestHost, telephones: Telephones, clock: Clock
) -> None:
    telephones.lines_down(1)
    await phones(host).start(ANYONE, NUMBER)
    async with host.host.db.read() as connection:
        kept = [
            str(row)
            for table in (tables.codes, tables.jobs)
            for row in (await connection.execute(sa.select(table))).all()
        ]
    assert len(kept) == 2
    code = await at_last(host, telephones, clock)
    assert not any(f"'{code}'" in row or f" {code} " in row for row in kept)


async def at_last(host: TestHost, telephones: Telephones, clock: Clock) -> str:
    """The code of a message that was tried more than once."""

    async def arrived() -> bool:
        return bool(telephones.at(NUMBER))

    await trying(host, clock, arrived)
    return await telephones.code(NUMBER)


async def test_guesses_are_counted_for_all_processes_and_five_are_all_there_are(
    start: Start, database_url: str, telephones: Telephones
) -> None:
    one, other = await start(database_url), await start(database_url)
    await phones(one).start(ANYONE, NUMBER)
    right = await telephones.code(NUMBER)
    wrong = [f"{number:06}" for number in range(40) if f"{number:06}" != right]
    guesses = await asyncio.gather(
        *(
            phones(host).verify(ANYONE, NUMBER, guess)
            for host, guess in zip([one, other] * 20, wrong[:38], strict=False)
        ),
        return_exceptions=True,
    )
    assert {type(guess) for guess in guesses} == {InvalidCredentials}
    with pytest.raises(InvalidCredentials):
        await phones(other).verify(ANYONE, NUMBER, right)
    async with one.host.db.read() as connection:
        attempts = (await connection.execute(sa.select(tables.codes.c.attempts))).scalar_one()
    assert attempts == 5


async def test_the_fifth_guess_may_still_be_right(host: TestHost, telephones: Telephones) -> None:
    await phones(host).start(ANYONE, NUMBER)
    right = await telephones.code(NUMBER)
    for number in range(4):
        with pytest.raises(InvalidCredentials):
            await phones(host).verify(ANYONE, NUMBER, f"{(int(right) + number + 1) % 10**6:06}")
    assert (await phones(host).verify(ANYONE, NUMBER, right)).user.name == "Guest"


async def test_a_code_signs_in_once_even_where_it_comes_twice_at_once(
    start: Start, database_url: str, telephones: Telephones
) -> None:
    one, other = await start(database_url), await start(database_url)
    await phones(one).start(ANYONE, NUMBER)
    code = await telephones.code(NUMBER)
    outcomes = await asyncio.gather(
        *(phones(host).verify(ANYONE, NUMBER, code) for host in (one, other, one, other)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        *["InvalidCredentials"] * 3,
        "SignedIn",
    ]
    async with one.host.db.read() as connection:
        found = await connection.execute(sa.select(tables.identities))
        rows = [(row.provider, row.subject) for row in found]
    assert rows == [("phone", NUMBER)]


async def test_a_code_is_over_after_ten_minutes_and_when_another_was_sent(
    host: TestHost, telephones: Telephones, clock: Clock
) -> None:
    await phones(host).start(ANYONE, NUMBER)
    first = await telephones.code(NUMBER)
    clock.turn(timedelta(minutes=5))
    await phones(host).start(ANYONE, NUMBER)
    second = await telephones.code(NUMBER, 2)
    if first != second:
        with pytest.raises(InvalidCredentials):
            await phones(host).verify(ANYONE, NUMBER, first)
    clock.turn(timedelta(minutes=10))
    with pytest.raises(InvalidCredentials):
        await phones(host).verify(ANYONE, NUMBER, second)


async def test_one_number_gets_one_code_a_minute_and_five_an_hour_from_all_processes(
    start: Start, postgresql_url: str, telephones: Telephones, clock: Clock
) -> None:
    hosts = [await start(postgresql_url, limits="on") for _ in range(2)]
    sent = 0
    for minute in range(8):
        outcomes = await asyncio.gather(
            *(
                phones(host).start(Actor(address=f"192.0.2.{minute}{n}"), NUMBER)
                for n, host in enumerate(hosts * 3)
            ),
            return_exceptions=True,
        )
        refused = [one for one in outcomes if isinstance(one, RateLimited)]
        assert len(refused) in (5, 6)
        sent += 6 - len(refused)
        clock.turn(timedelta(seconds=61))
    assert sent == 5
    clock.turn(timedelta(hours=1))
    await phones(hosts[0]).start(ANYONE, NUMBER)


@pytest.mark.parametrize(
    "addresses",
    [["192.0.2.7"] * 4, ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::", "::"]],
)
async def test_one_network_cannot_have_messages_sent_without_end(
    start: Start, sqlite_url: str, telephones: Telephones, addresses: list[str]
) -> None:
    host = await start(sqlite_url, limits="codes_per_network=3")
    for number, address in enumerate(addresses[:3]):
        await phones(host).start(Actor(address=address), f"+4479111234{number:02}")
    with pytest.raises(RateLimited) as refused:
        await phones(host).start(Actor(address=addresses[0]), "+447911123499")
    assert int(refused.value.headers["Retry-After"]) > 3500
    await phones(host).start(Actor(address="198.51.100.1"), "+447911123499")


async def test_a_line_that_is_down_for_a_moment_loses_no_code(
    host: TestHost, telephones: Telephones, clock: Clock
) -> None:
    telephones.lines_down(2)
    await phones(host).start(ANYONE, NUMBER)
    await phones(host).verify(ANYONE, NUMBER, await at_last(host, telephones, clock))


async def test_a_guest_whose_number_has_an_account_is_signed_in_to_that(
    host: TestHost, telephones: Telephones, clock: Clock
) -> None:
    first = await sign_in(host, telephones)
    clock.turn(timedelta(minutes=2))
    guest = await host.host.services.identity.guest(ANYONE, "Bob")
    again = await sign_in(host, telephones, await actor_of(host, guest))
    assert again.user.id == first.user.id != guest.user.id
    assert (await actor_of(host, guest)).is_guest, "the guest goes on as they were"


async def test_an_account_gets_a_number_as_one_more_way_in_once_its_address_is_confirmed(
    start: Start, sqlite_url: str, telephones: Telephones, smtp: MailServer, clock: Clock
) -> None:
    host = await start(sqlite_url, smtp_url=smtp.url, mail_from="hello@festoon.test")
    signed = await host.host.services.identity.register(ANYONE, "ann@example.com", PASSWORD)
    actor = await actor_of(host, signed)
    with pytest.raises(Conflict, match="Confirm your e-mail address first"):
        await sign_in(host, telephones, actor)
    letter = await smtp.arrived("ann@example.com")
    await host.host.services.confirmation.confirm(token_of(letter))
    clock.turn(timedelta(minutes=2))
    assert (await sign_in(host, telephones, actor)).user.id == signed.user.id
    clock.turn(timedelta(minutes=2))
    assert (await sign_in(host, telephones)).user.id == signed.user.id


async def test_an_account_that_is_switched_off_is_not_let_in_by_phone(
    host: TestHost, telephones: Telephones, clock: Clock
) -> None:
    signed = await sign_in(host, telephones)
    async with host.host.db.write() as connection:
        await connection.execute(
            sa.update(tables.users)
            .where(tables.users.c.id == signed.user.id)
            .values(disabled_at=clock.moment)
        )
    clock.turn(timedelta(minutes=2))
    with pytest.raises(Forbidden):
        await sign_in(host, telephones)


async def test_a_name_that_will_not_do_costs_no_guess(
    host: TestHost, telephones: Telephones
) -> None:
    await phones(host).start(ANYONE, NUMBER)
    code = await telephones.code(NUMBER)
    for _ in range(6):
        with pytest.raises(ValidationFailed):
            await phones(host).verify(ANYONE, NUMBER, code, "\u202e")
    assert (await phones(host).verify(ANYONE, NUMBER, code, "Ann")).user.name == "Ann"


@pytest.mark.parametrize(
    "values",
    [
        {"text_messages": None},
        {"text_messages": "platform"},
        {"text_messages": "nobody-here"},
        {"sign_in": ("password", "guest")},
    ],
)
async def test_where_no_application_delivers_text_messages_phone_is_off(
    start: Start, sqlite_url: str, values: dict[str, Any]
) -> None:
    host = await start(sqlite_url, **values)
    assert not phones(host).on
    with pytest.raises(Unavailable):
        await phones(host).start(ANYONE, NUMBER)
    with pytest.raises(Unavailable):
        await phones(host).verify(ANYONE, NUMBER, "123456")
