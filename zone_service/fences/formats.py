"""In which format a unit is told of zones, by what it speaks. Pure."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from telemetry.fences import canonical, dji, mavlink
from telemetry.fences.plan import Encoded, Plan


class Format(NamedTuple):
    """How a unit is told."""

    name: str
    is_flat: bool
    """Whether it has areas alone: no heights, no hours."""
    encoded: Callable[[Plan], Encoded]


FORMATS: Final[Mapping[str, Format]] = {
    each.name: each
    for each in (
        Format("canonical", is_flat=False, encoded=canonical.encoded),
        Format("dji", is_flat=True, encoded=dji.encoded),
        Format("mavlink", is_flat=True, encoded=mavlink.encoded),
    )
}
"""By the codec of the unit; a unit of any other is told nothing, and the platform alone checks."""
