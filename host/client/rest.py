"""Calls of the REST interface: tried until they are answered, done once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from host.client.apps import AppKey, AppSession
from host.client.failures import NoAnswer, refusal
from host.client.pause import full_jitter
from host.client.session import Session, Tokens
from host.contract import JsonObject
from host.errors import FestoonError, Unauthorized

API = "/api/v1"
SAFE = frozenset({"GET", "HEAD"})
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class Answer:
    """What the host answered: the envelope's `data` and `meta`, and the thing's `ETag`."""

    data: Any
    meta: JsonObject
    status: int
    etag: str | None
    replayed: bool
    """Whether this is the kept answer to an earlier call under the same key."""


class Rest:
    """Calls below `/api/v1`, with the session's token."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        tokens: Tokens | None,
        keep: Any,
        patience: float,
        app: AppKey | None = None,
    ) -> None:
        """`patience` is how long, in seconds, a call is tried again before it fails.

        An `app` makes the calls alone, or for the user where somebody is signed in.
        """
        self._http = http
        self._patience = patience
        self.session = Session(self._refresh, tokens, keep)
        self._app = None if app is None else AppSession(app, self._app_token)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Answer:
        """The answer, however often the host goes away meanwhile.

        Every call that changes something goes under an idempotency key, `key` or a new one, so
        that another try does it once. Raises the `FestoonError` that the host refused with, or
        `NoAnswer` when there was none for `patience` seconds.
        """
        headers = {} if if_match is None else {"If-Match": if_match}
        if method not in SAFE:
            headers["Idempotency-Key"] = key or uuid4().hex
        token = await self.session.token()
        own = None if self._app is None else await self._app.token()
        try:
            return await self._as(token, own, method, path, body, query, headers)
        except Unauthorized as refused:
            if refused.code != Unauthorized.code:
                raise
            tokens = self.session.tokens
            renewable = tokens is not None and tokens.refresh_token is not None
            if not renewable and own is None:
                raise
        if self._app is not None and own is not None:
            self._app.forget(own)
            own = await self._app.token()
        if token is not None and renewable:
            token = await self.session.renew(token)
        return await self._as(token, own, method, path, body, query, headers)

    async def sign_in(self, path: str, body: JsonObject) -> Answer:
        """A call by which somebody signs in, whatever application it is for."""
        headers = {"Idempotency-Key": uuid4().hex}
        token = await self.session.token()
        return await self._patiently("POST", path, body, None, headers, token)

    async def _as(
        self,
        token: str | None,
        own: str | None,
        method: str,
        path: str,
        body: Any,
        query: Mapping[str, Any] | None,
        headers: dict[str, str],
    ) -> Answer:
        if self._app is not None and own is not None:
            headers = headers | self._app.headers(own, for_user=token is not None)
        return await self._patiently(method, path, body, query, headers, token or own)

    async def _app_token(self, body: JsonObject) -> JsonObject:
        headers = {"Idempotency-Key": uuid4().hex}
        answer = await self._patiently("POST", "/apps/token", body, None, headers, None)
        token: JsonObject = answer.data
        return token

    async def _refresh(self, refresh_token: str, key: str) -> JsonObject:
        body = {"refreshToken": refresh_token}
        headers = {"Idempotency-Key": key}
        answer = await self._patiently("POST", "/auth/refresh", body, None, headers, None)
        tokens: JsonObject = answer.data
        return tokens

    async def _patiently(
        self,
        method: str,
        path: str,
        body: Any,
        query: Mapping[str, Any] | None,
        headers: dict[str, str],
        token: str | None,
    ) -> Answer:
        if token is not None:
            headers = {**headers, "Authorization": f"Bearer {token}"}
        sent: dict[str, Any] = {} if body is None else {"json": body}
        until = time.monotonic() + self._patience
        tries = 0
        while True:
            pause = full_jitter(tries, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
            tries += 1
            try:
                response = await self._http.request(
                    method, API + path, params=query, headers=headers, **sent
                )
            except httpx.TransportError as error:
                failure: FestoonError = NoAnswer(f"The host did not answer: {error!r}")
                failure.__cause__ = error
            else:
                if response.is_success:
                    return _answer(response)
                failure = _failure(response)
                wait = _comes_back(response, failure)
                if wait is None:
                    raise failure
                pause += wait
            if time.monotonic() + pause > until:
                raise failure
            await asyncio.sleep(pause)


def _answer(response: httpx.Response) -> Answer:
    envelope = response.json()
    return Answer(
        data=envelope["data"],
        meta=envelope.get("meta", {}),
        status=response.status_code,
        etag=response.headers.get("etag"),
        replayed="idempotent-replayed" in response.headers,
    )


def _failure(response: httpx.Response) -> FestoonError:
    status = response.status_code
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        # Something in between has answered, a proxy whose host is away perhaps.
        return NoAnswer(f"The answer, {status}, is not the host's.")
    return refusal(error, status=status, headers=response.headers)


def _comes_back(response: httpx.Response, failure: FestoonError) -> float | None:
    """The least time before another try, in seconds; None if that would change nothing."""
    if isinstance(failure, NoAnswer):
        return 0.0 if response.status_code in (502, 503, 504) else None
    told = response.headers.get("retry-after", "")
    least = float(told) if told.isascii() and told.isdigit() else None
    if failure.code == "UNAVAILABLE":
        return least or 0.0
    # 409: the first call under this key is still under way.
    return least if response.status_code in (409, 429) else None
