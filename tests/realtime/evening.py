"""One room on a real store, with the whole way from a commit to a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Path, Person, Role
from host.errors import FestoonError
from host.ids import Sources
from host.realtime.channels import Channels
from host.realtime.connection import Binding, SignIn
from host.realtime.hub import Hub
from host.realtime.names import CloseCode
from host.realtime.stored import StoredLog
from host.realtime.subscription import Subscriber, Subscription
from host.realtime.timing import Timing
from host.services.outbox import Outbox
from host.services.writer import RoomWriter
from host.store import rooms
from host.store.engine import Database
from host.store.tables import app_versions, apps, users

QUICK = Timing(grace=0.05, window=0.05, idle=0.05)


A_SECOND = 20.0
"""A second, and what a machine that is full of other tests may stand still."""


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Waits for what must become true; fails when it has not within the time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not become true in time"
        await asyncio.sleep(0.002)


def goes_by(seconds: float) -> None:
    """So much time passes at once for the running loop: what would be due then is due now."""
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]


class Ear:
    """A socket in memory: what was sent to it, and how it was closed."""

    def __init__(self, user_id: str | None = None, *, session_id: str | None = None) -> None:
        person = Person(user_id, user_id.title()) if user_id else None
        self.sign_in: SignIn | None = SignIn(user_id, person, session_id)
        self.binding: Binding | None = None
        self.raw: list[bytes] = []
        self.frames: list[dict[str, Any]] = []
        self.seqs: list[int] = []
        self.code: CloseCode | None = None
        self.arrived = 0.0
        self.name = "ear"
        self.path: Path | None = None

    def heard(self, seq: int) -> float | None:
        return None

    @property
    def closed(self) -> bool:
        return self.code is not None

    def send_frame(self, frame: bytes) -> None:
        self.raw.append(frame)
        self.frames.append(orjson.loads(frame))
        if "seq" in self.frames[-1]:
            self.seqs.append(self.frames[-1]["seq"])

    def close(self, code: CloseCode, reason: str = "") -> None:
        self.code = self.code or code

    async def drained(self) -> None:
        await asyncio.sleep(0)

    def named(self, event: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["event"] == event]


class Evening:
    """A room whose events are written as the services write them."""

    room_id = "room-1"

    def __init__(self, db: Database, timing: Timing = QUICK) -> None:
        self.db = db
        self.sources = Sources()
        self.channels = Channels("memory://")
        self.outbox = Outbox(db, self.channels, self.sources)
        self.writer = RoomWriter(db, self.sources, self.outbox)
        self.log = StoredLog(db)
        self.hub = Hub(self.channels, self.log, sources=self.sources, timing=timing)
        self.members: dict[str, Role] = {"olga": Role.ORGANIZER}
        self.is_public = True
        self.checks = 0

    async def start(self) -> None:
        await self.channels.start()
        await self.hub.start()
        async with self.db.write() as connection:
            await self._furnish(connection)

    async def stop(self) -> None:
        await self.writer.close()
        await self.hub.stop()
        await self.channels.stop()

    async def _furnish(self, connection: AsyncConnection) -> None:
        now = self.sources.now()
        dates = {"created_at": now, "updated_at": now}
        await connection.execute(
            users.insert().values(
                id="olga", email="olga@example.org", name="Olga", is_guest=False, **dates
            )
        )
        await connection.execute(
            apps.insert().values(
                id="lottery",
                source="IN_PROCESS",
                current_version="1.0.0",
                review_state="APPROVED",
                **dates,
            )
        )
        await connection.execute(
            app_versions.insert().values(
                app_id="lottery", version="1.0.0", manifest={}, created_at=now
            )
        )
        await rooms.insert(
            connection,
            room_id=self.room_id,
            name="Winter party",
            description=None,
            app_id="lottery",
            settings={},
            manifest_version="1.0.0",
            is_public=True,
            join_code="ABC123",
            created_by="olga",
            now=now,
        )

    async def emit(self, event: str, data: dict[str, Any] | None = None, **more: Any) -> int:
        """Commits one durable event and publishes it; answers its seq."""

        async def operation(tx: Any) -> int:
            seq: int = tx.emit(event, data or {}, **more)
            return seq

        return await self.writer.write(self.room_id, operation)

    async def emit_unheard(self, event: str, times: int = 1, **data: Any) -> None:
        """Commits events that are never published, as a crash after the commit leaves them."""
        announce, self.outbox.announce = self.outbox.announce, _nowhere  # type: ignore[method-assign]
        try:
            await asyncio.gather(*(self.emit(event, data) for _ in range(times)))
        finally:
            self.outbox.announce = announce  # type: ignore[method-assign]

    def check(self, ear: Ear) -> Callable[[], Any]:
        """Who the ear's person is here now; NotFound for strangers to a private room."""

        async def ask() -> Subscriber:
            self.checks += 1
            assert ear.sign_in is not None
            user_id = ear.sign_in.user_id
            role = self.members.get(user_id or "")
            if role is None and not self.is_public:
                raise NotHere("There is no such room.")
            return Subscriber(
                view="editor" if role is Role.ORGANIZER else "public",
                person=ear.sign_in.person,
                role=role,
                participant_id=f"p-{user_id}" if role else None,
            )

        return ask

    async def subscribe(
        self, ear: Ear, *, after: int | None = None, quiet: bool = False
    ) -> Subscription:
        """Subscribes and replays, as a socket does."""
        self.hub.connect(ear)
        subscription, _ = await self.hub.subscribe(
            ear, self.room_id, self.check(ear), after=after, quiet=quiet
        )
        await self.hub.replay(subscription)
        return subscription


class NotHere(FestoonError):
    code = "NOT_FOUND"
    status = 404


async def _nowhere(*_: object) -> None:
    return None
