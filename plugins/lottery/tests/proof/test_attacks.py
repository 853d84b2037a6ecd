"""Whoever changes a proof is found out, and the check says how."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from festoon_lottery import verify
from festoon_lottery.proof.chain import Link, broken_at, linked
from festoon_lottery.proof.document import Beacon, Level
from festoon_lottery.proof.run import Run, Units
from plugins.lottery.tests.proof.drums import AT, document, drum, entry_of, receipt_of

Doc = dict[str, Any]
Change = Callable[[Doc], None]


def evening(**changed: Any) -> Run:
    """Five guests, two prizes, one guest absent, one win taken back."""
    beacon = Beacon("drand quicknet", 77, bytes([9] * 32))
    run = Run(Level.COMMITTED, "room", {"onePrizePerPerson": True, "prizes": "two"}, beacon)
    run.open(AT.format(minute=0), bytes(range(32)))
    run.close(
        AT.format(minute=1),
        changed.get("entries", [entry_of(number, 1 + number) for number in range(5)]),
        [Units("tea", 2), Units("cake", 1)],
    )
    run.award(AT.format(minute=2), "tea")
    run.pass_over(AT.format(minute=3), "tea", "not in the hall")
    place = run.award(AT.format(minute=4), "tea")
    run.take_back(AT.format(minute=5), "tea", place.place, "gave it back")
    run.award(AT.format(minute=6), "tea")
    run.award(AT.format(minute=7), "cake")
    run.reveal(AT.format(minute=8))
    return run


def sealed_again(doc: Doc) -> None:
    """As one who can write everything would do: the whole chain anew."""
    before: Link | None = None
    for entry in doc["log"]:
        before = linked(before, entry["at"], entry["kind"], entry["data"])
        entry["hash"] = before.hash.hex()
        entry["n"] = before.number


def complaint(doc: Doc) -> str:
    with pytest.raises(verify.Wrong) as wrong:
        verify.check(verify.read(json.dumps(doc)))
    return str(wrong.value)


def test_an_honest_evening_is_valid_and_says_what_was_checked() -> None:
    lines = verify.check(document(evening()))
    assert any("5 entries with 15 tickets" in line for line in lines)
    assert any("all 4 wins" in line for line in lines)
    assert any("drand quicknet, round 77" in line for line in lines)


@pytest.mark.parametrize("seed", range(40))
def test_every_honest_drum_is_valid(seed: int) -> None:
    assert verify.check(document(drum(seed)))


def _in_log(doc: Doc, kind: str) -> Doc:
    found: Doc = next(entry for entry in doc["log"] if entry["kind"] == kind)
    return found


def add_entry(doc: Doc) -> None:
    doc["entries"].append([1, "ab" * 32])


def drop_entry(doc: Doc) -> None:
    doc["entries"].pop()


def swap_entry(doc: Doc) -> None:
    doc["entries"][2][1] = "ab" * 32


def heavier(doc: Doc) -> None:
    doc["entries"][0][0] += 1


def heavier_and_lighter(doc: Doc) -> None:
    doc["entries"][0][0] += 1
    doc["entries"][4][0] -= 1


def other_seed(doc: Doc) -> None:
    doc["seed"] = "00" * 32


def other_seed_everywhere(doc: Doc) -> None:
    doc["seed"] = _in_log(doc, "revealed")["data"]["seed"] = "00" * 32
    sealed_again(doc)


def other_rules(doc: Doc) -> None:
    doc["rules"]["onePrizePerPerson"] = False


def edited_log(doc: Doc) -> None:
    _in_log(doc, "passedOver")["data"]["reason"] = "was rude"


def cut_log(doc: Doc) -> None:
    doc["log"].remove(_in_log(doc, "takenBack"))


def reordered_log(doc: Doc) -> None:
    doc["log"][2], doc["log"][3] = doc["log"][3], doc["log"][2]


def backdated(doc: Doc) -> None:
    doc["log"][4]["at"] = AT.format(minute=1)
    sealed_again(doc)


def another_winner(doc: Doc) -> None:
    data = _in_log(doc, "awarded")["data"]
    data["entry"] = (data["entry"] + 1) % 5
    sealed_again(doc)


def skipped_in_silence(doc: Doc) -> None:
    doc["log"].remove(_in_log(doc, "passedOver"))
    sealed_again(doc)


def no_reason(doc: Doc) -> None:
    del _in_log(doc, "passedOver")["data"]["reason"]
    sealed_again(doc)


def one_unit_more(doc: Doc) -> None:
    doc["log"][7]["data"]["prize"] = "tea"
    sealed_again(doc)


def unannounced_prize(doc: Doc) -> None:
    doc["log"][7]["data"]["prize"] = "car"
    sealed_again(doc)


def taken_back_from_another(doc: Doc) -> None:
    data = _in_log(doc, "takenBack")["data"]
    data["place"] = 0
    sealed_again(doc)


def closed_again(doc: Doc) -> None:
    again = copy.deepcopy(_in_log(doc, "closed"))
    again["at"] = doc["log"][2]["at"]
    doc["log"].insert(3, again)
    sealed_again(doc)


def drawn_before_closing(doc: Doc) -> None:
    doc["log"][1], doc["log"][2] = doc["log"][2], doc["log"][1]
    doc["log"][1]["at"] = doc["log"][2]["at"]
    sealed_again(doc)


def not_revealed(doc: Doc) -> None:
    doc["log"].pop()


def other_order_told(doc: Doc) -> None:
    _in_log(doc, "revealed")["data"]["orders"]["order"] = "00" * 32
    sealed_again(doc)


def added_when_known(doc: Doc) -> None:
    added = copy.deepcopy(doc["log"][-1])
    added["kind"], added["data"] = "prizeAdded", {"prize": "car", "units": 1}
    doc["log"].append(added)
    sealed_again(doc)


def revealed_twice(doc: Doc) -> None:
    doc["log"].append(copy.deepcopy(doc["log"][-1]))
    sealed_again(doc)


def called_off(doc: Doc) -> None:
    doc["log"] = doc["log"][:1]
    voided = copy.deepcopy(doc["log"][0])
    voided["kind"], voided["data"] = "voided", {"reason": "The settings were changed."}
    doc["log"].append(voided)
    sealed_again(doc)


def other_beacon_value(doc: Doc) -> None:
    doc["beacon"]["value"] = "00" * 32


def other_beacon_round(doc: Doc) -> None:
    doc["beacon"]["round"] += 1


def no_beacon(doc: Doc) -> None:
    doc["beacon"] = None


def other_room(doc: Doc) -> None:
    doc["room"] = "moor"


def lower_level(doc: Doc) -> None:
    doc["level"] = "simple"


def capital_hash(doc: Doc) -> None:
    doc["seed"] = doc["seed"].upper()


def ticketless(doc: Doc) -> None:
    doc["entries"][0][0] = 0


def weight_that_is_no_number(doc: Doc) -> None:
    doc["entries"][0][0] = True


ATTACKS: dict[Change, str] = {
    add_entry: "5 entries were fixed at closing, and here are 6",
    drop_entry: "5 entries were fixed at closing, and here are 4",
    swap_entry: "their root differs",
    heavier: "tickets of all entries",
    heavier_and_lighter: "their root differs",
    other_seed: "not the one that the log reveals",
    other_seed_everywhere: "whose hash was told before entries opened",
    other_rules: "not those that were announced",
    edited_log: "The log was edited: entry 3",
    cut_log: "The log was cut",
    reordered_log: "The log was cut, or put in another order",
    backdated: "goes back in time",
    another_winner: "another entry stands at place 0",
    skipped_in_silence: "place 1 was next, and 2 was taken",
    no_reason: "'reason' is missing",
    one_unit_more: "none left",
    unannounced_prize: "was not announced at closing",
    taken_back_from_another: "takes back what was not given",
    closed_again: "tells 2 times of 'closed'",
    drawn_before_closing: "before entries were opened and closed",
    not_revealed: "not revealed",
    other_order_told: "order of all entries",
    added_when_known: "when everybody could know",
    revealed_twice: "not revealed in the log",
    called_off: "was called off, and nothing was drawn in it: The settings were changed.",
    other_beacon_value: "another entry stands at place",
    other_beacon_round: "not the round",
    no_beacon: "announced and not used",
    other_room: "another room",
    lower_level: "another level",
    capital_hash: "lower-case",
    ticketless: "no ticket",
    weight_that_is_no_number: "not what it should be",
}


@pytest.mark.parametrize("change", ATTACKS, ids=lambda change: change.__name__)
def test_an_attack_is_named(change: Change) -> None:
    doc = document(evening())
    change(doc)
    assert ATTACKS[change] in complaint(doc)


def test_a_drum_made_anew_is_found_out_by_what_phones_were_told() -> None:
    """Who writes the whole log again makes a valid proof; but not the one that was announced."""
    run = evening()
    anew = evening(entries=[entry_of(number, 1 + number) for number in (0, 1, 2, 3, 4, 5)])
    forged = document(anew)
    assert verify.check(forged)
    assert verify.check_receipt(document(run), receipt_of(run, 3)) == (
        "Your entry is number 3, with 4 tickets."
    )
    with pytest.raises(verify.Wrong, match="it was rewritten"):
        verify.check_receipt(forged, receipt_of(run, 3))


def test_a_receipt_of_somebody_else_or_with_other_tickets_is_refused() -> None:
    run = evening()
    doc = document(run)
    receipt = receipt_of(run, 1)
    with pytest.raises(verify.Wrong, match="not among those"):
        verify.check_receipt(doc, receipt | {"name": "Somebody"})
    with pytest.raises(verify.Wrong, match="the receipt says otherwise"):
        verify.check_receipt(doc, receipt | {"weight": 9})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"a": 1.5}', "whole numbers"),
        ('{"a": NaN}', "whole numbers"),
        ('{"a": 9007199254740993}', "past what may be counted"),
        ('{"seed": 1, "seed": 2}', "two values"),
        ("[]", "no proof of the format"),
        ('{"format": "festoon-lottery/3"}', "no proof of the format"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: str, said: str) -> None:
    with pytest.raises(verify.Wrong) as wrong:
        verify.check(verify.read(text))
    assert said in str(wrong.value)


def test_the_command_says_valid_or_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = evening()
    proof, receipt = tmp_path / "proof.json", tmp_path / "receipt.json"
    proof.write_text(json.dumps(document(run)), "utf-8")
    receipt.write_text(json.dumps(receipt_of(run, 0)), "utf-8")
    assert verify.main([str(proof), "--receipt", str(receipt)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("VALID\n")
    assert "Your entry is number 0" in said
    changed = document(run)
    add_entry(changed)
    proof.write_text(json.dumps(changed), "utf-8")
    assert verify.main([str(proof)]) == 1
    assert capsys.readouterr().out.startswith("NOT VALID. 5 entries")
    assert verify.main([str(tmp_path / "nowhere.json")]) == 1


def test_the_log_itself_tells_where_it_was_changed() -> None:
    log = evening().log
    assert broken_at(log) is None
    assert broken_at([*log[:4], *log[5:]]) == 4
    assert broken_at(log[1:]) == 0


def test_the_published_vectors_say_what_they_say() -> None:
    """They stay as they are: checks that others wrote are held against them."""
    vectors = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
    assert {vector["proof"]["level"] for vector in vectors} == {level.value for level in Level}
    for vector in vectors:
        proof = verify.read(json.dumps(vector["proof"]))
        said = [*verify.check(proof), verify.check_receipt(proof, vector["receipt"])]
        assert said == vector["says"]
