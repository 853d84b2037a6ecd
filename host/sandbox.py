"""Templates that somebody else writes: checked line by line, and never more than words and choices.

Besides the sandbox of Jinja2 only what a message needs is allowed: variables, `if`, and a few
filters. Without loops, calls and arithmetic no template can take the host's time or memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from host.errors import ValidationFailed

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

MOST_CHARACTERS = 5_000
FILTERS = frozenset({"upper", "lower", "capitalize", "title", "trim", "default", "d"})
_ALLOWED = frozenset(
    {
        "Template",
        "Output",
        "TemplateData",
        "Name",
        "Const",
        "If",
        "CondExpr",
        "Filter",
        "Compare",
        "Operand",
        "And",
        "Or",
        "Not",
        "Test",
        "Keyword",
    }
)


@dataclass(frozen=True)
class Problem:
    """What is wrong, and in which line (from 1)."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.text}"


class Sandbox:
    """Templates in which these variables may stand."""

    def __init__(self, variables: Collection[str]) -> None:
        self._variables = tuple(variables)

    def problems(self, source: str) -> list[Problem]:
        """Everything that keeps a template from being used; empty for a good one."""
        from jinja2 import TemplateSyntaxError

        if len(source) > MOST_CHARACTERS:
            return [Problem(1, f"This is longer than {MOST_CHARACTERS} characters.")]
        try:
            tree = _environment().parse(source)
        except TemplateSyntaxError as error:
            return [Problem(error.lineno, f"This cannot be read: {error.message}.")]
        return sorted(set(self._wrong(tree)), key=lambda one: (one.line, one.text))

    def check(self, source: str, where: str) -> None:
        """Raises `ValidationFailed` that names the lines, for the field `where`."""
        if found := self.problems(source):
            raise ValidationFailed(str(found[0]), {where: [str(one) for one in found]})

    def render(self, source: str, values: Mapping[str, Any]) -> str:
        """The words. Raises `ValidationFailed` for a template that is not right."""
        from jinja2 import TemplateError

        try:
            return _compiled(source, self._variables).render(values)
        except TemplateError as error:
            text = f"This cannot be filled in: {error}."
            raise ValidationFailed(text, {"template": [text]}) from error

    def _wrong(self, tree: nodes.Template) -> Iterator[Problem]:
        from jinja2 import nodes

        for node in tree.find_all(nodes.Node):
            kind = type(node).__name__
            if isinstance(node, nodes.Name) and node.name not in self._variables:
                known = ", ".join(self._variables)
                yield Problem(node.lineno, f"There is no {node.name!r} here; there are {known}.")
            elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
                known = ", ".join(sorted(FILTERS))
                yield Problem(
                    node.lineno, f"There is no filter {node.name!r} here; there are {known}."
                )
            elif isinstance(node, nodes.Test) and node.name not in ("defined", "undefined"):
                yield Problem(node.lineno, f"“is {node.name}” is not to be had here.")
            elif kind not in _ALLOWED:
                yield Problem(node.lineno, "Only variables, filters and {% if %} can stand here.")


@lru_cache(maxsize=256)
def _compiled(source: str, variables: tuple[str, ...]) -> Template:
    """Checked and compiled once for thousands of letters."""
    Sandbox(variables).check(source, "template")
    return _environment().from_string(source)


@cache
def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # with the first template

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
