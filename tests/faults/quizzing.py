"""A short game of the quiz at a server that runs as a program of its own."""

from __future__ import annotations

import time
from typing import Any

import orjson
from websockets.sync.client import ClientConnection, connect

QUESTION: dict[str, Any] = {
    "text": "Which is red?",
    "kind": "one",
    "options": ["Topaz", "Garnet"],
    "right": ["Garnet"],
}


class Seat:
    """A socket in a room, that asks and waits for the answer."""

    def __init__(self, link: ClientConnection, token: str) -> None:
        self._link = link
        self._number = 0
        self.ask("auth", token=token)

    def ask(self, action: str, **data: Any) -> dict[str, Any]:
        """The data of the answer to an action, which must pass; events are passed over."""
        self._number += 1
        asked = {"id": self._number, "action": action, "data": data}
        self._link.send(orjson.dumps(asked).decode())
        while True:
            frame = orjson.loads(self._link.recv(timeout=30))
            if frame.get("ack") == self._number:
                answer: dict[str, Any] = frame["data"]
                return answer

    def do(self, what: str) -> dict[str, Any]:
        """What the one who leads does at the present step."""
        now = self.ask("quiz:look")
        return self.ask("quiz:do", what=what, game=now["game"], step=now["step"])


def play(url: str, room_id: str, organizer: str, player: str) -> dict[str, Any]:
    """One question, answered right, by the tokens of two people; the podium."""
    address = f"{url.replace('http', 'ws', 1)}/apps/quiz/rooms/{room_id}/live"
    with connect(address) as one, connect(address) as other:
        lead, seat = Seat(one, organizer), Seat(other, player)
        seat.ask("quiz:look")
        lead.do("start")
        opened = lead.do("open")
        now = time.perf_counter() * 1000
        clock = {"shown": now, "pressed": now, "now": now}
        at = {"game": opened["game"], "question": opened["id"]}
        assert seat.ask("quiz:answer", answer=1, **at, **clock) == {"received": True}
        # Everybody has answered, so it closes by itself.
        deadline = time.monotonic() + 30
        while lead.ask("quiz:look")["phase"] == "open":
            assert time.monotonic() < deadline, "the question did not close"
            time.sleep(0.02)
        shown = lead.do("reveal")
        assert shown["right"] == ["Garnet"]
        return lead.do("next")
