"""§1 "Identity": addresses confirmed, lost passwords, signing in by phone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from host.testing.host import Person, TestHost, running_host
from tests.contract.answers import data, deleted, error, fields, listed
from tests.servers.smtp import MailServer, link_of, token_of
from tests.servers.telephones import APP, Telephones, with_texting

PASSWORD = "correct horse battery"
NEW = "a string of lights"
NUMBER = "+447911123456"


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    """A real mail server for all tests here."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def telephones() -> Telephones:
    """Telephones that nothing arrived at yet."""
    return Telephones()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def there(mail: MailServer) -> AsyncIterator[TestHost]:
    """A host that sends letters and text messages."""
    async with running_host(
        entry_points=with_texting(),
        smtp_url=mail.url,
        mail_from="Festoon <hello@festoon.test>",
        text_messages=APP,
    ) as running:
        yield running


async def _register(host: TestHost) -> tuple[Person, str]:
    email = f"{host.host.sources.new_id()}@example.com"
    body = {"email": email, "password": PASSWORD}
    return Person(host.client, await host.nobody.post("/auth/register", body)), email


async def _verify(host: TestHost, token: str) -> Any:
    return await host.nobody.call("POST", "/auth/email/verify", {"token": token})


async def _forget(host: TestHost, mail: MailServer, email: str, which: int = 2) -> str:
    """The token of a letter with a new password; the first letter was for the address."""
    deleted(await host.nobody.call("POST", "/auth/password/forgot", {"email": email}))
    return token_of(await mail.arrived(email, which))


async def _reset(host: TestHost, token: str, password: str = NEW) -> Any:
    body = {"token": token, "password": password}
    return await host.nobody.call("POST", "/auth/password/reset", body)


async def _login(host: TestHost, email: str, password: str) -> Any:
    return await host.nobody.call("POST", "/auth/login", {"email": email, "password": password})


async def test_registering_sends_a_letter_that_confirms_the_address_once(
    there: TestHost, mail: MailServer
) -> None:
    """POST /auth/register | makes an account, sends a verification mail · /auth/email/verify"""
    ann, email = await _register(there)
    letter = await mail.arrived(email)
    assert link_of(letter).startswith("http://testserver/verify?token=")
    account = await there.host.services.account.known(
        await there.host.services.identity.authenticate(ann.token or "")
    )
    assert account.email_verified_at is None
    deleted(await _verify(there, token_of(letter)))
    actor = await there.host.services.identity.authenticate(ann.token or "")
    assert (await there.host.services.account.known(actor)).email_verified_at is not None
    error(await _verify(there, token_of(letter)), 401, "INVALID_TOKEN")


@pytest.mark.parametrize("token", ["", "x", "a.b", "0" * 26 + ".x", "x" * 200, "é.\u202e"])
async def test_a_token_that_no_letter_had_is_invalid(there: TestHost, token: str) -> None:
    """401 | INVALID_TOKEN | /auth/email/verify · /auth/password/reset"""
    error(await _verify(there, token), 401, "INVALID_TOKEN")
    error(await _reset(there, token), 401, "INVALID_TOKEN")


async def test_a_letter_for_one_thing_is_no_good_for_another(
    there: TestHost, mail: MailServer
) -> None:
    """401 | INVALID_TOKEN | /auth/email/verify · /auth/password/reset"""
    _, email = await _register(there)
    to_confirm = token_of(await mail.arrived(email))
    to_reset = await _forget(there, mail, email)
    error(await _reset(there, to_confirm), 401, "INVALID_TOKEN")
    error(await _verify(there, to_reset), 401, "INVALID_TOKEN")
    other = to_reset.partition(".")[2]
    error(await _reset(there, to_confirm.partition(".")[0] + "." + other), 401, "INVALID_TOKEN")


async def test_without_a_token_the_letter_is_sent_again_and_the_one_before_is_void(
    there: TestHost, mail: MailServer
) -> None:
    """POST /auth/email/verify | without a token: for the signed-in user, once more"""
    ann, email = await _register(there)
    first = token_of(await mail.arrived(email))
    deleted(await ann.call("POST", "/auth/email/verify"))
    second = token_of(await mail.arrived(email, 2))
    error(await _verify(there, first), 401, "INVALID_TOKEN")
    deleted(await _verify(there, second))
    error(await ann.call("POST", "/auth/email/verify"), 409, "CONFLICT")
    error(await there.nobody.call("POST", "/auth/email/verify"), 401, "UNAUTHORIZED")
    guest = await there.guest("Bob")
    error(await guest.call("POST", "/auth/email/verify"), 409, "CONFLICT")


