"""`festoon-lottery verify proof.json`."""

from __future__ import annotations

import sys

from festoon_lottery import verify

USAGE = "usage: festoon-lottery verify proof.json [--receipt receipt.json]\n"


def main() -> int:
    """The command. The exit status is 0 where the draw is right, 1 where it is not, else 2."""
    if sys.argv[1:2] == ["verify"]:
        return verify.main(sys.argv[2:])
    sys.stderr.write(USAGE)
    return 2
