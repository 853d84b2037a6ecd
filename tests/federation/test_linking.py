"""Whose account a provider opens: linked only where both sides of the address were verified."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from host.store.tables import audit_log, identities, users
from host.testing.host import PASSWORD, Person, TestHost
from tests.contract.answers import deleted, error
from tests.federation.conftest import (
    Traveller,
    agreed,
    fragment,
    sent_away,
    signed_in,
    through,
)
from tests.servers.providers import Providers

ANN = {"id": "ann", "email": "ann@example.com", "email_verified": True, "name": "Ann"}


async def account(house: TestHost, email: str = "ann@example.com", *, verified: bool) -> Person:
    """Somebody with a password, whose address was verified or was not."""
    made = await house.nobody.post("/auth/register", {"email": email, "password": PASSWORD})
    if verified:
        now = datetime.now(UTC)
        change = sa.update(users).where(users.c.email == email).values(email_verified_at=now)
        async with house.host.db.write() as connection:
            await connection.execute(change)
    return Person(house.client, made)


async def everybody(house: TestHost) -> list[Any]:
    async with house.host.db.read() as connection:
        found = await connection.execute(sa.select(users).order_by(users.c.id))
        return list(found.all())


async def ways(house: TestHost) -> int:
    async with house.host.db.read() as connection:
        count = sa.select(sa.func.count()).select_from(identities)
        return int((await connection.execute(count)).scalar_one())


async def test_the_same_person_is_the_same_account(house: TestHost, providers: Providers) -> None:
    providers.person = ANN
    first = await signed_in(house, await through(house))
    # Who they are is the subject: an address may change hands.
    providers.person = {**ANN, "email": "other@example.com", "name": "Other"}
    again = await signed_in(house, await through(house))
    assert first.id == again.id
    assert len(await everybody(house)) == 1
    me = await again.get("/auth/me")
    assert (me["email"], me["name"]) == ("ann@example.com", "Ann")


async def test_two_providers_of_one_verified_address_are_one_account(
    house: TestHost, providers: Providers
) -> None:
    known = await account(house, verified=True)
    providers.person = ANN
    person = await signed_in(house, await through(house))
    assert person.id == known.id
    async with house.host.db.read() as connection:
        acts = (await connection.execute(sa.select(audit_log.c.act))).scalars().all()
    assert "user:identity_added" in acts


async def test_an_address_the_provider_did_not_verify_opens_no_account(
    here: TestHost, providers: Providers
) -> None:
    await account(here, verified=True)
    for claim in ({"email_verified": False}, {"email_verified": "false"}, {}):
        providers.person = {"id": "mallory", "email": "ann@example.com", **claim}
        found = error(await through(here), 409, "CONFLICT")
        assert found["details"]["reason"] == "ADDRESS_UNVERIFIED"
        assert "sign in the way you did so far" in found["message"]
    assert await ways(here) == 0


async def test_an_account_whose_address_nobody_confirmed_is_not_opened(
    here: TestHost, providers: Providers
) -> None:
    """Mallory registered with Ann's address and waits for Ann to come by a provider."""
    await account(here, verified=False)
    providers.person = ANN
    found = error(await through(here), 409, "CONFLICT")
    assert found["details"]["reason"] == "ADDRESS_UNCONFIRMED"
    assert await ways(here) == 0


async def test_an_address_nobody_verified_is_no_new_accounts_address(
    here: TestHost, providers: Providers
) -> None:
    providers.person = {"id": "mallory", "email": "ann@example.com", "email_verified": False}
    person = await signed_in(here, await through(here))
    assert (await person.get("/auth/me"))["email"] is None
    # So its owner finds it free.
    await account(here, verified=False)


async def test_an_unconfirmed_account_takes_no_other_way_in(
    here: TestHost, providers: Providers
) -> None:
    """Or Mallory's provider would still be one after Ann asked for a new password."""
    browser = Traveller(here)
    await browser.be(await account(here, verified=False))
    providers.person = {"id": "mallory", "email": "mallory@example.com", "email_verified": True}
    answer = await browser.add()
    assert answer.status_code == 409
    assert "Confirm your e-mail address first" in answer.text
    assert await ways(here) == 0


async def test_the_very_provider_that_verified_the_address_confirms_it(
    here: TestHost, providers: Providers
) -> None:
    browser = Traveller(here)
    await browser.be(await account(here, verified=False))
    providers.person = ANN
    assert (await browser.add()).headers["location"] == "/account"
    assert (await everybody(here))[0].email_verified_at is not None


async def test_a_new_guest_identity_claims_the_guest_with_all_rooms(
    house: TestHost, providers: Providers
) -> None:
    """For a front end: by the guest's own token. The guest's sessions end."""
    guest = await house.guest("Annie")
    providers.person = ANN
    person = await signed_in(house, await through(house, person=guest))
    assert (person.id, person.name) == (guest.id, "Annie")
    assert (await person.get("/auth/me"))["email"] == "ann@example.com"
    error(await guest.call("GET", "/auth/me"), 401, "UNAUTHORIZED")


