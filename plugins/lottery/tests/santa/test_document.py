"""The proof of Secret Santa: what it shows, when, and what an attacker cannot change unseen."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from festoon_lottery import verify_santa
from festoon_lottery.santa import document as made
from festoon_lottery.santa import drawing
from festoon_lottery.santa.document import Circle, Drawn, commitment, drawn, identity, linked

VECTORS = Path(__file__).parent / "vectors.json"
Json = dict[str, Any]


class Round:
    """A round that was played to its end."""

    def __init__(self, number: int, count: int = 7, *, couples: bool = True) -> None:
        dice = random.Random(number)
        self.seed = dice.randbytes(32)
        self.names = [f"Guest {n} ё" for n in range(count)]
        self.salts = [dice.randbytes(16) for _ in range(count)]
        people = [
            identity(salt, f"p{n}", name)
            for n, (salt, name) in enumerate(zip(self.salts, self.names, strict=True))
        ]
        apart: list[set[int]] = [set() for _ in range(count)]
        if couples:
            apart[0], apart[1] = {1}, {0}
        self.circle = Circle(f"room {number}", 1 + number % 3, people, apart)
        self.drawn: Drawn = drawn(self.circle, self.seed)
        self.log = self.written(
            [
                ("opened", self.opening()),
                ("closed", self.circle.closing()),
                ("assigned", self.drawn.told()),
                ("revealed", {"seed": self.seed.hex()}),
            ]
        )

    def opening(self) -> Json:
        return {
            "room": self.circle.room,
            "round": self.circle.number,
            "commitment": commitment(self.seed).hex(),
        }

    def written(self, entries: list[tuple[str, Json]]) -> list[Json]:
        log: list[Json] = []
        for n, (kind, data) in enumerate(entries):
            log.append(linked(log[-1] if log else None, f"2026-12-24T1{n}:00:00Z", kind, data))
        return log

    def proof(self, entries: int = 4) -> Json:
        seed = self.seed if entries == 4 else None
        return copy.deepcopy(made.document(self.circle, self.log[:entries], seed))

    def receipt(self, giver: int) -> Json:
        receiver = self.drawn.assignment.to[giver]
        return {
            **self.drawn.opening(giver),
            "participant": self.who(giver),
            "other": self.who(receiver),
        }

    def who(self, n: int) -> Json:
        return {"id": f"p{n}", "name": self.names[n], "salt": self.salts[n].hex()}


@pytest.fixture
def played() -> Round:
    return Round(5)


def test_the_check_agrees_with_a_hundred_rounds_and_every_receipt() -> None:
    for number in range(100):
        one = Round(number, 2 + number % 9, couples=number % 9 > 2)
        assert len(verify_santa.check(one.proof())) >= 4
        for giver in range(len(one.names)):
            line = verify_santa.check_receipt(one.proof(3), one.receipt(giver))
            assert one.names[one.drawn.assignment.to[giver]] in line


def test_the_check_agrees_where_the_assignment_had_to_be_completed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for holder in (drawing, verify_santa):
        monkeypatch.setattr(holder, "MOST_SHUFFLES", 1)
    methods = set()
    for number in range(40):
        lines = verify_santa.check(Round(number, 5).proof())
        methods.add(any("Not proved" in line for line in lines))
    assert methods == {True, False}


def test_before_the_reveal_the_document_holds_nothing_from_which_pairs_follow(
    played: Round,
) -> None:
    assert "sealed" in verify_santa.check(played.proof(3))[-1]
    text = json.dumps(played.proof(3))
    assert played.seed.hex() not in text
    assert not any(salt.hex() in text for salt in played.drawn.salts)
    assert verify_santa.check(played.proof(1))[-1].startswith("Nobody is assigned yet")


def resealed(one: Round, at: int, data: Json) -> list[Json]:
    return one.written(
        [(link["kind"], data if n == at else link["data"]) for n, link in enumerate(one.log)]
    )


def swapped_seed(one: Round, proof: Json) -> None:
    proof["seed"] = bytes(32).hex()
    proof["log"] = resealed(one, 3, {"seed": proof["seed"]})


def swapped_pairs(one: Round, proof: Json) -> None:
    proof["log"] = resealed(one, 2, {**one.log[2]["data"], "pairs": bytes(32).hex()})


def one_more(one: Round, proof: Json) -> None:
    proof["people"].append(bytes(32).hex())


def exclusion_dropped(one: Round, proof: Json) -> None:
    proof["apart"].pop()


def log_edited(one: Round, proof: Json) -> None:
    proof["log"][1]["data"]["count"] += 1


def log_cut(one: Round, proof: Json) -> None:
    del proof["log"][1]


def other_room(one: Round, proof: Json) -> None:
    proof["room"] = "elsewhere"


def called_off(one: Round, proof: Json) -> None:
    kinds = [("opened", one.opening()), ("voided", {"reason": "Anna left."})]
    proof["log"] = one.written(kinds)


def other_method(one: Round, proof: Json) -> None:
    data = {**one.log[2]["data"], "shuffles": 9_999}
    proof["log"] = resealed(one, 2, data)


ATTACKS: dict[Callable[[Round, Json], None], str] = {
    swapped_seed: "not the one that was fixed",
    swapped_pairs: "pairs were exchanged",
    one_more: "people are not those",
    exclusion_dropped: "exclusions are not those",
    log_edited: "entry 1 does not follow",
    log_cut: "entry 1 does not follow",
    other_room: "another room",
    called_off: "called off",
    other_method: "in another way",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_the_check_names_what_an_attacker_changed(
    played: Round, attack: Callable[[Round, Json], None]
) -> None:
    proof = played.proof()
    attack(played, proof)
    with pytest.raises(verify_santa.Wrong, match=ATTACKS[attack]):
        verify_santa.check(proof)


def test_a_receipt_of_another_pair_is_not_believed(played: Round) -> None:
    mine, other = played.receipt(0), played.receipt(1)
    for changed in (
        {**mine, "receiver": other["receiver"]},
        {**mine, "other": other["other"]},
        {**mine, "path": mine["path"][:-1]},
        {**mine, "salt": other["salt"]},
        {**mine, "participant": {**mine["participant"], "name": "Somebody"}},
    ):
        with pytest.raises(verify_santa.Wrong):
            verify_santa.check_receipt(played.proof(), changed)


def test_the_file_runs_alone_and_tells_by_its_status(played: Round, tmp_path: Path) -> None:
    proof, receipt = tmp_path / "proof.json", tmp_path / "receipt.json"
    proof.write_text(json.dumps(played.proof()), "utf-8")
    receipt.write_text(json.dumps(played.receipt(3)), "utf-8")
    command = [sys.executable, "-I", verify_santa.__file__, str(proof), "--receipt", str(receipt)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (0, "VALID")
    assert verify_santa.main([str(receipt)]) == 1
    proof.write_text('{"format": "festoon-santa/1", "room": "r", "round": 1, "log": [3]}', "utf-8")
    assert verify_santa.main([str(proof)]) == 1


def test_the_vectors_are_what_they_were() -> None:
    for vector in json.loads(VECTORS.read_text("utf-8")):
        assert len(verify_santa.check(vector["proof"])) >= 4
        for receipt in vector["receipts"]:
            verify_santa.check_receipt(vector["proof"], receipt)
        proof = vector["proof"]
        circle = Circle(
            proof["room"],
            proof["round"],
            [bytes.fromhex(one) for one in proof["people"]],
            [{b for a, b in proof["apart"] if a == n} for n in range(len(proof["people"]))],
        )
        found = drawn(circle, bytes.fromhex(proof["seed"]))
        assert list(found.assignment.to) == vector["to"]
        assert circle.key(bytes.fromhex(proof["seed"])).hex() == vector["key"]
