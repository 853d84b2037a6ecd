"""What Festoon must reach, as ratios within one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.realtime.figures import Reading, field, rate, ratio
from benchmarks.realtime.rounds import Results


@dataclass(frozen=True)
class Goal:
    """`measure` of Festoon to that of `to`: at least `bound`, or at most where `at_most`."""

    text: str
    measure: str
    to: str
    sockets: int
    bound: float
    aim: float | None = None
    at_most: bool = False
    read: Reading = rate

    def met_by(self, found: float, bound: float) -> bool:
        """Whether a ratio keeps to a bound."""
        return found <= bound if self.at_most else found >= bound


GOALS: tuple[Goal, ...] = (
    Goal("fan-out to Socket.IO", "fanout", "socketio", 1000, 1.8, 2.0),
    Goal("fan-out to Socket.IO", "fanout", "socketio", 5000, 1.9, 2.15),
    Goal("fan-out to the C sender", "fanout", "sender", 1000, 0.75),
    Goal("fan-out to the C sender", "fanout", "sender", 5000, 0.75),
    Goal("fan-out to uWebSockets", "fanout", "uws", 1000, 0.0, 0.9),
    Goal("fan-out to uWebSockets", "fanout", "uws", 5000, 0.0, 0.9),
    Goal("p99 to Socket.IO", "fanout", "socketio", 1000, 0.6, None, True, field("p99")),
    Goal("p99 to Socket.IO", "fanout", "socketio", 5000, 0.6, None, True, field("p99")),
    Goal("bursts to the C sender", "burst", "sender", 1000, 1.3),
    Goal("bursts to uWebSockets", "burst", "uws", 1000, 0.0, 1.0),
    Goal("receive to Socket.IO", "receive", "socketio", 1000, 1.8),
    Goal("receive to Socket.IO", "receive", "socketio", 5000, 1.5),
    Goal("receive, unanswered, to Socket.IO", "tell", "socketio", 1000, 1.8),
    Goal("receive, unanswered, to Socket.IO", "tell", "socketio", 5000, 1.5),
    Goal("receive to uWebSockets", "receive", "uws", 1000, 1.0),
    Goal("receive to uWebSockets", "receive", "uws", 5000, 1.0),
    Goal("receive, unanswered, to uWebSockets", "tell", "uws", 1000, 1.0),
    Goal("receive, unanswered, to uWebSockets", "tell", "uws", 5000, 1.0),
    Goal("memory per socket to Socket.IO", "memory", "socketio", 1000, 0.5, None, True),
    Goal("memory per socket to Socket.IO", "memory", "socketio", 5000, 0.5, None, True),
    Goal("connects to Socket.IO", "connect", "socketio", 1000, 1.5),
    Goal("connects to Socket.IO", "connect", "socketio", 5000, 1.5),
)


def judged(results: Results, sockets: int) -> Iterator[tuple[Goal, float]]:
    """The goals for that many sockets, with what was found."""
    for goal in GOALS:
        if goal.sockets == sockets:
            found = ratio(results, "festoon", goal.to, sockets, goal.measure, goal.read)
            if found is not None:
                yield goal, found
