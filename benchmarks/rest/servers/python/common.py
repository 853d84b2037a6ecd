"""What the calls share: who asks, the database's session, refusals, ids."""

from __future__ import annotations

import base64
import os
import secrets
import time
from collections.abc import AsyncIterator
from typing import Annotated

import jwt  # type: ignore[import-not-found]
from fastapi import Depends, Header, Path  # type: ignore[import-not-found]
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.requests import Request
from starlette.responses import JSONResponse

CONNECTIONS = 32
KEY = base64.b64decode(os.environ["TOKEN_KEY"])
ISSUER = os.environ["TOKEN_ISSUER"]
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=CONNECTIONS, max_overflow=0)
make_session = async_sessionmaker(engine, expire_on_commit=False)


class Refused(Exception):
    """A call that is refused, with its status and code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def no_room() -> Refused:
    """For a room that is not there, or not for the caller."""
    return Refused(404, "NOT_FOUND", "There is no such room.")


def already_in() -> Refused:
    """For who joins twice."""
    return Refused(409, "CONFLICT", "You are already in this room.")


async def refuse(_: Request, error: Exception) -> JSONResponse:
    """The answer to a refused call."""
    assert isinstance(error, Refused)
    content = {"error": {"code": error.code, "message": str(error)}}
    return JSONResponse(content, error.status)


async def signed_in(authorization: Annotated[str, Header()] = "") -> str:
    """The user's id, by the token."""
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "), KEY, algorithms=["HS256"], issuer=ISSUER
        )
    except jwt.InvalidTokenError:
        raise Refused(401, "UNAUTHORIZED", "Sign in first.") from None
    return str(claims["sub"])


async def opened() -> AsyncIterator[AsyncSession]:
    """A session of the database for one call."""
    async with make_session() as session:
        yield session


Caller = Annotated[str, Depends(signed_in)]
Session = Annotated[AsyncSession, Depends(opened)]
RoomId = Annotated[str, Path(min_length=1, max_length=64)]


def new_id() -> str:
    """An id that sorts by the millisecond it was made in."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
