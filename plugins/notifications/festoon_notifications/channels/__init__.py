"""The channels: our own, and those that other distributions bring.

A distribution adds one by the entry-point group `festoon_notifications.channels`: a class that
derives from `Channel` and is made without arguments, once for each host.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from festoon_notifications.bounces import Bounces
from festoon_notifications.channels.base import Asked, Channel, Message, Way
from festoon_notifications.channels.in_app import InApp
from festoon_notifications.channels.mail import Mail
from festoon_notifications.channels.push import Push
from festoon_notifications.channels.services import Services
from festoon_notifications.channels.webhook import Webhook
from festoon_notifications.devices import Devices
from festoon_notifications.outcomes import Bounced, Later, Outcome, Refused, Sent
from festoon_notifications.vapid import Vapid
from festoon_notifications.wording import Text
from host import AsyncDatabase

__all__ = [
    "GROUP",
    "Asked",
    "Bounced",
    "Channel",
    "Later",
    "Message",
    "Outcome",
    "Refused",
    "Sent",
    "Text",
    "Way",
    "every_channel",
]

GROUP = "festoon_notifications.channels"
log = logging.getLogger("festoon.app.notifications")


def every_channel(
    database: AsyncDatabase, vapid: Vapid, others: Iterable[EntryPoint] | None = None
) -> tuple[Channel, ...]:
    """Our channels, then the others by name. One that does not load stops only itself."""
    own: list[Channel] = [
        InApp(),
        Mail(Bounces(database)),
        Push(Devices(database), vapid),
        Services(),
        Webhook(),
    ]
    named = {channel.id for channel in own}
    for point in sorted(
        entry_points(group=GROUP) if others is None else others, key=lambda one: one.name
    ):
        try:
            channel = point.load()()
            if not isinstance(channel, Channel) or channel.id in named:
                raise TypeError("it is no Channel, or has the id of another")
        except Exception:
            log.exception("the channel %r of %r was left out", point.name, point.value)
            continue
        named.add(channel.id)
        own.append(channel)
    return tuple(own)
