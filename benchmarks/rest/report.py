"""The report, in markdown."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks.rest.calls import Call
from benchmarks.rest.goals import judged
from benchmarks.rest.peers import Peer
from benchmarks.rest.results import MEMORY, Reading, Results, of, p50, p99, rate


def report(
    results: Results,
    calls: Sequence[Call],
    peers: Sequence[Peer],
    head: Sequence[str],
    *,
    comparable: bool,
) -> str:
    """The whole report. `comparable` False says that the figures are no result."""
    now = datetime.datetime.now(datetime.UTC)
    lines = ["# REST", "", f"{now:%Y-%m-%d %H:%M} UTC."]
    if not comparable:
        lines += ["", "**A quick run: it shows that everything works, the figures say little.**"]
    lines += ["", *(f"- {line}" for line in head)]
    for title, read, digits in (
        ("Requests a second", rate, 0),
        ("p50, ms", p50, 1),
        ("p99, ms", p99, 1),
    ):
        lines += ["", f"## {title}", "", *_table(results, calls, peers, read, digits)]
    lines += ["", "## Memory, MB resident", "", *_memory(results, peers)]
    lines += ["", "## How busy: server / database / load client, of one core each", ""]
    lines += [*_busy(results, calls, peers), *_goals(results)]
    if results.failures:
        lines += ["", "## What failed", "", *(_quoted(text) for text in results.failures)]
    lines += ["", "## Versions", "", "| server | what |", "|---|---|"]
    lines += [f"| {peer.title} | {peer.versions()} |" for peer in peers]
    return "\n".join(lines) + "\n"


def _header(first: str, titles: Sequence[str]) -> Iterator[str]:
    yield f"| {first} | " + " | ".join(titles) + " |"
    yield "|---" + "|---:" * len(titles) + "|"


def _table(
    results: Results, calls: Sequence[Call], peers: Sequence[Peer], read: Reading, digits: int
) -> Iterator[str]:
    yield from _header("server", [call.title for call in calls])
    for peer in peers:
        cells = [_cell(results, peer.name, call.name, read, digits) for call in calls]
        yield f"| {peer.title} | " + " | ".join(cells) + " |"


def _memory(results: Results, peers: Sequence[Peer]) -> Iterator[str]:
    yield from _header("server", ["after all calls", "before the first"])
    for peer in peers:
        cells = [_cell(results, peer.name, MEMORY, read, 0) for read in (rate, of("idle"))]
        yield f"| {peer.title} | " + " | ".join(cells) + " |"


def _cell(results: Results, peer: str, name: str, read: Reading, digits: int) -> str:
    found = results.rounds(peer, name, read)
    if not found:
        return "failed" if results.figures.get((peer, name)) else ""
    text = f"{median(found):,.{digits}f}"
    if min(found) != max(found):
        text += f" ({min(found):,.{digits}f}–{max(found):,.{digits}f})"
    against = results.ratio(peer, name, read)
    return text if against is None or peer == "festoon" else f"{text} **{against:.2f}**"


def _busy(results: Results, calls: Sequence[Call], peers: Sequence[Peer]) -> Iterator[str]:
    yield from _header("server", [call.title for call in calls])
    for peer in peers:
        cells = []
        for call in calls:
            sides = [
                results.rounds(peer.name, call.name, of(side))
                for side in ("server", "database", "client")
            ]
            cells.append(" / ".join(f"{median(side):.0%}" for side in sides if side))
        yield f"| {peer.title} | " + " | ".join(cells) + " |"


def _goals(results: Results) -> Iterator[str]:
    found = list(judged(results))
    if not found:
        return
    yield from ("", "## Goals", "", "| Festoon's | of | ratio | needed | reached |")
    yield "|---|---|---:|---:|---|"
    for goal, value in found:
        sign = "≤" if goal.at_most else "≥"
        if goal.bound == 1:
            sign = "<" if goal.at_most else ">"
        reached = "yes" if goal.met_by(value) else "**no**"
        yield f"| {goal.text} | {goal.call} | {value:.2f} | {sign} {goal.bound:.3g} | {reached} |"


def _quoted(text: str) -> str:
    return "- " + text.replace("\n", "\n  ")
