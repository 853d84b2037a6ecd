"""Letters arrive whatever happens in between, once, to whom they are for; their links hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from host.access import ANYONE, Actor
from host.errors import FestoonError, InvalidToken, RateLimited, Unauthorized
from host.ids import Sources
from host.services.jobs import TRIES
from host.services.post import Letter
from host.services.sessions import SignedIn
from host.store import tables
from host.store.engine import Database
from host.store.jobs import Job, ParkedJob
from host.testing.host import TestHost, running_host
from tests.auth.conftest import Clock
from tests.auth.tries import jobs_left, none_left, tried_in_vain, trying, turn_and_wake
from tests.conftest import FestoonFactory
from tests.servers.smtp import MailServer, link_of, text_of, token_of

PASSWORD, NEW = "correct horse battery", "a string of lights"
ANN = "ann@example.com"
SENDER = "Festoon <hello@festoon.test>"
SECONDS = 30.0

Start = Callable[..., Any]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start(clock: Clock, smtp: MailServer) -> AsyncIterator[Start]:
    """`await start(url)`: a host on this database, with the clock that the test turns."""
    sources = Sources(now=lambda: clock.moment, monotonic=lambda: clock.seconds)
    async with AsyncExitStack() as opened:

        async def make(url: str, **values: Any) -> TestHost:
            running = running_host(
                database_url=url,
                entry_points=[],
                sources=sources,
                **{"smtp_url": smtp.url, "mail_from": SENDER, **values},
            )
            return await opened.enter_async_context(running)

        yield make


@pytest.fixture
async def host(start: Start, sqlite_url: str) -> TestHost:
    made: TestHost = await start(sqlite_url)
    return made


async def register(host: TestHost, email: str = ANN) -> SignedIn:
    return await host.host.services.identity.register(ANYONE, email, PASSWORD)


async def lost(host: TestHost, smtp: MailServer, which: int = 2) -> str:
    """The token of a letter for a new password, after the one for the address."""
    # Two letters under way at once may arrive in any order.
    if which > 1:
        await smtp.arrived(ANN, which - 1)
    await host.host.services.recovery.forgot(ANYONE, ANN)
    return token_of(await smtp.arrived(ANN, which))


async def parked(host: TestHost, clock: Clock) -> ParkedJob:
    """The job that was given up; until then time goes by between the tries."""
    return (await trying(host, clock, host.host.core.jobs.parked))[0]


@asynccontextmanager
async def statements(host: TestHost) -> AsyncIterator[list[str]]:
    """What the database is told meanwhile."""
    told: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        told.append(statement)

    engine = host.host.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_letter_is_text_and_html_from_the_host_and_says_nobodys_name(
    host: TestHost, smtp: MailServer
) -> None:
    name = "See http://evil.example now"
    await host.host.services.identity.register(ANYONE, ANN, PASSWORD, name)
    letter = await smtp.arrived(ANN)
    assert str(letter["From"]) == SENDER
    assert (letter["To"], letter["Auto-Submitted"]) == (ANN, "auto-generated")
    assert str(letter["Message-ID"]).endswith("@festoon.test>")
    link = link_of(letter)
    html = text_of(letter, "html")
    assert link in html
    assert "prefers-color-scheme: dark" in html
    assert "evil.example" not in letter.as_string() + html


@pytest.mark.parametrize(
    "address",
    ["ann@example.com\nBcc: all@example.com", "ann@example.com\r\n\r\nHello", "a\0b@example.com"],
)
async def test_an_address_that_would_write_headers_is_no_address(
    host: TestHost, smtp: MailServer, address: str
) -> None:
    call = host.nobody.call
    for path, body in (
        ("/auth/register", {"email": address, "password": PASSWORD}),
        ("/auth/password/forgot", {"email": address}),
    ):
        assert (await call("POST", path, body)).status_code == 422
    assert await jobs_left(host) == []
    # And past every check at the border, the transport refuses it.
    letter = Letter("Hello\nBcc: all@example.com", "", (), "", "https://x.example", "")
    with pytest.raises(ValueError, match="may not contain linefeed"):
        await host.host.services.letters.post.send(letter, ANN, "1")
    assert smtp.messages == []


async def test_mail_to_an_international_domain_goes_by_its_ascii_name(
    host: TestHost, smtp: MailServer
) -> None:
    await register(host, "ann@bücher.example")
    await smtp.arrived("ann@xn--bcher-kva.example")


async def test_neither_the_table_of_codes_nor_a_job_holds_what_a_link_needs(
    host: TestHost, smtp: MailServer, clock: Clock
) -> None:
    smtp.stop()
    await register(host)
    await host.host.services.recovery.forgot(ANYONE, ANN)
    async with host.host.db.read() as connection:
        kept = [
            str(row)
            for table in (tables.codes, tables.jobs)
            for row in (await connection.execute(sa.select(table))).all()
        ]
    await tried_in_vain(host)
    smtp.start()
    turn_and_wake(host, clock)
    await smtp.arrived(ANN, 2)
    secrets = [token_of(mail).partition(".")[2] for mail in smtp.to(ANN)]
    assert len(kept) >= 3
    assert not any(secret in row for secret in secrets for row in kept)
    await none_left(host)


async def test_a_mail_server_that_is_down_for_a_while_loses_nothing(
    host: TestHost, smtp: MailServer, clock: Clock
) -> None:
    smtp.stop()
    signed = await register(host)
    await tried_in_vain(host)
    smtp.start()
    turn_and_wake(host, clock)
    letter = await smtp.arrived(ANN)
    assert await host.host.services.confirmation.confirm(token_of(letter)) == signed.user.email
    await none_left(host)
    assert len(smtp.to(ANN)) == 1


async def test_an_address_that_the_server_refuses_is_parked_at_once_with_its_words(
    host: TestHost, smtp: MailServer, clock: Clock
) -> None:
    smtp.refuses.add(ANN)
    await register(host)
    job = await parked(host, clock)
    assert (job.kind, job.attempts) == ("letter.confirm", 1)
    assert "550" in job.reason
    assert "nobody of that name here" in job.reason
    smtp.refuses.clear()
    await host.host.core.jobs.put_back(job.id)
    await smtp.arrived(ANN)


async def test_after_the_last_try_the_letter_is_parked_and_may_be_sent_by_hand(
    host: TestHost, smtp: MailServer, clock: Clock
) -> None:
    smtp.stop()
    await register(host)
    job = await parked(host, clock)
    assert job.attempts == TRIES
    assert "SMTPConnect" in job.reason
    assert "@" not in str(job.payload), "what is parked names no address"
    smtp.start()
    await host.host.core.jobs.put_back(job.id)
    await smtp.arrived(ANN)


async def test_a_host_that_is_killed_between_the_commit_and_the_letter_sends_it_later(
    festoon_process: FestoonFactory, smtp: MailServer, postgresql_url: str
) -> None:
    process = festoon_process(
        DATABASE_URL=postgresql_url, SMTP_URL=smtp.url, MAIL_FROM="hello@festoon.test"
    )
    smtp.stalls.set()
    async with httpx.AsyncClient(base_url=f"{process.url}/api/v1", timeout=30) as client:
        body = {"email": ANN, "password": PASSWORD}
        assert (await client.post("/auth/register", json=body)).status_code == 201
        assert await asyncio.to_thread(smtp.stalled.wait, SECONDS)
        process.kill()
        smtp.stalls.clear()
        db = Database(postgresql_url)
        async with db.write() as connection:
            # As if the dead process's claim had run out meanwhile.
            await connection.execute(sa.update(tables.jobs).values(claimed_until=None))
        process.start()
        token = token_of(await smtp.arrived(ANN))
        answer = await client.post("/auth/email/verify", json={"token": token})
        assert answer.json() == {"data": {"success": True}}
        await db.close()
    assert len(smtp.to(ANN)) == 1


async def test_a_letter_that_is_sent_twice_is_the_same_letter(
    host: TestHost, smtp: MailServer, clock: Clock
) -> None:
    await register(host)
    await smtp.arrived(ANN)
    job = Job("01jobs", "letter.reset", {"email": ANN}, 1, clock.moment, clock.moment)
    for _ in range(2):
        await host.host.services.letters._reset(job)
    one, other = smtp.to(ANN)[1:]
    assert one["Message-ID"] == other["Message-ID"]
    assert link_of(one) == link_of(other)


async def test_links_are_over_when_their_time_is(
    host: TestHost, smtp: MailServer, clock: Clock
) -> None:
    await register(host)
    to_confirm = token_of(await smtp.arrived(ANN))
    services = host.host.services
    to_reset = await lost(host, smtp)
    clock.turn(timedelta(minutes=59))
    assert await services.recovery.address_of(to_reset) == ANN
    clock.turn(timedelta(minutes=1))
    assert await services.recovery.address_of(to_reset) is None
    with pytest.raises(InvalidToken):
        await services.recovery.reset(ANYONE, to_reset, NEW)
    clock.turn(timedelta(days=2, hours=22))
    assert await services.confirmation.address_of(to_confirm) == ANN
    clock.turn(timedelta(hours=1))
    with pytest.raises(InvalidToken):
        await services.confirmation.confirm(to_confirm)


async def test_a_letter_whose_link_would_be_over_is_not_sent(
    host: TestHost, smtp: MailServer, clock: Clock
) -> None:
    smtp.stop()
    await register(host)
    await tried_in_vain(host)
    smtp.start()
    turn_and_wake(host, clock, timedelta(days=4))
    await none_left(host)
    assert smtp.messages == []


async def test_of_two_who_use_a_link_at_once_one_gets_through(
    start: Start, database_url: str, smtp: MailServer
) -> None:
    one, other = await start(database_url), await start(database_url)
    await register(one)
    to_reset = await lost(one, smtp)
    passwords = [f"{NEW} {number}" for number in range(6)]
    outcomes = await asyncio.gather(
        *(
            host.host.services.recovery.reset(ANYONE, to_reset, password)
            for host, password in zip([one, other] * 3, passwords, strict=True)
        ),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(InvalidToken) == 5
    chosen = passwords[outcomes.index(None)]
    await other.host.services.identity.login(ANYONE, ANN, chosen)


async def test_a_new_password_ends_the_sessions_of_every_process(
    start: Start, postgresql_url: str, smtp: MailServer, clock: Clock
) -> None:
    one, other = await start(postgresql_url), await start(postgresql_url)
    signed = await register(one)
    to_reset = await lost(one, smtp)
    assert (await other.host.services.identity.authenticate(signed.access_token)).user
    await one.host.services.recovery.reset(ANYONE, to_reset, NEW)
    clock.turn(timedelta(seconds=1))
    for host in (one, other):
        with pytest.raises(Unauthorized):
            await host.host.services.identity.authenticate(signed.access_token)


async def test_reporting_a_lost_password_does_the_same_work_whether_there_is_an_account(
    host: TestHost, smtp: MailServer
) -> None:
    await register(host)
    await smtp.arrived(ANN)
    await none_left(host)
    # What follows the commit is not part of the answer.
    await host.host.core.jobs.stop()
    told = []
    for address in (ANN, "nobody@example.com"):
        async with statements(host) as now:
            await host.host.services.recovery.forgot(ANYONE, address)
        told.append(list(now))
    assert told[0] == told[1] != []


async def test_one_address_gets_one_letter_a_minute_and_five_an_hour(
    start: Start, sqlite_url: str, smtp: MailServer, clock: Clock
) -> None:
    host = await start(sqlite_url, limits="on")
    signed = await register(host)
    for number in range(2, 12):
        for _ in range(2):
            await host.host.services.recovery.forgot(Actor(address=f"192.0.2.{number}"), ANN)
        await none_left(host)
        clock.turn(timedelta(seconds=61))
    assert len([m for m in smtp.to(ANN) if "password" in str(m["Subject"])]) == 5

    actor = await host.host.services.identity.authenticate(signed.access_token)
    for _ in range(4):
        await host.host.services.confirmation.again(actor)
        clock.turn(timedelta(seconds=61))
    with pytest.raises(RateLimited) as refused:
        await host.host.services.confirmation.again(actor)
    assert 2000 < int(refused.value.headers["Retry-After"]) < 3600


async def test_one_network_address_cannot_report_lost_passwords_without_end(
    start: Start, sqlite_url: str
) -> None:
    host = await start(sqlite_url, limits="letters_at_once=3")
    recovery = host.host.services.recovery
    for number in range(3):
        await recovery.forgot(Actor(address="192.0.2.1"), f"{number}@example.com")
    with pytest.raises(RateLimited):
        await recovery.forgot(Actor(address="192.0.2.1"), "more@example.com")
    await recovery.forgot(Actor(address="192.0.2.2"), "more@example.com")


async def test_a_host_without_mail_takes_registrations_and_keeps_no_letter(
    start: Start, sqlite_url: str, smtp: MailServer
) -> None:
    host = await start(sqlite_url, smtp_url="", mail_from="")
    signed = await register(host)
    actor = await host.host.services.identity.authenticate(signed.access_token)
    assert not await host.host.services.confirmation.wanted(actor)
    with pytest.raises(FestoonError, match="not set up to send mail"):
        await host.host.services.recovery.forgot(ANYONE, ANN)
    assert await jobs_left(host) == []
