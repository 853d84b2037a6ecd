"""Somebody who can write to the database changes a draw, and the check says what they did.

Each attack rewrites the lottery's rows in the way that leaves the least to see, the chain of the
log included, and everybody then fetches the proof as always. What such a person cannot change is
what was told before: the receipts on phones, and the closing that was pushed to all of them.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from festoon_lottery import verify
from festoon_lottery.proof.chain import Link, linked
from festoon_lottery.proof.fixed import Entry, closing, commitment, identity
from tests.lottery.room import LotteryRoom, lottery_room

Attack = Callable[[LotteryRoom], Awaitable[None]]
SALT, OTHER = bytes(16), bytes(32)


async def _log(room: LotteryRoom) -> list[Any]:
    return list(await room.sql("SELECT * FROM lottery_log ORDER BY n"))


async def _sealed_again(room: LotteryRoom, changed: dict[int, dict[str, Any]]) -> None:
    """Writes other data into entries of the log, and the whole chain anew."""
    before: Link | None = None
    for row in await _log(room):
        data = json.loads(row.data) | changed.get(row.n, {})
        before = linked(before, row.at, row.kind, data)
        await room.sql(
            "UPDATE lottery_log SET data = :data, hash = :hash WHERE n = :n",
            data=json.dumps(data),
            hash=before.hash.hex(),
            n=row.n,
        )


async def _closed_again(room: LotteryRoom) -> None:
    """Root, count and total of the entries as they are now, wherever they stand."""
    rows = await room.sql("SELECT weight, identity FROM lottery_entries ORDER BY position")
    found = closing([Entry(row.weight, bytes.fromhex(row.identity)) for row in rows])
    told = {"root": found.root.hex(), "count": found.count, "total": found.total}
    await room.sql("UPDATE lottery_rounds SET root = :root, count = :count, total = :total", **told)
    await _sealed_again(room, {1: told})


async def adds_an_entry(room: LotteryRoom) -> None:
    await room.sql(
        "INSERT INTO lottery_entries (round_id, participant_id, identity, weight, position)"
        " SELECT id, 'friend', :identity, 1, 5 FROM lottery_rounds",
        identity=identity(SALT, "friend", "A friend").hex(),
    )


async def adds_an_entry_and_closes_again(room: LotteryRoom) -> None:
    await adds_an_entry(room)
    await _closed_again(room)


async def drops_an_entry(room: LotteryRoom) -> None:
    await room.sql("DELETE FROM lottery_entries WHERE position = 4")


async def drops_an_entry_and_closes_again(room: LotteryRoom) -> None:
    await drops_an_entry(room)
    await _closed_again(room)


async def changes_a_weight(room: LotteryRoom) -> None:
    await room.sql("UPDATE lottery_entries SET weight = 9 WHERE position = 0")


async def changes_two_weights(room: LotteryRoom) -> None:
    await room.sql("UPDATE lottery_entries SET weight = 4 WHERE position = 0")
    await room.sql("UPDATE lottery_entries SET weight = 2 WHERE position = 1")


async def swaps_the_seed(room: LotteryRoom) -> None:
    await room.sql("UPDATE lottery_rounds SET seed = :seed", seed=OTHER.hex())


async def swaps_the_seed_in_the_log_too(room: LotteryRoom) -> None:
    await swaps_the_seed(room)
    last = (await _log(room))[-1].n
    await _sealed_again(room, {last: {"seed": OTHER.hex()}})


async def swaps_the_seed_from_the_beginning(room: LotteryRoom) -> None:
    await swaps_the_seed(room)
    last = (await _log(room))[-1].n
    promised = {"commitment": commitment(OTHER).hex()}
    await _sealed_again(room, {0: promised, last: {"seed": OTHER.hex()}})


async def gives_the_prize_to_another(room: LotteryRoom) -> None:
    data = json.loads((await _log(room))[2].data)
    await _sealed_again(room, {2: {"entry": (data["entry"] + 1) % 5}})


async def draws_again(room: LotteryRoom) -> None:
    """Forgets the first win in both places; the next in order gets the prize by the button."""
    await room.sql("DELETE FROM lottery_log WHERE n = 2")
    await room.sql("UPDATE lottery_log SET n = n - 1 WHERE n > 2")
    await _sealed_again(room, {})


async def edits_the_log(room: LotteryRoom) -> None:
    await room.sql("UPDATE lottery_log SET at = '2020-01-01T00:00:00.000Z' WHERE n = 0")


async def cuts_the_log(room: LotteryRoom) -> None:
    await room.sql("DELETE FROM lottery_log WHERE n = 2")


async def changes_the_rules(room: LotteryRoom) -> None:
    await room.sql(
        "UPDATE lottery_rounds SET rules = :rules",
        rules=json.dumps({"onePrizePerPerson": True, "ticketsPerGuest": 9}),
    )


FOUND: dict[Attack, str] = {
    adds_an_entry: "5 entries were fixed at closing, and here are 6",
    adds_an_entry_and_closes_again: "another entry stands at place",
    drops_an_entry: "5 entries were fixed at closing, and here are 4",
    drops_an_entry_and_closes_again: "another entry stands at place",
    changes_a_weight: "tickets of all entries are not as many as were fixed at closing",
    changes_two_weights: "their root differs",
    swaps_the_seed: "not the one that the log reveals",
    swaps_the_seed_in_the_log_too: "whose hash was told before entries opened",
    swaps_the_seed_from_the_beginning: "another entry stands at place",
    gives_the_prize_to_another: "drawn again, another entry stands at place 0",
    draws_again: "place 0 was next, and 1 was taken",
    edits_the_log: "The log was edited: entry 0",
    cuts_the_log: "The log was cut",
    changes_the_rules: "not those that were announced before entries opened",
}
LUCKY = frozenset(
    {
        adds_an_entry_and_closes_again,
        drops_an_entry_and_closes_again,
        swaps_the_seed_from_the_beginning,
    }
)
"""These draw by another key: by chance the same may win, and then the whole order differs."""


async def test_whoever_changes_the_rows_of_a_draw_is_found_out_and_the_check_says_how() -> None:
    async with lottery_room(guests=5, ticketsPerGuest=3) as room:
        receipts = [await room.receipt(guest) for guest in room.guests]
        await room.prize("Tea", 2)
        await room.draw(count=2)
        honest = await room.revealed()
        assert verify.check(honest)
        (pushed,) = await room.events("lottery:closed")
        kept = {
            table: await room.sql(f"SELECT * FROM {table}")
            for table in ("lottery_rounds", "lottery_entries", "lottery_log")
        }
        for attack, said in FOUND.items():
            await attack(room)
            changed = await room.proof()
            with pytest.raises(verify.Wrong) as wrong:
                verify.check(changed)
            also = "order of all entries" if attack in LUCKY else said
            assert said in str(wrong.value) or also in str(wrong.value), attack.__name__
            # What a phone was told at closing names every one that made another closing.
            if changed["log"][1]["hash"] != pushed["data"]["hash"]:
                seen = dict(receipts[0] or {}, seen=[pushed["data"]["hash"]])
                with pytest.raises(verify.Wrong, match="it was rewritten"):
                    verify.check_receipt(changed, seen)
            await _restored(room, kept)
        assert await room.proof() == honest


async def _restored(room: LotteryRoom, kept: dict[str, Any]) -> None:
    for table, rows in kept.items():
        await room.sql(f"DELETE FROM {table}")
        for row in rows:
            names = list(row._mapping)
            marks = ", ".join(f":{name}" for name in names)
            await room.sql(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", **row._mapping
            )


async def test_who_writes_everything_anew_makes_a_valid_proof_that_no_phone_was_told_of() -> None:
    """All that a database can hold is consistent: only what left it before says that it is not."""
    async with lottery_room(guests=4) as room:
        receipt = await room.receipt(room.guests[0])
        assert receipt is not None
        await room.prize()
        await room.send("close")
        later = await room.receipt(room.guests[0])
        assert later is not None
        # The seed is known to whoever reads the database: they choose who takes part to suit it.
        await room.sql(
            "UPDATE lottery_entries SET identity = :identity WHERE position = 3",
            identity=identity(SALT, "friend", "A friend").hex(),
        )
        await room.sql("DELETE FROM lottery_orders")
        await _closed_again(room)
        await room.draw()
        forged = await room.revealed()
        assert verify.check(forged)
        with pytest.raises(verify.Wrong, match="it was rewritten"):
            verify.check_receipt(forged, later)
        # Whose entry was taken away finds that by the receipt of the moment they entered.
        robbed = dict(receipt, participant=room.parts[3]["id"], name=room.guests[3].name)
        with pytest.raises(verify.Wrong, match="not among those that were drawn from"):
            verify.check_receipt(forged, robbed)
