"""A host as its clients see it: sign-in, calls, live events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import httpx

from host.client.apps import AppKey
from host.client.live import Live
from host.client.rest import Answer, Rest
from host.client.session import Tokens
from host.contract import JsonObject
from host.errors import Unauthorized

PATIENCE_SECONDS = 90.0
"""A call whose process was killed may be made again, under its key, after a minute."""
CALL_SECONDS = 30.0


@dataclass(frozen=True)
class Page:
    """A part of a list; `meta` says which, as the wire contract has it."""

    items: list[JsonObject]
    meta: JsonObject


class Client:
    """One person's, or one tool's, way to a host. Use it as an async context manager."""

    def __init__(
        self,
        url: str,
        *,
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens], None] | None = None,
        patience: float = PATIENCE_SECONDS,
        app: AppKey | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.AsyncClient(base_url=self._url, timeout=CALL_SECONDS)
        self._rest = Rest(self._http, tokens, on_tokens, patience, app)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections that calls were made on. Sockets are closed by themselves."""
        await self._http.aclose()

    # Who it is.

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of now, None if nobody is signed in."""
        return self._rest.session.tokens

    async def register(self, email: str, password: str, name: str | None = None) -> JsonObject:
        """Makes an account and signs in; the user. A guest who is signed in gets the account."""
        body = {"email": email, "password": password} | ({} if name is None else {"name": name})
        return await self._sign_in("/auth/register", body)

    async def login(self, email: str, password: str) -> JsonObject:
        """Signs in; the user. Raises `InvalidCredentials`."""
        return await self._sign_in("/auth/login", {"email": email, "password": password})

    async def guest(self, name: str) -> JsonObject:
        """Signs in as a new guest; the user."""
        return await self._sign_in("/auth/guest", {"name": name})

    async def logout(self) -> None:
        """Ends the session, its sockets included."""
        # A session that is ended already is what was wanted.
        with suppress(Unauthorized):
            await self._rest.call("POST", "/auth/logout")
        self._rest.session.sign_out()

    async def _sign_in(self, path: str, body: JsonObject) -> JsonObject:
        answer = await self._rest.sign_in(path, body)
        self._rest.session.sign_in(answer.data)
        user: JsonObject = answer.data["user"]
        return user

    # Calls. Paths are below `/api/v1`; all raise as `call` does.

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: JsonObject | None = None,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Answer:
        """The whole answer of one call.

        It is tried again for `patience` seconds while the host is away, and done once: calls
        that change something go under an idempotency key (give one to go on with after a crash
        of your own). Tokens are renewed in time. Raises the `FestoonError` that the host
        refused with (`NotFound`, `PrizeExhausted`, `ValidationFailed`…), or `NoAnswer`.
        """
        return await self._rest.call(method, path, body, query=query, key=key, if_match=if_match)

    async def get(self, path: str, **query: Any) -> Any:
        """The `data` of a GET."""
        return (await self._rest.call("GET", path, query=query)).data

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The `data` of a POST."""
        return (await self._rest.call("POST", path, body, key=key)).data

    async def put(self, path: str, body: Any = None) -> Any:
        """The `data` of a PUT."""
        return (await self._rest.call("PUT", path, body)).data

    async def patch(self, path: str, body: Any = None, *, if_match: str | None = None) -> Any:
        """The `data` of a PATCH; `VersionConflict` if it is no longer what `if_match` names."""
        return (await self._rest.call("PATCH", path, body, if_match=if_match)).data

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Deletes something; `VersionConflict` if it is no longer what `if_match` names."""
        await self._rest.call("DELETE", path, if_match=if_match)

    async def page(self, path: str, **query: Any) -> Page:
        """One page of a list, by `page` and `limit`, or by `cursor`."""
        answer = await self._rest.call("GET", path, query=query)
        return Page(answer.data, answer.meta)

    async def each(self, path: str, **query: Any) -> AsyncIterator[JsonObject]:
        """Every item of a list: by cursors where it has them, and else page by page."""
        where: JsonObject | None = {"cursor": ""}
        while where is not None:
            page = await self.page(path, **{"limit": 100, **query, **where})
            for item in page.items:
                yield item
            where = _following(page.meta)

    def live(self) -> Live:
        """A socket of its own, signed in as this client; use it as an async context manager."""
        return Live(self._url.replace("http", "ws", 1) + "/realtime", self._rest.session)


def _following(meta: JsonObject) -> JsonObject | None:
    """What asks for the part of a list that follows the one with this `meta`."""
    if "nextCursor" in meta:
        cursor = meta["nextCursor"]
        return None if cursor is None else {"cursor": cursor}
    return {"page": meta["page"] + 1} if meta["page"] < meta["totalPages"] else None
