"""The flight that was reported before its take-off: what its confirmation is for, and nothing beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType


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
    max_speed_mps: float | None = None
    """As the plan was answered; ``None`` leaves that of the permit."""
    control_modes: frozenset[str] = frozenset()
    """As it was answered; empty are all of the permit."""
    excluded_zone_ids: frozenset[str] = frozenset()
    """Zones of the permit that are not flown, by what the plan was approved on."""

    def has(self, device_id: str) -> bool:
        """Tell whether a device of the permit takes part."""
        return not self.device_ids or device_id in self.device_ids


_ANSWERED: Mapping[str, object] = MappingProxyType(
    {"max_speed_mps": None, "control_modes": [], "excluded_zone_ids": []}
)


def flight_to_json(flight: ReportedFlight) -> dict[str, object]:
    """Return a reported flight as plain JSON values."""
    return {
        "begins": flight.begins.isoformat(),
        "ends": flight.ends.isoformat(),
        "device_ids": sorted(flight.device_ids),
        "max_height_agl_m": flight.max_height_agl_m,
        "max_speed_mps": flight.max_speed_mps,
        "control_modes": sorted(flight.control_modes),
        "excluded_zone_ids": sorted(flight.excluded_zone_ids),
    }


def flight_from_json(found: object) -> ReportedFlight:
    """Return the flight that ``flight_to_json`` wrote.

    Raises:
        ValueError: a member is absent, unknown or of another type.
    """
    # One that was reported before plans were answered has nothing of what is added first.
    told = {**_ANSWERED, **found} if isinstance(found, Mapping) else found
    match told:
        case {
            "begins": str(begins),
            "ends": str(ends),
            "device_ids": list(device_ids),
            "max_height_agl_m": (float() | int() | None) as top_m,
            "max_speed_mps": (float() | int() | None) as speed_mps,
            "control_modes": list(modes),
            "excluded_zone_ids": list(closed),
            **more,
        } if not more:
            return ReportedFlight(
                datetime.fromisoformat(begins),
                datetime.fromisoformat(ends),
                frozenset(map(str, device_ids)),
                top_m,
                speed_mps,
                frozenset(map(str, modes)),
                frozenset(map(str, closed)),
            )
        case _:
            shown = sorted(found) if isinstance(found, Mapping) else found
            msg = f"terms: flight has {shown!r}: expected begins, ends, device_ids and its height"
            raise ValueError(msg)
