"""Which notifications are one announcement to a whole room."""

from __future__ import annotations

from host import Notification

TO_ALL = "ALL"


def announcement_of(notification: Notification) -> str | None:
    """The id that the notifications of an announcement to all share; None for everything else.

    What is for winners, for one role or for one person is nobody else's to read. The host says in
    `data.to` whom an announcement is for, and names each notification `<announcement>.<user>`.
    """
    shared, _, own = notification.id.rpartition(".")
    if notification.data.get("to") != TO_ALL or own != notification.user_id:
        return None
    return shared or None
