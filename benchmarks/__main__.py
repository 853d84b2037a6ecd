"""`python -m benchmarks NAME …`, which is what `./dev bench` runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from benchmarks.realtime.command import main as realtime

BENCHMARKS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "realtime": (realtime, "one room, thousands of sockets, against other servers"),
}


def main(arguments: Sequence[str]) -> int:
    """Runs one benchmark; without a name says which there are."""
    name, rest = (arguments[0] if arguments else ""), arguments[1:]
    if name not in BENCHMARKS:
        print("usage: python -m benchmarks NAME …; NAME --help says what it takes")
        for known, (_, text) in BENCHMARKS.items():
            print(f"  {known:<10} {text}")
        return 0 if name in ("", "-h", "--help") else 2
    return BENCHMARKS[name][0](rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
