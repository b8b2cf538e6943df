"""What is said of a breach that lies ahead of a device."""

from collections.abc import Mapping
from dataclasses import dataclass

from permits.violation import ViolationCode


@dataclass(frozen=True, slots=True)
class Forecast:
    """One breach that lies ahead of a device."""

    code: ViolationCode
    zone_id: str | None
    at_s: float
    """When, by our clock."""
    certain: bool
    """False where a height that decides is not known."""
    longitude_deg: float
    latitude_deg: float


Foretold = Mapping[str, tuple[Forecast, ...] | None]
"""By device id. ``None``: nobody can tell, which is not "nothing"."""
