"""The shell's clocks: the wall for law and records, the monotonic one for spans of time."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the time of day, aware, in UTC."""
    return datetime.now(UTC)


def unix_s() -> float:
    """Return the time of day as Unix seconds."""
    return time.time()


def monotonic_s() -> float:
    """Return seconds that never run backwards."""
    return time.monotonic()


_BEGAN_S = time.time() - time.monotonic()


def steady_unix_s() -> float:
    """Return Unix seconds that nobody sets: the time of day at the start, and what passed since.

    For spans of time within one process that are told in Unix seconds.
    """
    return _BEGAN_S + time.monotonic()


def is_due(now_s: float, due_s: float, every_s: float) -> bool:
    """Tell whether something that is done every so often is to be done now.

    What would be due later than two periods from now was set by a clock that has since been put
    back: an hour without ticks would be an hour in which no silence is noticed.
    """
    return not due_s - 2 * every_s <= now_s < due_s
