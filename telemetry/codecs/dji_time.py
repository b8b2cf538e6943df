"""When a message of the DJI Cloud API is from."""

from typing import Final

from telemetry.codecs.codec import is_time, refused
from telemetry.report import RefusalReason, Refused, TimeSource, Unit

_MILLISECONDS: Final = 10**12
_TENTHS: Final = 10**13
_TOO_MANY: Final = 10**14


def event_time(timestamp: int | None, received_s: float) -> tuple[float, TimeSource] | None:
    """Return Unix seconds from a ``timestamp``, or None where it is no time.

    Milliseconds have 13 digits until the year 2286. Some of the maker's own examples have 14,
    the last one after the decimal point. Without a timestamp it is the time of receipt.
    """
    if timestamp is None:
        return received_s, TimeSource.SERVER
    if not _MILLISECONDS <= timestamp < _TOO_MANY:
        return None
    at_s = timestamp / (1e3 if timestamp < _TENTHS else 1e4)
    return (at_s, TimeSource.DEVICE) if is_time(at_s) else None


def no_time(unit: Unit, timestamp: int | None) -> Refused:
    """Return the refusal of a timestamp that is none."""
    expected = "timestamp: Unix milliseconds, 13 digits, in the years 2000 to 2099"
    return refused(unit, RefusalReason.OUT_OF_RANGE, str(timestamp), expected)
