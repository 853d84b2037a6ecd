"""The syntax of the patterns that `host.apps.patterns` matches, parsed to steps."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

MOST_STEPS = 500
"""Length of a compiled pattern: `x{100}` takes a hundred steps."""
MOST_NESTING = 20

Test = Callable[[str], bool]


class PatternError(ValueError):
    """The pattern is malformed, too large, or uses what is not supported."""


class Step(NamedTuple):
    """One instruction: test a character, fork, assert a position (^ $ b B), or match."""

    kind: str
    test: Test | None = None
    targets: tuple[int, ...] = ()


def parse(pattern: str) -> list[Step]:
    """The steps of a pattern. Raises `PatternError` with what is wrong and where."""
    parser = _Parser(pattern)
    steps = parser.alternatives(0)
    if parser.at < len(pattern):
        raise parser.error("a ')' without its '('")
    return steps


def is_word(character: str) -> bool:
    """What `\\w` means in ECMA 262: ASCII letters, digits and the underscore."""
    return character == "_" or (character.isascii() and character.isalnum())


def _is_space(character: str) -> bool:
    return character in "\t\n\v\f\r\u2028\u2029\ufeff" or unicodedata.category(character) == "Zs"


_CLASSES: dict[str, Test] = {
    "d": lambda c: c.isascii() and c.isdigit(),
    "w": is_word,
    "s": _is_space,
}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_LINE_ENDS = "\n\r\u2028\u2029"


def _not(test: Test) -> Test:
    return lambda c: not test(c)


def _any_of(tests: list[Test]) -> Test:
    return lambda c: any(test(c) for test in tests)


def _between(first: str, last: str) -> Test:
    return lambda c: first <= c <= last


class _Parser:
    """Recursive descent; every method gives the steps of what it read, targets relative to 0."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def error(self, what: str) -> PatternError:
        return PatternError(f"{what}, at character {self.at + 1}")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self, expected: str = "") -> str:
        character = self.peek()
        if not character or (expected and character != expected):
            raise self.error(f"expected {expected or 'more'}")
        self.at += 1
        return character

    def alternatives(self, depth: int) -> list[Step]:
        if depth > MOST_NESTING:
            raise self.error(f"groups nested more than {MOST_NESTING} deep")
        steps = self.sequence(depth)
        while self.peek() == "|":
            self.at += 1
            other = self.sequence(depth)
            first = [_fork(1, len(steps) + 2), *_moved(steps, 1)]
            over = _fork(len(first) + 1 + len(other))
            steps = [*first, over, *_moved(other, len(first) + 1)]
            self.bound(steps)
        return steps

    def sequence(self, depth: int) -> list[Step]:
        steps: list[Step] = []
        while self.peek() not in ("", "|", ")"):
            steps += _moved(self.repeated(depth), len(steps))
            self.bound(steps)
        return steps

    def repeated(self, depth: int) -> list[Step]:
        one = self.atom(depth)
        least, most = self.quantifier()
        if (most or least) * len(one) > MOST_STEPS:
            raise self.error(f"the pattern is too large (over {MOST_STEPS} steps)")
        steps: list[Step] = []
        for _ in range(least):
            steps += _moved(one, len(steps))
        if most is None:
            here = len(steps)
            again = [_fork(here + 1, here + len(one) + 2), *_moved(one, here + 1), _fork(here)]
            return steps + again
        for _ in range(most - least):
            here = len(steps)
            steps += [_fork(here + 1, here + len(one) + 1), *_moved(one, here + 1)]
        return steps

    def quantifier(self) -> tuple[int, int | None]:
        """Least and most; None without a bound."""
        sign = self.peek()
        if sign not in ("*", "+", "?", "{"):
            return 1, 1
        self.at += 1
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign) or self.counts()
        if self.peek() == "?":  # lazy: the same texts match
            self.at += 1
        if self.peek() in ("*", "+", "{"):
            raise self.error("a quantifier on a quantifier")
        return least, most

    def counts(self) -> tuple[int, int | None]:
        inside, closed, _ = self.pattern[self.at :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not _number(low) or (high and not _number(high)):
            raise self.error("'{' must begin a count like {2}, {2,} or {2,5}; else write \\{")
        self.at += len(inside) + 1
        least = int(low)
        most = int(high) if high else None if comma else least
        if most is not None and most < least:
            raise self.error("a count whose end is below its beginning")
        return least, most

    def atom(self, depth: int) -> list[Step]:
        character = self.take()
        if character in "*+?{":
            self.at -= 1
            raise self.error(f"'{character}' has nothing to repeat")
        if character == "(":
            return self.group(depth)
        if character in "^$":
            return [Step(character)]
        if character == ".":
            return [Step("test", lambda c: c not in _LINE_ENDS)]
        if character == "[":
            return [Step("test", self.bracket())]
        if character == "\\":
            if self.peek() in ("b", "B"):
                return [Step(self.take())]
            return [Step("test", self.escape())]
        return [Step("test", lambda c: c == character)]

    def group(self, depth: int) -> list[Step]:
        if self.peek() == "?":
            if not self.pattern.startswith("?:", self.at):
                raise self.error("lookaround and named groups are not supported")
            self.at += 2
        steps = self.alternatives(depth + 1)
        self.take(")")
        return steps

    def bracket(self) -> Test:
        negated = self.peek() == "^"
        self.at += negated
        tests: list[Test] = []
        while self.peek() != "]":
            tests.append(self.range())
        self.take("]")
        return _not(_any_of(tests)) if negated else _any_of(tests)

    def range(self) -> Test:
        first = self.member()
        follows = self.pattern[self.at + 1 : self.at + 2]
        if self.peek() != "-" or follows in ("", "]") or not isinstance(first, str):
            return first if callable(first) else _between(first, first)
        self.at += 1
        last = self.member()
        if not isinstance(last, str) or last < first:
            raise self.error("a range that runs backwards")
        return _between(first, last)

    def member(self) -> str | Test:
        character = self.take()
        return self.escaped() if character == "\\" else character

    def escape(self) -> Test:
        found = self.escaped()
        return _between(found, found) if isinstance(found, str) else found

    def escaped(self) -> str | Test:
        """What stands after a backslash: a character, or a class of characters."""
        character = self.take()
        if character.lower() in _CLASSES:
            test = _CLASSES[character.lower()]
            return test if character.islower() else _not(test)
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character in "xu":
            return self.coded(character, 2 if character == "x" else 4)
        if character.isalnum():
            raise self.error(f"\\{character} is not supported")
        return character

    def coded(self, character: str, length: int) -> str:
        digits = self.pattern[self.at : self.at + length]
        if len(digits) < length or not set(digits) <= set(string.hexdigits):
            raise self.error(f"\\{character} needs {length} hexadecimal digits")
        self.at += length
        return chr(int(digits, 16))

    def bound(self, steps: list[Step]) -> None:
        if len(steps) > MOST_STEPS:
            raise self.error(f"the pattern is too large (over {MOST_STEPS} steps)")


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _fork(*targets: int) -> Step:
    return Step("fork", targets=targets)


def _moved(steps: list[Step], by: int) -> list[Step]:
    return [step._replace(targets=tuple(t + by for t in step.targets)) for step in steps]