async def test_a_lost_password_is_answered_alike_whether_the_address_has_an_account_or_not(
    there: TestHost, mail: MailServer
) -> None:
    """POST /auth/password/forgot | anyone"""
    _, email = await _register(there)
    answers = [
        await there.nobody.call("POST", "/auth/password/forgot", {"email": one})
        for one in (email, "nobody@example.com")
    ]
    assert answers[0].content == answers[1].content
    assert answers[0].status_code == answers[1].status_code == 200
    await mail.arrived(email, 2)
    assert mail.to("nobody@example.com") == []
    for body in ({"email": "no address"}, {}):
        answer = await there.nobody.call("POST", "/auth/password/forgot", body)
        assert set(fields(answer)) == {"email"}


async def test_a_new_password_ends_every_session_and_confirms_the_address(
    there: TestHost, mail: MailServer
) -> None:
    """POST /auth/password/reset | anyone; 401 | UNAUTHORIZED | no/expired/revoked token"""
    ann, email = await _register(there)
    token = await _forget(there, mail, email)
    deleted(await _reset(there, token))
    error(await ann.call("GET", "/auth/me"), 401, "UNAUTHORIZED")
    body = {"refreshToken": ann.refresh_token}
    error(await there.nobody.call("POST", "/auth/refresh", body), 401, "INVALID_TOKEN")
    error(await _login(there, email, PASSWORD), 401, "INVALID_CREDENTIALS")
    again = Person(there.client, data(await _login(there, email, NEW)))
    error(await again.call("POST", "/auth/email/verify"), 409, "CONFLICT")
    error(await _reset(there, token), 401, "INVALID_TOKEN")


async def test_a_password_that_will_not_do_leaves_the_link_as_it_was(
    there: TestHost, mail: MailServer
) -> None:
    """422 | VALIDATION_ERROR; `details.fields`"""
    _, email = await _register(there)
    token = await _forget(there, mail, email)
    assert set(fields(await _reset(there, token, "short"))) == {"password"}
    deleted(await _reset(there, token))


async def test_a_code_by_text_message_signs_in_as_login_does(
    there: TestHost, telephones: Telephones
) -> None:
    """POST /auth/phone/start `{phone}` · POST /auth/phone/verify `{phone, code}` | as login"""
    body = {"phone": "00 44 7911 123456"}
    started = data(await there.nobody.call("POST", "/auth/phone/start", body))
    assert started.keys() == {"expiresIn", "resendIn"}
    assert started["expiresIn"] == 600
    code = await telephones.code(NUMBER)
    answer = {"phone": NUMBER, "code": f"{code[:3]} {code[3:]}", "name": "Ann"}
    made = data(await there.nobody.call("POST", "/auth/phone/verify", answer))
    assert made.keys() == {"accessToken", "refreshToken", "expiresIn", "user"}
    assert (made["user"]["email"], made["user"]["name"]) == (None, "Ann")
    error(await there.nobody.call("POST", "/auth/phone/verify", answer), 401, "INVALID_CREDENTIALS")
    data(await there.nobody.call("POST", "/auth/phone/start", body))
    answer = {"phone": NUMBER, "code": await telephones.code(NUMBER, 2), "name": "Zoe"}
    again = data(await there.nobody.call("POST", "/auth/phone/verify", answer))
    assert again["user"] == made["user"], "the same number is the same account"


async def test_a_guest_keeps_the_account_by_a_phone_number(
    there: TestHost, telephones: Telephones
) -> None:
    """guests | a guest claims the account with the guest's own bearer token"""
    guest = await there.guest("Ann")
    room = await there.room(guest)
    number = "+79161234567"
    data(await guest.call("POST", "/auth/phone/start", {"phone": number}))
    body = {"phone": number, "code": await telephones.code(number)}
    again = Person(there.client, data(await guest.call("POST", "/auth/phone/verify", body)))
    assert (again.id, again.name) == (guest.id, "Ann")
    assert (await again.get(f"/rooms/{room['id']}"))["createdBy"] == guest.id
    error(await guest.call("GET", "/auth/me"), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("phone", ["", "7911123456", "+44", "+44 911", "+7" * 20, "ring me", "+٣"])
async def test_what_is_no_number_is_refused(there: TestHost, phone: str) -> None:
    """422 | VALIDATION_ERROR; `details.fields`"""
    for call, more in (("start", {}), ("verify", {"code": "123456"})):
        answer = await there.nobody.call("POST", f"/auth/phone/{call}", {"phone": phone, **more})
        assert set(fields(answer)) == {"phone"}


async def test_phone_is_listed_where_text_messages_are_delivered(
    there: TestHost, host: TestHost
) -> None:
    """GET /auth/providers | anyone | the sign-in methods this host has on"""
    for running, listing in ((there, True), (host, False)):
        rows, _ = listed(await running.nobody.call("GET", "/auth/providers"))
        assert ("phone" in {row["id"] for row in rows}) is listing


@pytest.mark.parametrize(
    "call",
    ["phone/start", "phone/verify", "password/forgot", "password/reset", "email/verify"],
)
async def test_a_host_that_sends_nothing_says_so(host: TestHost, call: str) -> None:
    """503 | UNAVAILABLE"""
    error(await host.nobody.call("POST", f"/auth/{call}", {}), 503, "UNAVAILABLE")
