"""Notifications to try channels with."""

from __future__ import annotations

from typing import Any

from host import Category, Notification, Recipient

MASHA = Recipient("Маша", "masha@example.com", "+447911123456")
STOP = "https://festoon.test/unsubscribe/masha.RESULT.x"


def won(ident: str = "n1", **changes: Any) -> Notification:
    """What a winner is told."""
    values: dict[str, Any] = {
        "category": Category.RESULT,
        "recipient": MASHA,
        "unsubscribe": STOP,
        **changes,
    }
    data = {"prize": "Выходные в Суздале", "room": "New Year"}
    return Notification(
        f"{ident}.masha",
        "masha",
        "winner:selected",
        "You won!",
        "“A weekend” is yours.",
        data,
        **values,
    )


def announced(user_id: str, to: str = "ALL", **changes: Any) -> Notification:
    """One of the many that an announcement is."""
    values: dict[str, Any] = {"recipient": Recipient(user_id, f"{user_id}@example.com"), **changes}
    return Notification(
        f"a1.{user_id}",
        user_id,
        "room:announcement",
        "The bus",
        "It leaves at ten.",
        {"to": to},
        **values,
    )
