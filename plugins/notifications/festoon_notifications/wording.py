"""The words of one notification, ready for every channel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """What is said: `paragraphs` in plain text, `act` on the button to `link`, `note` below.

    `link` is None where there is nothing to open; `stop` is what the way to `unsubscribe` is
    called. No part holds a session.
    """

    locale: str
    subject: str
    title: str
    paragraphs: tuple[str, ...]
    act: str
    link: str | None
    note: str
    stop: str
    unsubscribe: str | None = None

    @property
    def body(self) -> str:
        """The paragraphs as one text."""
        return "\n\n".join(self.paragraphs)

    @property
    def plain(self) -> str:
        """All of it, for those who read text."""
        way = [f"{self.act}:\n{self.link}"] if self.link else []
        stop = f"\n{self.stop}:\n{self.unsubscribe}" if self.unsubscribe else ""
        return "\n\n".join([self.title, *self.paragraphs, *way, f"-- \n{self.note}{stop}"]) + "\n"
