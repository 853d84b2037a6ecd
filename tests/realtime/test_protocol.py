"""The conversation on one socket, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from host.contract import JsonObject, Person, Role
from host.errors import NotFound, Unauthorized
from host.realtime.connection import Binding, BufferedConnection, SignIn, Source
from host.realtime.limits import SocketLimits
from host.realtime.names import CloseCode
from host.realtime.protocol import Conversation
from host.realtime.subscription import Subscriber
from tests.realtime.evening import Ear, Evening, until


class AnEasyGate:
    """Tokens are user ids; `until` says how long a sign-in lasts."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.lasts: timedelta | None = None
        self.messages: list[tuple[str, str, str, JsonObject]] = []

    async def authenticate(self, token: str) -> SignIn:
        if token == "wrong":
            raise Unauthorized("The access token is not valid.")
        expires = None if self.lasts is None else self.evening.sources.now() + self.lasts
        return SignIn(token, Person(token, token.title()), f"session of {token}", expires)

    async def may_subscribe(self, actor: object, room_id: str) -> Subscriber:
        if room_id != self.evening.room_id:
            raise NotFound("There is no such room.")
        user_id = str(actor)
        return Subscriber("public", Person(user_id, user_id), Role.PARTICIPANT, f"p-{user_id}")

    async def client_message(
        self,
        actor: object,
        room_id: str,
        app_id: str,
        action: str,
        data: JsonObject,
        source: Source,
        arrived: float,
    ) -> JsonObject | None:
        if app_id == "crash":
            raise ZeroDivisionError
        self.messages.append((str(actor), room_id, app_id, action))
        return {"heard": action}

    def standing(self, actor: object, room_id: str, app_id: str, action: str) -> None:
        """There is no shorter way here."""


class Talk:
    """A conversation and its socket in memory."""

    def __init__(self, evening: Evening, **limits: Any) -> None:
        self.gate = AnEasyGate(evening)
        self.ear = Ear()
        self.ear.sign_in = None
        self.conversation = Conversation(
            evening.hub, self.gate, self.ear, limits=SocketLimits(**limits)
        )

    async def say(self, action: str, **data: Any) -> dict[str, Any]:
        frame = orjson.dumps({"id": 1, "action": action, "data": data}).decode()
        await self.conversation.receive(frame)
        return next(f for f in reversed(self.ear.frames) if "ack" in f)


@pytest.fixture
async def talk(evening: Evening) -> AsyncIterator[Callable[..., Talk]]:
    talks: list[Talk] = []

    def make(**limits: Any) -> Talk:
        talks.append(Talk(evening, **limits))
        return talks[-1]

    yield make
    for one in talks:
        one.conversation.stop()


async def test_who_does_not_sign_in_is_closed(talk: Callable[..., Talk]) -> None:
    silent = talk(auth_seconds=0.05)
    await silent.conversation.start()
    assert (await silent.say("ping"))["data"]["at"].endswith("Z")
    await until(lambda: silent.ear.code is CloseCode.SIGNED_OUT)


async def test_a_sign_in_that_expires_closes_the_socket(talk: Callable[..., Talk]) -> None:
    one = talk()
    one.gate.lasts = timedelta(seconds=0.1)
    await one.conversation.start()
    answer = await one.say("auth", token="nina")
    assert answer["data"]["user"]["id"] == "nina"
    assert answer["data"]["expiresAt"].endswith("Z")
    await until(lambda: one.ear.code is CloseCode.SIGNED_OUT)


async def test_a_new_token_of_the_same_person_prolongs_the_evening(
    evening: Evening, talk: Callable[..., Talk]
) -> None:
    one = talk()
    one.gate.lasts = timedelta(seconds=0.2)
    await one.conversation.start()
    await one.say("auth", token="nina")
    await one.say("room:subscribe", roomId=evening.room_id)
    one.gate.lasts = timedelta(days=400)
    await one.say("auth", token="nina")
    other = await one.say("auth", token="otto")
    assert other["error"]["code"] == "CONFLICT"
    await evening.emit("prize:created")
    await until(lambda: one.ear.seqs == [1])
    assert one.conversation._deadline._timer is not None
    assert one.conversation._deadline._timer.when() > _now() + 3600
    assert not one.ear.closed


def _now() -> float:
    return asyncio.get_running_loop().time()


