"""An unbiased sample without replacement, the same for the same seed.

The chance is a stream of bytes: block i is HMAC-SHA256(seed, label ‖ i), i as eight bytes,
big-endian, from 0 (a pseudorandom function in counter mode, NIST SP 800-108r1, section 4.1). A
number below n is read from it by the Simple Discard Method (NIST SP 800-90A Rev. 1, appendix
B.5.1.1): as many bits as n - 1 has, discarded when they give n or more, since a modulo would
favour small numbers. The sample is the beginning of a shuffle (R. Durstenfeld, "Algorithm 235:
Random Permutation", CACM 7(7), 1964), so that its order is drawn too.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

LABEL = b"festoon-platform/1"
"""Names the stream and its version: another use of the same seed gets other bytes."""


def sample(population: int, count: int, seed: bytes) -> list[int]:
    """`count` different whole numbers from 0 to `population` - 1, in the order drawn.

    Every ordered choice is equally likely over all seeds. A ValueError when `count` is more
    than there are.
    """
    if not 0 <= count <= population:
        raise ValueError(f"{count} of {population} cannot be drawn")
    stream = _stream(seed)
    places = list(range(population))
    for drawn in range(count):
        other = drawn + _below(population - drawn, stream)
        places[drawn], places[other] = places[other], places[drawn]
    return places[:count]


def _below(limit: int, stream: Iterator[int]) -> int:
    bits = (limit - 1).bit_length()
    size = (bits + 7) // 8
    while True:
        value = 0
        for _ in range(size):
            value = value << 8 | next(stream)
        value >>= size * 8 - bits
        if value < limit:
            return value


def _stream(seed: bytes) -> Iterator[int]:
    block = 0
    while True:
        yield from hmac.digest(seed, LABEL + block.to_bytes(8, "big"), "sha256")
        block += 1
