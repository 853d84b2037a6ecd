"""The short way to PostgreSQL, for the statements that a full hall asks for at once.

SQLAlchemy takes several times as long over a short statement as the server does. What is asked
here is SQL as it is sent: prepared once for each connection, answered with the driver's rows,
each statement a transaction of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError

from host.errors import Unavailable
from host.store.manifests import Manifests

SILENT = "The database did not answer. Try again in a moment."
TRUSTED_SECONDS = 30.0
"""How long a connection may rest before it is asked whether it is still there."""
SETTINGS = {
    # Plans are kept, whatever the values: to plan some of these takes longer than to run them.
    "plan_cache_mode": "force_generic_plan",
    # And kept while tables grow that were empty when they were made: rows are found by an index
    # from the beginning.
    "enable_seqscan": "off",
    "enable_memoize": "off",
    "jit": "off",
    "timezone": "UTC",
}
_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    # The server has said that it closes the connection, but has not yet: nothing is sent any more.
    asyncpg.InternalClientError,
    OSError,
)
_STALE = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)


class _Bare:
    """A connection with the statements that are prepared on it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.prepared: dict[str, PreparedStatement] = {}
        self.rests_since = time.monotonic()

    async def answers(self) -> bool:
        """Whether the server is still there; it is only asked after a long rest."""
        if self.connection.is_closed():
            return False
        if time.monotonic() - self.rests_since < TRUSTED_SECONDS:
            return True
        try:
            await self.connection.execute("SELECT 1", timeout=TRUSTED_SECONDS)
        except (TimeoutError, asyncpg.PostgresError, *_GONE):
            return False
        return True


class Lane:
    """Up to `size` connections; who finds none free waits in line."""

    def __init__(self, url: URL, size: int) -> None:
        _, self._options = url.get_dialect()().create_connect_args(url)
        for of_sqlalchemy in ("prepared_statement_cache_size", "prepared_statement_name_func"):
            self._options.pop(of_sqlalchemy, None)
        self._size = size
        self._open = 0
        self._free: list[_Bare] = []
        self.manifests = Manifests(self._manifest)
        self._waiting: deque[asyncio.Future[_Bare | None]] = deque()

    async def rows(self, statement: str, *given: Any) -> Sequence[asyncpg.Record]:
        """The rows of a statement that only reads: it is sent once more where the first time
        nobody answered. Raises `Unavailable` where nobody does, `DBAPIError` what is refused.
        """
        return await self._asked(statement, given, tries=2)

    async def write(self, statement: str, *given: Any) -> Sequence[asyncpg.Record]:
        """As `rows`, of a statement that writes: it is sent once. All of it is done, or nothing."""
        return await self._asked(statement, given, tries=1)

    async def connect(self) -> asyncpg.Connection:
        """A connection that is not the lane's, for whoever keeps it and closes it."""
        try:
            return await asyncpg.connect(**self._options, server_settings=SETTINGS)
        except (asyncpg.PostgresError, *_GONE) as error:
            raise Unavailable(SILENT) from error

    async def close(self) -> None:
        """Closes every connection that is not in use."""
        while self._free:
            bare = self._free.pop()
            self._open -= 1
            await bare.connection.close()

    async def _manifest(self, app_id: str, version: str) -> str:
        statement = "SELECT manifest FROM app_versions WHERE app_id = $1 AND version = $2"
        found: str = (await self.rows(statement, app_id, version))[0]["manifest"]
        return found

    async def _asked(
        self, statement: str, given: Sequence[Any], *, tries: int
    ) -> Sequence[asyncpg.Record]:
        while True:
            tries -= 1
            bare = await self._taken()
            try:
                prepared = bare.prepared.get(statement)
                if prepared is None:
                    prepared = await bare.connection.prepare(statement)
                    bare.prepared[statement] = prepared
                found: Sequence[asyncpg.Record] = await prepared.fetch(*given)
            except _STALE:
                # The tables were changed under the plan: it was refused before it began.
                self._discard(bare)
                tries = max(tries, 1)
            except _GONE as error:
                self._discard(bare)
                if tries <= 0:
                    raise Unavailable(SILENT) from error
            except asyncpg.PostgresError as error:
                self._give_back(bare)
                broken = isinstance(error, asyncpg.IntegrityConstraintViolationError)
                raise (IntegrityError if broken else DBAPIError)(statement, None, error) from error
            except BaseException:
                # Cancelled, so the answer is still on its way.
                self._discard(bare)
                raise
            else:
                self._give_back(bare)
                return found

    async def _taken(self) -> _Bare:
        while True:
            while self._free:
                bare = self._free.pop()
                if await bare.answers():
                    return bare
                self._discard(bare)
            if self._open < self._size:
                return await self._opened()
            turn: asyncio.Future[_Bare | None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                given = await turn
            except BaseException:
                if turn.done() and not turn.cancelled() and (left := turn.result()) is not None:
                    self._give_back(left)
                raise
            if given is not None:
                return given

    async def _opened(self) -> _Bare:
        self._open += 1
        try:
            return _Bare(await self.connect())
        except BaseException:
            self._open -= 1
            self._call_next(None)
            raise

    def _give_back(self, bare: _Bare) -> None:
        if not self._call_next(bare):
            bare.rests_since = time.monotonic()
            self._free.append(bare)

    def _discard(self, bare: _Bare) -> None:
        bare.connection.terminate()
        self._open -= 1
        self._call_next(None)

    def _call_next(self, bare: _Bare | None) -> bool:
        """Gives the one who waits longest a connection, or with None the chance to open one."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(bare)
                return True
        return False
