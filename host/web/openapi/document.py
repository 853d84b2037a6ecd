"""`/openapi.json`: the whole REST interface, made from its calls once."""

from __future__ import annotations

import hashlib
from functools import cached_property

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from host.apps.discovery import host_version
from host.contract import JsonObject
from host.web.api.body import Envelope
from host.web.api.calls import GROUPS
from host.web.failures import API
from host.web.openapi.operations import (
    HEADERS,
    PARAMETERS,
    SECURITY_SCHEMES,
    operation,
    path_of,
)
from host.web.openapi.reference import reference
from host.web.openapi.schemas import Schemas

ABOUT = (
    "Answers are `{data}`, lists `{data, meta}`, refusals `{error: {code, message, details}}`. "
    "Unknown fields of a body are refused, unknown parameters of a query are not looked at. "
    "Every call that changes something takes an `Idempotency-Key`. Events come over the socket "
    "that `/asyncapi.json` describes."
)


def document(origin: str) -> JsonObject:
    """The document of the host that is reached at `origin`."""
    schemas, responses = Schemas(), dict[str, JsonObject]()
    paths: dict[str, JsonObject] = {}
    for tag, calls in GROUPS.items():
        for call in calls:
            described = operation(call, tag, schemas, responses)
            paths.setdefault(path_of(call), {})[call.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Festoon", "version": host_version(), "description": ABOUT},
        "servers": [{"url": origin + API}],
        "tags": [{"name": tag} for tag in GROUPS],
        "paths": paths,
        "components": {
            "schemas": schemas.all,
            "responses": dict(sorted(responses.items())),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


class Document:
    """The document of one host as bytes, made when it is asked for first."""

    def __init__(self, origin: str) -> None:
        self._origin = origin

    @cached_property
    def whole(self) -> JsonObject:
        """The document itself."""
        return document(self._origin)

    @cached_property
    def _kept(self) -> tuple[bytes, str]:
        raw = orjson.dumps(self.whole)
        return raw, f'"{hashlib.sha256(raw).hexdigest()[:16]}"'

    async def answer(self, request: Request) -> Response:
        """The document, or 304 for whoever has it."""
        raw, tag = self._kept
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        known = request.headers.get("if-none-match", "")
        if tag in (one.strip().removeprefix("W/") for one in known.split(",")):
            return Response(status_code=304, headers=headers)
        return Envelope(raw, headers=headers)


def openapi_routes(origin: str) -> list[BaseRoute]:
    """The document for tools, and the same as a page for people."""
    document = Document(origin)

    async def page(request: Request) -> Response:
        return reference(request, document.whole)

    return [Route("/openapi.json", document.answer), Route("/docs", page, name="docs")]
