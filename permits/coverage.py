"""How much of a road was driven, by the parts of it that were: none counts twice, whoever drove it how often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Stretch = tuple[float, float]
"""From so many metres after a road's beginning to so many."""

BETWEEN_REPORTS_M: Final = 25.0
SHARE_BETWEEN: Final = 0.05
"""What lies between two stretches, or between one and an end of the road, counts as driven up to so many metres
and so large a part of the road: who turns in at a crossing is first heard of some way behind it, at 90 km/h and
once a second as far."""


@dataclass(frozen=True, slots=True)
class LineDriven:
    """What was driven of one road."""

    length_m: float
    stretches: tuple[Stretch, ...] = ()


def together(stretches: Iterable[Stretch], between_m: float = 0.0) -> tuple[Stretch, ...]:
    """Return stretches in order, those as one that touch or are no further apart than so much."""
    found: list[Stretch] = []
    for begins_m, ends_m in sorted(stretches):
        if found and begins_m <= found[-1][1] + between_m:
            found[-1] = found[-1][0], max(found[-1][1], ends_m)
        else:
            found.append((begins_m, ends_m))
    return tuple(found)


def share_of(roads: Sequence[LineDriven]) -> float | None:
    """Return which part of one road was driven by all together; ``None`` where nobody tells of it.

    ``roads``: what each tells, of a road of one length.
    """
    length_m = max((each.length_m for each in roads), default=0.0)
    if length_m <= 0.0:
        return None
    between_m = min(BETWEEN_REPORTS_M, SHARE_BETWEEN * length_m)
    driven = together((one for each in roads for one in each.stretches), between_m)
    if not driven:
        return 0.0
    begins_m = 0.0 if driven[0][0] <= between_m else driven[0][0]
    ends_m = length_m if driven[-1][1] >= length_m - between_m else driven[-1][1]
    left_m = sum(after[0] - before[1] for before, after in pairwise(driven))
    return min(1.0, (ends_m - begins_m - left_m) / length_m)
