"""Which time a clip holds: so long before and after each moment that counts. Pure.

A moment is one of what is attested: when it opened and when that was found, when it closed and when that
was. What was received around each of them belongs to the clip, so that neither a device's wrong clock nor a
report that came late puts what it said outside.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from permits.evidence_rules import Around
from zone_service.store.records import EvidenceClip

LONGEST_BATCH_S: Final = 60.0
"""What was received within a window is in batches that end so long after it at most."""


class Span(NamedTuple):
    """Unix seconds of receipt, both ends within."""

    from_s: float
    until_s: float


def spans(moments_s: Iterable[float], around: Around) -> tuple[Span, ...]:
    """Return the time around some moments, in order; what touches is one span."""
    return joined(Span(each - around.before_s, each + around.after_s) for each in moments_s)


def spans_of(clip: EvidenceClip) -> tuple[Span, ...]:
    """Return the times of receipt of which a clip holds something."""
    if clip.first_id is not None:
        return (Span(min(clip.moments_s), max(clip.moments_s)),)
    return spans(clip.moments_s, Around(clip.before_s, clip.after_s, clip.kept_years))


def joined(some: Iterable[Span]) -> tuple[Span, ...]:
    """Return the times that some spans cover, in order and apart; what touches is one span."""
    found: list[Span] = []
    for each in sorted(some):
        if found and each.from_s <= found[-1].until_s:
            last = found.pop()
            found.append(Span(last.from_s, max(last.until_s, each.until_s)))
        else:
            found.append(each)
    return tuple(found)


def due_s(moments_s: Iterable[float], around: Around) -> float:
    """Return when the last of what belongs to a clip has been received."""
    return max(moments_s) + around.after_s


def holds(within: Sequence[Span], received_s: float) -> bool:
    """Tell whether what was received at a time belongs to a clip."""
    return any(each.from_s <= received_s <= each.until_s for each in within)
