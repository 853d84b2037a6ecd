"""A round can be computed again: by the quiz, by the script of a stranger, and in a browser."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from festoon_quiz.rules import seal
from festoon_quiz.rules.certificate import Entry, certificate, differences, forget
from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.timing import Limits, Receipt

HERE = Path(__file__).parent
VECTORS = HERE / "vectors"
STATIC = HERE.parent / "festoon_quiz" / "static"
SCRIPT = HERE.parent / "verify_round.py"
NODE = shutil.which("node")
KEY = bytes(range(32))
SEALED = {"id": "q1", "text": "Which city “rings” first? 🎆\u2028", "options": ["Ōsaka", "Apia"]}


def receipt(elapsed: int, claimed: int | None, **more: Any) -> Receipt:
    path = {"least": 100, "spread": 10, "samples": 16}
    return Receipt(elapsed=elapsed, claimed=claimed, **(path | more))


def round_of(kind: str, mode: str, *, bonus: bool = False) -> dict[str, Any]:
    """A round with everything in it that the rule tells apart."""
    told: list[tuple[bool, Receipt | None]] = [
        (True, receipt(1000, 880)),
        (True, receipt(1300, 880, answers=3)),
        (True, receipt(1300, 880, answers=3, doubts=2)),
        (True, receipt(900, 1)),
        (True, receipt(250, 99)),
        (False, receipt(700, 590)),
        (True, receipt(10_200, 10_080)),
        (True, receipt(1150, None)),
        (True, receipt(1200, 1250, told=False)),
        (True, receipt(2400, 1250, least=900, spread=80, samples=2)),
        (True, receipt(980, 882, held=3)),
        (False, None),
    ]
    question = Question("q1", kind, "Où? “🎆”", ("a", "b"), ("a",), 10, 999, mode)
    entries = [
        Entry(f"p{number:02}", f"Zoë {number}", "a" if it else None, right, it, number % 8)
        for number, (right, it) in enumerate(told)
    ]
    return certificate(
        game="g1",
        number=3,
        closed_at="2026-11-23T20:00:00.000Z",
        question=question,
        entries=entries,
        limits=Limits(),
        bonus=bonus,
        previous="00" * 32,
    )


ROUNDS = {
    "first": round_of("one", "first"),
    "speed": round_of("one", "speed", bonus=True),
    "accuracy": round_of("typed", "accuracy", bonus=True),
    "poll": round_of("poll", "speed"),
}


def by_script(paper: Any) -> list[str]:
    spec = importlib.util.spec_from_file_location("verify_round", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[str] = module.problems(paper)
    return found


def in_node(code: str, given: Any) -> Any:
    if NODE is None:
        pytest.skip("needs node")
    program = f"""
        import {{ unseal }} from "{STATIC.as_uri()}/seal.js";
        import {{ verify }} from "{STATIC.as_uri()}/verify.js";
        import {{ hex, hmac, sha256 }} from "{STATIC.as_uri()}/sha256.js";
        import {{ readFileSync }} from "node:fs";
        const given = JSON.parse(readFileSync(0, "utf8"));
        const answer = {code};
        process.stdout.write(JSON.stringify(answer));
    """
    arguments = [NODE, "--input-type=module", "-e", program]
    done = subprocess.run(arguments, input=json.dumps(given), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def each(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    paper = copy.deepcopy(ROUNDS["first"])
    change(paper)
    return paper


TAMPERED = {
    "a winner": each(lambda it: it.update(first=["p05"])),
    "a claim": each(lambda it: it["players"][1]["receipt"].update(claimed=300)),
    "a reaction": each(lambda it: it["players"][0]["reaction"].update(best=700)),
    "points": each(lambda it: it["players"][5].update(points=999)),
    "a question": each(lambda it: it["question"].update(text="Other")),
    "a limit": each(lambda it: it["limits"].update(cap=5000)),
    "the round before": each(lambda it: it.update(previous=None)),
    "a player": each(lambda it: it["players"].pop(11)),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_the_vectors_are_what_the_quiz_writes(name: str) -> None:
    kept = json.loads((VECTORS / f"round-{name}.json").read_text("utf-8"))
    assert kept == ROUNDS[name]
    assert differences(kept) == []


def test_the_rule_names_who_may_have_been_first() -> None:
    assert ROUNDS["first"]["first"] == ["p00", "p10", "p01"]
    marked = {
        one["player"]: (one["reaction"] or {}).get("marks") for one in ROUNDS["first"]["players"]
    }
    assert marked["p01"] == ["clamped", "doubted"]
    assert marked["p02"] == ["clamped"]
    assert marked["p03"] == ["clamped", "inhuman"]
    assert marked["p06"] == ["late"]
    assert marked["p11"] is None
    assert ROUNDS["poll"]["players"][0]["points"] == 0


def test_a_stranger_s_script_of_a_hundred_lines_comes_to_the_same() -> None:
    assert len(SCRIPT.read_text("utf-8").splitlines()) <= 100
    assert "festoon_quiz" not in SCRIPT.read_text("utf-8")
    for paper in ROUNDS.values():
        assert by_script(paper) == []


def test_the_script_says_what_holds_by_its_exit_status(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(TAMPERED["points"]), "utf-8")
    good = VECTORS / "round-first.json"
    for paths, status in (([good], 0), ([good, wrong], 1), ([], 1)):
        done = subprocess.run([sys.executable, SCRIPT, *paths], capture_output=True, text=True)
        assert done.returncode == status
    told = subprocess.run([sys.executable, SCRIPT, wrong], capture_output=True, text=True).stdout
    assert "DOES NOT HOLD" in told
    assert "p05" in told


def test_a_browser_comes_to_the_same_and_sees_what_was_changed() -> None:
    given = {"good": list(ROUNDS.values()), "bad": list(TAMPERED.values())}
    code = "[given.good, given.bad].map((papers) => papers.map((paper) => verify(paper)))"
    good, bad = in_node(code, given)
    for paper, seen in zip(ROUNDS.values(), good, strict=True):
        assert seen["ok"]
        assert seen["outcome"]["players"] == paper["players"]
        assert seen["outcome"]["hash"] == paper["hash"]
    assert [seen["ok"] for seen in bad] == [False] * len(TAMPERED)
    assert in_node("verify(given).ok", {"format": "other"}) is False
    assert in_node("verify(given).ok", {"format": "festoon-quiz-round/1"}) is False


@pytest.mark.parametrize("what", TAMPERED)
def test_whatever_is_changed_is_seen(what: str) -> None:
    assert differences(TAMPERED[what])
    assert by_script(TAMPERED[what])


def test_what_is_no_certificate_is_told_so() -> None:
    for wrong in ({}, {"format": "festoon-quiz-round/1"}, {**ROUNDS["first"], "limits": {"x": 1}}):
        (found,) = differences(wrong)
        assert "certificate" in found


def test_who_is_forgotten_leaves_the_round_provable() -> None:
    paper = forget(ROUNDS["first"], "p00")
    assert "Zoë 0" not in json.dumps(paper, ensure_ascii=False)
    assert "p00" not in paper["said"]
    assert differences(paper) == by_script(paper) == []


def test_a_sealed_question_opens_with_its_key_alone() -> None:
    sealed = seal.seal(SEALED, KEY)
    assert seal.unseal(sealed, KEY) == SEALED
    assert seal.key_bytes(seal.key_text(KEY)) == KEY
    with pytest.raises(ValueError, match="does not open"):
        seal.unseal(sealed, bytes(32))
    changed = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    with pytest.raises(ValueError, match="does not open"):
        seal.unseal(changed, KEY)
    for wrong in ("", "!", sealed[:20], "Z" + sealed[1:]):
        with pytest.raises(ValueError, match="this is no"):
            seal.unseal(wrong, KEY)
    with pytest.raises(ValueError, match="32 bytes"):
        seal.seal(SEALED, b"short")


def test_a_seal_tells_little_of_the_length_of_what_is_inside() -> None:
    short, long = seal.seal({"text": "?"}, KEY), seal.seal({"text": "?" * 400}, KEY)
    assert len(short) == len(long)


def test_a_phone_opens_what_the_server_sealed() -> None:
    kept = json.loads((VECTORS / "seal.json").read_text("utf-8"))
    assert kept == {"content": SEALED, "key": seal.key_text(KEY), "sealed": seal.seal(SEALED, KEY)}
    assert in_node("unseal(given.sealed, given.key)", kept) == SEALED
    refused = (
        "(() => { try { unseal(given.sealed, given.key); } catch (e) { return e.message; } })()"
    )
    other = kept | {"key": seal.key_text(bytes(32))}
    assert in_node(refused, other) == "the key does not open this question"
    assert "no sealed question" in in_node(refused, kept | {"sealed": "AAAA"})


def test_the_phone_s_own_hash_is_sha_256() -> None:
    lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]
    code = "given.map((n) => hex(sha256(new Uint8Array(n).fill(97))))"
    assert in_node(code, lengths) == [hashlib.sha256(b"a" * n).hexdigest() for n in lengths]
