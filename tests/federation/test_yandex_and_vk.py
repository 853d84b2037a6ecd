"""Yandex and VK, by the endpoints that they document."""

from __future__ import annotations

import pytest

from host.testing.host import TestHost
from tests.contract.answers import error
from tests.federation.conftest import HouseFactory, agreed, sent_away, signed_in, through
from tests.servers.providers import Providers


async def test_yandex_tells_who_it_is(here: TestHost, providers: Providers) -> None:
    """Providers: `google`, `yandex`, `vk`"""
    providers.person = {
        "id": "1000034426",
        "login": "ivan",
        "real_name": "Иван Иванов",
        "default_email": "ivan@yandex.ru",
        "default_avatar_id": "131652443",
        "is_avatar_empty": False,
    }
    person = await signed_in(here, await through(here, "yandex"))
    me = await person.get("/auth/me")
    assert me["name"] == "Иван Иванов"
    assert me["avatar"] == "https://avatars.yandex.net/get-yapic/131652443/islands-200"
    # Yandex does not say that it has verified the address, so nobody has.
    assert me["email"] is None
    found = await person.get("/auth/identities")
    assert [(one["provider"], one["name"]) for one in found] == [("yandex", "Yandex")]


async def test_a_deployment_may_vouch_for_a_providers_addresses(
    make_house: HouseFactory, providers: Providers, sqlite_url: str
) -> None:
    vouched = providers.settings("yandex", vouches=True)
    house = await make_house(database_url=sqlite_url, yandex=vouched)
    providers.person = {"id": "1", "default_email": "ivan@yandex.ru"}
    person = await signed_in(house, await through(house, "yandex"))
    assert (await person.get("/auth/me"))["email"] == "ivan@yandex.ru"


async def test_yandex_token_of_another_host_opens_nothing(
    here: TestHost, providers: Providers
) -> None:
    providers.person = {"id": "1", "client_id": "another-host"}
    error(await through(here, "yandex"), 401, "INVALID_CREDENTIALS")


async def test_vk_gets_the_device_that_it_named(here: TestHost, providers: Providers) -> None:
    """Providers: `google`, `yandex`, `vk`"""
    providers.person = {
        "id": "1234567890",
        "first_name": "Ivan",
        "last_name": "I.",
        "avatar": "https://pp.userapi.com/60tZWMo4SmwcploUVl9XEt8ufnTTvDUmQ6Bj1g/mmv1pcj63C4.png",
        "email": "ivan@vk.example",
    }
    url = await sent_away(here, "vk")
    assert "code_challenge_method=S256" in url
    back = await agreed(url)
    device = back.partition("device_id=")[2].partition("&")[0]
    person = await signed_in(here, await here.client.get(back))
    sent = providers.sent["/vk/oauth2/auth"]
    assert sent["device_id"] == device
    assert "client_secret" not in sent
    me = await person.get("/auth/me")
    assert (me["name"], me["email"]) == ("Ivan I.", None)


async def test_vk_without_its_device_is_refused(here: TestHost) -> None:
    back = await agreed(await sent_away(here, "vk"))
    answer = await here.client.get(back.partition("&device_id")[0])
    error(answer, 401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize("provider", ["acme", "yandex", "vk"])
async def test_a_code_that_does_not_hold_is_refused(here: TestHost, provider: str) -> None:
    back = await agreed(await sent_away(here, provider))
    code = back.partition("code=")[2].partition("&")[0]
    answer = await here.client.get(back.replace(code, "invented"))
    error(answer, 401, "INVALID_CREDENTIALS")
    # The state is used up by the attempt, so the right code comes too late.
    error(await here.client.get(back), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("provider", ["acme", "yandex", "vk"])
async def test_who_does_not_agree_is_not_let_in(here: TestHost, provider: str) -> None:
    back = await agreed(await sent_away(here, provider))
    state = back.partition("state=")[2].partition("&")[0]
    path = f"/api/v1/auth/{provider}/callback?error=access_denied&state={state}"
    found = error(await here.client.get(path), 401, "INVALID_CREDENTIALS")
    assert "did not agree" in found["message"]
