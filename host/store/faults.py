"""What the database refuses, said in the contract's words."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from host.errors import Conflict, FestoonError, Unavailable, ValidationFailed


def explained(error: DBAPIError) -> FestoonError:
    """A constraint is a Conflict, a value it cannot hold a ValidationFailed, else Unavailable."""
    if isinstance(error, IntegrityError):
        return Conflict("Someone changed the same thing at the same moment. Look again.")
    # A plain DBAPIError where asyncpg is concerned, with SQL's class of data exceptions: 22.
    if isinstance(error, DataError) or str(getattr(error.orig, "sqlstate", "")).startswith("22"):
        return ValidationFailed("The text holds characters that cannot be stored.")
    if isinstance(error, OperationalError | InterfaceError):
        return Unavailable("The database did not answer. Try again in a moment.")
    return Unavailable("The database refused the call. Try again in a moment.")
