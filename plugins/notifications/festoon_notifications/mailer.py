"""Connections to one mail server, kept open from letter to letter."""

from __future__ import annotations

import asyncio
import socket
from contextlib import nullcontext
from typing import TYPE_CHECKING

from festoon_notifications.outgoing import checked_socket
from host import MailSettings, Reach, Security

if TYPE_CHECKING:
    import aiosmtplib

SECONDS = 8.0
"""For a step; the host waits 10 s for all of a delivery."""
CONNECTIONS = 4
LETTERS = 100
"""Letters to a connection: servers count them."""
IDLE_SECONDS = 20.0
FULL = 421
"""What a server says to the sender of one letter too many for a connection."""


class Mailer:
    """A few connections that take turns. `reach` is None for the host's own server."""

    def __init__(self, settings: MailSettings, reach: Reach | None) -> None:
        self._settings = settings
        self._reach = reach
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._open: list[_Line] = []
        self._tidying: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def send(self, letter: bytes, to: str, *, urgent: bool = False) -> None:
        """Hands a letter over, or raises what aiosmtplib raises.

        What is urgent waits for no turn: somebody is waiting for it to sign in. A connection that
        the server has closed since the last letter is no failure: the letter goes by a new one.
        Where a letter was on its way, only the caller may say it again.
        """
        async with nullcontext() if urgent else self._turns:
            line = await self._line()
            try:
                await line.send(letter, self._settings.sender, to)
            except BaseException as error:
                # Where it broke off nobody knows what the server heard.
                if line.usable:
                    self._keep(line)
                else:
                    line.drop()
                if not line.was_full(error):
                    raise
                line = await _Line.dial(self._settings, self._reach)
                try:
                    await line.send(letter, self._settings.sender, to)
                except BaseException:
                    line.drop()
                    raise
            self._keep(line)

    async def close(self) -> None:
        """Says goodbye."""
        if self._tidying is not None:
            self._tidying.cancel()
        lines, self._open = self._open, []
        for line in lines:
            await line.quit()

    async def _line(self) -> _Line:
        while self._open:
            line = self._open.pop()
            if await line.alive():
                return line
            line.drop()
        return await _Line.dial(self._settings, self._reach)

    def _keep(self, line: _Line) -> None:
        if line.letters >= LETTERS:
            self._say_goodbye([line])
            return
        self._open.append(line)
        if self._tidying is not None:
            self._tidying.cancel()
        self._tidying = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._tidy)

    def _tidy(self) -> None:
        lines, self._open = self._open, []
        self._say_goodbye(lines)

    def _say_goodbye(self, lines: list[_Line]) -> None:
        for line in lines:
            task = asyncio.get_running_loop().create_task(line.quit())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


class _Line:
    """One connection."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self.letters = 0
        self.usable = True

    @classmethod
    async def dial(cls, settings: MailSettings, reach: Reach | None) -> _Line:
        import aiosmtplib  # with the first letter

        connected = await _connected(settings, reach) if reach is not None else None
        client = aiosmtplib.SMTP(
            # With a socket of ours the name is what the certificate has to say.
            hostname=settings.host,
            port=None if connected else settings.port,
            sock=connected,
            username=settings.username or None,
            password=settings.password or None,
            use_tls=settings.security is Security.TLS,
            start_tls={Security.STARTTLS: True, Security.TLS: False}.get(settings.security),
            local_hostname=settings.sender.rpartition("@")[2],
            timeout=SECONDS,
        )
        await client.connect()
        return cls(client)

    async def alive(self) -> bool:
        """Asks before a letter is trusted to a connection that has rested."""
        import aiosmtplib

        if not self._client.is_connected:
            return False
        if self.letters == 0:
            return True
        try:
            await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            return False
        return True

    async def send(self, letter: bytes, sender: str, to: str) -> None:
        import aiosmtplib

        self.usable = False
        self.letters += 1
        try:
            await self._client.sendmail(sender, [to], letter)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            # It answered, and has its envelope back.
            self.usable = self._client.is_connected and not self.was_full(error)
            raise
        self.usable = True

    def was_full(self, error: BaseException) -> bool:
        """Whether the server takes no more letters by this connection, and had taken some."""
        import aiosmtplib

        refused = isinstance(error, aiosmtplib.SMTPSenderRefused) and error.code == FULL
        return refused and self.letters > 1

    async def quit(self) -> None:
        import aiosmtplib

        try:
            await self._client.quit()
        except (aiosmtplib.SMTPException, OSError):
            self.drop()

    def drop(self) -> None:
        self._client.close()


async def _connected(settings: MailSettings, reach: Reach) -> socket.socket:
    """A connection to an address of the server that may be called."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    last: OSError = OSError("the mail server has no address")
    for info in found:
        try:
            made = checked_socket(reach, info)
        except OSError as error:
            last = error
            continue
        made.setblocking(False)
        try:
            async with asyncio.timeout(SECONDS):
                await loop.sock_connect(made, info[4])
        except OSError as error:
            made.close()
            last = error
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise last
