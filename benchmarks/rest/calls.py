"""The calls that are measured: the requests of each, and what must be true after them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rest.content import Content, DrawRoom, Person

API = "/api/v1"
Issue = Callable[[str, str], str]
"""From user and session to an access token."""


@dataclass(frozen=True)
class Request:
    """One call by one person."""

    method: str
    path: str
    token: str
    body: object = None

    def encoded(self) -> bytes:
        """The whole request; the same bytes for every server."""
        body = b"" if self.body is None else json.dumps(self.body).encode()
        lines = [
            f"{self.method} {API}{self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self.token}",
            "Accept: application/json",
        ]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Call:
    """One measure. `writes`: each request once, on rows that nobody has touched."""

    name: str
    title: str
    requests: Callable[[Content, Issue], Iterator[Request]]
    writes: bool = False

    def file(self, folder: Path) -> Path:
        """Where its requests stand."""
        return folder / f"{self.name}.requests"


def _read(path: Callable[[Content], str]) -> Callable[[Content, Issue], Iterator[Request]]:
    def requests(content: Content, issue: Issue) -> Iterator[Request]:
        for user, session in content.readers:
            yield Request("GET", path(content), issue(user, session))

    return requests


def _joins(content: Content, issue: Issue) -> Iterator[Request]:
    path = f"/rooms/{content.hall}/participants"
    # The last one is the check's.
    for number, (user, session) in enumerate(content.newcomers[:-1]):
        body = {"role": "PARTICIPANT", "metadata": {"table": number % 20}}
        yield Request("POST", path, issue(user, session), body)


def _draws(rooms: Sequence[DrawRoom], units: int, issue: Issue) -> Iterator[Request]:
    tokens = [issue(*room.organizer) for room in rooms]
    # The last prize is the check's.
    for number in range(len(rooms[0].prizes) - 1):
        for _ in range(units):
            for room, token in zip(rooms, tokens, strict=True):
                body = {"prizeId": room.prizes[number], "count": 1}
                yield Request("POST", f"/rooms/{room.room}/draws", token, body)


ROOM = "?include=participants,prizes,winners"
CALLS = (
    Call("room", "room with its lists", _read(lambda c: f"/rooms/{c.room}{ROOM}")),
    Call("page", "participants page", _read(lambda c: f"/rooms/{c.room}/participants?limit=50")),
    Call("list", "room list", _read(lambda c: "/rooms?limit=20")),
    Call("join", "join", _joins, writes=True),
    Call(
        "draw",
        "draw",
        lambda content, issue: _draws(content.draw_rooms, content.sizes.units, issue),
        writes=True,
    ),
    Call(
        "draw-one",
        "draw, all in one room",
        lambda content, issue: _draws([content.single], content.sizes.units, issue),
        writes=True,
    ),
)


def prepared(
    calls: Sequence[Call], content: Content, issue: Issue, folder: Path
) -> dict[str, Sequence[Request]]:
    """Writes the file of each call; its first requests by the call's name, for the checks."""
    tokens: dict[Person, str] = {}

    def issued(user: str, session: str) -> str:
        if (user, session) not in tokens:
            tokens[user, session] = issue(user, session)
        return tokens[user, session]

    first: dict[str, Sequence[Request]] = {}
    for call in calls:
        requests = list(call.requests(content, issued))
        with call.file(folder).open("wb") as file:
            for request in requests:
                raw = request.encoded()
                file.write(len(raw).to_bytes(4, "little") + raw)
        first[call.name] = requests[:1]
    return first
