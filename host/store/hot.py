"""What a full hall reads all the time, as plain JSON: one statement a call, on PostgreSQL's lane.

The statements give the columns as the wire has them, times as text. Objects are made of them here
and not there: the server takes three times as long over it, and it is one server for all hosts.
Metadata is passed on as the text that it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from host.contract import JsonObject, Role
from host.store.lane import Lane
from host.store.paging import PageRequest
from host.store.rooms import RoomFilter


@dataclass(frozen=True)
class Place:
    """As much of a room as decides who sees it, and the role of the reader's living part."""

    is_public: bool
    role: Role | None


@dataclass(frozen=True)
class HotRoom:
    """A room of which the settings and the application are still to be filled in.

    `settings` are all of them, as JSON; `updated_at` is in microseconds since 1970.
    """

    place: Place
    fields: JsonObject
    settings: str
    app_id: str
    version: str
    updated_at: int


def _moment(column: str) -> str:
    # The zone of these connections is UTC.
    return f"""to_char({column},'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


_ROOM = f"""
    r.id, r.name, r.description, r.app_id, r.status, r.is_public, r.join_code, r.created_by,
    {_moment("r.created_at")} AS created, {_moment("r.updated_at")} AS updated,
    (extract(epoch FROM r.updated_at) * 1000000)::bigint AS version_at,
    r.participant_count, r.prize_count, r.winner_count,
    ra.settings::text AS settings, ra.manifest_version,
    o.id AS owner_id, o.name AS owner_name, o.avatar AS owner_avatar, me.role AS own_role
"""
_HERE = """
    JOIN users AS o ON o.id = r.owner_id
    JOIN room_apps AS ra ON ra.room_id = r.id AND ra.app_id = r.app_id
    LEFT JOIN participants AS me
        ON me.room_id = r.id AND me.user_id = $1 AND me.deleted_at IS NULL
"""


def _room(row: Mapping[str, Any]) -> HotRoom:
    role = row["own_role"]
    fields = {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "appId": row["app_id"],
        "appSettings": None,
        "appManifestVersion": row["manifest_version"],
        "status": row["status"],
        "isPublic": row["is_public"],
        "joinCode": row["join_code"],
        "createdBy": row["created_by"],
        "createdAt": row["created"],
        "updatedAt": row["updated"],
        "deletedAt": None,
        "app": None,
        "organizer": {
            "id": row["owner_id"],
            "name": row["owner_name"],
            "avatar": row["owner_avatar"],
        },
        "_count": {
            "participants": row["participant_count"],
            "prizes": row["prize_count"],
            "winners": row["winner_count"],
        },
    }
    return HotRoom(
        Place(row["is_public"], None if role is None else Role(role)),
        fields,
        row["settings"],
        row["app_id"],
        row["manifest_version"],
        row["version_at"],
    )


_PERSON = f"""
    p.user_id, p.role, p.metadata::text AS metadata,
    {_moment("p.joined_at")} AS joined, {_moment("p.updated_at")} AS updated,
    {_moment("p.deleted_at")} AS gone, u.name, u.avatar
"""
# Materialized, so that the server finds all of them by one walk through an index.
_FIRST = """
    {name} AS MATERIALIZED (
        SELECT * FROM {table} WHERE room_id = $2 AND deleted_at IS NULL
        ORDER BY {order} LIMIT $3
    )
"""
_USERS = """
    u AS MATERIALIZED (
        SELECT id, name, avatar FROM users
        WHERE id = ANY (ARRAY(SELECT user_id FROM {people} AS a))
    )
"""


def _participant(
    room_id: str,
    participant_id: str,
    user_id: str,
    role: str,
    metadata: str,
    joined: str,
    updated: str,
    gone: str | None,
    name: str,
    avatar: str | None,
) -> JsonObject:
    return {
        "id": participant_id,
        "userId": user_id,
        "roomId": room_id,
        "role": role,
        "metadata": orjson.Fragment(metadata),
        "joinedAt": joined,
        "updatedAt": updated,
        "deletedAt": gone,
        "user": {"id": user_id, "name": name, "avatar": avatar},
    }


# --- a page of participants ----------------------------------------------------------------------

_PEOPLE = f"""
    WITH p AS MATERIALIZED (
        SELECT * FROM participants WHERE room_id = $2 AND deleted_at IS NULL
        ORDER BY joined_at, id LIMIT $3 OFFSET $4
    ), {_USERS.format(people="p")}
    SELECT r.is_public, r.participant_count, me.role AS own_role, p.id, {_PERSON}
    FROM rooms AS r
    LEFT JOIN participants AS me
        ON me.room_id = r.id AND me.user_id = $1 AND me.deleted_at IS NULL
    LEFT JOIN (p JOIN u ON u.id = p.user_id) ON TRUE
    WHERE r.id = $2 AND r.deleted_at IS NULL
    ORDER BY p.joined_at, p.id
