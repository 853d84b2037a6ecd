"""One call as an OpenAPI operation."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, is_dataclass
from typing import Any

from host.access import RULES
from host.contract import JsonObject, camel
from host.contract.shapes import Schema
from host.web.api.answers import Elsewhere, More
from host.web.api.call import Call
from host.web.api.once import MOST_KEY
from host.web.cookies import SESSION
from host.web.csrf import HEADER as CSRF
from host.web.openapi.refusals import PHRASES, refusals
from host.web.openapi.schemas import Schemas, body_of

ID: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "string", "pattern": "^[0-9]+$"}

SECURITY_SCHEMES: dict[str, JsonObject] = {
    "user": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A person's access token, from any of the ways to sign in.",
    },
    "app": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An application's own token; it comes with `X-App-Id`.",
    },
    "appId": {
        "type": "apiKey",
        "in": "header",
        "name": "X-App-Id",
        "description": "The application that acts, alone or for the person of the bearer token.",
    },
    "appToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-App-Token",
        "description": "The application's token where the bearer token is a person's.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION,
        "description": "A browser's session on the host's own pages.",
    },
    "form": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF,
        "description": "With the cookie: what its pages carry against forged requests.",
    },
}

PARAMETERS: dict[str, JsonObject] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key and body give the first answer again, for a day.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": MOST_KEY,
            "pattern": "^[!-~]([ -~]*[!-~])?$",
        },
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of the answer that one has already.",
        "schema": {"type": "string"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` of the state that is to be changed; else VERSION_CONFLICT.",
        "schema": {"type": "string"},
    },
}

HEADERS: dict[str, JsonObject] = {
    "RequestId": {
        "description": "Finds the call in the log.",
        "required": True,
        "schema": {"type": "string", "minLength": 8},
    },
    "ETag": {
        "description": "The state of the thing, for `If-Match` and `If-None-Match`.",
        "schema": ID,
    },
    "Replayed": {
        "description": "The answer is the first one under this Idempotency-Key.",
        "schema": {"const": "true"},
    },
    "RetryAfter": {"description": "Seconds until it is worth another try.", "schema": NUMBER},
    "Authenticate": {"description": "RFC 6750.", "schema": {"type": "string"}},
    "RateLimit": {
        "description": "What is left of the quota, and in how many seconds all of it is back.",
        "schema": {"type": "string"},
    },
    "RateLimitPolicy": {
        "description": "The quota and its window, in seconds.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where to go.", "schema": {"type": "string"}},
}
_RATES = {"RateLimit": "RateLimit", "RateLimit-Policy": "RateLimitPolicy"}


def path_of(call: Call) -> str:
    """The path as the document writes it: `/rooms/{roomId}`."""
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{camel(found[1])}}}", call.path)


def operation(call: Call, tag: str, schemas: Schemas, responses: dict[str, JsonObject]) -> Any:
    """The operation. Schemas and refusals that it needs are added to those of the document."""
    found: JsonObject = {
        "operationId": camel(call.name),
        "tags": [tag],
        "summary": call.summary,
        "description": f"{about(call)}\n\nFor {who(call)}.",
        "parameters": _parameters(call),
        "security": _security(call),
        "responses": {
            str(call.status): _success(call, schemas),
            **{
                str(status): _refusal(status, codes, schemas, responses)
                for status, codes in refusals(call).items()
            },
        },
    }
    if isinstance(call.answers, Elsewhere):
        found["responses"]["303"] = {
            "description": call.answers.about,
            "headers": _headers({"Location": "Location"}),
        }
    if call.conditional:
        found["responses"]["304"] = {
            "description": "What the caller has still holds.",
            "headers": _headers({"ETag": "ETag", **_RATES}),
        }
    if call.body is not None:
        found["requestBody"] = {
            "required": not call.body_optional,
            "content": {"application/json": {"schema": body_of(call.body)}},
        }
    return found


def about(call: Call) -> str:
    """What the call does, in a sentence or two."""
    return inspect.cleandoc(call.handler.__doc__ or call.summary)


def who(call: Call) -> str:
    """Who may make the call, in words."""
    if call.act is None:
        told = inspect.getdoc(call.permit) if call.permit else None
        if told:
            return told[0].lower() + told[1:].removesuffix(".")
        return "a user" if call.user else "anyone"
    rule = RULES[call.act]
    roles = "the owner" if rule.owner else ", ".join(sorted(rule.roles)) or "applications"
    return f"whoever may {call.act.value}: {roles}{', and in public rooms anyone' * rule.public}"


def _parameters(call: Call) -> list[JsonObject]:
    found: list[JsonObject] = [
        {"name": camel(name), "in": "path", "required": True, "schema": ID}
        for name in re.findall(r"\{(\w+)\}", call.path)
    ]
    for name, parameter in call.query.items():
        one: JsonObject = {"name": name, "in": "query", "schema": parameter.schema}
        if parameter.about:
            one["description"] = parameter.about
        if parameter.schema["type"] == "array":
            one |= {"style": "form", "explode": False}
        found.append(one)
    if call.method != "GET":
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if call.versioned:
        found.append({"$ref": "#/components/parameters/IfMatch"})
    if call.conditional:
        found.append({"$ref": "#/components/parameters/IfNoneMatch"})
    return found


def _security(call: Call) -> list[JsonObject]:
    cookie: JsonObject = {"session": []} if call.method == "GET" else {"session": [], "form": []}
    found: list[JsonObject] = [{"user": []}, {"user": [], "appId": [], "appToken": []}, cookie]
    # What asks for a user and is in no room is for people, whatever application helps them.
    if call.act is not None or not call.user:
        found.append({"app": [], "appId": []})
    anyone = call.act is None and not call.user
    seen = call.act is not None and RULES[call.act].public and call.method == "GET"
    return [{}, *found] if anyone or seen else found


def _success(call: Call, schemas: Schemas) -> JsonObject:
    if isinstance(call.answers, Elsewhere):
        page = {"text/html": {"schema": {"type": "string"}}}
        return {"description": "A page.", "headers": _headers(_RATES), "content": page}
    headers = dict(_RATES)
    if has_tag(call) or call.conditional:
        headers["ETag"] = "ETag"
    if call.method != "GET":
        headers["Idempotent-Replayed"] = "Replayed"
    return {
        "description": about(call).splitlines()[0],
        "headers": _headers(headers),
        "content": {"application/json": {"schema": schemas.answer(call)}},
    }


def has_tag(call: Call) -> bool:
    """Whether the answer is one thing that is changed as a whole, and so has an `ETag`."""
    kind = call.answers.base if isinstance(call.answers, More) else call.answers
    return is_dataclass(kind) and "updated_at" in {f.name for f in fields(kind)}


def _refusal(
    status: int, codes: list[str], schemas: Schemas, responses: dict[str, JsonObject]
) -> JsonObject:
    name = f"{status}_{'_or_'.join(codes)}"
    if name not in responses:
        headers = dict(_RATES)
        if status in (409, 429, 503):
            headers["Retry-After"] = "RetryAfter"
        if status == 401:
            headers["WWW-Authenticate"] = "Authenticate"
        responses[name] = {
            "description": f"{PHRASES[status]}. {' · '.join(codes)}",
            "headers": _headers(headers),
            "content": {"application/json": {"schema": schemas.refusal(codes)}},
        }
    return {"$ref": f"#/components/responses/{name}"}


def _headers(named: dict[str, str]) -> JsonObject:
    all_of_them = {"X-Request-ID": "RequestId", **named}
    return {name: {"$ref": f"#/components/headers/{at}"} for name, at in all_of_them.items()}
