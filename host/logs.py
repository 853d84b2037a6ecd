"""Log lines: text for people, JSON for machines. One line an event, whatever a client sends."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any


class OneLine(logging.Formatter):
    """A text line in which no control character can pretend to be another line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, with what could break it written as an escape."""
        return _escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The traceback, each line set in: what an error quotes cannot begin a line of its own."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"    {_escaped(line)}" for line in lines)


class AsJson(logging.Formatter):
    """One JSON object a line: at, level, logger, message, error."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        # Some characters that JSON lets pass end a line, or turn it, for whoever reads the log.
        return "".join(
            c if c.isprintable() else json.dumps(c)[1:-1]
            for c in json.dumps(entry, ensure_ascii=False)
        )


def _escaped(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def set_up(kind: str, level: int = logging.INFO) -> None:
    """Sends every log of the process to standard error as `kind`, "text" or "json"."""
    # No line says where in the code it was written, nor in which thread or process: to find that
    # out takes as long as the line itself.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson() if kind == "json" else OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in (
        "uvicorn.access",
        "alembic",
        "sqlalchemy",
        "httpx",
        "httpcore",
        "starlette_admin",
    ):
        logging.getLogger(chatty).setLevel(logging.WARNING)
