"""When nobody listened: a worker that works writes a tick each second, whoever is silent. Pure.

What devices said meanwhile came later, with a later time of receipt, or never.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from zone_service.clips.window import Span

SILENT_S: Final = 5.0
"""Ticks are a second apart; a worker that has much to do is late by less than this."""


def gaps(heard_s: Sequence[float], within: Sequence[Span]) -> tuple[Span, ...]:
    """Return the times within spans in which nothing was received, not even a tick.

    ``heard_s``: Unix seconds of receipt of whatever there is, in their order.
    """
    return tuple(gap for span in within for gap in _of(span, heard_s))


def _of(span: Span, heard_s: Sequence[float]) -> Iterator[Span]:
    its = heard_s[bisect_left(heard_s, span.from_s) : bisect_right(heard_s, span.until_s)]
    for from_s, until_s in pairwise((span.from_s, *its, span.until_s)):
        if until_s - from_s > SILENT_S:
            yield Span(from_s, until_s)
