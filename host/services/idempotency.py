"""The idempotency claim of the call under way, kept in the transaction that does the work.

The web layer sets a claim around a call that came with an `Idempotency-Key`; whoever commits
the call's one write keeps the answer in the same transaction. So a process that dies between
the commit and the answer leaves the answer behind, and the same key finds it. And a process that
was only slow, and so was taken for dead, finds its key gone, and commits nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from host.errors import Conflict
from host.store import idempotency as store
from host.store.idempotency import Claimed


@dataclass(frozen=True)
class Claim:
    """A key under way, and how the result becomes the answer's bytes."""

    of: Claimed
    status: int
    render: Callable[[Any], bytes]


class _Claims:
    def __init__(self) -> None:
        self._variable: ContextVar[Claim | None] = ContextVar("festoon_claim", default=None)

    def __call__(self) -> Claim | None:
        """The claim of this call, if it has one."""
        return self._variable.get()

    @contextmanager
    def during(self, claim: Claim | None) -> Iterator[None]:
        """Sets the claim for what runs inside."""
        token = self._variable.set(claim)
        try:
            yield
        finally:
            self._variable.reset(token)


claimed = _Claims()
"""Reads the claim with `claimed()`, sets it with `claimed.during(claim)`."""


async def keep_answer(conn: AsyncConnection, result: Any) -> None:
    """Keeps what the call will answer in the transaction that does its work, if it has a key.

    Raises `Conflict`, so that nothing of the transaction stays, where the key is another's by now.
    """
    claim = claimed()
    if claim is not None and not await store.keep(
        conn, claim.of, claim.status, claim.render(result)
    ):
        raise under_way()


def under_way() -> Conflict:
    """The refusal of a call whose key another call has to itself."""
    return Conflict(
        "Another call with this Idempotency-Key is still under way.",
        headers={"Retry-After": "1"},
    )
