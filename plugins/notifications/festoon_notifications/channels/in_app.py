"""The inbox in the app: the host has put the notification there before anybody is asked."""

from __future__ import annotations

from festoon_notifications.channels.base import Channel, Message
from festoon_notifications.outcomes import Outcome, Sent


class InApp(Channel):
    """Always delivered: it stands in the inbox, and went out live."""

    id = "in-app"
    title = "In the app"

    async def send(self, message: Message) -> Outcome:
        """Nothing is left to do."""
        return Sent()
