"""The composition root: the one place that knows every part and puts them together."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import EntryPoint
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from host.access import Actor
from host.admission import Admission
from host.apps.bulletin import Bulletin
from host.apps.dispatch import Dispatch
from host.apps.registry import Registry
from host.apps.remote.address import Addresses
from host.apps.remote.deliveries import Deliveries
from host.apps.remote.service import Services as RemoteServices
from host.apps.remote.where import LockedManifests
from host.apps.secrets import AppSecrets
from host.apps.states import AppRecord
from host.apps.tasks import Tasks
from host.auth.passwords import Cost, Passwords
from host.auth.tokens import Tokens
from host.config import Config
from host.context import Context, make_context
from host.contract import Room
from host.errors import ConfigurationError
from host.ids import Sources
from host.limits import Limits
from host.logs import set_up
from host.realtime.channels import Channels
from host.realtime.hub import Hub
from host.realtime.stored import StoredLog
from host.realtime.wire.files import most_connections
from host.realtime.wire.limits import WireLimits
from host.realtime.wire.server import protocols
from host.secret import with_secret
from host.services import Background, Core, Services
from host.services.delegation import report_quarantine
from host.services.gate import SocketGate
from host.services.jobs import Jobs
from host.services.lookout import Lookout
from host.services.outages import Outages
from host.services.outbox import Outbox
from host.services.schedule import Schedule
from host.services.writer import RoomWriter
from host.store import sessions
from host.store.engine import Database
from host.store.showing import living
from host.web.app import create_app
from host.web.mounts import AppMounts
from host.web.sockets import realtime_route
from host.workers import Workers

log = logging.getLogger("festoon")

MESSAGE_BYTES = 128 * 1024
"""The largest message that is read off a socket; the conversation refuses half of that kindly."""
COLLECT_AFTER = (10_000, 20, 20)
"""How many objects more there are when the youngest are gone through for cycles, and so on: a hall
that comes in makes them by the thousand, and they stay.
"""


class Host:
    """One running platform. Use `asgi` under a server, or `start` and `stop` by hand."""

    def __init__(
        self,
        config: Config,
        *,
        sources: Sources | None = None,
        entry_points: Sequence[EntryPoint] | None = None,
        password_cost: Cost | None = None,
    ) -> None:
        """`entry_points` None discovers the installed applications; `password_cost` is what a
        hash takes, for tests, whose passwords protect nothing.
        """
        if not config.secret_key:
            raise ConfigurationError("FESTOON_SECRET_KEY is missing; it signs every session.")
        self.config = config
        self.sources = sources or Sources()
        self.db = Database(config.database_url, pool_size=config.database_connections)
        self.registry = Registry(self.db, config, entry_points=entry_points)
        self.channels = Channels(config.channels_url)
        tokens = Tokens(config.secret_key, config.origin, self.sources)
        outbox = Outbox(self.db, self.channels, self.sources)
        app_secrets = AppSecrets(self.db, tokens, self.sources)
        self.remote = RemoteServices(
            Addresses(config.reachable),
            app_secrets,
            Deliveries(self.db),
            LockedManifests(self.db, self.registry),
            self.sources,
            most_seconds=config.delegation_seconds,
        )
        dispatch = Dispatch(
            self.registry,
            self._make_context,
            remote=self.remote,
            on_quarantine=self._quarantined,
        )
        seen = living(self.db)
        self.core = Core(
            config=config,
            sources=self.sources,
            db=self.db,
            registry=self.registry,
            secrets=app_secrets,
            bulletin=Bulletin(self.registry, self.channels),
            dispatch=dispatch,
            channels=self.channels,
            hub=Hub(
                self.channels,
                StoredLog(self.db),
                sources=self.sources,
                ended_sessions=self._ended_sessions,
            ),
            tokens=tokens,
            passwords=Passwords(password_cost),
            outbox=outbox,
            writer=RoomWriter(self.db, self.sources, outbox),
            jobs=Jobs(self.db, self.sources, living=seen),
            schedule=Schedule(self.db, self.sources, dispatch, living=seen),
            admission=Admission(
                config.figures,
                self.sources.monotonic,
                config.channels_url,
                tokens.derive_key("admission"),
            ),
            background=Background(),
        )
        runners = (self.core.jobs, self.core.schedule)
        self.lookout = Lookout(self.db, self.sources, seen, runners)
        self.services = Services.on(self.core)
        self.gate = SocketGate(self.core, self.services.identity, self.services.app_identity)
        self.mounts = AppMounts(self.services)
        self.tasks = Tasks(self.registry)
        self.remote.watcher = Outages(self.core)
        self.asgi = create_app(
            self.services,
            self._lifespan,
            [realtime_route(self.services, self.gate), self.mounts.route()],
        )

    async def _make_context(
        self, app_id: str, room: Room | None, actor: Actor | None = None
    ) -> Context:
        permissions = frozenset(self.registry.manifest(app_id).permissions)
        return await make_context(self.core, app_id, permissions, room, actor)

    async def _quarantined(self, record: AppRecord) -> None:
        await report_quarantine(self.core, record.app_id)

    async def _ended_sessions(self, ids: Collection[str]) -> Collection[str]:
        of_apps = await self.services.app_identity.ended_among(ids)
        async with self.db.read() as conn:
            return [*of_apps, *await sessions.ended_among(conn, ids, self.sources.now())]

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await self.start()
        # What is there now stays. To look through it again and again for what could go, as the
        # collector would, is a pause of 0.2 s for everybody each time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        try:
            yield
        finally:
            await self.stop()

    async def start(self) -> None:
        """Loads the applications, opens the channels, announces what a crash left behind."""
        await self.registry.load(self._make_context)
        self.core.dispatch.freeze()
        self.mounts.mount(self.registry)
        await self.channels.start()
        await self.core.hub.start()
        await self.core.bulletin.start()
        await self.core.admission.start()
        await self.core.outbox.start()
        await self.tasks.start()
        await self.lookout.start()
        await self.core.jobs.start()
        await self.core.schedule.start()
        await self.services.deliverer.start()
        await self.services.upkeep.start()
        for entry in self.registry.entries:
            log.info("application %s: %s %s", entry.app_id, entry.state, entry.reason or "")

    async def stop(self) -> None:
        """Sockets first, so that nobody waits; then work under way; then the connections."""
        await self.core.hub.stop()
        await self.core.bulletin.stop()
        await self.services.upkeep.stop()
        await self.services.deliverer.stop()
        await self.core.schedule.stop()
        await self.core.jobs.stop()
        await self.lookout.stop()
        await self.tasks.stop()
        await self.remote.close()
        await self.core.writer.close()
        await self.core.background.drain()
        await self.registry.shutdown()
        await self.core.outbox.close()
        await self.core.admission.stop()
        await self.channels.stop()
        self.core.passwords.close()
        await self.db.close()


def serve(config: Config) -> int:
    """Serves until it is told to stop, with as many processes as `config.workers` says.

    Raises `ConfigurationError` for several processes that could not hear each other.
    """
    check_workers(config)
    config = with_secret(config)
    if config.workers == 1:
        server = uvicorn.Server(_server_config(Host(config).asgi, config))
        with suppress(KeyboardInterrupt):
            server.run()
        return 0 if server.started else STARTUP_FAILURE
    # Each process makes its own host of this very configuration: nothing is read twice.
    settings = _server_config(partial(worker, config), config, factory=True)
    listening = settings.bind_socket()
    # Connections inherit it. asyncio sets it only on sockets that name their protocol, which
    # uvicorn's does not: the second packet of an answer then waits 40 ms for the first's receipt.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    supervisor = Workers(settings, sockets=[listening])
    supervisor.run()
    failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    return STARTUP_FAILURE if failed else 0


def check_workers(config: Config) -> None:
    """Raises `ConfigurationError` where events would stay in the process that wrote them."""
    if config.workers > 1 and config.channels_url.startswith("memory:"):
        raise ConfigurationError(
            f"{config.workers} workers need FESTOON_CHANNELS_URL on Redis or PostgreSQL: "
            "over memory:// they would not hear each other."
        )


def worker(config: Config) -> ASGIApp:
    """The application of one process among several."""
    set_up(config.log)
    Thread(target=_end_with_parent, daemon=True).start()
    return Host(config).asgi


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A supervisor that was killed must not leave processes behind that hold the port.
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def wire_limits(figures: Limits) -> WireLimits:
    """What a connection may ask of the server before the application has a say."""
    return WireLimits(
        connections=most_connections(),
        half_open=figures.half_open,
        unfinished=figures.unfinished,
        unread=figures.unread_megabytes * 2**20,
        handshake=figures.head_seconds,
        body=figures.body_seconds,
    )


def _server_config(
    app: ASGIApp | Callable[[], ASGIApp], config: Config, *, factory: bool = False
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=factory,
        workers=config.workers,
        host=config.host,
        port=config.port,
        log_config=None,
        access_log=False,
        **protocols(wire_limits(config.figures)),
        loop="host.realtime.wire.loop:FairLoop",
        ws_per_message_deflate=False,
        ws_max_size=MESSAGE_BYTES,
        proxy_headers=True,
        timeout_graceful_shutdown=10,
        # A process that is starting on a busy machine must not be taken for one that hangs.
        timeout_worker_healthcheck=30,
    )
