"""How many connections the system lets this process have."""

from __future__ import annotations

RESERVED = 400
"""So many files are for the database, the channels, and those who are told that it is full."""


def most_connections() -> int | None:
    """Raises the number of files this process may open as far as it can, and says what is left.

    Without one to spare it could not even tell anybody so. None where the system has no bound.
    """
    try:
        import resource
    except ImportError:  # Not everywhere.
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):
            pass  # What it has is enough for most evenings.
    return None if soft == resource.RLIM_INFINITY else max(soft - RESERVED, soft // 2)
