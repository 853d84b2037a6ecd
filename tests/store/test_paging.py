"""Pages of a list, by number and by cursor."""

from __future__ import annotations

import base64

import orjson
import pytest

from host.errors import MalformedRequest
from host.store import participants
from host.store.engine import Database
from host.store.paging import Page, PageRequest, decode_cursor, encode_cursor
from tests.store.rows import NOON, at, hall, part, person


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def test_a_cursor_reads_back_as_the_position_it_was_made_from() -> None:
    moment = at(0.123456)
    assert decode_cursor(encode_cursor(moment, "01j")) == (moment, "01j")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "ж",
        _cursor({}),
        _cursor([]),
        _cursor([1, 2]),
        _cursor(["yesterday", "id"]),
        _cursor(["2026-12-31T12:00:00", "id"]),
        _cursor(["2026-12-31T12:00:00+00:00", 5]),
        _cursor(["2026-12-31T12:00:00+00:00", "a\u0000b"]),
        # In UTC it lies before the first year there is.
        _cursor(["0001-01-01T00:00:00+14:00", "id"]),
        _cursor(["9999-12-31T23:59:59-14:00", "id"]),
        _cursor(["2026-12-31T12:00:00+00:00", "id", "more"]),
    ],
)
def test_a_cursor_that_no_list_gave_out_is_malformed(cursor: str) -> None:
    with pytest.raises(MalformedRequest):
        decode_cursor(cursor)


def test_meta_counts_pages_by_number_and_names_the_next_cursor_otherwise() -> None:
    assert Page([], PageRequest(page=2, limit=20), total=57).meta() == {
        "page": 2,
        "limit": 20,
        "total": 57,
        "totalPages": 3,
    }
    by_cursor: Page[str] = Page([], PageRequest(limit=20, cursor=""), next_cursor="abc")
    assert by_cursor.meta() == {"limit": 20, "nextCursor": "abc"}


async def _fill(db: Database, names: str, seconds: float = 1) -> str:
    async with db.write() as conn:
        room_id = (await hall(conn)).room
        for name in names:
            await person(conn, name)
            await part(conn, room_id, name, now=at(seconds))
    return room_id


async def _page(db: Database, room_id: str, **request: object) -> Page[str]:
    async with db.read() as conn:
        found = await participants.page(conn, room_id, PageRequest(**request))  # type: ignore[arg-type]
    return Page([p.user_id for p in found.items], found.request, found.total, found.next_cursor)


async def test_pages_by_number_hold_every_row_once(database: Database) -> None:
    room_id = await _fill(database, "abcdef")
    pages = [await _page(database, room_id, page=n, limit=3) for n in (1, 2, 3, 4)]
    assert [row for page in pages for row in page.items] == ["olga", *"abcdef"]
    assert {page.total for page in pages} == {7}


async def test_a_cursor_walk_neither_repeats_nor_hides_rows_that_came_at_the_same_moment(
    database: Database,
) -> None:
    room_id = await _fill(database, "abcdef", seconds=0)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await _page(database, room_id, limit=2, cursor=cursor)
        assert page.total is None
        seen += page.items
        cursor = page.next_cursor
    assert sorted(seen) == ["a", "b", "c", "d", "e", "f", "olga"]


async def test_rows_added_during_a_cursor_walk_neither_repeat_nor_hide_others(
    database: Database,
) -> None:
    room_id = await _fill(database, "abcd")
    first = await _page(database, room_id, limit=3, cursor="")
    async with database.write() as conn:
        await person(conn, "z")
        await part(conn, room_id, "z", now=at(99))
    second = await _page(database, room_id, limit=3, cursor=first.next_cursor)
    assert [*first.items, *second.items] == ["olga", "a", "b", "c", "d", "z"]
    assert second.next_cursor is None


async def test_a_cursor_walk_goes_on_where_the_row_it_stands_at_has_gone(
    database: Database,
) -> None:
    room_id = await _fill(database, "abcd")
    first = await _page(database, room_id, limit=2, cursor="")
    async with database.write() as conn:
        await participants.update(conn, f"in-{room_id}-a", NOON, deleted_at=NOON)
    second = await _page(database, room_id, limit=9, cursor=first.next_cursor)
    assert second.items == ["b", "c", "d"]
