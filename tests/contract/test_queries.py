"""§1 and §3: pages, limits and filters of lists."""

from __future__ import annotations

import pytest

from tests.contract.answers import error, fields, listed
from tests.contract.cast import Cast, Stage

LISTS = {
    "/rooms": 20,
    "/apps": 20,
    "/auth/providers": 20,
    "{room}/apps": 20,
    "{room}/participants": 50,
    "{room}/prizes": 50,
    "{room}/winners": 50,
    "{room}/events": 50,
}
"""Every list, and how many it gives unless asked."""
LARGE = ("participants", "winners", "events")


def _at(cast: Cast, path: str, query: str = "") -> str:
    return path.format(room=cast.path) + query


@pytest.mark.parametrize(("path", "limit"), LISTS.items())
async def test_a_list_counts_pages_from_one_with_its_usual_limit(
    shared: Cast, path: str, limit: int
) -> None:
    """Lists take `page` (from 1) and `limit` (default 20, participants/winners/prizes 50)"""
    rows, meta = listed(await shared.organizer.call("GET", _at(shared, path)))
    assert (meta["page"], meta["limit"]) == (1, limit)
    assert meta["totalPages"] == -(-meta["total"] // limit)
    assert len(rows) == min(meta["total"], limit)


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_gives_just_as_many_as_asked_for(shared: Cast, path: str) -> None:
    """Lists take `page` (from 1) and `limit`"""
    everything, whole = listed(await shared.organizer.call("GET", _at(shared, path, "?limit=100")))
    found = []
    for page in (1, 2):
        query = f"?limit=1&page={page}"
        rows, meta = listed(await shared.organizer.call("GET", _at(shared, path, query)))
        assert (meta["limit"], meta["page"]) == (1, page)
        assert meta["totalPages"] == meta["total"] == whole["total"]
        found += rows
    assert found == everything[:2]


@pytest.mark.parametrize("path", LISTS)
async def test_a_page_past_the_end_is_empty(shared: Cast, path: str) -> None:
    """Lists take `page` (from 1)"""
    rows, meta = listed(await shared.organizer.call("GET", _at(shared, path, "?page=9999")))
    assert rows == []
    assert meta["total"] < 9999 * meta["limit"]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "limit=-1", "limit=abc", "limit=1.5", "limit=", "limit=%D9%A5"),
        *("limit=1e1", "limit=99999999999999999999", "limit=0x10", "limit=%201", "limit=1_0"),
        *("page=0", "page=-1", "page=x", "page=", "page=99999999999999999999", "page=true"),
        *("limit=5&limit=6", "page=1&page=2"),
    ],
)
async def test_a_number_out_of_range_or_no_number_is_named(shared: Cast, query: str) -> None:
    """a value out of range is a VALIDATION_ERROR; … and numbers that are none"""
    for path in LISTS:
        found = fields(await shared.organizer.call("GET", _at(shared, path, f"?{query}")))
        assert set(found) == {query.partition("=")[0]}, path


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        ("/rooms", "status", ("OPEN", "active", "", "DRAFT,ACTIVE")),
        ("/rooms", "isPublic", ("yes", "1", "TRUE", "")),
        ("{room}", "include", ("secrets", "participants,secrets", "Prizes", "events")),
        ("{room}/participants", "role", ("KING", "viewer", "", "VIEWER,PARTICIPANT")),
        ("{room}/participants", "includeDeleted", ("yes", "1", "")),
        ("{room}/prizes", "includeDeleted", ("yes",)),
        ("{room}/winners", "includeDeleted", ("yes",)),
        ("{room}/events", "after", ("x", "-1", "", "1.5", "9" * 30)),
    ],
)
async def test_an_unknown_value_is_named(
    shared: Cast, path: str, name: str, values: tuple[str, ...]
) -> None:
    """unknown values of status, role, isPublic, include, and numbers that are none"""
    for value in values:
        answer = await shared.organizer.call("GET", _at(shared, path, f"?{name}={value}"))
        assert set(fields(answer)) == {name}, value


async def test_all_wrong_parameters_are_named_at_once(shared: Cast) -> None:
    """`details.fields` … maps a … field name to a list of messages."""
    answer = await shared.organizer.call("GET", "/rooms?limit=0&page=x&status=OPEN&isPublic=no")
    assert set(fields(answer)) == {"limit", "page", "status", "isPublic"}


