"""What a channel is: the one interface that ours and others' stand behind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from festoon_notifications.outcomes import Outcome
from festoon_notifications.wording import Text
from host import AppContext, Notification, Room


@dataclass(frozen=True)
class Asked:
    """One notification on its way to one person, as it came from the host.

    `room` is None for what concerns the account. `settings` are the room's, secrets included.
    """

    ctx: AppContext
    room: Room | None
    notification: Notification
    settings: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Way:
    """One place that a channel would hand the notification to.

    `key` names it in the records, without the address: a retry leaves out the ways that have it.
    `once` is an id under which many notifications are one message there (an announcement in a
    group's chat); None: each is its own. `per_minute` is the provider's limit (0: none).
    """

    key: str
    address: str = field(default="", repr=False)
    once: str | None = None
    per_minute: int = 0


@dataclass(frozen=True)
class Message:
    """What is handed over: the words as this reader has them, and the way to go."""

    asked: Asked
    way: Way
    text: Text

    @property
    def id(self) -> str:
        """Stable: the same at each try, so that receivers know what comes twice."""
        return self.way.once or self.asked.notification.id


class Channel(ABC):
    """One way of telling people. One object serves all rooms of a host.

    `id` is what people switch off in their preferences and what stands in the records; `title`
    is what they read.
    """

    id: str
    title: str

    async def ways(self, asked: Asked) -> Sequence[Way]:
        """Where this notification would go; none where the channel is off or has no address."""
        return [Way(self.id)]

    @abstractmethod
    async def send(self, message: Message) -> Outcome:
        """Hands one message over, within 8 s. What it raises counts as `Later`."""

    async def close(self) -> None:
        """The host is stopping; for a channel that keeps connections open."""
        return
