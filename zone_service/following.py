"""The zones of the map that follow a device, laid out to be judged by. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from geofence.fixes import DOMAIN_CODES
from geofence.judge import bands
from geofence.moving import MovingZones
from geofence.schedule import calendar
from geofence.zone import Around, Zone
from telemetry.report import Domain

NEVER: Final = -1.0
"""As the age of a fix from which a zone is still placed: of a carrier that is not registered."""


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """The zones that follow a device; each has its slot in the snapshot, and no volume there."""

    slots: tuple[int, ...]
    around: tuple[Around, ...]
    zones: MovingZones

    @classmethod
    def of(
        cls,
        zones: Sequence[Zone],
        domain_of: Mapping[str, Domain],
        max_age_s: Mapping[Domain, float],
    ) -> Self:
        """Return those among the zones, which are in their slots.

        ``max_age_s`` is for how long after its fix a carrier is followed, by its domain.
        """
        found = [(slot, zone, zone.around) for slot, zone in enumerate(zones) if zone.around]
        around = tuple(each for *_, each in found)
        ages = [
            max_age_s[domain_of[each.device_id]] if each.device_id in domain_of else NEVER
            for each in around
        ]
        bits = [sum(1 << DOMAIN_CODES[name] for name in zone.domains) for _, zone, _ in found]
        return cls(
            tuple(slot for slot, *_ in found),
            around,
            MovingZones(
                np.array([each.radius_m for each in around], np.float64),
                bands([each.band for each in around]),
                np.array(bits, np.int64),
                np.array(ages, np.float64),
                np.array([zone.exit_margin_m for _, zone, _ in found], np.float64),
                tuple(
                    None if (hours := each.schedule) is None else calendar(hours) for each in around
                ),
            ),
        )

    def is_free_of(self, index: int, device_id: str) -> bool:
        """Tell whether a zone, by its place here, is nothing to a device."""
        around = self.around[index]
        return device_id == around.device_id or device_id in around.exempt_device_ids
