"""What would come of a guest list: who is new, who is there already, which lines are faulty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from festoon_lottery.roster.lines import Fault, Line, Sheet


@dataclass(frozen=True)
class Listed:
    """A person of the list as it is kept. `out` is whether they were taken out again."""

    id: str
    key: str
    name: str
    note: str
    tickets: int | None
    batch: str
    participant_id: str | None
    refused: str | None
    out: bool


@dataclass(frozen=True)
class Double:
    """A line that adds nobody, and why."""

    line: Line
    reason: str


@dataclass(frozen=True)
class Plan:
    """`new` are added; `by_phone` too if the organizer says so: their name is here already."""

    new: tuple[Line, ...]
    by_phone: tuple[Line, ...]
    doubles: tuple[Double, ...]
    faults: tuple[Fault, ...]
    ignored: tuple[str, ...]

    def chosen(self, *, also_by_phone: bool) -> tuple[Line, ...]:
        """Who is to be added."""
        return (*self.new, *self.by_phone) if also_by_phone else self.new


def planned(sheet: Sheet, listed: Mapping[str, Listed], by_phone: Sequence[str]) -> Plan:
    """Compares a list with the one that is kept (by key) and the names of who came by phone."""
    here = {" ".join(name.casefold().split()) for name in by_phone}
    first: dict[str, int] = {}
    new: list[Line] = []
    alike: list[Line] = []
    doubles: list[Double] = []
    for line in sheet.lines:
        known = listed.get(line.key)
        if line.key in first:
            reason = f"The same as line {first[line.key]}. A note tells two of one name apart."
            doubles.append(Double(line, reason))
            continue
        first[line.key] = line.number
        if known is not None and not known.out and known.refused is None:
            doubles.append(Double(line, _known(line, known)))
        elif " ".join(line.name.casefold().split()) in here:
            alike.append(line)
        else:
            new.append(line)
    return Plan(tuple(new), tuple(alike), tuple(doubles), sheet.faults, sheet.ignored)


def _known(line: Line, known: Listed) -> str:
    if line.tickets != known.tickets:
        held = "as many tickets as everybody" if known.tickets is None else f"{known.tickets}"
        return f"On the list already, with {held}. To change that, take them out first."
    return "On the list already."
