"""Identity on a real database, with a clock that the test turns and cheap passwords."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from host.access import Actor
from host.admission import Admission
from host.auth.passwords import Cost, Passwords
from host.auth.tokens import Tokens
from host.config import Config
from host.errors import FestoonError
from host.ids import Sources
from host.realtime.channels import Channels
from host.realtime.hub import Hub
from host.services.app_identity import AppIdentity
from host.services.core import Core
from host.services.erasure import Erasure
from host.services.federation import Federation
from host.services.identity import Identity
from host.services.jobs import Jobs
from host.store.engine import Database
from host.web.actors import ActorMiddleware
from host.web.api import federation
from host.web.api.body import refusal
from host.web.api.identity import routes
from host.web.cookies import set_session_cookie
from host.web.csrf import CsrfMiddleware, csrf_field, csrf_token, verify_csrf

CHEAP = Cost(memory=8, passes=1, lanes=1)
SECRET = "the tests' secret key, longer than 32 characters"


@dataclass
class Clock:
    """Stands still until it is turned."""

    moment: datetime = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
    seconds: float = 0.0

    def turn(self, by: timedelta) -> None:
        self.moment += by
        self.seconds += by.total_seconds()


@dataclass
class Node:
    """One process of the host, as far as identity goes."""

    core: Core
    identity: Identity


@dataclass
class Nodes:
    """Makes processes that share a database, a secret and a clock."""

    database: Database
    clock: Clock
    made: list[Node] = field(default_factory=list)

    async def start(self, cost: Cost = CHEAP, **config: Any) -> Node:
        sources = Sources(now=lambda: self.clock.moment, monotonic=lambda: self.clock.seconds)
        channels = Channels("memory://")
        await channels.start()
        hub = Hub(channels, cast(Any, None), sources=sources)
        await hub.start()
        settings = Config(secret_key=SECRET).with_values(**config)
        absent = cast(Any, None)
        core = Core(
            config=settings,
            sources=sources,
            db=self.database,
            registry=absent,
            secrets=absent,
            bulletin=absent,
            dispatch=absent,
            channels=channels,
            hub=hub,
            tokens=Tokens(SECRET, settings.origin, sources),
            passwords=Passwords(cost, threads=2),
            outbox=absent,
            writer=absent,
            jobs=Jobs(self.database, sources),
            schedule=absent,
            admission=Admission(settings.figures, sources.monotonic, "memory://", b""),
        )
        node = Node(core, Identity(core))
        self.made.append(node)
        return node

    async def stop(self) -> None:
        for node in self.made:
            await node.core.hub.stop()
            await node.core.channels.stop()
            node.core.passwords.close()


async def delete_user(identity: Identity, actor: Actor, user_id: str) -> None:
    """Deletes a user; what follows the commit is left to do."""
    await Erasure(identity._core, identity).delete(actor, user_id)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def nodes(database: Database, clock: Clock) -> AsyncIterator[Nodes]:
    made = Nodes(database, clock)
    yield made
    await made.stop()


@pytest.fixture
async def node(nodes: Nodes) -> Node:
    return await nodes.start()


@pytest.fixture
def identity(node: Node) -> Identity:
    return node.identity


class Client(httpx.AsyncClient):
    """A browser or a program that speaks with one process at http://festoon.test."""

    def __init__(self, app: Starlette) -> None:
        transport = httpx.ASGITransport(app, client=("203.0.113.7", 40000))
        super().__init__(transport=transport, base_url="http://festoon.test")
        self.app = app


def application(node: Node) -> Starlette:
    """The API's identity, and a few endpoints that show what the middleware sees and does."""

    async def who(request: Request) -> Response:
        actor = request.state.actor
        name = actor.user.name if actor.user else None
        found = {"name": name, "by_cookie": request.state.by_cookie, "address": actor.address}
        return JSONResponse(found)

    async def new_cookie(request: Request) -> Response:
        answer = Response()
        set_session_cookie(answer.headers, "new", secure=node.core.config.secure)
        return answer

    async def token(request: Request) -> Response:
        return PlainTextResponse(csrf_token(request))

    async def field(request: Request) -> Response:
        return HTMLResponse(csrf_field(request))

    async def form(request: Request) -> Response:
        async with request.form() as fields:
            verify_csrf(request, fields.get("csrf_token"))
            return PlainTextResponse(str(fields.get("wish")))

    async def plain(request: Request) -> Response:
        return Response()

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        user = websocket.state.actor.user
        await websocket.send_text(user.name if user else "")
        await websocket.close()

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, FestoonError)
        return refusal(error, "")

    app = Starlette(
        routes=[
            Mount("/api/v1", routes=[*routes(), *(call.route() for call in federation.CALLS)]),
            Route("/who", who),
            Route("/new-cookie", new_cookie),
            Route("/token", token),
            Route("/field", field),
            Route("/form", form, methods=["POST"]),
            Route("/json", plain, methods=["POST"]),
            Route("/static/file", plain),
            WebSocketRoute("/socket", socket),
        ],
        middleware=[Middleware(ActorMiddleware), Middleware(CsrfMiddleware)],
        exception_handlers={FestoonError: refused},
    )
    app.state.services = SimpleNamespace(
        core=node.core,
        identity=node.identity,
        app_identity=AppIdentity(node.core),
        erasure=Erasure(node.core, node.identity),
        federation=Federation(node.core, node.identity.sessions),
        # Nothing here sends text messages.
        phones=SimpleNamespace(on=False),
    )
    return app


@pytest.fixture
async def make_client(nodes: Nodes) -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    """`await make_client(guests=False)`: a client of a process with this configuration."""
    async with AsyncExitStack() as opened:

        async def make(**config: Any) -> Client:
            client = Client(application(await nodes.start(**config)))
            return await opened.enter_async_context(client)

        yield make


@pytest.fixture
async def client(node: Node) -> AsyncIterator[Client]:
    async with Client(application(node)) as opened:
        yield opened