"""


async def people(
    lane: Lane, room_id: str, user_id: str, page: PageRequest
) -> tuple[Place, Sequence[JsonObject], int] | None:
    """A page, by number, of all who are in a living room, in the order of joining; their number.

    That is the one which is kept beside the room.
    """
    offset = (page.page - 1) * page.limit
    rows = await lane.rows(_PEOPLE, user_id, room_id, page.limit, offset)
    if not rows:
        return None
    first = rows[0]
    role = first["own_role"]
    place = Place(first["is_public"], None if role is None else Role(role))
    # By their places: to look a column up by its name takes as long as all else here.
    found = [_participant(room_id, *row[3:]) for row in rows] if first["id"] is not None else []
    return place, found, first["participant_count"]


# --- a room with what is in it -------------------------------------------------------------------

_HEAD, _PARTICIPANT, _HOLDER, _PRIZE, _WON, _WINNER = range(6)
_UNION = """
    kind, id, user_id, role, metadata, joined, updated, gone, name, avatar, image, units, left_over
"""


@lru_cache(maxsize=16)
def _room_statement(names: frozenset[str]) -> str:
    given, rows = [], []
    people = []
    if "participants" in names:
        given.append(_FIRST.format(name="p", table="participants", order="joined_at, id"))
        people.append((_PARTICIPANT, "p"))
    if "prizes" in names:
        given.append(_FIRST.format(name="z", table="prizes", order="created_at, id"))
        rows.append(f"""
            SELECT {_PRIZE}, z.id, NULL, NULL, z.metadata::text, {_moment("z.created_at")},
                {_moment("z.updated_at")}, NULL, z.name, z.description, z.image_url,
                z.quantity, z.quantity - z.awarded, z.created_at AS place FROM z
        """)
    if "winners" in names:
        # Who is on the list of participants already is not looked up again, nor is a prize.
        known = dict.fromkeys(("p", "z"), "")
        if "participants" in names:
            known["p"] = "EXCEPT SELECT id FROM p"
        if "prizes" in names:
            known["z"] = "EXCEPT SELECT id FROM z"
        given += [
            _FIRST.format(name="w", table="winners", order="created_at, id"),
            f"""wp AS MATERIALIZED (
                SELECT * FROM participants
                WHERE id = ANY (ARRAY(SELECT participant_id FROM w {known["p"]}))
            )""",
        ]
        people.append((_HOLDER, "wp"))
        rows += [
            f"""
            SELECT {_WON}, z.id, NULL, NULL, NULL, NULL, NULL, NULL, z.name, z.description,
                z.image_url, NULL, NULL, NULL FROM prizes AS z
            WHERE z.id = ANY (ARRAY(SELECT prize_id FROM w {known["z"]}))
            """,
            f"""
            SELECT {_WINNER}, w.id, w.participant_id, w.prize_id, w.metadata::text,
                {_moment("w.created_at")}, NULL, NULL, NULL, NULL, NULL, NULL, NULL, w.created_at
            FROM w
            """,
        ]
    if people:
        both = " UNION ALL ".join(f"TABLE {name}" for _, name in people)
        given.append(_USERS.format(people=f"({both})"))
    rows += [
        f"""
        SELECT {kind}, p.id, {_PERSON}, NULL, NULL, NULL, p.joined_at
        FROM {name} AS p JOIN u ON u.id = p.user_id
        """
        for kind, name in people
    ]
    head = f"""
        SELECT {_HEAD} AS kind, NULL AS id, NULL AS user_id, NULL AS role,
            row_to_json(h)::text AS metadata, NULL AS joined, NULL AS updated, NULL AS gone,
            NULL AS name, NULL AS avatar, NULL AS image, NULL::int AS units, NULL::int AS left_over,
            NULL::timestamptz AS place
        FROM (SELECT {_ROOM} FROM rooms AS r {_HERE} WHERE r.id = $2 AND r.deleted_at IS NULL) AS h
    """
    # The limit is always given; here it may not be used.
    unused = "" if names else "WHERE $3::bigint IS NOT NULL"
    begin = "WITH " + ",".join(given) if given else ""
    union = " UNION ALL ".join([head, *rows])
    return f"{begin} SELECT {_UNION} FROM ({union}) AS q {unused} ORDER BY kind, place, id"


async def room(
    lane: Lane, room_id: str, user_id: str, names: frozenset[str], limit: int
) -> HotRoom | None:
    """A living room; with the first `limit` rows of each list that is named, in its fields."""
    rows = await lane.rows(_room_statement(names), user_id, room_id, limit)
    if not rows or rows[0]["kind"] != _HEAD:
        return None
    found = _room(orjson.loads(rows[0]["metadata"]))
    people: dict[str, JsonObject] = {}
    prizes: dict[str, JsonObject] = {}
    lists: dict[str, list[JsonObject]] = {name: [] for name in sorted(names)}
    for row in rows[1:]:
        kind, row_id, other, role, metadata, joined, updated, gone, name, words, image, *units = row
        if kind in (_PARTICIPANT, _HOLDER):
            person = people[row_id] = _participant(
                room_id, row_id, other, role, metadata, joined, updated, gone, name, words
            )
            if kind == _PARTICIPANT:
                lists["participants"].append(person)
        elif kind == _WINNER:
            lists["winners"].append(
                {
                    "id": row_id,
                    "roomId": room_id,
                    "participantId": other,
                    "prizeId": role,
                    "metadata": orjson.Fragment(metadata),
                    "createdAt": joined,
                    "deletedAt": None,
                    "participant": people[other],
                    "prize": prizes[role],
                }
            )
        else:
            prize = {"id": row_id, "name": name, "description": words, "imageUrl": image}
            prizes[row_id] = prize
            if kind == _PRIZE:
                quantity, remaining = units
                lists["prizes"].append(
                    {
                        **prize,
                        "roomId": room_id,
                        "quantity": quantity,
                        "quantityRemaining": remaining,
                        "metadata": orjson.Fragment(metadata),
                        "createdAt": joined,
                        "updatedAt": updated,
                        "deletedAt": None,
                    }
                )
    found.fields.update(lists)
    return found


# --- the list of rooms ---------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _rooms_statement(see_all: bool, by: tuple[str, ...]) -> str:
    wanted = ["r.deleted_at IS NULL"]
    if not see_all:
        wanted.append("""(r.is_public OR EXISTS (
            SELECT FROM participants AS m
            WHERE m.room_id = r.id AND m.user_id = $1 AND m.deleted_at IS NULL
        ))""")
    wanted += [f"r.{column} = ${number}" for number, column in enumerate(by, 4)]
    where = " AND ".join(wanted)
    return f"""
        WITH n AS MATERIALIZED (
            SELECT * FROM rooms AS r WHERE {where}
            ORDER BY r.created_at DESC, r.id DESC LIMIT $2 OFFSET $3
        )
        SELECT c.total, q.*
        FROM (SELECT count(*) AS total FROM rooms AS r WHERE {where}) AS c
        LEFT JOIN (SELECT {_ROOM}, r.created_at FROM n AS r {_HERE}) AS q ON TRUE
        ORDER BY q.created_at DESC, q.id DESC
    """


async def rooms(
    lane: Lane, filters: RoomFilter, page: PageRequest, *, user_id: str, see_all: bool
) -> tuple[Sequence[HotRoom], int]:
    """Rooms, newest first, as `rooms.find` finds them, and how many; `filters` without a text."""
    given = {
        "status": filters.status,
        "app_id": filters.app_id,
        "is_public": filters.is_public,
        "created_by": filters.created_by,
    }
    by = {column: value for column, value in given.items() if value is not None}
    statement = _rooms_statement(see_all, tuple(by))
    offset = (page.page - 1) * page.limit
    rows = await lane.rows(statement, user_id, page.limit, offset, *by.values())
    return [_room(row) for row in rows if row["id"] is not None], rows[0]["total"]
