"""Idempotency keys: the same key and body give the first answer again, for a day."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from host.access import Actor
from host.errors import Conflict, FestoonError, ValidationFailed
from host.services import Core, Services
from host.services.idempotency import Claim, claimed, under_way
from host.store import idempotency as store
from host.store.idempotency import Claimed, KeptAnswer
from host.web.api.body import Envelope, read_bytes, refusal

log = logging.getLogger("festoon.web")

KEPT = timedelta(hours=24)
ALIVE_SECONDS = 1.0
"""How often a call that takes its time says that it goes on."""
ABANDONED = timedelta(seconds=5)
"""After so long without a word a first call is taken for dead. Should it live, its transaction
finds the key gone and is undone: see `host.services.idempotency`.
"""
MOST_KEY = 200
LEAST_SECRET = 16
BROWSER = ("user-agent", "accept-language", "origin", "sec-ch-ua")


async def first_answer(
    request: Request, services: Services, actor: Actor, key: str
) -> Response | None:
    """The kept answer to this very call, if it was made before and has ended."""
    async with services.core.db.read() as conn:
        kept = await store.get(conn, owner_of(request, actor), key)
    if kept is None or kept.fingerprint != await _fingerprint(request):
        return None
    return None if kept.expires_at < services.core.sources.now() else _again(services, kept)


async def once(
    request: Request,
    services: Services,
    actor: Actor,
    key: str,
    status: int,
    render: Callable[[Any], bytes],
    run: Callable[[], Awaitable[Response]],
    *,
    key_is_secret: bool = False,
) -> Response:
    """Runs the call the first time; answers from what was kept every other time.

    `key_is_secret` for a call by nobody in particular whose answer is for its caller alone: by
    nothing but the key is it known who that was, so it must be one that nobody else comes upon.

    Raises `Conflict` for another body under the same key, or, with Retry-After, while the
    first call is under way. An answer of 5xx is not kept: such a call may be tried again.
    """
    _check(key, LEAST_SECRET if key_is_secret and not actor.signed_in else 1)
    core = services.core
    claim = Claimed(owner_of(request, actor), key, core.sources.new_id())
    # Some answers hold tokens, which nobody who reads the table may use.
    seal = core.tokens.seal
    kept = await _claim(services, claim, await _fingerprint(request))
    if kept is not None:
        return kept
    try:
        with (
            _GoingOn(core, claim),
            claimed.during(Claim(claim, status, lambda result: seal(render(result)))),
        ):
            response = await run()
    except FestoonError as error:
        if error.status >= 500:
            await _release(core, claim)
            raise
        response = refusal(error, actor.request_id)
        async with core.db.write() as conn:
            if await store.keep(conn, claim, response.status_code, seal(bytes(response.body))):
                return response
        # It took so long that another call has the key now: whoever made it is to hear of that.
        raise under_way() from error
    except Exception:
        # A call that was cancelled instead may still be done: its write waits in a queue.
        await _release(core, claim)
        raise
    async with core.db.write() as conn:
        await store.keep(conn, claim, response.status_code, seal(bytes(response.body)))
    return response


def owner_of(request: Request, actor: Actor) -> str:
    """Whose key it is. What an application does for a user is not answered to the user's others.

    Who is not signed in is known by the address, and by what their browser says of itself: two
    phones in one hall are two callers.
    """
    if actor.user is not None and actor.app_id is not None:
        return f"{actor.caller} app:{actor.app_id}"
    if actor.signed_in:
        return actor.caller
    said = "\n".join(request.headers.get(name, "") for name in BROWSER)
    return f"{actor.caller} {hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _check(key: str, least: int) -> None:
    if not 1 <= len(key) <= MOST_KEY or not key.isprintable():
        raise ValidationFailed(
            f"An Idempotency-Key has 1 to {MOST_KEY} printable characters.",
            {"Idempotency-Key": ["is not usable"]},
        )
    if len(key) < least:
        raise ValidationFailed(
            "The answer is for you alone, and only the key says who you are. Take a random one, "
            f"a UUID say, of at least {least} characters.",
            {"Idempotency-Key": [f"must have at least {least} characters"]},
        )


async def _fingerprint(request: Request) -> str:
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(target + await read_bytes(request)).hexdigest()


async def _claim(services: Services, claim: Claimed, fingerprint: str) -> Response | None:
    now = services.core.sources.now()
    async with services.core.db.write() as conn:
        if await store.claim(conn, claim, fingerprint, now, now + KEPT):
            return None
        kept = await store.get(conn, claim.caller, claim.key)
        if kept is not None and _is_over(kept, now):
            await store.forget(conn, claim.caller, claim.key, kept)
            if await store.claim(conn, claim, fingerprint, now, now + KEPT):
                return None
            kept = await store.get(conn, claim.caller, claim.key)
    if kept is not None and kept.fingerprint != fingerprint:
        raise Conflict("This Idempotency-Key was used for another request. Take a new one.")
    answer = None if kept is None else _again(services, kept)
    if answer is None:
        raise under_way()
    return answer


def _is_over(kept: KeptAnswer, now: datetime) -> bool:
    if kept.expires_at < now:
        return True
    return kept.status is None and (kept.alive_at or kept.created_at) < now - ABANDONED


def _again(services: Services, kept: KeptAnswer) -> Response | None:
    if kept.status is None or kept.body is None:
        return None
    body = services.core.tokens.unseal(kept.body)
    if body is None:
        raise Conflict("This Idempotency-Key was used before this host changed its secret.")
    return Envelope(body, kept.status, headers={"Idempotent-Replayed": "true"})


class _GoingOn:
    """Says every now and then that a call goes on; a quick one never has to."""

    def __init__(self, core: Core, claim: Claimed) -> None:
        self._core = core
        self._claim = claim
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        self._wait()

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(
            ALIVE_SECONDS, lambda: self._core.background.start(self._say_so())
        )

    async def _say_so(self) -> None:
        try:
            async with self._core.db.write() as conn:
                await store.go_on(conn, self._claim, self._core.sources.now())
        except (SQLAlchemyError, OSError) as error:
            log.warning("a call under way could not say so: %s", error)
        if self._timer is not None:
            self._wait()


async def _release(core: Core, claim: Claimed) -> None:
    async with core.db.write() as conn:
        await store.release(conn, claim)