async def test_rooms_are_found_by_status_app_visibility_creator_and_text(
    either_stage: Stage,
) -> None:
    """GET /rooms?status&appId&isPublic&createdBy&q"""
    host = either_stage.host
    olga = await host.guest("Olga")
    quiz = await host.room(olga, "quiz", active=False, name="Winter quiz", isPublic=True)
    draw = await host.room(olga, name="Зимняя лотерея")

    async def found(query: str) -> set[str]:
        rows, _ = listed(await olga.call("GET", f"/rooms?createdBy={olga.id}&{query}"))
        return {row["id"] for row in rows}

    assert await found("") == {quiz["id"], draw["id"]}
    assert await found("status=DRAFT") == {quiz["id"]}
    assert await found("status=CANCELLED") == set()
    assert await found("appId=lottery") == {draw["id"]}
    assert await found("isPublic=true") == {quiz["id"]}
    assert await found("isPublic=false") == {draw["id"]}
    assert await found("q=WINTER") == {quiz["id"]}
    for text in ("зимняя", "ЗИМНЯЯ", "лотеРЕЯ"):
        assert await found(f"q={text}") == {draw["id"]}
    assert await found("q=%25") == set()
    rows, _ = listed(await olga.call("GET", f"/rooms?createdBy={host.nobody.id}"))
    assert rows == []


async def test_participants_are_found_by_role(shared: Cast) -> None:
    """GET /participants?role"""
    for role in ("organizer", "moderator", "participant", "viewer"):
        path = f"{shared.path}/participants?role={role.upper()}"
        rows, meta = listed(await shared.organizer.call("GET", path))
        assert [row["id"] for row in rows] == [shared.parts[role]["id"]]
        assert meta["total"] == 1
    rows, _ = listed(await shared.organizer.call("GET", f"{shared.path}/participants?role=ADMIN"))
    assert rows == []


async def test_winners_are_found_by_prize_and_by_participant(cast: Cast) -> None:
    """GET /winners?prizeId&participantId"""
    sled, book = await cast.prize(2), await cast.prize()
    first = await cast.award("participant", sled)
    second = await cast.award("viewer", sled)
    third = await cast.award("viewer", book)

    async def found(query: str) -> list[str]:
        rows, meta = listed(await cast.organizer.call("GET", f"{cast.path}/winners?{query}"))
        assert meta["total"] == len(rows)
        return [row["id"] for row in rows]

    viewer = cast.parts["viewer"]["id"]
    assert await found("") == [first["id"], second["id"], third["id"]]
    assert await found(f"prizeId={sled['id']}") == [first["id"], second["id"]]
    assert await found(f"participantId={viewer}") == [second["id"], third["id"]]
    assert await found(f"participantId={viewer}&prizeId={sled['id']}") == [second["id"]]
    assert await found("prizeId=none") == []


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("cursor", ["x", "!!!", "%F0%9F%8E%81", "a" * 5000, "W10", "-1", "%20"])
async def test_a_cursor_that_no_list_gave_out_is_malformed(
    shared: Cast, name: str, cursor: str
) -> None:
    """400 | MALFORMED_REQUEST | … bad cursor"""
    path = f"{shared.path}/{name}?cursor={cursor}"
    error(await shared.organizer.call("GET", path), 400, "MALFORMED_REQUEST")


@pytest.mark.parametrize("name", LARGE)
async def test_a_cursor_names_the_next_one_instead_of_counting(shared: Cast, name: str) -> None:
    """Large lists … also take `cursor`, and then answer `meta.nextCursor` instead of counting"""
    path = f"{shared.path}/{name}?cursor=&limit=100"
    _, meta = listed(await shared.organizer.call("GET", path))
    assert meta == {"limit": 100, "nextCursor": None}


async def _walk(cast: Cast, name: str, *, between: bool) -> list[str]:
    """Ids in the order of a walk by twos, with a new person and a new win after each page."""
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        path = f"{cast.path}/{name}?cursor={cursor}&limit=2"
        rows, meta = listed(await cast.organizer.call("GET", path))
        seen += [str(row.get("id", row.get("seq"))) for row in rows]
        cursor = meta["nextCursor"]
        if between and len(seen) < 9:
            _, part = await cast.join()
            cast.parts["late"] = part
            await cast.award("late")
    return seen


@pytest.mark.parametrize("name", LARGE)
async def test_rows_added_during_a_walk_neither_repeat_nor_hide_others(
    stage: Stage, name: str
) -> None:
    """cursors | `cursor=` (empty) starts, `meta.nextCursor` continues, null ends; rows added …"""
    cast = await stage.cast()
    for role in ("viewer", "participant", "moderator"):
        await cast.award(role)
    before = await _walk(cast, name, between=False)
    during = await _walk(cast, name, between=True)
    after = await _walk(cast, name, between=False)
    assert len(set(during)) == len(during)
    assert during[: len(before)] == before
    assert after[: len(during)] == during
