"""Letters: text and HTML, handed to the host's mail server or the room's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from festoon_notifications.bounces import Bounces, without_addresses
from festoon_notifications.channels.base import Asked, Channel, Message, Way
from festoon_notifications.letter import html_of
from festoon_notifications.mailer import Mailer
from festoon_notifications.mime import Header, letter
from festoon_notifications.outcomes import Bounced, Later, Outcome, Refused, Sent
from host import AppPermissionDenied, Category, FestoonError, MailSettings

if TYPE_CHECKING:
    import aiosmtplib

NO_SUCH_ADDRESS = frozenset({550, 551, 553})
"""Replies to a recipient after which the address is left alone; others are about this letter."""


class Mail(Channel):
    """To the person's confirmed address."""

    id = "mail"
    title = "Mail"

    def __init__(self, bounces: Bounces) -> None:
        self._bounces = bounces
        self._mailers: dict[MailSettings, Mailer] = {}

    async def ways(self, asked: Asked) -> Sequence[Way]:
        """The person's address, unless the room sends no letters."""
        who = asked.notification.recipient
        if who is None or not who.email or not asked.settings.get("mail", True):
            return ()
        if not asked.settings.get("mailServer") and server_of(asked) is None:
            return ()
        # By address: whoever gives another one is written to again.
        key = f"mail:{sha256(who.email.lower().encode()).hexdigest()[:12]}"
        return [Way(key, who.email, per_minute=asked.settings.get("mailPerMinute", 0))]

    async def send(self, message: Message) -> Outcome:
        """One letter, over a connection that stays open for the next."""
        asked, address = message.asked, message.way.address
        urgent = asked.notification.category is Category.ACCOUNT
        refused = await self._bounces.why(self.id, address)
        # Whoever asks for a code waits for it; an address may have come back to life.
        if refused and not urgent:
            return Bounced(f"not tried: {refused}")
        try:
            settings = server_of(asked)
        except FestoonError as wrong:
            # It names neither user nor password.
            return Refused(f"the room's own mail server is not set up right: {wrong.message}")
        if settings is None:
            return Refused("no mail server is set up")
        to = on_the_wire(address)
        if to is None:
            return Bounced("this is no address that mail goes to")
        outcome = await self._hand_over(message, settings, to)
        if isinstance(outcome, Bounced):
            now = asked.ctx.now()
            user_id = asked.notification.user_id
            await self._bounces.mark(self.id, address, user_id, outcome.why, now)
        elif refused and isinstance(outcome, Sent):
            await self._bounces.clear(self.id, address)
        return outcome

    async def close(self) -> None:
        """Says goodbye to the mail servers."""
        mailers, self._mailers = list(self._mailers.values()), {}
        for mailer in mailers:
            await mailer.close()

    async def _hand_over(self, message: Message, settings: MailSettings, to: str) -> Outcome:
        import aiosmtplib  # with the first letter: many hosts send none

        asked = message.asked
        written = composed(message, settings, to)
        reach = None if settings == asked.ctx.mail else asked.ctx.reach
        mailer = self._mailers.get(settings)
        if mailer is None:
            mailer = self._mailers[settings] = Mailer(settings, reach)
        try:
            await mailer.send(written, to, urgent=asked.notification.urgent)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _refused(refused.recipients[0])
        except aiosmtplib.SMTPSenderRefused as refused:
            return Later(f"the mail server refuses the sender: {_said(refused)}")
        except aiosmtplib.SMTPDataError as refused:
            said = f"the mail server refuses the letter: {_said(refused)}"
            return Refused(said) if refused.code >= 500 else Later(said)
        except aiosmtplib.SMTPResponseException as refused:
            return Later(f"the mail server says: {_said(refused)}")
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Later(f"the mail server does not answer: {without_addresses(str(error))}")
        return Sent()


def server_of(asked: Asked) -> MailSettings | None:
    """The room's own mail server, else the host's, with the room's name for the sender."""
    settings = asked.settings
    own = settings.get("mailServer", "")
    if own:
        return MailSettings.read(own, settings.get("mailFrom", ""))
    try:
        return asked.ctx.mail
    except AppPermissionDenied:
        return None


def composed(message: Message, settings: MailSettings, to: str) -> bytes:
    """The letter. A line break is refused in any header, whoever wrote it."""
    asked, text = message.asked, message.text
    domain = settings.sender.rpartition("@")[2]
    name = one_line(asked.settings.get("senderName", "")) or settings.sender_name or asked.ctx.brand
    headers: list[Header] = [
        ("To", to),
        ("Subject", one_line(text.subject)),
        ("Date", format_datetime(asked.ctx.now())),
        # The same at each try: by it mailboxes know a letter that comes twice.
        ("Message-ID", f"<{message.id}.{message.way.key.partition(':')[2]}@{domain}>"),
        # RFC 3834: holiday notices and the like need not answer.
        ("Auto-Submitted", "auto-generated"),
        *unsubscribing(asked.notification.unsubscribe).items(),
    ]
    _, reply = parseaddr(asked.settings.get("replyTo", ""))
    if reply:
        headers.append(("Reply-To", str(Address(addr_spec=reply))))
    sender = (one_line(name), settings.sender)
    return letter(sender, headers, text.plain, html_of(text, asked.ctx.brand))


def unsubscribing(address: str | None) -> Mapping[str, str]:
    """One click (RFC 8058), which the DKIM signature has to cover like the other headers."""
    if address is None:
        return {}
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def one_line(text: str) -> str:
    """Words for a header: no line breaks, no control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def on_the_wire(address: str) -> str | None:
    """An address with its domain as mail servers write it; None for what is none."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return found.ascii_email


def _refused(reply: aiosmtplib.SMTPRecipientRefused) -> Outcome:
    said = _said(reply)
    if reply.code in NO_SUCH_ADDRESS:
        return Bounced(f"the address is refused: {said}")
    if reply.code >= 500:
        return Refused(f"the mail server does not take it for this address: {said}")
    return Later(f"the mail server takes nothing for this address now: {said}")


def _said(reply: Any) -> str:
    return without_addresses(f"{reply.code} {reply.message}")
