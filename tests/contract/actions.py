"""Who may do what on a socket, written from the contract and not from the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contract.rules import EVERYONE, ROLES

APP_ACTION = "<appId>:<what>"


@dataclass(frozen=True)
class Action:
    """An action that names the room, and who may do it in a private one.

    `first` is an action that is done before, whatever becomes of it. `public`: everybody who is
    signed in may in a public room. `free`: it says nothing of any room. `answers`: by role, with
    which code the application itself refuses whoever is let through to it.
    """

    name: str
    data: dict[str, Any]
    who: tuple[str, ...] = EVERYONE
    first: str = ""
    public: bool = True
    free: bool = False
    refused: str = "NOT_FOUND"
    answers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} {self.data}{f' after {self.first}' if self.first else ''}"

    def code(self, role: str, *, public: bool) -> str | None:
        """The code of the refusal for a role, None for whoever may."""
        if self.free or role in self.who or (public and self.public and role != "nobody"):
            return self.answers.get(role)
        return "UNAUTHORIZED" if role == "nobody" else self.refused


SIGNED_IN = ROLES[1:]
LOTTERY = dict.fromkeys(ROLES, "FORBIDDEN") | dict.fromkeys(
    ("organizer", "moderator"), "VALIDATION_ERROR"
)
"""The lottery hears those who run the room, and knows no such message."""
ACTIONS = (
    Action("ping", {}, free=True),
    # `room:subscribe`: private rooms are 404 to strangers by socket
    Action("room:subscribe", {}),
    Action("room:subscribe", {"after": 0}),
    Action("room:subscribe", {"quiet": True}),
    # Leaving what one does not listen to tells nothing of the room.
    Action("room:unsubscribe", {}, SIGNED_IN),
    # Presence is for those who listen, and for nobody else.
    Action("presence:list", {}, (), public=False, refused="FORBIDDEN"),
    Action("presence:list", {}, first="room:subscribe", refused="FORBIDDEN"),
    # An action named `<appId>:<what>` goes to that app, where it is on in the room
    Action("lottery:wave", {}, answers=LOTTERY),
    Action("quiz:wave", {}, (), public=False),
    Action("unheard-of:wave", {}, (), public=False),
)

OWN_TESTS = {
    # It is asked by everybody here, to become somebody at all.
    "auth",
}
