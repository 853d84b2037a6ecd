"""A mail server of the tests' own."""

from __future__ import annotations

import asyncio
import re
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.process import free_port, wait_until


class MailServer:
    """Accepts every mail but to whom it `refuses`, and keeps it in `messages`, oldest first.

    While `stalls` is set, a mail that was sent whole gets no answer, and is not kept.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.refuses: set[str] = set()
        self.stalls = threading.Event()
        self.stalled = threading.Event()
        self.messages: list[EmailMessage] = []
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """The address, as `FESTOON_SMTP_URL` takes it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        """What the SMTP library calls for each recipient."""
        if address in self.refuses:
            return "550 5.1.1 nobody of that name here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """What the SMTP library calls for each mail."""
        if self.stalls.is_set():
            self.stalled.set()
            await asyncio.Event().wait()
        content = envelope.content
        data = content.encode() if isinstance(content, str) else content or b""
        self.messages.append(message_from_bytes(data, _class=EmailMessage, policy=modern))
        return "250 OK"

    def start(self) -> None:
        """Listens."""
        if self._controller is None:
            self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
            self._controller.start()

    def stop(self) -> None:
        """Listens no more; what was received is kept."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to one address."""
        return [m for m in self.messages if address in str(m["To"])]

    def wait_for(self, address: str, seconds: float = 30.0) -> EmailMessage:
        """The newest mail to an address; waits for the first one."""
        wait_until(lambda: bool(self.to(address)), seconds, f"a mail to {address}")
        return self.to(address)[-1]

    async def arrived(self, address: str, number: int = 1, seconds: float = 30.0) -> EmailMessage:
        """The `number`-th mail to an address, waited for in the loop of the test."""
        async with asyncio.timeout(seconds):
            while True:
                if len(found := self.to(address)) >= number:
                    return found[number - 1]
                await asyncio.sleep(0.005)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """The plain text of a mail, or its HTML."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link_of(mail: EmailMessage) -> str:
    """The one link in a mail's text."""
    links: set[str] = set(re.findall(r"https?://\S+", text_of(mail)))
    assert len(links) == 1, links
    return links.pop()


def token_of(mail: EmailMessage) -> str:
    """The token of a mail's link."""
    return link_of(mail).partition("?token=")[2]
