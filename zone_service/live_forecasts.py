"""What devices are about to break, as the worker last said it; for the live feed.

The worker says it again every second while it stands. What it has not said for a while is taken
away: it may have been withdrawn while nobody heard.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zone_service.violation_json import as_exact_as

Alarms = Sequence[Mapping[str, Any]]
"""The JSON objects of one device, in the words of the interface."""


class Forecasts:
    """All that stand, by device."""

    def __init__(self, kept_s: float) -> None:
        self._kept_s = kept_s
        self._standing: dict[str, Alarms] = {}
        self._said_s: dict[str, float] = {}

    def take(self, said: Mapping[str, Alarms], now_s: float) -> dict[str, Alarms]:
        """Take what the worker says, and return what of it is new."""
        news = {
            device_id: alarms
            for device_id, alarms in said.items()
            if list(alarms) != list(self._standing.get(device_id, ()))
        }
        for device_id, alarms in said.items():
            if alarms:
                self._standing[device_id], self._said_s[device_id] = alarms, now_s
            else:
                self._forget(device_id)
        return news

    def forget_old(self, now_s: float) -> dict[str, Alarms]:
        """Take away what was not said again, and return it as withdrawn."""
        old = [each for each, at_s in self._said_s.items() if abs(now_s - at_s) > self._kept_s]
        for device_id in old:
            self._forget(device_id)
        return dict.fromkeys(old, ())

    def _forget(self, device_id: str) -> None:
        self._standing.pop(device_id, None)
        self._said_s.pop(device_id, None)

    def standing(self) -> Mapping[str, Alarms]:
        """Return all that stand."""
        return self._standing


def told(
    said: Mapping[str, Alarms], may_see: Callable[[str], bool], decimals: int | None = None
) -> list[dict[str, Any]]:
    """Return what one may see of it, in the words of the feed and as exactly as one may be told."""
    return [
        {"device_id": device_id, "alarms": [as_exact_as(each, decimals) for each in alarms]}
        for device_id, alarms in said.items()
        if may_see(device_id)
    ]
