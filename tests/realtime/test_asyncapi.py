"""The AsyncAPI document and the frames that are really sent say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack
from importlib.metadata import EntryPoint
from typing import Any

import jsonschema
import orjson
import pytest

from host import JsonObject, Notification
from host.apps.discovery import GROUP
from host.context import make_context
from host.realtime.names import ACTIONS, EVENTS
from host.realtime.timing import Timing
from host.store import rooms
from host.testing.host import Person
from host.web.asyncapi import document
from tests.realtime.evening import until
from tests.realtime.live import Phone, Place, phone, served

APPS = [
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("stall", "tests.fixtures.stall", GROUP),
]
Frame = dict[str, Any]


class Heard:
    """Every frame that went over a socket, by the message of the document that it should be."""

    def __init__(self) -> None:
        self.sent: dict[str, list[Frame]] = defaultdict(list)

    def key(self, name: str) -> str:
        known = name in ACTIONS or name in {event.name for event in EVENTS}
        return name.replace(":", ".") if known else ""

    def take(self, client: Phone, asked: dict[Any, str]) -> None:
        """All that one client heard; `asked` are the actions by their ids."""
        for frame in client.frames:
            self.sent[self.key(frame["event"]) or "app.event"].append(frame)
        for number, frame in client.acks.items():
            if "error" in frame:
                self.sent["refusal"].append(frame)
            else:
                self.sent[f"{self.key(asked[number]) or 'app.action'}.ack"].append(frame)


class Guest:
    """A client that remembers what it asked."""

    def __init__(self, client: Phone, heard: Heard) -> None:
        self.client = client
        self.heard = heard
        self.asked: dict[Any, str] = {}

    async def ask(self, action: str, **data: Any) -> Frame:
        answer = await self.client.ask(action, **data)
        self.asked[answer["ack"]] = action
        sent = {"id": answer["ack"], "action": action, "data": data}
        if "data" in answer:
            self.heard.sent[self.heard.key(action) or "app.action"].append(sent)
        return answer


def validator(found: JsonObject, key: str) -> jsonschema.Draft7Validator:
    payload = found["components"]["messages"][key]["payload"]
    schema = {**payload, "components": found["components"]}
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


async def an_evening(place: Place, heard: Heard) -> None:
    """Everything that can be told of a room, to an organizer, a phone and a crowd."""
    olga = await place.host.register("Olga")
    nina = await place.host.guest("Nina")
    room = await place.host.room(olga, "stall", active=False)
    base = f"/rooms/{room['id']}"
    async with AsyncExitStack() as stack:

        async def enter(person: Person, **subscription: Any) -> Guest:
            guest = Guest(await stack.enter_async_context(phone(place)), heard)
            stack.callback(lambda: heard.take(guest.client, guest.asked))
            await guest.ask("auth", token=person.token)
            await guest.ask("room:subscribe", roomId=room["id"], **subscription)
            return guest

        full = await enter(olga, after=0)
        await olga.patch(base, {"status": "ACTIVE", "name": "Winter"})
        part = await place.host.join(room, nina)
        quiet = await enter(nina, quiet=True)
        app = await stack.enter_async_context(
            phone(place, f"/apps/stall/rooms/{room['id']}/live", token=nina.token)
        )
        stack.callback(lambda: heard.take(app, {1: "auth"}))
        await until(lambda: app.named("stall:hello"))

        prize = await olga.post(f"{base}/prizes", {"name": "Goose", "quantity": 2})
        await olga.patch(f"{base}/prizes/{prize['id']}", {"quantity": 1})
        spare = await olga.post(f"{base}/prizes", {"name": "Spare", "quantity": 1})
        await olga.delete(f"{base}/prizes/{spare['id']}")
        await olga.patch(f"{base}/participants/{part['id']}", {"metadata": {"table": 4}})
        won = await olga.post(
            f"{base}/winners", {"participantId": part["id"], "prizeId": prize["id"]}
        )
        await olga.delete(f"{base}/winners/{won['id']}")
        await quiet.ask("ping")
        await quiet.ask("presence:list", roomId=room["id"])
        await quiet.ask("stall:order", roomId=room["id"], what="punch")
        await quiet.ask("stall:bell", roomId=room["id"])
        await quiet.ask("no:such")
        await quiet.client.raw("this is no frame")
        await until(lambda: None in quiet.client.acks)
        await tell(place, room["id"], nina)
        await nina.post("/notifications/n-1/read")
        await until(lambda: quiet.client.named("notification:unread"))
        await until(lambda: quiet.client.named("room:counts"))

        crowd = [await place.host.guest(f"Guest {n}") for n in range(2)]
        for person in crowd:
            await place.host.join(room, person)
            visitor = await enter(person)
            await visitor.ask("room:unsubscribe", roomId=room["id"])
        await until(lambda: full.client.named("presence:changed"))
        await olga.delete(f"{base}/participants/{part['id']}")
        await until(lambda: quiet.client.named("room:unsubscribed"))
        await until(lambda: full.client.named("presence:user_offline"))
        await olga.delete(base)
        await until(lambda: full.client.named("room:deleted"))


async def tell(place: Place, room_id: str, person: Person) -> None:
    """An application's events, durable and passing, and a notification."""
    core = place.host.host.services.core
    async with core.db.read() as connection:
        room = await rooms.get(connection, room_id)
    permissions = frozenset(core.registry.manifest("stall").permissions)
    context = await make_context(core, "stall", permissions, room, None)
    await context.publish("stall:served", {"what": "punch"})
    await context.publish("stall:smell", {}, durable=False)
    assert person.id is not None
    await context.notify(Notification("n-1", person.id, "stall:ready", "Ready", "Fetch it.", {}))


