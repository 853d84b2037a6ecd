"""Asking services: what dispatch does with an application that is not in its process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from host.apps.entry import AppEntry
from host.apps.remote.address import Addresses
from host.apps.remote.breaker import Breaker, Change
from host.apps.remote.deliveries import Deliveries
from host.apps.remote.problems import Crowded, Late, NoAnswer, Unasked
from host.apps.remote.question import question
from host.apps.remote.reply import decision, most_bytes
from host.apps.remote.signing import signed_headers
from host.apps.remote.where import LockedManifests, Where, where
from host.contract import AppContext, Notification, Refusal, Room
from host.hookspecs import DELEGATED
from host.ids import Sources
from host.store.deliveries import Delivered, Outcome

if TYPE_CHECKING:
    from host.apps.remote.client import Client

log = logging.getLogger("festoon.apps")

Check = Callable[[str, AppEntry, Where, Any], str | None]
"""What is wrong with an answer, as with any application's; None for a good one."""


class Keys(Protocol):
    """Gives the keys that a service's calls are signed with, the newest first."""

    async def signing_keys(self, app_id: str) -> list[bytes]:
        """Empty where the service has no secret."""
        ...


class Watcher(Protocol):
    """Hears of services that are left out, and of those that are well again."""

    async def left_out(self, app_id: str, reason: str) -> None:
        """It failed too often; `reason` is how it did last."""
        ...

    async def well_again(self, app_id: str) -> None:
        """It answers; maybe it always did."""
        ...


class Services:
    """Calls separate services. One for each process."""

    def __init__(
        self,
        addresses: Addresses,
        keys: Keys,
        deliveries: Deliveries,
        manifests: LockedManifests,
        sources: Sources,
        *,
        most_seconds: float | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        """`addresses` says where they may be; `most_seconds` is the host's own word on the time of
        every hook.
        """
        self.deliveries = deliveries
        self.breaker = breaker or Breaker(sources.monotonic)
        self.watcher: Watcher | None = None
        self._addresses = addresses
        self._client: Client | None = None
        self._keys = keys
        self._manifests = manifests
        self._sources = sources
        self._most_seconds = most_seconds
        self._known: dict[str, AppEntry] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def answers(self, entry: AppEntry, hook: str) -> bool:
        """Whether a service is asked this at all: hooks of what its manifest offers."""
        spec = DELEGATED.get(hook)
        manifest = entry.manifest
        return spec is not None and manifest is not None and spec.capability in manifest.webhooks

    async def tries(self, entry: AppEntry, hook: str, room: Room | None) -> int:
        """How often the service wants to be asked before others step in; 1 for decisions."""
        try:
            return where(await self._manifests.of(entry, room), hook).tries
        except Unasked:
            return 1

    async def ask(
        self,
        entry: AppEntry,
        hook: str,
        context: AppContext,
        room: Room | None,
        actor: Any,
        arguments: Mapping[str, Any],
        check: Check,
    ) -> Any:
        """The decision of a service, whose shape passed `check`.

        Raises a `NoAnswer`. It is asked once: what it may have decided already
        is not asked again.
        """
        app_id = entry.app_id
        begun = self._sources.monotonic()
        message_id = _message_id(hook, arguments) or self._sources.new_id()
        outcome, status, note = Outcome.FAILED, None, None
        if self._known.get(app_id) is not entry:
            # It has another address, another secret, or was switched on again.
            self._known[app_id] = entry
            self.breaker.forget(app_id)
        self.breaker.enter(app_id)
        try:
            place = where(await self._manifests.of(entry, room), hook, self._most_seconds)
            value = await self._asked(
                entry, place, hook, message_id, context, room, actor, arguments
            )
            status = 200
            if wrong := check(hook, entry, place, value):
                raise NoAnswer(wrong, status=status)
        except NoAnswer as error:
            outcome = Outcome.LATE if isinstance(error, Late) else Outcome.FAILED
            status, note = error.status, str(error)
            if isinstance(error, Crowded | Unasked):
                self.breaker.undecided(app_id)
            else:
                self._changed(self.breaker.failed(app_id), app_id, note)
            raise
        except BaseException as error:
            self.breaker.undecided(app_id)
            gone = isinstance(error, asyncio.CancelledError)
            note = "it was not waited for" if gone else "the host failed by itself"
            raise
        else:
            outcome = Outcome.REFUSED if isinstance(value, Refusal) else Outcome.ANSWERED
            self._changed(self.breaker.passed(app_id), app_id, "")
            return value
        finally:
            self.deliveries.note(
                Delivered(
                    id=self._sources.new_id(),
                    app_id=app_id,
                    room_id=room.id if room else None,
                    hook=hook,
                    message_id=message_id,
                    request_id=_request_id(actor),
                    at=self._sources.now(),
                    milliseconds=round(1000 * (self._sources.monotonic() - begun)),
                    outcome=outcome,
                    status=status,
                    note=note,
                )
            )

    async def _asked(
        self,
        entry: AppEntry,
        place: Where,
        hook: str,
        message_id: str,
        context: AppContext,
        room: Room | None,
        actor: Any,
        arguments: Mapping[str, Any],
    ) -> Any:
        keys = await self._keys.signing_keys(entry.app_id)
        if not keys:
            raise Unasked("it has no secret that holds; those who run this host make a new one")
        request_id = _request_id(actor) or message_id
        body = question(hook, entry.app_id, request_id, context, room, arguments)
        line = f"{entry.app_id} {place.origin}"
        client = self._calling()
        async with client.turn(line, place.seconds) as left:
            headers = signed_headers(keys, message_id, self._sources.now(), body)
            headers["X-Timeout-Ms"] = str(max(1, int(1000 * left)))
            reply = await client.post(
                line, place.url, headers, body, seconds=left, most_bytes=most_bytes(hook)
            )
        return decision(hook, reply, place)

    def _changed(self, change: Change, app_id: str, reason: str) -> None:
        if change is Change.NONE or self.watcher is None:
            return
        if change is Change.OPENED:
            log.warning("%s is left out for a while: %s", app_id, reason)
            telling = self.watcher.left_out(app_id, reason)
        else:
            telling = self.watcher.well_again(app_id)
        task = asyncio.get_running_loop().create_task(_told(telling))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def close(self) -> None:
        """Ends: the log is written, the connections are closed."""
        if self._telling:
            await asyncio.wait(self._telling, timeout=5)
        await self.deliveries.close()
        if self._client is not None:
            with suppress(Exception):
                await self._client.close()

    def _calling(self) -> Client:
        if self._client is None:
            # An HTTP client takes 3 MB, and many hosts have no service to ask.
            from host.apps.remote.client import Client
            from host.apps.remote.network import CheckedNetwork

            self._client = Client(CheckedNetwork(self._addresses))
        return self._client


async def _told(telling: Awaitable[None]) -> None:
    try:
        await telling
    except Exception:
        log.exception("what became of a service could not be made known")


def _message_id(hook: str, arguments: Mapping[str, Any]) -> str | None:
    """What may be sent again keeps its id, by which the service knows it."""
    notification = arguments.get("notification")
    if hook == "notify" and isinstance(notification, Notification):
        return notification.id
    return None


def _request_id(actor: Any) -> str | None:
    """Of the call to the host from which this one follows."""
    return getattr(actor, "request_id", None) or None
