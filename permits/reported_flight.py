"""The flight that was reported before its take-off: what its confirmation is for, and nothing beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReportedFlight:
    """When it flies, and of a planned one with which devices and how high."""

    begins: datetime
    """The hour of take-off that was reported."""
    ends: datetime
    """The first moment at which it is over."""
    device_ids: frozenset[str] = frozenset()
    """Those of the plan of the day; empty are all of the permit."""
    max_height_agl_m: float | None = None
    """The top of the plan above ground; ``None`` leaves that of the permit."""

    def has(self, device_id: str) -> bool:
        """Tell whether a device of the permit takes part."""
        return not self.device_ids or device_id in self.device_ids


def flight_to_json(flight: ReportedFlight) -> dict[str, object]:
    """Return a reported flight as plain JSON values."""
    return {
        "begins": flight.begins.isoformat(),
        "ends": flight.ends.isoformat(),
        "device_ids": sorted(flight.device_ids),
        "max_height_agl_m": flight.max_height_agl_m,
    }


def flight_from_json(found: object) -> ReportedFlight:
    """Return the flight that ``flight_to_json`` wrote.

    Raises:
        ValueError: a member is absent, unknown or of another type.
    """
    match found:
        case {
            "begins": str(begins),
            "ends": str(ends),
            "device_ids": list(device_ids),
            "max_height_agl_m": (float() | int() | None) as top_m,
            **more,
        } if not more:
            times = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
            return ReportedFlight(*times, frozenset(map(str, device_ids)), top_m)
        case _:
            shown = sorted(found) if isinstance(found, Mapping) else found
            msg = f"terms: flight has {shown!r}: expected begins, ends, device_ids and its height"
            raise ValueError(msg)
