"""What an application is told of where it may call, and by which mail server."""

from __future__ import annotations

import pytest

from host import AppPermissionDenied, Permission, Reach
from host.context import make_context
from host.testing import running_host


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::1", "10.0.0.1", "no address"]
)
def test_an_application_calls_the_internet_and_nothing_nearer(address: str) -> None:
    assert not Reach().may(address)
    assert Reach().may("93.184.215.14")


async def test_an_application_knows_the_networks_and_the_mail_server_of_its_host() -> None:
    async with running_host(
        service_networks=("10.1.0.0/16",),
        smtp_url="smtp://127.0.0.1:2525",
        mail_from="hello@festoon.test",
    ) as host:
        readers = frozenset({str(Permission.USERS_READ)})
        ctx = await make_context(host.host.core, "notifications", readers, None)
        assert ctx.reach.may("10.1.2.3")
        assert not ctx.reach.may("127.0.0.1")
        assert (ctx.public_url, ctx.brand) == ("http://testserver", "Festoon")
        assert ctx.mail is not None
        assert ctx.mail.sender == "hello@festoon.test"
        other = await make_context(host.host.core, "notifications", frozenset(), None)
        with pytest.raises(AppPermissionDenied):
            _ = other.mail
