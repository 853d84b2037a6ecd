"""Whether a server answers what the others answer, and wrote what it said it wrote.

The first server's answers are what the others' are compared with, to the last value; only times
may be written with more or fewer digits. They are compared with the database as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from benchmarks.realtime.process import Failed
from benchmarks.rest.calls import API, ROOM
from benchmarks.rest.content import Content, DrawRoom, Person
from benchmarks.rest.database import Database
from host.auth.tokens import Tokens

FIRST = 50
OWN = frozenset({"id", "participantId", "joinedAt", "updatedAt", "createdAt", "user", "userId"})
"""What a write answers of its own: another person, another moment."""
IN_ORDER = "deleted_at IS NULL ORDER BY"


class Check:
    """Made once for a run; `before` and `after` the measures of each server."""

    def __init__(self, content: Content, tokens: Tokens, database: Database) -> None:
        self._content = content
        self._tokens = tokens
        self._database = database
        self._answers: dict[str, Any] = {}
        self._joined = self._drawn = 0

    def before(self, origin: str) -> None:
        """Every call once, and calls that must be refused. Raises `Failed`."""
        content, reader = self._content, self._content.readers[3]
        with httpx.Client(base_url=f"{origin}{API}", timeout=30) as api:
            for path, status in {
                f"/rooms/{content.room}?include=nobody": 422,
                "/rooms?limit=1000": 422,
                "/rooms/nowhere": 404,
            }.items():
                self._ask(api, "GET", path, reader, status)
            self._refused_without_token(api)
            room = self._ask(api, "GET", f"/rooms/{content.room}{ROOM}", reader)["data"]
            page = self._ask(api, "GET", f"/rooms/{content.room}/participants?limit=50", reader)
            listed = self._ask(api, "GET", "/rooms?limit=20", reader)
            self._right(room, page, listed)
            hall, single = f"/rooms/{content.hall}/participants", content.single
            newcomer = content.newcomers[-1]
            self._ask(api, "POST", hall, newcomer, 422, {"role": "ORGANIZER"})
            joined = self._ask(api, "POST", hall, newcomer, 201, {"metadata": {"table": 7}})
            self._ask(api, "POST", hall, newcomer, 409, {"metadata": {"table": 7}})
            self._ask(api, "POST", f"/rooms/{single.room}/draws", newcomer, 403, {})
            drawn = self._draw(api, single)
        for name, answer in {
            "room": room,
            "page": page,
            "list": listed,
            "join": _shape(joined["data"]),
            "draw": _shape(drawn["data"][0]),
        }.items():
            known = self._answers.setdefault(name, _plain(answer))
            if difference := _difference(known, _plain(answer)):
                raise Failed(f"{name}: another answer than the first server's: {difference}")

    def after(self, answered: Mapping[str, int]) -> None:
        """Whether the database holds every write that was answered, and none twice."""
        joined = 1 + answered.get("join", 0)
        drawn = 1 + answered.get("draw", 0) + answered.get("draw-one", 0)
        draw_rooms = [self._content.single, *self._content.draw_rooms]
        rooms = ", ".join(f"'{room.room}'" for room in draw_rooms)
        hall, events = self._content.hall, "(SELECT count(*) FROM events e WHERE e.room_id = r.id)"
        living = "(SELECT count(*) FROM winners w WHERE w.room_id = r.id AND deleted_at IS NULL)"
        told = "(SELECT count(*) FROM events e WHERE e.event = '{}' AND e.room_id {})"
        held = "(SELECT count(*) FROM winners w WHERE w.prize_id = p.id AND w.deleted_at IS NULL)"
        for question, wanted in {
            f"SELECT count(*) - 1 FROM participants WHERE room_id = '{hall}'": joined,
            f"SELECT participant_count - 1 FROM rooms WHERE id = '{hall}'": joined,
            f"SELECT {told.format('participant:joined', f'= {hall!r}')}": joined,
            f"SELECT count(*) FROM winners WHERE room_id IN ({rooms})": drawn,
            f"SELECT {told.format('winner:selected', f'IN ({rooms})')}": drawn,
            f"SELECT sum(winner_count) FROM rooms WHERE id IN ({rooms})": drawn,
            f"SELECT count(*) FROM draws WHERE room_id IN ({rooms})": drawn,
            f"SELECT count(*) FROM rooms r WHERE winner_count <> {living}": 0,
            f"SELECT count(*) FROM rooms r WHERE event_seq <> {events}": 0,
            f"SELECT count(*) FROM prizes p WHERE awarded > quantity OR awarded <> {held}": 0,
        }.items():
            found = int(self._database.ask(question)[0][0])
            if found != wanted:
                raise Failed(f"after the measures: {found} where {wanted} were due: {question}")

    def _draw(self, api: httpx.Client, room: DrawRoom) -> Any:
        body = {"prizeId": room.prizes[-1], "count": 1}
        return self._ask(api, "POST", f"/rooms/{room.room}/draws", room.organizer, 201, body)

    def _ask(
        self,
        api: httpx.Client,
        method: str,
        path: str,
        person: Person,
        status: int = 200,
        body: object = None,
    ) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens.issue(*person)}"}
        answer = api.request(method, path, headers=headers, json=body)
        if answer.status_code != status:
            got = f"{answer.status_code} where {status} was due"
            raise Failed(f"{method} {path}: {got}: {answer.text[:500]}")
        return answer.json()

    def _refused_without_token(self, api: httpx.Client) -> None:
        path = f"/rooms/{self._content.hall}/participants"
        for token in ("", "Bearer a.forged.token"):
            headers = {"Authorization": token} if token else {}
            answer = api.post(path, headers=headers, json={})
            if answer.status_code != 401:
                raise Failed(f"{answer.status_code} for a caller with the token {token!r}")

    def _right(self, room: Any, page: Any, listed: Any) -> None:
        where = f"room_id = '{self._content.room}' AND {IN_ORDER}"
        people = self._ids(f"participants WHERE {where} joined_at, id LIMIT {FIRST}")
        fund = self._ids(f"prizes WHERE {where} created_at, id LIMIT {FIRST}")
        won = self._ids(f"winners WHERE {where} created_at, id LIMIT {FIRST}")
        newest = self._ids(
            f"rooms WHERE is_public AND {IN_ORDER} created_at DESC, id DESC LIMIT 20"
        )
        for what, found, wanted in (
            ("the room's participants", _ids(room["participants"]), people),
            ("the room's prizes", _ids(room["prizes"]), fund),
            ("the room's winners", _ids(room["winners"]), won),
            ("the page", _ids(page["data"]), people),
            ("the list", _ids(listed["data"]), newest),
            ("the page's total", page["meta"]["total"], room["_count"]["participants"]),
        ):
            if found != wanted:
                raise Failed(f"{what}: {found} where {wanted} was due")

    def _ids(self, rest: str) -> list[str]:
        return [row[0] for row in self._database.ask(f"SELECT id FROM {rest}")]


def _ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def _plain(value: Any) -> Any:
    """With times as moments to the millisecond, however many digits they were written with."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str) and value[:2] == "20" and value.endswith("Z"):
        moment = datetime.fromisoformat(value)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return value


def _shape(answer: dict[str, Any]) -> Any:
    """What two writes of the same kind have in common, the names of all they hold included."""
    return {
        key: sorted(value) if isinstance(value, dict) else (None if key in OWN else value)
        for key, value in answer.items()
    }


def _difference(known: Any, found: Any, at: str = "") -> str:
    if isinstance(known, dict) and isinstance(found, dict):
        if known.keys() != found.keys():
            return f"{at} holds {sorted(found)}, not {sorted(known)}"
        each = ((key, known[key], found[key]) for key in known)
    elif isinstance(known, list) and isinstance(found, list) and len(known) == len(found):
        each = ((str(n), *pair) for n, pair in enumerate(zip(known, found, strict=True)))
    else:
        return "" if known == found else f"{at} is {found!r}, not {known!r}"
    return next(filter(None, (_difference(a, b, f"{at}/{key}") for key, a, b in each)), "")
