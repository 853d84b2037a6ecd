"""`./dev bench NAME …`: each benchmark by its name; the evening where none is given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from benchmarks.databases import main as evening
from benchmarks.draws import main as draws
from benchmarks.fairness.command import main as fairness
from benchmarks.hall.command import main as hall
from benchmarks.notifications.command import main as notifications
from benchmarks.path.command import main as path
from benchmarks.quiz.command import main as quiz
from benchmarks.realtime.command import main as realtime
from benchmarks.rest.command import main as rest

BENCHMARKS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "draws": (draws, "the lottery's draw: chi-square, and drums of up to a million entries"),
    "evening": (evening, "an evening's calls on SQLite and on PostgreSQL"),
    "fairness": (fairness, "who the quiz names as the first, where it is known who was"),
    "hall": (hall, "2,000 guests come to one room within a minute, from one address"),
    "notifications": (notifications, "10,000 letters through a mail server that fails"),
    "path": (path, "from a REST call to the last of 1,000 sockets, on both databases"),
    "quiz": (quiz, "2,000 play the quiz; with --kill, a worker dies in mid-question"),
    "realtime": (realtime, "one room, thousands of sockets, against other servers"),
    "rest": (rest, "five calls on the same tables, beside Prisma, Drizzle and an ORM in Python"),
}
HELP = ("-h", "--help")


def main(arguments: Sequence[str]) -> int:
    """Runs one benchmark; `--help` without a name says which there are."""
    name = arguments[0] if arguments else ""
    if name in HELP:
        print("usage: ./dev bench [NAME] …; NAME --help says what it takes")
        for known, (_, text) in BENCHMARKS.items():
            print(f"  {known:<13} {text}")
        return 0
    if name in BENCHMARKS:
        return BENCHMARKS[name][0](arguments[1:])
    return evening(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
