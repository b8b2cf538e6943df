"""When nobody listened: a worker that works writes a tick each second, whoever is silent. Pure.

What devices said meanwhile came later, with a later time of receipt, or never.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from zone_service.clips.window import Span, holds

SILENT_S: Final = 5.0
"""Ticks are a second apart; a worker that has much to do is late by less than this."""


def gaps(heard_s: Iterable[float], within: Sequence[Span]) -> tuple[Span, ...]:
    """Return the times within spans in which nothing was received, not even a tick.

    ``heard_s``: Unix seconds of receipt of whatever there is, in any order.
    """
    heard = sorted(each for each in heard_s if holds(within, each))
    return tuple(gap for span in within for gap in _of(span, heard))


def _of(span: Span, heard: Sequence[float]) -> Iterator[Span]:
    its = (each for each in heard if holds([span], each))
    for from_s, until_s in pairwise((span.from_s, *its, span.until_s)):
        if until_s - from_s > SILENT_S:
            yield Span(from_s, until_s)
