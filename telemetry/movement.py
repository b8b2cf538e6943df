"""Whether a fix is believed, given the last one that was and the one after it that was not.

A fix that is doubted is where its device is only if the next one says so too. A device that contradicts
itself again and again is not wrong about its places: what it says of its motion counts no more then, until
it has foretold its ways for a while.
"""

from typing import Final

from telemetry.limits import Limits
from telemetry.ways import CONTRADICTED, NEAR_M, POSSIBLE, Fix, Way, length_m, way_between

CONTRADICTION: Final = 8
"""So many ways that agree make up for one that is contradicted."""

MOST_CONTRARY: Final = 2 * CONTRADICTION
"""Above this its words count no more: three contradictions in a row, or each second way."""


def moved(
    believed: Fix, doubted: Fix | None, fix: Fix, contrary: int, limits: Limits
) -> tuple[bool, bool, int]:
    """Return whether the line to a fix means anything, whether it is a jump, and how contrary all is now.

    The second fix at a place jumped to is none where the class cannot have gone there: the device is there,
    and no line leads to it. What its own word alone contradicts it has gone after all, and past all places
    that were doubted meanwhile: that line is judged. The way back from a place jumped to is none, since the
    device never was there.
    """
    way = way_between(believed, fix, limits)
    if contrary or way is CONTRADICTED:
        contrary = counted(contrary, way, believed, fix)
    if way is POSSIBLE:
        return fix.at_s - believed.at_s <= limits.max_gap_s, False, contrary
    if way is CONTRADICTED and contrary > MOST_CONTRARY:
        return True, False, contrary
    is_there = doubted is not None and _is_confirmed(doubted, fix, contrary, limits)
    return is_there and way is CONTRADICTED, not is_there, contrary


def counted(contrary: int, way: Way, believed: Fix, fix: Fix) -> int:
    """Return how contrary a device is after a way from the last fix that was believed to another."""
    if way is CONTRADICTED:
        return min(contrary, MOST_CONTRARY) + CONTRADICTION
    is_proof = contrary <= MOST_CONTRARY or _is_foretold(believed, fix)
    return contrary - 1 if contrary and way is POSSIBLE and is_proof else contrary


def _is_confirmed(doubted: Fix, fix: Fix, contrary: int, limits: Limits) -> bool:
    way = way_between(doubted, fix, limits)
    return way is POSSIBLE or (way is CONTRADICTED and contrary > MOST_CONTRARY)


def _is_foretold(believed: Fix, fix: Fix) -> bool:
    """Tell whether a device has gone a way that it told: who stands, or says that it does, proves nothing."""
    if believed.velocity is None or fix.velocity is None:
        return False
    told_mps = (believed.velocity[0] + fix.velocity[0]) / 2.0
    told_m = told_mps * (fix.at_s - believed.at_s)
    return told_m > NEAR_M and length_m(believed, fix) > NEAR_M
