"""Letters on their way: put into MIME and handed to the mail server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from host.errors import Unavailable
from host.ids import Sources
from host.mail import MailSettings, Security
from host.services.jobs import GiveUp

SECONDS = 20.0
"""How long the mail server may take for a step."""


@dataclass(frozen=True)
class Letter:
    """What a letter says: plain text, without a word that its reader did not ask this host for.

    `act` is what the button is called, `link` where it leads, `note` the small print.
    """

    subject: str
    title: str
    text: tuple[str, ...]
    act: str
    link: str
    note: str

    def plain(self, brand: str) -> str:
        """The letter for those who read text."""
        return "\n\n".join(
            [self.title, *self.text, f"{self.act}:\n{self.link}", self.note, f"-- \n{brand}\n"]
        )


Dress = Callable[[Letter], str]
"""Makes the HTML of a letter."""


class Post:
    """The mail server. `dress` is given by who knows the look; without it letters are text."""

    def __init__(self, settings: MailSettings | None, brand: str, sources: Sources) -> None:
        self._settings = settings
        self._brand = brand
        self._sources = sources
        self.dress: Dress | None = None

    async def send(self, letter: Letter, to: str, letter_id: str) -> None:
        """Hands a letter over. `GiveUp` where the server will never take it for this address.

        With the same `letter_id` it has the same Message-ID, by which mailboxes know a letter
        that comes twice.
        """
        settings = self._settings
        if settings is None:
            raise Unavailable("This host is not set up to send mail.")
        import aiosmtplib  # with the first letter: many hosts send none

        recipient = _on_the_wire(to)
        message = self._message(settings, letter, recipient, letter_id)
        try:
            await aiosmtplib.send(
                message,
                sender=settings.sender,
                recipients=[recipient],
                hostname=settings.host,
                port=settings.port,
                username=settings.username or None,
                password=settings.password or None,
                use_tls=settings.security is Security.TLS,
                start_tls={Security.STARTTLS: True, Security.TLS: False}.get(settings.security),
                local_hostname=_domain(settings.sender),
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = [one.code for one in refused.recipients]
            said = "; ".join(f"{one.code} {one.message}" for one in refused.recipients)
            if all(code >= 500 for code in codes):
                raise GiveUp(f"The mail server refuses the address: {said}") from refused
            raise
        except aiosmtplib.SMTPDataError as refused:
            if refused.code >= 500:
                said = f"{refused.code} {refused.message}"
                raise GiveUp(f"The mail server refuses the letter: {said}") from refused
            raise

    def _message(
        self, settings: MailSettings, letter: Letter, to: str, letter_id: str
    ) -> EmailMessage:
        # This policy refuses a line break in any header.
        message = EmailMessage(SMTP)
        message["From"] = Address(settings.sender_name or self._brand, addr_spec=settings.sender)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._sources.now())
        message["Message-ID"] = f"<{letter_id}@{_domain(settings.sender)}>"
        # RFC 3834: holiday notices and the like need not answer.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.plain(self._brand), cte="quoted-printable")
        if self.dress is not None:
            message.add_alternative(self.dress(letter), subtype="html", cte="quoted-printable")
        return message


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _on_the_wire(address: str) -> str:
    """An address with its domain as mail servers write it."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise GiveUp("This is no address that mail goes to.") from error
    if found.ascii_email is None:
        raise GiveUp("This is no address that mail goes to.")
    return found.ascii_email
