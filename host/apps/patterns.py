"""Regular expressions that cannot hang: the regular part of ECMA 262, matched in linear time.

A manifest's `pattern` meets whatever a person types, and a backtracking matcher can take years
over thirty characters. So a pattern is compiled to a small program and all its threads are run
side by side, one step a character (K. Thompson, "Regular Expression Search Algorithm", CACM
11(6), 1968; R. Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009). What
cannot be matched that way (lookaround, back-references) is refused when the manifest is read.

As JSON Schema wants it, a pattern matches anywhere in the text unless it is anchored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from host.apps.pattern_syntax import Step, is_word, parse

MOST_TEXT = 1_000
"""Characters of a text that may be matched against a pattern."""


class Pattern:
    """A compiled pattern; `matches` is its only verb."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = [*steps, Step("match")]

    def matches(self, text: str) -> bool:
        """Whether the pattern matches somewhere in the text, in time steps × length."""
        threads: set[int] = set()
        for position in range(len(text) + 1):
            reached = self._closure({0} | threads, text, position)
            if len(self._steps) - 1 in reached:
                return True
            if position < len(text):
                threads = {at + 1 for at in reached if self._consumes(at, text[position])}
        return False

    def _consumes(self, at: int, character: str) -> bool:
        test = self._steps[at].test
        return test is not None and test(character)

    def _closure(self, start: Iterable[int], text: str, position: int) -> set[int]:
        reached: set[int] = set()
        waiting = list(start)
        while waiting:
            at = waiting.pop()
            if at in reached:
                continue
            reached.add(at)
            step = self._steps[at]
            if step.kind == "fork":
                waiting.extend(step.targets)
            elif step.kind in _POSITIONS and _POSITIONS[step.kind](text, position):
                waiting.append(at + 1)
        return reached


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Pattern:
    """The pattern, ready to match. Raises `PatternError` with what is wrong and where."""
    return Pattern(parse(pattern))


def _at_border(text: str, position: int) -> bool:
    before = position > 0 and is_word(text[position - 1])
    after = position < len(text) and is_word(text[position])
    return before != after


_POSITIONS: dict[str, Callable[[str, int], bool]] = {
    "^": lambda text, position: position == 0,
    "$": lambda text, position: position == len(text),
    "b": _at_border,
    "B": lambda text, position: not _at_border(text, position),
}
