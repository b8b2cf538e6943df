"""What was heard of devices, stored by and by: a few of them at a time, all of them within a minute.

What is stored is the sum of the day so far, counted from messages that are committed already. What
was not stored when a worker dies is counted again by the next one, and stored over it.
"""

import structlog
from sqlalchemy.exc import StatementError

from telemetry.device_day import DeviceDay
from zone_service.clock import is_due
from zone_service.conduct import lacking
from zone_service.memory import Memory
from zone_service.store import device_days
from zone_service.store.engine import Store
from zone_service.store.records import HeardDay

EVERY_S = 1.0
"""At most; of a large fleet more often. Of ten thousand devices a sixtieth at once took 8 to 10 ms, once
a second: the longest turn there was."""
WITHIN_S = 60.0
"""All devices have had their turn by then, unless turns are rarer than that asks for."""
PATIENCE_S = 0.5
"""A part takes two milliseconds, and who is judged anew after a change fills some twenty turns."""
AT_ONCE = 20
"""So many rows are stored in a millisecond. A small fleet has its turn the sooner."""

log = structlog.get_logger("worker")


class DayKeeping:
    """Whose turn it is, and when; in the worker's one thread."""

    def __init__(self, store: Store, now_s: float) -> None:
        self._store = store
        self._due_s, self._every_s = now_s, EVERY_S
        self._next = 0

    @property
    def patience_s(self) -> float:
        """How long a part may wait for a turn that is short; longer, and not all have their turn in time."""
        return min(PATIENCE_S, self._every_s / 2)

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for some more."""
        return is_due(now_s, self._due_s, self._every_s)

    def go_on(self, memory: Memory, now_s: float) -> None:
        """Store what has changed of the devices whose turn it is."""
        count = len(memory.days)
        self._every_s = min(EVERY_S, WITHIN_S * AT_ONCE / max(1, count))
        # A turn that came late makes the next part come the sooner, but not many of them at once.
        self._due_s = min(max(self._due_s, now_s - self._every_s), now_s) + self._every_s
        first = self._next if self._next < count else 0
        last = min(count, first + AT_ONCE)
        self._next = last
        self._store_some(memory, first, last)

    def finish(self, memory: Memory) -> None:
        """Store all that has changed."""
        count = len(memory.days)
        for first in range(0, count, AT_ONCE):
            self._store_some(memory, first, min(count, first + AT_ONCE))

    def _store_some(self, memory: Memory, first: int, last: int) -> None:
        rows = [_heard(memory, number, day) for number, day in memory.days.unstored(first, last)]
        if not rows:
            return
        try:
            device_days.keep(self._store, rows)
        except (StatementError, OSError):
            # They are told again with their next turn; the messages are in the journal.
            log.exception("days_not_stored", devices=len(rows))
            return
        memory.days.stored(first, last)


def _heard(memory: Memory, number: int, day: DeviceDay) -> HeardDay:
    """Return a day to be stored; of one that is over the latest report tells nothing."""
    device_id = memory.names[number]
    device, current = memory.devices[device_id], memory.days.day_of(number)
    goes_on = current is not None and current.day == day.day
    track = device.track
    if not goes_on or track is None:
        return HeardDay(device_id, day, None)
    return HeardDay(device_id, day, lacking(device.report, is_skewed=track.skewed))
