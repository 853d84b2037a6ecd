"""A mail server of the tests' own."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.process import free_port, wait_until


class MailServer:
    """Accepts every mail and keeps it in `messages`, oldest first."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[EmailMessage] = []
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """The address, as `FESTOON_SMTP_URL` takes it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """What the SMTP library calls for each mail."""
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

    def wait_for(self, address: str, seconds: float = 10.0) -> EmailMessage:
        """The newest mail to an address; waits for the first one."""
        wait_until(lambda: bool(self.to(address)), seconds, f"a mail to {address}")
        return self.to(address)[-1]
