"""The check in JavaScript says of rounds of Secret Santa what the one in Python says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import festoon_lottery
from festoon_lottery import verify_santa
from festoon_lottery.santa import drawing
from plugins.lottery.tests.santa.test_document import ATTACKS, VECTORS, Round

STATIC = Path(festoon_lottery.__file__).parent / "static"
HONEST, COMPLETED = 200, 40
Case = tuple[dict[str, Any], list[dict[str, Any]], int]

_ASK = """
import { readFileSync } from "node:fs";
const { Wrong, check, checkReceipt, read } = await import(`${process.argv[1]}/verify-santa.js`);
const said = JSON.parse(readFileSync(0, "utf8")).map(([text, receipts, most]) => {
  try {
    const proof = read(text);
    const lines = check(proof, most);
    return ["", [...lines, ...receipts.map((one) => checkReceipt(proof, one))]];
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return [error.message, []];
  }
});
process.stdout.write(JSON.stringify(said));
"""


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if found is None:
        assert not os.environ.get("CI"), "CI has Node"
        pytest.skip("needs Node")
    return found


def _in_python(case: Case) -> tuple[str, list[str]]:
    proof, receipts, _ = case
    try:
        lines = verify_santa.check(proof)
        return "", [*lines, *(verify_santa.check_receipt(proof, one) for one in receipts)]
    except verify_santa.Wrong as wrong:
        return str(wrong), []


def _cases() -> list[Case]:
    cases: list[Case] = []
    for number in range(HONEST):
        one = Round(number, 2 + number % 11, couples=number % 11 > 2)
        giver = number % len(one.names)
        cases.append((one.proof(4 if number % 3 else 3), [one.receipt(giver)], 10_000))
    played = Round(5)
    for attack in ATTACKS:
        proof = played.proof()
        attack(played, proof)
        cases.append((proof, [], 10_000))
    mine, other = played.receipt(0), played.receipt(1)
    changes: list[dict[str, Any]] = [
        {"receiver": other["receiver"]},
        {"other": other["other"]},
        {"path": mine["path"][:-1]},
        {"salt": other["salt"]},
    ]
    cases.extend((played.proof(3), [mine | changed], 10_000) for changed in changes)
    cases.extend(
        (one["proof"], one["receipts"], 10_000) for one in json.loads(VECTORS.read_text("utf-8"))
    )
    return cases


def test_both_checks_agree(node: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = _cases()
    expected = [_in_python(case) for case in cases]
    with monkeypatch.context() as patched:
        for holder in (drawing, verify_santa):
            patched.setattr(holder, "MOST_SHUFFLES", 1)
        some: list[Case] = [(Round(n, 5 + n % 4).proof(), [], 1) for n in range(COMPLETED)]
        expected += [_in_python(case) for case in some]
        cases += some
    for script in ("hashing.js", "reading.js", "verify.js", "verify-santa.js"):
        shutil.copy(STATIC / script, tmp_path)
    # Browsers take them for modules because pages say so, Node because of this.
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    answer = subprocess.run(
        [node, "--input-type=module", "-e", _ASK, tmp_path.as_uri()],
        input=json.dumps([[json.dumps(proof), *more] for proof, *more in cases]),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=100,
    )
    said = [(wrong, lines) for wrong, lines in json.loads(answer.stdout)]
    assert said == expected
    assert sum(not wrong for wrong, _ in said) >= HONEST + COMPLETED
    assert any("Not proved" in line for _, lines in said for line in lines)
