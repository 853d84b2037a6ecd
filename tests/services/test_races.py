"""Draws that race what changes their ground: each is whole or not at all."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from host.errors import ValidationFailed
from host.store.engine import Database
from tests.services.crowd import CROWD, Call, Crowd, outcomes, refusals

ROUNDS = 1
"""One is a race of fifty already; more of them by night."""


def _interleaved(*groups: list[Call]) -> list[Call]:
    return [c for step in itertools.zip_longest(*groups) for c in step if c is not None]


async def test_draws_racing_revokes_keep_every_unit(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        await crowd.joined(room, 8)
        await crowd.prize(olga, room, quantity=4)
        base = f"/rooms/{room['id']}"
        drawn = await olga.post(f"{base}/draws", {"count": 4})
        draws: list[Call] = [(olga, "POST", f"{base}/draws", None)] * 24
        revokes: list[Call] = [
            (olga, "DELETE", f"{base}/winners/{w['id']}", None) for w in drawn for _ in range(3)
        ]
        answers = await crowd.rush(_interleaved(draws, revokes))
        assert refusals(answers) <= {404, 409}
        assert outcomes(answers)["200"] == 4
        found = await crowd.check(room)
        assert sum(w.deleted_at is not None for w in found.winners) == 4
        assert len(found.living_winners) == outcomes(answers)["201"] <= 4


async def test_draws_racing_changes_of_the_quantity_never_exceed_it(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        await crowd.joined(room, 20)
        prize = await crowd.prize(olga, room, quantity=10)
        base = f"/rooms/{room['id']}"
        draws: list[Call] = [(olga, "POST", f"{base}/draws", {"prizeId": prize["id"]})] * 20
        changes: list[Call] = [
            (olga, "PATCH", f"{base}/prizes/{prize['id']}", {"quantity": quantity})
            for quantity in (10, 6, 3, 1, 8, 2, 5)
        ]
        answers = await crowd.rush(_interleaved(draws, changes))
        assert refusals(answers) <= {409}
        found = await crowd.check(room)
        assert len(found.living_winners) == outcomes(answers)["201"]


async def test_a_draw_racing_the_removal_of_its_entrants_never_picks_one_who_is_gone(
    crowd: Crowd,
) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        people = await crowd.joined(room, 12)
        await crowd.prize(olga, room, quantity=12)
        base = f"/rooms/{room['id']}"
        draws: list[Call] = [(olga, "POST", f"{base}/draws", {"count": 2})] * 12
        removals: list[Call] = [
            (olga, "DELETE", f"{base}/participants/{p['id']}", None) for p in people[:10]
        ]
        answers = await crowd.rush(_interleaved(removals, draws))
        assert refusals(answers) <= {409}
        found = await crowd.check(room)
        left_at = {e.data["id"]: e.seq for e in found.named("participant:left")}
        for event in found.named("winner:selected"):
            gone = left_at.get(event.data["participantId"])
            assert gone is None or event.seq < gone


async def test_draws_racing_joins_count_nobody_who_left(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    room = await crowd.room(olga)
    await crowd.joined(room, 5)
    await crowd.prize(olga, room, quantity=30)
    base = f"/rooms/{room['id']}"
    join = {"joinCode": room["joinCode"]}
    people = await crowd.guests(20)
    for _ in range(ROUNDS):
        answers = await crowd.rush(
            _interleaved(
                [(p, "POST", f"{base}/participants", join) for p in people],
                [(olga, "POST", f"{base}/draws", None)] * 5,
                [(p, "DELETE", f"{base}/participants/me", None) for p in people],
            )
        )
        assert refusals(answers) <= {404, 409}
        found = await crowd.check(room)
        shown = await olga.get(base)
        assert shown["_count"]["participants"] == len(found.living_participants)


async def test_deleting_a_prize_races_its_draw(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        await crowd.joined(room, 3)
        prize = await crowd.prize(olga, room)
        base = f"/rooms/{room['id']}"
        draw: Call = (olga, "POST", f"{base}/draws", {"prizeId": prize["id"]})
        delete: Call = (olga, "DELETE", f"{base}/prizes/{prize['id']}", None)
        answers = await crowd.rush([draw, delete, draw, delete, draw])
        got = outcomes(answers)
        assert got["201"] + got["200"] == 1, got
        assert refusals(answers) <= {404, 409}
        await crowd.check(room)


REFUSE = {
    "sqlite": (
        "CREATE TRIGGER refuse BEFORE INSERT ON winners"
        " WHEN (SELECT count(*) FROM winners WHERE draw_id = NEW.draw_id) >= 2"
        " BEGIN SELECT RAISE(ABORT, 'refused'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF (SELECT count(*) FROM winners WHERE draw_id = NEW.draw_id) >= 2 THEN"
        " RAISE EXCEPTION 'refused' USING ERRCODE = '22P05'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER refuse BEFORE INSERT ON winners FOR EACH ROW EXECUTE FUNCTION refuse()",
    ),
}
"""The database refuses the third winner of a draw, when two are written already."""


async def test_a_draw_that_the_database_refuses_halfway_leaves_nothing_and_harms_nobody(
    crowd: Crowd,
) -> None:
    olga = await crowd.organizer()
    room = await crowd.room(olga)
    await crowd.joined(room, 6)
    await crowd.prize(olga, room, quantity=5)
    await _execute(crowd.db, *REFUSE[crowd.db.dialect])
    base = f"/rooms/{room['id']}"
    # By the platform: the lottery fixes who takes part in a transaction before.
    await olga.put(f"{base}/delegations", {"winnerSelection": None})
    before = await crowd.check(room)
    refused = await olga.call("POST", f"{base}/draws", {"count": 3})
    assert refused.status_code in (409, 422), refused.text
    assert await crowd.check(room) == before
    # In the same groups as others' writes it must not take them down either.
    joins: list[Call] = [
        (p, "POST", f"{base}/participants", {"joinCode": room["joinCode"]})
        for p in await crowd.guests(CROWD)
    ]
    draws: list[Call] = [(olga, "POST", f"{base}/draws", {"count": 3})] * 10
    answers = await crowd.rush(_interleaved(joins, draws))
    assert outcomes(answers)["201"] == CROWD
    found = await crowd.check(room)
    assert not found.winners
    assert not found.draws


@pytest.mark.parametrize("bad", [{"note": "a\x00b"}, {"\x00": 1}])
async def test_metadata_that_no_database_takes_is_refused_whole_on_each(
    crowd: Crowd, bad: dict[str, Any]
) -> None:
    """By the service itself, behind the border that would have refused it."""
    olga = await crowd.organizer()
    room = await crowd.room(olga)
    (person,) = await crowd.joined(room, 1)
    prize = await crowd.prize(olga, room)
    before = await crowd.check(room)
    services = crowd.hosts[0].host.services
    actor = await services.identity.authenticate(str(olga.token))
    with pytest.raises(ValidationFailed):
        await services.winners.award(actor, room["id"], person["id"], prize["id"], bad)
    assert await crowd.check(room) == before


async def _execute(db: Database, *statements: str) -> None:
    async with db.write() as conn:
        for statement in statements:
            await conn.execute(sa.text(statement))
