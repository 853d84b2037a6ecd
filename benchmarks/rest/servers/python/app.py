"""FastAPI and SQLAlchemy's ORM: a token's check, a rate limit, schemas, one log line a request."""

from __future__ import annotations

from fastapi import FastAPI  # type: ignore[import-not-found]
from slowapi import Limiter  # type: ignore[import-not-found]
from slowapi.middleware import SlowAPIASGIMiddleware  # type: ignore[import-not-found]
from starlette.requests import Request

from benchmarks.rest.servers.python import reads, writes
from benchmarks.rest.servers.python.common import Refused, refuse


def caller_of(request: Request) -> str:
    """Who is counted, by the token."""
    return request.headers.get("authorization", "")


app = FastAPI()
app.state.limiter = Limiter(key_func=caller_of, default_limits=["1000000000/minute"])
app.add_middleware(SlowAPIASGIMiddleware)
app.add_exception_handler(Refused, refuse)
app.include_router(reads.router)
app.include_router(writes.router)
