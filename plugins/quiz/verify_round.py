"""Computes the result of a quiz round again: python verify_round.py CERTIFICATE.json …

Written after docs/explanation/fair-quiz.md alone, without any code of the quiz. Python 3.11 or
newer and nothing else. Exit status 0: every certificate holds.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any


def reaction(receipt: Any, seconds: int, limits: Any) -> dict[str, Any]:
    """Section 4: low, best, high and the marks."""
    elapsed, claim, cap = receipt["elapsed"], receipt["claimed"], limits["cap"]
    usual = receipt["least"] + limits["jitter"] * receipt["spread"] + limits["page"]
    if receipt["samples"] < limits["few"]:
        usual += limits["unsure"]
    stalled = min(usual + receipt["least"] + limits["stall"], cap)
    counted, longest = elapsed - min(usual, cap), elapsed - min(receipt["least"], cap)
    low, best, high, marks = counted, counted, longest, set[str]()
    if receipt["samples"] == 0 or not receipt["told"]:
        marks.add("unmeasured")
    if stalled == cap:
        marks.add("capped")
    if claim is None:
        marks.add("silent")
    elif counted <= claim <= elapsed:
        low, best, high = claim - limits["grain"], claim, claim + limits["grain"]
    else:
        marks.add("clamped")
        allowed = limits["doubts"] + receipt["answers"] // limits["doubts_every"]
        if claim > longest:
            best = longest
        elif claim >= limits["human"] and receipt["doubts"] < allowed:
            low = max(claim - limits["grain"], elapsed - stalled)
            marks.add("doubted")
    if best < limits["human"] or (claim is not None and claim < limits["human"]):
        marks.add("inhuman")
    if low > seconds * 1000:
        marks.add("late")
    return {"low": max(low, 0), "best": max(best, 0), "high": max(high, 0), "marks": sorted(marks)}


def points(question: Any, bonus: bool, player: Any, it: Any, is_first: bool) -> tuple[int, ...]:
    """Section 6: points, bonus and the streak afterwards."""
    if question["kind"] == "poll":
        return 0, 0, player["before"]
    if it is None or not player["right"] or "late" in it["marks"]:
        return 0, 0, 0
    most, limit, streak = question["points"], question["seconds"] * 1000, player["before"] + 1
    if question["mode"] == "first" or question["kind"] == "buzzer":
        gained = most if is_first else 0
    elif question["mode"] == "speed":
        gained = (most * (2 * limit - min(it["best"], limit)) + limit) // (2 * limit)
    else:
        gained = most
    return gained, most * min(streak - 1, 5) // 10 if bonus and gained else 0, streak


def problems(paper: Any) -> list[str]:
    """Everything in which the certificate differs from what its receipts say."""
    question, found, there = paper["question"], list[str](), dict[str, Any]()
    for player in paper["players"]:
        it = None
        if player["receipt"] is not None:
            it = reaction(player["receipt"], question["seconds"], paper["limits"])
        if it != player["reaction"]:
            found.append(f"{player['player']}: the reaction is {it}")
        if it and player["right"] and not {"late", "inhuman"} & set(it["marks"]):
            there[player["player"]] = it
    bound = min((it["high"] for it in there.values()), default=0)
    first = [name for name, it in there.items() if it["low"] <= bound]
    first.sort(key=lambda name: (there[name]["best"], name))
    if first != paper["first"]:
        found.append(f"first was {first}")
    for player in paper["players"]:
        told = player["points"], player["bonus"], player["streak"]
        is_first = player["player"] in first
        due = points(question, paper["bonus"], player, player["reaction"], is_first)
        if told != due:
            found.append(f"{player['player']}: points, bonus and streak are {due}")
    covered = {key: paper[key] for key in paper if key not in ("hash", "names", "said")}
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(text.encode()).hexdigest() != paper["hash"]:
        found.append("the hash is another one")
    return found


if __name__ == "__main__":
    wrong = {name: problems(json.loads(Path(name).read_text("utf-8"))) for name in sys.argv[1:]}
    for name, found in wrong.items():
        verdict = "DOES NOT HOLD: " + "; ".join(found) if found else "holds"
        sys.stdout.write(f"{name} {verdict}\n")
    sys.exit(any(wrong.values()) or not wrong)
