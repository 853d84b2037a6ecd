"""What a level of proof means, in words for whoever reads a page or a certificate."""

from __future__ import annotations

from festoon_lottery.proof.document import Level
from festoon_lottery.rounds import Brought, Round

EVERYBODY = (
    "That everyone who entered is in the drum: each guest checks that with their own receipt."
)
PLATFORM = (
    "That nobody who could read the seed in the platform’s database chose the last entries to "
    "suit it. A public beacon rules that out; none was used here."
)
BEACON = "That the beacon’s value is the true one: look it up where it is published."
TYPED = (
    "That the beacon’s value is the true one: it was typed in by hand, and this platform has not "
    "compared it. Look it up where it is published."
)
DIFFERS = (
    "That the beacon’s value is the true one. It was typed in by hand, and the beacon told this "
    "platform another: look it up where it is published."
)
SIMPLE = (
    "That the draw was not repeated in silence until the outcome pleased: the seed was not fixed "
    "beforehand."
)
AUDIENCE = (
    "That those who called the numbers were not in league with someone who tried combinations. "
    "Were you there?"
)


def limits(of: Round) -> list[str]:
    """What a proof of this round does not prove."""
    match of.level:
        case Level.SIMPLE:
            return [SIMPLE, EVERYBODY]
        case Level.AUDIENCE:
            return [AUDIENCE, EVERYBODY]
    if of.beacon is None:
        return [EVERYBODY, PLATFORM]
    said = {Brought.TYPED: TYPED, Brought.DIFFERS: DIFFERS}
    return [EVERYBODY, said.get(of.beacon_by, BEACON) if of.beacon_by else BEACON]


def how(of: Round) -> str:
    """Where chance comes from, in a sentence."""
    match of.level:
        case Level.SIMPLE:
            return "Chance comes from the system when the draw begins; it is not promised before."
        case Level.AUDIENCE:
            return "Chance is made of the numbers that the hall calls when the drum is closed."
    if of.beacon:
        return (
            "Chance is a seed that was promised before entries opened, together with a public "
            "beacon that nobody could know before they closed."
        )
    return "Chance is a seed that was promised before entries opened, and cannot be exchanged."