async def test_without_sign_in_nothing_but_ping_is_answered(
    evening: Evening, talk: Callable[..., Talk]
) -> None:
    one = talk()
    await one.conversation.start()
    for action in ("room:subscribe", "room:unsubscribe", "presence:list", "lottery:go"):
        answer = await one.say(action, roomId=evening.room_id)
        assert answer["error"]["code"] == "UNAUTHORIZED", action
    assert one.gate.messages == []


async def test_an_action_without_an_id_is_done_and_only_its_refusal_is_told(
    evening: Evening, talk: Callable[..., Talk]
) -> None:
    one = talk()
    await one.conversation.start()
    await one.say("auth", token="nina")
    before = len(one.ear.frames)
    room = {"roomId": evening.room_id}
    for action in ("lottery:go", "ping", "crash:now"):
        await one.conversation.receive(orjson.dumps({"action": action, "data": room}).decode())
    assert one.gate.messages == [("nina", evening.room_id, "lottery", "go")]
    (told,) = one.ear.frames[before:]
    assert told["ack"] is None
    assert told["error"]["code"] == "INTERNAL_ERROR"


async def test_an_app_that_crashes_is_an_answer_without_its_innards(
    evening: Evening, talk: Callable[..., Talk]
) -> None:
    one = talk()
    await one.conversation.start()
    await one.say("auth", token="nina")
    answer = await one.say("crash:now", roomId=evening.room_id)
    assert answer["error"]["code"] == "INTERNAL_ERROR"
    assert "ZeroDivision" not in answer["error"]["message"]
    assert (await one.say("lottery:go", roomId=evening.room_id))["data"] == {"heard": "go"}


async def test_unknown_fields_of_an_action_are_named(
    evening: Evening, talk: Callable[..., Talk]
) -> None:
    one = talk()
    await one.conversation.start()
    await one.say("auth", token="nina")
    answer = await one.say("room:subscribe", roomId=evening.room_id, since=4, quiet=True)
    assert answer["error"]["details"]["fields"].keys() == {"since"}


async def test_a_socket_listens_to_a_bounded_number_of_rooms(
    evening: Evening, talk: Callable[..., Talk]
) -> None:
    one = talk(rooms=1)
    await one.conversation.start()
    await one.say("auth", token="nina")
    await one.say("room:subscribe", roomId=evening.room_id)
    refused = await one.say("room:subscribe", roomId="another")
    assert refused["error"]["code"] == "CONFLICT"
    assert "data" in await one.say("room:subscribe", roomId=evening.room_id, after=0)
    assert "data" in await one.say("room:unsubscribe", roomId=evening.room_id)
    refused = await one.say("room:subscribe", roomId="another")
    assert refused["error"]["code"] == "NOT_FOUND"


async def test_subscribing_again_replaces_the_subscription_and_counts_once(
    evening: Evening, talk: Callable[..., Talk]
) -> None:
    one = talk()
    await one.conversation.start()
    await one.say("auth", token="nina")
    for quiet in (False, True, False):
        await one.say("room:subscribe", roomId=evening.room_id, quiet=quiet)
    await evening.emit("prize:created")
    await until(lambda: one.ear.seqs == [1])
    await evening.emit("participant:joined", {"userId": "x", "role": "PARTICIPANT"})
    await until(lambda: one.ear.seqs == [1, 2])
    assert (await one.say("presence:list", roomId=evening.room_id))["data"]["online"] == 1


async def test_a_bound_socket_knows_its_room(evening: Evening, talk: Callable[..., Talk]) -> None:
    one = talk()
    one.ear.binding = Binding("lottery", evening.room_id)
    await one.conversation.start()
    await one.say("auth", token="nina")
    assert (await one.say("lottery:go"))["data"] == {"heard": "go"}
    assert one.gate.messages == [("nina", evening.room_id, "lottery", "go")]
    assert (await one.say("lottery:go", roomId="other"))["error"]["code"] == "FORBIDDEN"


async def test_a_full_buffer_closes_and_keeps_nothing() -> None:
    async def never(_: bytes) -> None:
        raise AssertionError("nothing is written here")

    async def close(_code: int, _reason: str) -> None:
        raise AssertionError("nothing is written here")

    connection = BufferedConnection(never, close, buffer_bytes=1000)
    connection.send_frame(b"x" * 5000)
    assert not connection.closed, "one frame alone may be as large as it likes"
    connection.send_frame(b"x")
    assert connection.closed
    assert not connection._buffer
    connection.send_frame(b"x")
    assert not connection._buffer
