"""Everything else that has an Apprise URL: Telegram, SMS gateways, Slack, Matrix, …"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import quote

from festoon_notifications.announcements import announcement_of
from festoon_notifications.apprising import Apprising
from festoon_notifications.channels.base import Asked, Channel, Message, Way
from festoon_notifications.outcomes import Later, Outcome, Refused, Sent

PER_MINUTE = 20
"""What Telegram lets a bot say in one group, and little enough for the others."""
FOR_GOOD = frozenset({400, 401, 403, 404, 410})


class Services(Channel):
    """By the addresses in the room's settings.

    One with `{phone}` or `{email}` in it is told everything, person by person. One without goes
    to whoever listens there, so it is told announcements alone, each once: what somebody won is
    nothing that a whole group has to read.
    """

    id = "services"
    title = "Telegram, text messages and others"

    def __init__(self) -> None:
        self._apprising = Apprising()

    async def ways(self, asked: Asked) -> Sequence[Way]:
        """The room's addresses that this notification is for."""
        found, who = [], asked.notification.recipient
        known = {"{phone}": who.phone if who else None, "{email}": who.email if who else None}
        group = announcement_of(asked.notification)
        limit = asked.settings.get("servicesPerMinute", PER_MINUTE)
        for url in asked.settings.get("services", ()):
            named = [hole for hole in known if hole in url]
            filled, address = url, ""
            for hole in named:
                address = known[hole] or ""
                filled = filled.replace(hole, quote(address, safe=""))
            if (named and not address) or (not named and group is None):
                continue
            key = f"services:{sha256(filled.encode()).hexdigest()[:12]}"
            found.append(Way(key, filled, None if named else group, limit))
        return found

    async def send(self, message: Message) -> Outcome:
        """Asks Apprise, which runs in a process of its own."""
        text = message.text
        body = text.body + (f"\n\n{text.link}" if text.link else "")
        reach = message.asked.ctx.reach
        answer = await self._apprising.send(reach, message.way.address, text.title, body)
        if answer.well:
            return Sent()
        if answer.unknown:
            return Refused("no service has an address like this one; look at it in the settings")
        said = f"the service refuses it ({answer.status})" if answer.status else answer.why
        return Refused(said) if answer.status in FOR_GOOD else Later(said)

    async def close(self) -> None:
        """Ends the process."""
        await self._apprising.close()
