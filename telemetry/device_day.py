"""What was heard of one device on one day."""

from dataclasses import dataclass
from typing import Final

from telemetry.day_quality import NOTHING_JUDGED, DayQuality
from telemetry.self_check import NOTHING_SAID, SelfCheck

DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class DeviceDay:
    """What was heard of one device on one day."""

    day: int
    """Days since 1 January 1970, in the local time of the law."""
    first_s: float
    """Unix time, by the service's clock, as is ``last_s``."""
    last_s: float
    reports: int
    """That were new; repetitions are not counted."""
    late: int
    """Of those, that were older than what was heard before: no way and no time is counted of them."""
    online_s: float
    """Between reports no further apart than the device may be silent."""
    automated_s: float
    automated_m: float
    by_hand_s: float
    by_hand_m: float
    takeovers: int
    """From an automated mode to one by hand, between two reports no further apart than that."""
    said: SelfCheck = NOTHING_SAID
    """The latest that it said of itself."""
    quality: DayQuality = NOTHING_JUDGED
