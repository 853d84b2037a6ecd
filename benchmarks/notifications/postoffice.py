"""A real SMTP server that breaks off connections, to be killed and started again.

usage: python -m benchmarks.notifications.postoffice PORT LOG SHARE LETTERS SEED

A SHARE of connections is broken off: before the greeting, at the recipient, before a letter was
kept, or after it was kept and before that was said. It takes so many LETTERS from a connection.
LOG gets a line for each letter that was kept, one for each that was said to be, and one for each
connection that was broken off.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from enum import StrEnum
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


class Fate(StrEnum):
    """Where a connection is broken off."""

    GREETING = "before the greeting"
    RECIPIENT = "at the recipient"
    BEFORE = "before the letter was kept"
    AFTER = "after the letter was kept, before it was said"


class Office(SMTP):
    """One connection. `fate` befalls the letter `at`."""

    def __init__(self, counter: Counterpart, fate: Fate | None, at: int) -> None:
        super().__init__(counter, enable_SMTPUTF8=True, ident="post office")
        self.fate = fate
        self.at = at
        self.letters = 0

    def connection_made(self, transport: Any) -> None:
        """Some connections end here."""
        super().connection_made(transport)
        if self.fate is Fate.GREETING:
            self._break_off(Fate.GREETING)

    def struck(self, fate: Fate) -> bool:
        """Whether this is where it ends; then it has."""
        if self.fate is not fate or self.letters != self.at:
            return False
        self._break_off(fate)
        return True

    def hang_up(self) -> None:
        """Ends the connection once what was said is out."""
        if self.transport is not None:
            self.transport.close()

    def _break_off(self, fate: Fate) -> None:
        self.event_handler.note("dropped", fate)
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.abort()


class Counterpart:
    """What is done with letters."""

    def __init__(self, log: int, letters: int) -> None:
        self._log = log
        self._letters = letters

    def note(self, *words: str) -> None:
        """A line of the log, which outlives this process."""
        os.write(self._log, ("\t".join(words) + "\n").encode())

    async def handle_MAIL(  # noqa: N802
        self, server: Office, _session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """A connection is good for so many letters."""
        if server.letters >= self._letters:
            asyncio.get_running_loop().call_soon(server.hang_up)
            return "421 4.7.0 enough letters for one connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Office, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Takes every address."""
        if not server.struck(Fate.RECIPIENT):
            envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Office, _session: Session, envelope: Envelope
    ) -> str:
        """Keeps a letter, and says so."""
        if server.struck(Fate.BEFORE):
            return "250 OK"
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        ident = str(BytesHeaderParser().parsebytes(raw)["Message-ID"])
        self.note("kept", ident, envelope.rcpt_tos[0], f"{time.monotonic():.3f}")
        if not server.struck(Fate.AFTER):
            self.note("said", ident)
        server.letters += 1
        return "250 OK"


async def serve(port: int, log: Path, share: float, letters: int, seed: int) -> None:
    """Until the process is killed."""
    chance = random.Random(seed)
    counter = Counterpart(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), letters)

    def connection() -> Office:
        counter.note("connected")
        fate = chance.choice(list(Fate)) if chance.random() < share else None
        return Office(counter, fate, chance.randrange(letters))

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", port)
    await server.serve_forever()


@dataclass
class Kept:
    """What the log says."""

    copies: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    to: dict[str, str] = field(default_factory=dict)
    at: dict[str, float] = field(default_factory=dict)
    """When the first copy came, on the clock of the machine."""
    dropped: Counter[str] = field(default_factory=Counter)
    connections: int = 0


def read(log: Path) -> Kept:
    """Reads the log, of which the last line may be half written."""
    found = Kept()
    for line in log.read_text().split("\n")[:-1] if log.exists() else ():
        what, *words = line.split("\t")
        if what == "kept":
            found.copies[words[0]] += 1
            found.to[words[0]] = words[1]
            found.at.setdefault(words[0], float(words[2]))
        elif what == "said":
            found.said[words[0]] += 1
        elif what == "dropped":
            found.dropped[words[0]] += 1
        else:
            found.connections += 1
    return found


if __name__ == "__main__":
    port, log, share, letters, seed = sys.argv[1:]
    asyncio.run(serve(int(port), Path(log), float(share), int(letters), int(seed)))
