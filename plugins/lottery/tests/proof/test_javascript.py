"""The second check, in JavaScript, says what the first one says: of honest proofs and of others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

import festoon_lottery
from festoon_lottery import verify
from plugins.lottery.tests.proof.drums import document, drum, receipt_of
from plugins.lottery.tests.proof.test_attacks import ATTACKS, evening

STATIC = Path(festoon_lottery.__file__).parent / "static"
HONEST, CHANGED = 1000, 300

_ASK = """
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
const { Wrong, check, checkReceipt, read } = await import(`${process.argv[1]}/verify.js`);
const { sha256 } = await import(`${process.argv[1]}/hashing.js`);
for (let size = 0; size < 300; size++) {
  const bytes = randomBytes(size);
  const ours = Buffer.from(sha256(bytes)).toString("hex");
  if (ours !== createHash("sha256").update(bytes).digest("hex")) throw new Error(`at ${size}`);
}
const said = JSON.parse(readFileSync(0, "utf8")).map(([proof, receipt]) => {
  try {
    const found = read(proof);
    const lines = check(found);
    return ["", [...lines, ...(receipt ? [checkReceipt(found, read(receipt))] : [])]];
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return [error.message, []];
  }
});
process.stdout.write(JSON.stringify(said));
"""


def _in_python(proof: str, receipt: str | None) -> tuple[str, list[str]]:
    try:
        found = verify.read(proof)
        lines = verify.check(found)
        if receipt is not None:
            lines.append(verify.check_receipt(found, verify.read(receipt)))
    except verify.Wrong as wrong:
        return str(wrong), []
    return "", lines


def _turned(doc: dict[str, Any], random: Random) -> str:
    """The document with one sign of it changed, wherever that leaves it JSON."""
    text = json.dumps(doc, ensure_ascii=False)
    while True:
        at = random.randrange(len(text))
        changed = text[:at] + random.choice('0123456789abcdef"{}[],:xé ') + text[at + 1 :]
        if changed == text:
            continue
        try:
            json.loads(changed)
        except ValueError:
            continue
        return changed


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if found is None:
        assert not os.environ.get("CI"), "CI has Node"
        pytest.skip("needs Node")
    return found


def test_both_checks_agree(node: str, tmp_path: Path) -> None:
    random = Random(7)
    cases: list[tuple[str, str | None]] = []
    for number in range(HONEST):
        run = drum(number)
        receipt = receipt_of(run, random.randrange(len(run.entries)))
        cases.append((json.dumps(document(run)), json.dumps(receipt)))
    cases.extend((_turned(document(drum(number)), random), None) for number in range(CHANGED))
    for change in ATTACKS:
        doc = document(evening())
        change(doc)
        cases.append((json.dumps(doc), None))
    odd = json.dumps(document(evening()) | {"room": "\ud800"})
    strange = ('{"a": 1, "a": 2}', '{"a": 1e2}', '{"a": 9007199254740992}', "[", odd)
    cases.extend((text, None) for text in strange)
    for script in ("hashing.js", "reading.js", "verify.js"):
        shutil.copy(STATIC / script, tmp_path)
    # Browsers take them for modules because pages say so, Node because of this.
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    answer = subprocess.run(
        [node, "--input-type=module", "-e", _ASK, tmp_path.as_uri()],
        input=json.dumps(cases),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=100,
    )
    valid = 0
    for (proof, receipt), (wrong, lines) in zip(cases, json.loads(answer.stdout), strict=True):
        expected, checked = _in_python(proof, receipt)
        assert bool(wrong) == bool(expected), (wrong, expected)
        if "no JSON document" not in expected:
            assert (wrong, lines) == (expected, checked)
        valid += not wrong
    assert valid >= HONEST
