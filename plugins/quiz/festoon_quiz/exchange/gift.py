"""Questions in Moodle's GIFT format.

Single choice, several choices with weights, true or false, short answer, number; things to be put
in order are pairs with their places (`=first -> 1`), a poll has only answers worth nothing
(`~%0%`), and a question without answers is for raised hands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from festoon_quiz.exchange.rows import BadFile

_SPECIAL = re.compile(r"([~=#{}:\\])")
_ANSWER = re.compile(r"(?<!\\)([=~])")
_WEIGHT = re.compile(r"%(-?\d+(?:\.\d+)?)%")


def write_gift(questions: Iterable[Mapping[str, Any]]) -> bytes:
    """The questions as GIFT, one paragraph each."""
    return ("\n\n".join(_written(one) for one in questions) + "\n").encode()


def _written(question: Mapping[str, Any]) -> str:
    kind = question.get("kind", "one")
    right, options = list(question.get("right", ())), list(question.get("options", ()))
    lines: list[str] = []
    if kind == "truth":
        body = "T" if str(right[0]).lower() == "true" else "F"
    elif kind == "number":
        body = f"#{right[0]}"
    else:
        if kind == "one":
            lines = [f"{'=' if one in right else '~'}{_out(one)}" for one in options]
        elif kind == "several":
            share = f"{100 / max(1, len(right)):.5f}".rstrip("0").rstrip(".")
            lines = [f"~%{share if one in right else '-100'}%{_out(one)}" for one in options]
        elif kind == "poll":
            lines = [f"~%0%{_out(one)}" for one in options]
        elif kind == "typed":
            lines = [f"={_out(one)}" for one in right]
        elif kind == "order":
            lines = [f"={_out(one)} -> {place}" for place, one in enumerate(right, start=1)]
        body = "".join(f"\n  {line}" for line in lines) + ("\n" if lines else "")
    return f"::{_out(question.get('id', '')) or 'q'}::{_out(question['text'])} {{{body}}}"


def _out(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", str(text)).replace("\n", "\\n")


def read_gift(content: bytes) -> list[dict[str, Any]]:
    """The questions of a GIFT file; raises `BadFile` for one that is not understood."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("A GIFT file must be text in UTF-8.") from None
    lines = [
        line
        for line in text.replace("\r\n", "\n").split("\n")
        if not line.lstrip().startswith(("//", "$CATEGORY:"))
    ]
    paragraphs = [one.strip() for one in re.split(r"\n\s*\n", "\n".join(lines))]
    found = [_read(number, one) for number, one in enumerate(filter(None, paragraphs), start=1)]
    if not found:
        raise BadFile("There is no question in this file.")
    return found


def _read(number: int, paragraph: str) -> dict[str, Any]:
    title = re.match(r"::(.*?)(?<!\\)::", paragraph, re.DOTALL)
    rest = paragraph[title.end() :] if title else paragraph
    begin, end = re.search(r"(?<!\\)\{", rest), re.search(r"(?<!\\)\}", rest)
    if begin is None or end is None or end.start() < begin.start():
        raise BadFile(f"Question {number}: its answers must stand between {{ and }}.")
    text = re.sub(r"^\[\w+\]", "", rest[: begin.start()].strip())
    after = rest[end.end() :].strip()
    found: dict[str, Any] = {"text": _in(f"{text} _____ {after}" if after else text)}
    found |= _answers(number, rest[begin.end() : end.start()].strip())
    return found


def _answers(number: int, body: str) -> dict[str, Any]:
    plain = body.partition("#")[0].strip().upper() if not body.startswith("#") else ""
    if not body:
        return {"kind": "buzzer", "options": [], "right": []}
    if plain in ("T", "TRUE", "F", "FALSE"):
        return {"kind": "truth", "options": [], "right": [str(plain[0] == "T").lower()]}
    if body.startswith("#"):
        value = re.split(r"(?<!\\)[:#]|\.\.", body[1:].lstrip("= "))[0]
        return {"kind": "number", "options": [], "right": [value.strip()]}
    parts = _ANSWER.split(body)[1:]
    if not parts:
        raise BadFile(f"Question {number}: its answers begin with = or ~.")
    options, right, weights, signs = [], [], [], set()
    for sign, part in zip(parts[::2], parts[1::2], strict=True):
        part = re.split(r"(?<!\\)#", part)[0].strip()
        weight = _WEIGHT.match(part)
        answer = _in(part[weight.end() :] if weight else part)
        worth = float(weight[1]) if weight else (100.0 if sign == "=" else 0.0)
        options.append(answer)
        weights.append(worth if weight else None)
        signs.add(sign)
        if worth > 0:
            right.append(answer)
    if signs == {"="}:
        return _paired(number, options) or {"kind": "typed", "options": [], "right": options}
    if not right and all(weight == 0 for weight in weights):
        return {"kind": "poll", "options": options, "right": []}
    several = len(right) > 1 or ("=" not in signs)
    return {"kind": "several" if several else "one", "options": options, "right": right}


def _paired(number: int, answers: list[str]) -> dict[str, Any] | None:
    """Things to be put in order, written as pairs with their places."""
    if not all(" -> " in one or one.endswith("->") for one in answers):
        return None
    pairs = [one.rsplit("->", 1) for one in answers]
    try:
        order = sorted(pairs, key=lambda pair: int(pair[1]))
    except ValueError:
        raise BadFile(
            f"Question {number} asks for pairs, which this quiz cannot; it can put in order."
        ) from None
    return {"kind": "order", "options": [], "right": [first.strip() for first, _ in order]}


def _in(text: str) -> str:
    """Text as it is meant, without the format's escapes."""
    plain = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)
    return " ".join(plain.split())
