"""The organizer's own system knows our calls from everybody else's."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from festoon_notifications.channels import Asked
from festoon_notifications.desk import Desk
from host import Reach
from plugins.notifications.tests.telling import announced, won
from tests.servers.listening import Listening

SECRET = "whsec_" + b64encode(b"a string of lights over a table!").decode()


@pytest.fixture
def settings(ctx: Any, listening: Listening) -> dict[str, Any]:
    # The library holds a call against the clock of the machine.
    ctx.passed = datetime.now(UTC) - ctx.now()
    return {"webhookUrl": f"{listening.url}/hook", "webhookSecret": SECRET}


async def test_the_library_of_the_specification_takes_it(
    ctx: Any, desk: Desk, room: Any, listening: Listening, settings: dict[str, Any]
) -> None:
    asked = Asked(ctx, room, won(muted=frozenset({"mail"})), settings)
    assert (await desk.deliver(asked)).channel == "webhook"
    (call,) = listening.heard
    told = Webhook(SECRET).verify(call.body, call.headers)
    assert told["type"] == "winner:selected"
    assert told["data"]["userId"] == "masha"
    assert call.headers["webhook-id"] == told["data"]["id"] == "n1.masha"
    assert b"masha@example.com" not in call.body


async def test_what_was_tampered_with_or_is_old_is_refused(
    ctx: Any, desk: Desk, room: Any, listening: Listening, settings: dict[str, Any]
) -> None:
    await desk.deliver(Asked(ctx, room, won(), settings))
    ctx.passed -= timedelta(minutes=6)
    await desk.deliver(Asked(ctx, room, won("old"), settings))
    call, old = listening.heard
    other = json.dumps({**json.loads(call.body), "type": "winner:revoked"}).encode()
    wrong = [
        (other, call.headers),
        (call.body, {**call.headers, "webhook-id": "n2.masha"}),
        (call.body, {**call.headers, "webhook-timestamp": str(int(ctx.now().timestamp()) + 1)}),
        (old.body, old.headers),
    ]
    for body, headers in wrong:
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + b64encode(b"the secret of somebody else ....").decode()).verify(
            call.body, call.headers
        )


async def test_a_call_that_fails_is_made_again_with_the_same_id(
    ctx: Any, desk: Desk, room: Any, listening: Listening, settings: dict[str, Any]
) -> None:
    statuses = [500, 429, 200]
    listening.answer = lambda _: statuses[len(listening.heard) - 1]
    asked = Asked(ctx, room, won(), settings)
    assert [(await desk.deliver(asked)).delivered for _ in range(4)] == [False, False, True, True]
    assert [one.headers["webhook-id"] for one in listening.heard] == ["n1.masha"] * 3


async def test_an_announcement_is_one_call_and_names_nobody(
    ctx: Any, desk: Desk, room: Any, listening: Listening, settings: dict[str, Any]
) -> None:
    for user_id in ("masha", "oleg"):
        await desk.deliver(Asked(ctx, room, announced(user_id), settings))
    (call,) = listening.heard
    assert json.loads(call.body)["data"]["userId"] is None
    assert call.headers["webhook-id"] == "a1"
    for user_id in ("masha", "oleg"):
        await desk.deliver(Asked(ctx, room, announced(user_id, "WINNERS"), settings))
    assert len(listening.heard) == 3


async def test_neither_an_address_nor_a_redirect_leads_into_the_hosts_network(
    ctx: Any, desk: Desk, room: Any, listening: Listening, settings: dict[str, Any]
) -> None:
    ctx.reach = Reach()
    for place in (listening.url, listening.url.replace("127.0.0.1", "localhost")):
        answer = await desk.deliver(Asked(ctx, room, won(), {**settings, "webhookUrl": place}))
        assert not answer.delivered
    assert listening.heard == []


async def test_a_redirect_is_not_followed(
    ctx: Any, desk: Desk, room: Any, listening: Listening, settings: dict[str, Any]
) -> None:
    listening.answer, listening.elsewhere = (lambda _: 307), f"{listening.url}/elsewhere"
    answer = await desk.deliver(Asked(ctx, room, won(), settings))
    assert answer.failed == "webhook: it answers 307"
    assert [one.path for one in listening.heard] == ["/hook"]
