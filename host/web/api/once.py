"""Idempotency keys: the same key and body give the first answer again, for a day."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from host.access import Actor
from host.errors import Conflict, FestoonError, ValidationFailed
from host.services import Services
from host.services.idempotency import Claim, claimed
from host.store import idempotency as store
from host.web.api.body import Envelope, read_bytes, refusal

KEPT = timedelta(hours=24)
ABANDONED = timedelta(seconds=60)
"""After this long an unfinished first call is taken for dead: no call is let run longer."""
MOST_KEY = 200


async def first_answer(
    request: Request, services: Services, actor: Actor, key: str
) -> Response | None:
    """The kept answer to this very call, if it was made before and has ended."""
    async with services.core.db.read() as conn:
        kept = await store.get(conn, _owner(actor), key)
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
) -> Response:
    """Runs the call the first time; answers from what was kept every other time.

    Raises `Conflict` for another body under the same key, or, with Retry-After, while the
    first call is under way. An answer of 5xx is not kept: such a call may be tried again.
    """
    if not 1 <= len(key) <= MOST_KEY or not key.isprintable():
        raise ValidationFailed(
            f"An Idempotency-Key has 1 to {MOST_KEY} printable characters.",
            {"Idempotency-Key": ["is not usable"]},
        )
    caller = _owner(actor)
    # Some answers hold tokens, which nobody who reads the table may use.
    seal = services.core.tokens.seal
    fingerprint = await _fingerprint(request)
    kept = await _claim(services, caller, key, fingerprint)
    if kept is not None:
        return kept
    try:
        with claimed.during(Claim(caller, key, status, lambda result: seal(render(result)))):
            response = await run()
    except FestoonError as error:
        if error.status >= 500:
            await _release(services, caller, key)
            raise
        response = refusal(error, actor.request_id)
    except Exception:
        # A call that was cancelled instead may still be done: its write waits in a queue.
        await _release(services, caller, key)
        raise
    async with services.core.db.write() as conn:
        await store.keep(conn, caller, key, response.status_code, seal(bytes(response.body)))
    return response


def _owner(actor: Actor) -> str:
    """Whose key it is. What an application does for a user is not answered to the user's others."""
    if actor.user is not None and actor.app_id is not None:
        return f"{actor.caller} app:{actor.app_id}"
    return actor.caller


async def _fingerprint(request: Request) -> str:
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(target + await read_bytes(request)).hexdigest()


async def _claim(services: Services, caller: str, key: str, fingerprint: str) -> Response | None:
    now = services.core.sources.now()
    async with services.core.db.write() as conn:
        await store.expire(conn, caller, key, now)
        kept = await store.get(conn, caller, key)
        if kept is not None and kept.status is None and kept.created_at < now - ABANDONED:
            await store.release(conn, caller, key)
            kept = None
        if kept is None:
            try:
                async with conn.begin_nested():
                    await store.claim(conn, caller, key, fingerprint, now, now + KEPT)
                return None
            except IntegrityError:
                kept = await store.get(conn, caller, key)
    if kept is not None and kept.fingerprint != fingerprint:
        raise Conflict("This Idempotency-Key was used for another request. Take a new one.")
    answer = None if kept is None else _again(services, kept)
    if answer is None:
        raise Conflict(
            "The first call with this Idempotency-Key is still under way.",
            headers={"Retry-After": "1"},
        )
    return answer


def _again(services: Services, kept: store.KeptAnswer) -> Response | None:
    if kept.status is None or kept.body is None:
        return None
    body = services.core.tokens.unseal(kept.body)
    if body is None:
        raise Conflict("This Idempotency-Key was used before this host changed its secret.")
    return Envelope(body, kept.status, headers={"Idempotent-Replayed": "true"})


async def _release(services: Services, caller: str, key: str) -> None:
    async with services.core.db.write() as conn:
        await store.release(conn, caller, key)
