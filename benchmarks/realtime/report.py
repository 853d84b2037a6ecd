"""The run as markdown."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.realtime.figures import Reading, field, figure, rate, rate_by_processor, ratio
from benchmarks.realtime.goals import judged
from benchmarks.realtime.peers import C_SENDER, SOCKET_IO, Peer
from benchmarks.realtime.rounds import Plan, Results


@dataclass(frozen=True)
class Column:
    """One column: a measure, what is read of it, and what its ratio is taken to."""

    title: str
    measure: str
    read: Reading = rate
    to: str = SOCKET_IO.name
    digits: int = 0


COLUMNS = (
    Column("fan-out, msg/s", "fanout"),
    Column("p50, ms", "fanout", field("p50"), digits=2),
    Column("p99, ms", "fanout", field("p99"), digits=2),
    Column("four under way, msg/s", "four"),
    Column("burst, msg/s", "burst"),
    Column("receive, msg/s", "receive"),
    Column("unanswered, msg/s", "tell"),
    Column("connects/s", "connect"),
    Column("KB/socket", "memory", digits=1),
)
BY_PROCESSOR = (
    Column("fan-out", "fanout", rate_by_processor),
    Column("four under way", "four", rate_by_processor),
    Column("burst", "burst", rate_by_processor),
    Column("receive", "receive", rate_by_processor),
    Column("unanswered", "tell", rate_by_processor),
    Column("connects", "connect", rate_by_processor),
)
MEASURED = ("fanout", "four", "burst", "receive", "tell", "connect")


def report(
    results: Results, plan: Plan, peers: Sequence[Peer], head: Sequence[str], comparable: bool
) -> str:
    """The whole report. `comparable` False says that the figures are no result."""
    now = datetime.datetime.now(datetime.UTC)
    lines = ["# Realtime", "", f"{now:%Y-%m-%d %H:%M} UTC."]
    if not comparable:
        lines += ["", "**A quick run: it shows that everything works, the figures say little.**"]
    lines += ["", *(f"- {line}" for line in head), ""]
    for sockets in plan.sockets:
        lines += [f"## {sockets:,} sockets", ""]
        lines += _table(results, peers, sockets, COLUMNS)
        lines += ["", "In a second of the server's processor time:", ""]
        lines += _table(results, peers, sockets, BY_PROCESSOR)
        lines += ["", "How busy the server and the load client were, of one core each:", ""]
        lines += _busy(results, peers, sockets)
        lines += [*_goals(results, sockets), ""]
    if results.failures:
        lines += ["## What failed", "", *(_quoted(text) for text in results.failures), ""]
    lines += ["## Versions", "", "| server | what |", "|---|---|"]
    lines += [f"| {peer.title} | {peer.versions()} |" for peer in peers]
    return "\n".join(lines) + "\n"


def _table(
    results: Results, peers: Sequence[Peer], sockets: int, columns: Sequence[Column]
) -> Iterator[str]:
    yield "| server | " + " | ".join(column.title for column in columns) + " |"
    yield "|---" + "|---:" * len(columns) + "|"
    for peer in peers:
        cells = [_cell(results, peer.name, sockets, column) for column in columns]
        yield f"| {peer.title} | " + " | ".join(cells) + " |"


def _cell(results: Results, peer: str, sockets: int, column: Column) -> str:
    found = figure(results, peer, sockets, column.measure, column.read)
    if found is None:
        rounds = results.figures.get((peer, sockets, column.measure), [])
        return (
            ""
            if peer == C_SENDER.name and column.measure in ("receive", "tell")
            else _missing(rounds)
        )
    text = f"{found.value:,.{column.digits}f}"
    if found.least != found.most:
        text += f" ({found.least:,.{column.digits}f}–{found.most:,.{column.digits}f})"
    against = ratio(results, peer, column.to, sockets, column.measure, column.read)
    return f"{text} **{against:.2f}**" if against is not None else text


def _missing(rounds: Sequence[object]) -> str:
    return "failed" if rounds else ""


def _busy(results: Results, peers: Sequence[Peer], sockets: int) -> Iterator[str]:
    yield "| server | " + " | ".join(MEASURED) + " |"
    yield "|---" + "|---:" * len(MEASURED) + "|"
    for peer in peers:
        cells = []
        for measure in MEASURED:
            sides = [
                figure(results, peer.name, sockets, measure, field(side))
                for side in ("server", "client")
            ]
            cells.append(" / ".join(f"{side.value:.0%}" for side in sides if side))
        yield f"| {peer.title} | " + " | ".join(cells) + " |"


def _goals(results: Results, sockets: int) -> Iterator[str]:
    found = list(judged(results, sockets))
    if not found:
        return
    yield ""
    yield "| Festoon's | ratio | needed | reached | aim | reached |"
    yield "|---|---:|---:|---|---:|---|"
    for goal, value in found:
        sign = "≤" if goal.at_most else "≥"
        needed = f"{sign} {goal.bound:g}" if goal.bound else ""
        reached = _yes(goal.met_by(value, goal.bound)) if goal.bound else ""
        aim = f"{sign} {goal.aim:g}" if goal.aim else ""
        there = _yes(goal.met_by(value, goal.aim)) if goal.aim else ""
        yield f"| {goal.text} | {value:.2f} | {needed} | {reached} | {aim} | {there} |"


def _yes(value: bool) -> str:
    return "yes" if value else "**no**"


def _quoted(text: str) -> str:
    return "- " + text.replace("\n", "\n  ")