async def test_a_guest_who_has_an_account_already_is_told_what_stays(
    here: TestHost, providers: Providers
) -> None:
    providers.person = ANN
    known = await signed_in(here, await through(here))
    guest = await here.guest("Annie")
    browser = Traveller(here)
    await browser.be(guest)
    answer = await browser.sign_in(next="/rooms")
    assert answer.status_code == 200
    assert "the guest Annie stay with that guest" in answer.text
    me = await browser.me()
    assert me is not None
    assert me["id"] == known.id
    # The guest is a guest still, where they are signed in elsewhere.
    assert (await guest.get("/auth/me"))["name"] == "Annie"


async def test_a_token_of_an_account_adds_nothing_to_it(
    here: TestHost, providers: Providers
) -> None:
    """Mallory asks for an address and gets Ann to follow it: her identity is not Mallory's."""
    mallory = await account(here, "mallory@example.com", verified=True)
    url = await sent_away(here, person=mallory)
    providers.person = ANN
    ann = await signed_in(here, await here.client.get(await agreed(url)))
    assert ann.id != mallory.id
    assert await mallory.get("/auth/identities") == []


async def test_of_two_clicks_at_once_both_are_the_same_new_person(
    house: TestHost, providers: Providers
) -> None:
    providers.person = ANN
    backs = [await agreed(await sent_away(house)) for _ in range(6)]
    answers = await asyncio.gather(*(house.client.get(back) for back in backs))
    assert len({(await signed_in(house, answer)).id for answer in answers}) == 1
    assert len(await everybody(house)) == await ways(house) == 1


async def test_a_state_is_good_for_one_of_many_at_once(
    house: TestHost, providers: Providers
) -> None:
    back = await agreed(await sent_away(house))
    answers = await asyncio.gather(*(house.client.get(back) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [303, *[401] * 5]


async def test_ways_in_are_listed_and_the_last_one_stays(
    here: TestHost, providers: Providers
) -> None:
    providers.person = ANN
    ann = await signed_in(here, await through(here))
    found = await ann.get("/auth/identities")
    assert [(one["provider"], one["name"], one["works"]) for one in found] == [
        ("acme", "Acme", True)
    ]
    assert "subject" not in found[0]
    path = f"/auth/identities/{found[0]['id']}"
    assert error(await ann.call("DELETE", path), 409, "CONFLICT")["details"] == {
        "reason": "LAST_WAY_IN"
    }
    # Another person's is not there for them.
    other = await account(here, "other@example.com", verified=True)
    error(await other.call("DELETE", path), 404, "NOT_FOUND")


async def test_of_two_ways_taken_away_at_once_one_stays(
    house: TestHost, providers: Providers
) -> None:
    providers.person = ANN
    ann = await signed_in(house, await through(house))
    browser = Traveller(house)
    await browser.be(ann)
    providers.person = {"id": "1"}
    assert (await browser.add("yandex")).headers["location"] == "/account"
    found = await ann.get("/auth/identities")
    assert len(found) == 2
    calls = (ann.call("DELETE", f"/auth/identities/{one['id']}") for one in found)
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_with_a_password_every_provider_may_be_taken_away(
    here: TestHost, providers: Providers
) -> None:
    await account(here, verified=True)
    providers.person = ANN
    ann = await signed_in(here, await through(here))
    (one,) = await ann.get("/auth/identities")
    deleted(await ann.call("DELETE", f"/auth/identities/{one['id']}"))
    assert await ann.get("/auth/identities") == []


async def test_an_identity_of_one_account_is_not_added_to_another(
    here: TestHost, providers: Providers
) -> None:
    providers.person = ANN
    await through(here)
    browser = Traveller(here)
    await browser.be(await account(here, "other@example.com", verified=True))
    answer = await browser.add()
    assert answer.status_code == 409
    assert "another account already" in answer.text


async def test_an_account_that_was_switched_off_is_not_opened(
    here: TestHost, providers: Providers
) -> None:
    providers.person = ANN
    await through(here)
    async with here.host.db.write() as connection:
        await connection.execute(sa.update(users).values(disabled_at=datetime.now(UTC)))
    error(await through(here), 403, "FORBIDDEN")


async def test_an_erased_person_who_returns_is_somebody_new(
    house: TestHost, providers: Providers
) -> None:
    providers.person = ANN
    first = await signed_in(house, await through(house))
    deleted(await first.call("DELETE", f"/users/{first.id}"))
    again = await signed_in(house, await through(house))
    assert again.id != first.id
    assert "access_token" in fragment(await through(house))
