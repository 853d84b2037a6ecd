"""The order in which the entries come out of the drum: all of them, fixed by one key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from festoon_lottery.proof.encoding import FORMAT, framed, u64
from festoon_lottery.proof.fixed import Closing
from festoon_lottery.sampling import Stream, leaving

WHOLE = "order"
"""The draw where one person wins once: one order serves all prizes."""


def draw_key(
    seed: bytes, rules: bytes, closed: Closing, beacon: bytes, room: str, draw: str
) -> bytes:
    """HMAC-SHA256 of the seed over all that was fixed; `beacon` is empty where there is none.

    `rules` is the rules' hash. `draw` is `WHOLE`, or the id of a prize that has an order of its
    own because people may win several.
    """
    message = framed(
        f"{FORMAT} draw".encode(),
        rules,
        closed.root,
        u64(closed.count),
        u64(closed.total),
        beacon,
        room.encode(),
        draw.encode(),
    )
    return hmac.digest(seed, message, hashlib.sha256)


def places(weights: Sequence[int], key: bytes) -> Iterator[int]:
    """The indices of all entries, first place first: weighted sampling without replacement.

    As long as an entry is in the drum, each of its tickets has the chance of every other ticket.
    See `festoon_lottery.sampling` for the method and its sources.
    """
    return (drawn.entrant for drawn in leaving(weights, Stream(key, b"")))


def order_digest(order: Sequence[int]) -> bytes:
    """SHA-256 over all indices of a whole order, eight bytes each."""
    return hashlib.sha256(b"".join(map(u64, order))).digest()
