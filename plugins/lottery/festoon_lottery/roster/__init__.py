"""The guest list: people who take part without a phone, from a file or a pasted list.

`lines` and `files` read it, `plan` says what would come of it, `book` keeps it and brings the
people into the room, `pages` is what the organizer sees.
"""

from __future__ import annotations

from festoon_lottery.roster.book import export, finish, forget, phoneless

__all__ = ["export", "finish", "forget", "phoneless"]
