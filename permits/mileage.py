"""What vehicles have driven in automated mode, and from where it is known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What one vehicle has driven. What nobody knows is ``None``, and never counts as nothing."""

    automated_h: float | None = None
    """Hours in automated mode on the segments that were asked for."""
    automated_km: float | None = None
    total_km: float | None = None
    """Kilometres in automated mode anywhere."""
    zone_ids: frozenset[str] | None = None
    """The segments, of those that were asked for, that it drove in automated mode."""
    supervised_rides: int | None = None
    """With passengers, or empty where it carries goods, watched by others."""
    loaded_rides: int | None = None
    takeovers: int | None = None
    """During those rides."""
    at_fault_accidents: int | None = None
    traffic_violations: int | None = None
    documents: tuple[str, ...] = ()
    """The ids of the documents that it was attested by, if it was."""


NOT_KNOWN = Driven()


class Mileage(Protocol):
    """Where it comes from: attested figures of the store, or the history of telemetry."""

    def driven(self, entry_ids: Collection[str], zone_ids: frozenset[str]) -> Mapping[str, Driven]:
        """Return what vehicles have driven, by the ids of their entries; absent if nothing is known.

        ``zone_ids``: the segments that hours, kilometres and coverage are asked for.
        """
        ...
