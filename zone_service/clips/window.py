"""Which time a clip holds: so long before and after each moment that counts. Pure.

A moment is one of what is attested: when it opened and when that was found, when it closed and when that
was. What was received around each of them belongs to the clip, so that neither a device's wrong clock nor a
report that came late puts what it said outside.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from permits.evidence_rules import Around

LONGEST_BATCH_S: Final = 60.0
"""What was received within a window is in batches that end so long after it at most."""


class Span(NamedTuple):
    """Unix seconds of receipt, both ends within."""

    from_s: float
    until_s: float


def spans(moments_s: Iterable[float], around: Around) -> tuple[Span, ...]:
    """Return the time around some moments, in order; what touches is one span."""
    found: list[Span] = []
    for moment_s in sorted(moments_s):
        its = Span(moment_s - around.before_s, moment_s + around.after_s)
        if found and its.from_s <= found[-1].until_s:
            its = Span(found.pop().from_s, its.until_s)
        found.append(its)
    return tuple(found)


def due_s(moments_s: Iterable[float], around: Around) -> float:
    """Return when the last of what belongs to a clip has been received."""
    return max(moments_s) + around.after_s


def holds(within: Sequence[Span], received_s: float) -> bool:
    """Tell whether what was received at a time belongs to a clip."""
    return any(each.from_s <= received_s <= each.until_s for each in within)
