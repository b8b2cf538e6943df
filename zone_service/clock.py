"""The shell's clocks: the wall for law and records, the monotonic one for latency."""

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
