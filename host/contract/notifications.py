"""What people are told: the notification, whom it is for, and what came of delivering it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from host.contract.entities import JsonObject


class Category(StrEnum):
    """What a notification is about, as a person chooses what reaches them and how."""

    RESULT = "RESULT"
    """Of the person's own part: you won."""
    REMINDER = "REMINDER"
    ANNOUNCEMENT = "ANNOUNCEMENT"
    """An organizer's own words."""
    ROOM = "ROOM"
    """For those who run a room: what went wrong there, and what to do."""
    ACCOUNT = "ACCOUNT"
    """Sign-in codes, confirmations: never held back, and nobody can switch them off."""


@dataclass(frozen=True)
class Recipient:
    """Where a person can be reached: only for an application with users:read.

    `email` is a confirmed address, or, for what the person has just asked for, the one that they
    gave. `phone` is in E.164.
    """

    name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Notification:
    """Something one person has to be told. `kind` is `entity:action` or `<appId>:<what>`.

    The fields after `data` are filled in by the host when it asks somebody to deliver. `urgent`:
    quiet hours and digests do not hold it. `locale` (BCP 47) and `time_zone` (IANA) are the
    reader's, None where nobody said. `channels` are those it may go by (None: any), `muted` those
    that the person switched off for this category; a delivery is by none of `muted`.
    `unsubscribe` is an https address for `List-Unsubscribe` that works without a session and by
    one click (RFC 8058); None for what nobody can unsubscribe from. `words` are `title` and `body`
    by language, where the application that tells it ships them; `title` and `body` themselves are
    those for `locale` already, or for a reader who said nothing in English.
    """

    id: str
    user_id: str
    kind: str
    title: str
    body: str
    data: JsonObject = field(default_factory=dict)
    category: Category = Category.ANNOUNCEMENT
    urgent: bool = False
    locale: str | None = None
    time_zone: str | None = None
    recipient: Recipient | None = None
    channels: frozenset[str] | None = None
    muted: frozenset[str] = frozenset()
    unsubscribe: str | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """Decision of `notify`: whether the notification was handed over, and by which channel.

    `failed` is why not, in words for the organizer and without an address or a secret. `final`:
    trying again is no use. `again_in`: nothing was tried, since a provider's limit is reached;
    ask again after so many seconds, which counts as no try.
    """

    delivered: bool
    channel: str = "in-app"
    failed: str | None = None
    final: bool = False
    again_in: float | None = None
