"""`/asyncapi.json`: the host's socket as an AsyncAPI 3 document, made from the definitions that
the code itself goes by.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from host.apps.discovery import host_version
from host.contract import JsonObject
from host.contract.shapes import Schema
from host.realtime.names import EVENTS, CloseCode, EventName
from host.realtime.shapes import (
    ACTION_SHAPES,
    APP_NAME,
    EVENT_DATA,
    OBJECT,
    SCHEMAS,
    ActionShape,
    action_frame,
    answer_frame,
    event_frame,
    refusal_frame,
)
from host.services import Services
from host.web.api.body import Envelope

CHANNEL = "#/channels/realtime"
ABOUT = (
    "Frames are JSON texts. Sign in by the session's cookie, or by the action `auth` within ten "
    "seconds. A subscription with `after` brings every durable event since then, in order and "
    "once; each carries in `prev` the `seq` of the one before it, so that a loss is seen. The "
    "sockets of applications, below `/apps/`, speak the same frames; there an action may leave "
    "out `roomId`."
)


def document(origin: str) -> JsonObject:
    """The document of the host that is reached at `origin`."""
    where = urlsplit(origin)
    messages = _messages()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Festoon", "version": host_version(), "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {
            "host": {
                "host": where.netloc,
                "protocol": "wss" if where.scheme == "https" else "ws",
                "description": _close_codes(),
            }
        },
        "channels": {
            "realtime": {
                "address": "/realtime",
                "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in messages},
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            }
        },
        "operations": _operations(),
        "components": {"messages": messages, "schemas": SCHEMAS},
    }


def asyncapi_route() -> BaseRoute:
    """The document, for tools and for people."""
    return Route("/asyncapi.json", _answer)


async def _answer(request: Request) -> Response:
    services: Services = request.app.state.services
    return Envelope(document(services.core.config.origin))


def _close_codes() -> str:
    codes = ", ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in CloseCode)
    return f"Sockets are closed with {codes}."


def _key(name: str) -> str:
    return name.replace(":", ".")


def _messages() -> dict[str, JsonObject]:
    found = {}
    for event in EVENTS:
        frame = event_frame(
            {"const": event.name},
            EVENT_DATA[event.name],
            durable=event.durable,
            personal=event.personal,
        )
        found[_key(event.name)] = _message(event.name, _told(event), frame)
    found["app.event"] = _message(
        "<appId>:<what>",
        "An event of an application; durable unless it says otherwise.",
        event_frame(APP_NAME, OBJECT, durable=None),
    )
    for name, shape in ACTION_SHAPES.items():
        frame = action_frame({"const": name}, shape.data)
        found[_key(name)] = _message(name, shape.about, frame)
        found[f"{_key(name)}.ack"] = _message(
            f"{name} ack", f"The answer to {name}.", answer_frame(shape.answer)
        )
    found["app.action"] = _message(
        "<appId>:<what>", APP_ACTION.about, action_frame(APP_NAME, APP_ACTION.data)
    )
    found["app.action.ack"] = _message(
        "<appId>:<what> ack", "The application's answer.", answer_frame(APP_ACTION.answer)
    )
    found["refusal"] = _message(
        "refusal", "The answer to whatever was refused, as in the REST interface.", refusal_frame()
    )
    return found


APP_ACTION = ActionShape(
    "An action of an application that is on in the room `roomId`.",
    {**OBJECT, "properties": {"roomId": {"type": "string"}}, "required": ["roomId"]},
    OBJECT,
)


def _told(event: EventName) -> str:
    kind = {True: "Durable", False: "Passing", None: "Durable or passing"}[event.durable]
    return f"{kind}. `data` is {event.data}."


def _message(name: str, summary: str, payload: Schema) -> JsonObject:
    return {"name": name, "summary": summary, "payload": payload}


def _operations() -> dict[str, JsonObject]:
    found: dict[str, JsonObject] = {}
    for key in (*(_key(event.name) for event in EVENTS), "app.event"):
        found[f"send.{key}"] = {
            "action": "send",
            "channel": {"$ref": CHANNEL},
            "messages": [_of_channel(key)],
        }
    for key in (*map(_key, ACTION_SHAPES), "app.action"):
        found[f"receive.{key}"] = {
            "action": "receive",
            "channel": {"$ref": CHANNEL},
            "messages": [_of_channel(key)],
            "reply": {
                "channel": {"$ref": CHANNEL},
                "messages": [_of_channel(f"{key}.ack"), _of_channel("refusal")],
            },
        }
    return found


def _of_channel(key: str) -> JsonObject:
    return {"$ref": f"{CHANNEL}/messages/{key}"}
