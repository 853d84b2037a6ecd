"""What can stand in the words of a room, which the host's sandbox checks and fills in."""

from __future__ import annotations

from collections.abc import Mapping

from host import Sandbox

VARIABLES: Mapping[str, str] = {
    "name": "the reader's name",
    "title": "the notification's title",
    "body": "what it says",
    "room": "the room's name",
    "brand": "what this host is called",
    "link": "the address that the button opens",
    "kind": "what it is about, like winner:selected",
}
WORDS = Sandbox(VARIABLES)