@pytest.fixture(scope="module")
def found() -> JsonObject:
    described: JsonObject = orjson.loads(orjson.dumps(document("https://evening.example")))
    return described


async def test_every_frame_of_an_evening_is_described_and_all_that_is_described_was_sent(
    found: JsonObject,
) -> None:
    """Event names are `entity:action`; server → client | `{"event": … `seq` and `prev` only on
    durable events; An app's own events are durable unless it says `"durable": false`
    """
    heard = Heard()
    async with served(entry_points=APPS) as place:
        place.host.host.services.core.hub._timing = Timing(grace=0.05, window=0.05, singles=2)
        await an_evening(place, heard)
        answer = await place.host.client.get("/asyncapi.json")
        assert answer.json() == document(place.host.host.services.core.config.origin)
    messages = found["components"]["messages"]
    assert heard.sent.keys() - messages.keys() == set(), "sent and not described"
    assert messages.keys() - heard.sent.keys() == set(), "described and never sent"
    wrong = [
        f"{key}: {error.json_path} {error.message}"
        for key, frames in heard.sent.items()
        for frame in frames
        for error in validator(found, key).iter_errors(frame)
    ]
    assert wrong == []
    durable = heard.sent["app.event"]
    assert {"seq" in frame for frame in durable} == {True, False}


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("prize.created", {"seq": "one"}),
        ("prize.created", {"data": {"id": "p"}}),
        ("prize.created", {"event": "prize:updated"}),
        ("prize.created", {"more": 1}),
        ("presence.user_online", {"seq": 1}),
        ("app.event", {"event": "room:mine"}),
        ("app.event", {"seq": 1}),
    ],
)
def test_a_frame_that_is_another_is_refused_by_the_document(
    found: JsonObject, key: str, change: Frame
) -> None:
    """Presence and other passing events have no seq"""
    at = "2026-12-31T21:30:00.000Z"
    person = {"id": "u", "name": "Nina", "avatar": None}
    prize = dict.fromkeys(("description", "imageUrl", "deletedAt"))
    prize |= {"id": "p", "roomId": "r", "name": "Goose", "quantity": 1, "quantityRemaining": 1}
    prize |= {"metadata": {}, "createdAt": at, "updatedAt": at}
    good: dict[str, Frame] = {
        "prize.created": {"event": "prize:created", "seq": 2, "prev": 1, "data": prize},
        "presence.user_online": {
            "event": "presence:user_online",
            "data": {"userId": "u", "user": person, "online": 1},
        },
        "app.event": {"event": "stall:served", "data": {}},
    }
    frame = {"roomId": "r", "at": at, **good[key]}
    assert validator(found, key).is_valid(frame)
    assert not validator(found, key).is_valid({**frame, **change})


def test_every_reference_of_the_document_leads_somewhere(found: JsonObject) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    for reference in set(references(found)):
        place = found
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
