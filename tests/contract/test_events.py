"""§1 "GET /rooms/{id}/events" and §3: the durable event log."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tests.contract.answers import error, listed
from tests.contract.cast import Cast, Stage

FRAME = {"event", "roomId", "seq", "prev", "data", "at"}


async def _log(cast: Cast, role: str = "viewer", query: str = "limit=100") -> list[dict[str, Any]]:
    rows, _ = listed(await cast.people[role].call("GET", f"{cast.path}/events?{query}"))
    return rows


async def _evening(cast: Cast) -> list[tuple[str, Any]]:
    """One of everything that can happen, as `(event, the entity as REST showed it)`."""
    olga, told = cast.organizer, []
    room = await olga.patch(cast.path, {"name": "Renamed"})
    told.append(("room:updated", room))
    guest, part = await cast.join("Ann")
    told.append(("participant:joined", part))
    at = f"{cast.path}/participants/{part['id']}"
    told.append(("participant:updated", await olga.patch(at, {"metadata": {"table": 5}})))
    prize = await cast.prize(2)
    told.append(("prize:created", prize))
    path = f"{cast.path}/prizes/{prize['id']}"
    told.append(("prize:updated", await olga.patch(path, {"quantity": 3})))
    winner = await cast.award("viewer", prize)
    told.append(("winner:selected", winner))
    await olga.delete(f"{cast.path}/winners/{winner['id']}")
    gone = f"{cast.path}/winners/{winner['id']}?includeDeleted=true"
    told.append(("winner:removed", await olga.get(gone)))
    await olga.delete(path)
    told.append(("prize:deleted", await olga.get(f"{path}?includeDeleted=true")))
    await guest.delete(f"{cast.path}/participants/me")
    told.append(("participant:left", await olga.get(f"{at}?includeDeleted=true")))
    room = await olga.patch(cast.path, {"status": "COMPLETED"})
    told.append(("room:status_changed", room))
    return told


async def test_every_change_is_in_the_log_as_rest_shows_it(stage: Stage) -> None:
    """event log items | … `data` holds the entity as REST shows it to that reader"""
    cast = await stage.cast()
    before = len(await _log(cast, "organizer"))
    told = await _evening(cast)
    items = (await _log(cast, "organizer"))[before:]
    assert [item["event"] for item in items] == [event for event, _ in told]
    for item, (event, entity) in zip(items, told, strict=True):
        assert item["data"] == entity, event


async def test_items_have_the_keys_of_a_frame(cast: Cast) -> None:
    """event log items | the same keys as the socket frame"""
    items = await _log(cast)
    assert items
    for item in items:
        assert item.keys() == FRAME
        assert item["roomId"] == cast.room["id"]
        assert item["at"].endswith("Z")


async def test_seq_rises_without_a_gap_and_prev_names_the_one_before(cast: Cast) -> None:
    """carry a per-room `seq` without gaps; `prev`, the seq before it"""
    await _evening(cast)
    items = await _log(cast)
    assert [item["seq"] for item in items] == list(range(1, len(items) + 1))
    assert items[0]["prev"] == 0
    assert all(later["prev"] == earlier["seq"] for earlier, later in pairwise(items))


async def test_the_log_goes_on_after_a_seq(cast: Cast) -> None:
    """GET /rooms/{id}/events?after=seq"""
    await _evening(cast)
    whole = await _log(cast)
    for after in (0, 3, whole[-2]["seq"]):
        rest = await _log(cast, query=f"after={after}&limit=100")
        assert rest == [item for item in whole if item["seq"] > after]
    assert await _log(cast, query=f"after={whole[-1]['seq']}") == []
    assert await _log(cast, query=f"after={2**60}") == []


async def test_pages_and_cursors_walk_the_same_chain(cast: Cast) -> None:
    """Large lists (participants, winners, events) also take `cursor`"""
    await _evening(cast)
    whole = await _log(cast)
    viewer = cast.people["viewer"]
    paged: list[dict[str, Any]] = []
    page = 1
    while rows := await _log(cast, query=f"limit=3&page={page}"):
        paged, page = paged + rows, page + 1
    assert paged == whole
    walked: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        path = f"{cast.path}/events?limit=3&cursor={cursor}"
        rows, meta = listed(await viewer.call("GET", path))
        walked, cursor = walked + rows, meta["nextCursor"]
    assert walked == whole
    after = await _log(cast, query="after=4&limit=2&page=2")
    assert after == whole[6:8]


async def test_what_is_for_organizers_only_leaves_no_hole_for_others(stage: Stage) -> None:
    """`prev`, the seq before it in this subscription, so that any client can see a loss"""
    cast = await stage.cast(app_id="vault")
    await cast.prize()
    await cast.organizer.patch(cast.path, {"appSettings": {"mood": "fails"}})
    error(await cast.organizer.call("POST", f"{cast.path}/draws"), 502, "DELEGATION_FAILED")
    await cast.prize()
    hers, theirs = await _log(cast, "organizer"), await _log(cast, "moderator")
    only_hers = [item for item in hers if item["seq"] not in {i["seq"] for i in theirs}]
    assert [item["event"] for item in only_hers] == ["notification:received"]
    for items in (hers, theirs):
        assert all(later["prev"] == earlier["seq"] for earlier, later in pairwise(items))
    by_one = [await _log(cast, "moderator", f"limit=1&page={n + 1}") for n in range(len(theirs))]
    assert [item for items in by_one for item in items] == theirs


async def test_each_winner_of_a_draw_has_an_event_of_its_own(cast: Cast) -> None:
    """POST /draws | … one `winner:selected` event for each"""
    for name in ("Ann", "Ben"):
        await cast.join(name)
    await cast.prize(3)
    before = len(await _log(cast))
    drawn = await cast.organizer.post(f"{cast.path}/draws", {"count": 3})
    items = [
        item for item in (await _log(cast))[before:] if not item["event"].startswith("lottery:")
    ]
    assert [item["event"] for item in items] == ["winner:selected"] * 3
    assert [item["data"] for item in items] == drawn


async def test_what_was_refused_is_not_in_the_log(cast: Cast) -> None:
    """Durable events are written in the same transaction as what they tell"""
    before = await _log(cast)
    olga = cast.organizer
    await olga.call("PATCH", cast.path, {"status": "DRAFT", "name": "No"})
    await olga.call("POST", f"{cast.path}/draws")
    await olga.call("DELETE", f"{cast.path}/participants/me")
    await olga.call("PATCH", cast.path, {})
    await olga.call("PATCH", cast.path, {"name": cast.room["name"]})
    assert await _log(cast) == before


async def test_the_log_is_for_those_who_take_part(stage: Stage) -> None:
    """GET /rooms/{id}/events?after=seq | participant"""
    cast = await stage.cast(isPublic=True)
    path = f"{cast.path}/events"
    error(await cast.people["nobody"].call("GET", path), 401, "UNAUTHORIZED")
    error(await cast.people["stranger"].call("GET", path), 403, "FORBIDDEN")
    for role in ("viewer", "participant", "moderator", "organizer", "admin"):
        assert await _log(cast, role)
    await cast.people["viewer"].delete(f"{cast.path}/participants/me")
    error(await cast.people["viewer"].call("GET", path), 403, "FORBIDDEN")
