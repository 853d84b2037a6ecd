"""One REST call: who may make it, what it takes, what it answers, in the contract's order.

A `Call` holds the schemas that its requests are checked by, so that whatever describes the
interface can be made from the calls themselves. Refusals come in this order: 401, 404 for what
may not be known, 403, then the query and the body, then the state of things.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act, Actor
from host.contract import JsonObject
from host.errors import FestoonError, NotFound, Unauthorized
from host.services import Services
from host.services.hot import Served
from host.services.text import unstorable
from host.services.versions import Tags, named_tags
from host.store.paging import Page
from host.web.api.body import answer, enveloped, read_json, served
from host.web.api.conditional import unless_known
from host.web.api.once import first_answer, once
from host.web.api.query import Parameter, read_query

DELETED = {"success": True}


@dataclass(frozen=True)
class Asked:
    """A call that was let in: its parts, already checked."""

    services: Services
    actor: Actor
    path: dict[str, str]
    query: JsonObject
    body: JsonObject
    request: Request

    @property
    def room_id(self) -> str:
        """The room in the path."""
        return self.path["room_id"]

    @property
    def if_match(self) -> Tags:
        """The states of the thing that the caller allows the call to change."""
        return named_tags(self.request.headers.get("if-match"))


Handler = Callable[[Asked], Awaitable[Any]]
Permit = Callable[[Services, Actor, Request], Awaitable[object]]


@dataclass(frozen=True)
class Call:
    """A method and a path below `/api/v1`, and everything that holds for it.

    `act` is what must be allowed in the path's room before the body is looked at, `permit` the
    same for what is in no room; `user` asks only for somebody who is signed in. `body` is a
    JSON Schema; None means none is read. `answers` says what the answer's `data` is (see
    `host.web.api.answers`), `meta` what stands beside it where that is no list's, `refuses` what
    the call is refused with besides what any such call may be, `versioned` whether `If-Match`
    counts, `key_is_secret` whether nothing but an idempotency key tells its callers apart,
    `conditional` whether `If-None-Match` counts: where the tag is that of all that is answered.
    `known` raises where the path names something that is not there: asked only before a body or
    a query is refused, since the handler asks as well. `lets_in` says that the handler asks for
    `act` as well, before it does anything: then the act, too, is asked for only then.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    act: Act | None = None
    lets_in: bool = False
    permit: Permit | None = None
    known: Permit | None = None
    user: bool = False
    body: JsonObject | None = None
    body_optional: bool = False
    query: Mapping[str, Parameter] = field(default_factory=dict)
    status: int = 200
    answers: Any = None
    meta: JsonObject | None = None
    refuses: tuple[type[FestoonError], ...] = ()
    versioned: bool = False
    key_is_secret: bool = False
    conditional: bool = False
    render: Callable[[Any], Any] = lambda result: result

    @property
    def deletes(self) -> bool:
        """Whether the answer is that of a deletion."""
        return self.method == "DELETE"

    def route(self) -> Route:
        """The Starlette route of this call."""
        return Route(self.path, self._serve, methods=[self.method], name=self.name)

    @property
    def name(self) -> str:
        """The handler's name, as the operation's id."""
        return self.handler.__name__

    async def _serve(self, request: Request) -> Response:
        services: Services = request.app.state.services
        actor: Actor = request.state.actor
        if (self.user or self.act is not None) and not actor.signed_in and self._private:
            raise Unauthorized("Sign in first.")
        if any(unstorable(part) for part in request.path_params.values()):
            raise NotFound("There is nothing at this address.")
        key = None if self.method == "GET" else request.headers.get("idempotency-key")
        # Before all else: after a deletion, say, the caller may be nobody here any more.
        if key is not None and (kept := await first_answer(request, services, actor, key)):
            return kept
        if not self.lets_in or key is not None:
            await self._authorize(request, services, actor)
        if self.permit is not None:
            await self.permit(services, actor, request)
        asked = await self._read(request, services, actor)

        async def run() -> Response:
            return self._answer(await self.handler(asked))

        if key is None:
            made = await run()
            return unless_known(request, made) if self.conditional else made
        return await once(
            request,
            services,
            actor,
            key,
            self.status,
            self._body_of,
            run,
            key_is_secret=self.key_is_secret,
        )

    async def _read(self, request: Request, services: Services, actor: Actor) -> Asked:
        try:
            query = read_query(request, self.query)
            body: JsonObject = {}
            if self.body is not None:
                body = await read_json(request, self.body, optional=self.body_optional)
        except FestoonError:
            if self.lets_in:
                await self._authorize(request, services, actor)
            if self.known is not None:
                await self.known(services, actor, request)
            raise
        return Asked(services, actor, dict(request.path_params), query, body, request)

    async def _authorize(self, request: Request, services: Services, actor: Actor) -> None:
        if self.act is not None:
            await services.rooms.authorize(actor, request.path_params["room_id"], self.act)

    @property
    def _private(self) -> bool:
        return self.user or self.method != "GET"

    def _answer(self, result: Any) -> Response:
        if isinstance(result, Response):
            return result
        if isinstance(result, Page):
            return answer(list(result.items), meta=result.meta())
        if isinstance(result, Served):
            return served(result)
        return answer(DELETED if self.deletes else self.render(result), self.status)

    def _body_of(self, result: Any) -> bytes:
        return enveloped(DELETED if self.deletes else self.render(result))
