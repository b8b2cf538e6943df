"""Stretches of time, many at once: clipped to what a value does meanwhile, and joined."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Spans(NamedTuple):
    """Stretches of time of owners, both ends included; arrays of shape (n,)."""

    owner: IntArray
    from_s: FloatArray
    until_s: FloatArray

    def only(self, wanted: NDArray[np.bool_]) -> "Spans":
        """Return those wanted, (n,)."""
        return Spans(self.owner[wanted], self.from_s[wanted], self.until_s[wanted])


def while_not_negative(
    value: FloatArray, rate: FloatArray, from_s: FloatArray, until_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return from and until, (n,), of the stretches on which ``value + rate · t`` is not negative.

    Nothing is left of a stretch that then ends before it begins. A value or rate of NaN clips
    nothing.
    """
    with np.errstate(all="ignore"):
        zero_s = -value / rate
    begins = np.where((rate > 0.0) & (zero_s > from_s), zero_s, from_s)
    ends = np.where((rate < 0.0) & (zero_s < until_s), zero_s, until_s)
    never = (rate == 0.0) & (value < 0.0)
    return begins, np.where(never, -np.inf, ends)


def joined(spans: Spans, gap_s: FloatArray) -> Spans:
    """Return the stretches with those that overlap or touch made one: by owner, then by time.

    ``gap_s`` (n,) is how far apart two of an owner may lie and still touch.
    """
    order = np.lexsort((spans.from_s, spans.owner))
    owner, from_s, until_s = spans.owner[order], spans.from_s[order], spans.until_s[order]
    if not len(owner):
        return Spans(owner, from_s, until_s)
    reach_s = _latest_so_far(owner, until_s)
    begins = np.ones(len(owner), np.bool_)
    begins[1:] = (owner[1:] != owner[:-1]) | (from_s[1:] > reach_s[:-1] + gap_s[order][1:])
    first = begins.nonzero()[0]
    return Spans(owner[first], from_s[first], reach_s[np.append(first[1:], len(owner)) - 1])


def _latest_so_far(owner: IntArray, until_s: FloatArray) -> FloatArray:
    """The greatest end among each stretch and those of its owner before it; sorted by owner."""
    # Ranks, because a running maximum over times plus an offset for each owner would round.
    by_end = np.argsort(until_s, kind="stable")
    rank = np.empty(len(until_s), np.int64)
    rank[by_end] = np.arange(len(until_s))
    number = np.cumsum(np.append(False, owner[1:] != owner[:-1]))
    highest = np.maximum.accumulate(number * len(until_s) + rank)
    latest: FloatArray = until_s[by_end[highest % len(until_s)]]
    return latest
