"""What may be asked of the history, and what is too much for one answer."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from zone_service.store.errors import InvalidValue

LAW_ZONE: Final = ZoneInfo("Asia/Shanghai")
RECENT_S: Final = 90
"""What is asked for first after an accident."""
MOST_DAYS: Final = 7
"""Of one device, in one answer."""
MOST_HOURS: Final = 24
"""Of all devices."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: events from ``from_ms`` on and before ``until_ms``, Unix milliseconds."""

    from_ms: int
    until_ms: int
    device_id: str | None = None
    """``None``: of all devices."""
    box: Box | None = None
    """West, south, east, north in degrees, its edges within; over the 180th meridian where west is
    greater than east. What has no position is in none."""


def window(
    begins: datetime, ends: datetime, device_id: str | None = None, box: Box | None = None
) -> Window:
    """Return what is asked for, from a moment on and before another.

    Raises:
        InvalidValue: the moments are in the wrong order, or too far apart for one answer.
    """
    if begins >= ends:
        raise InvalidValue(why="history backwards", since=begins, until=ends)
    most = timedelta(hours=MOST_HOURS) if device_id is None else timedelta(days=MOST_DAYS)
    if ends - begins > most:
        hours = round(most.total_seconds() / 3600)
        raise InvalidValue(why="history too long", found=ends - begins, most=hours)
    return Window(_ms(begins), _ms(ends), device_id, box)


def recent(seconds: float, at: datetime, device_id: str) -> Window:
    """Return the last seconds of one device, and whatever it dated later than now."""
    begins = at - timedelta(seconds=seconds)
    return Window(_ms(begins), _ms(at + timedelta(days=1)), device_id)


def day_of(day: date, device_id: str) -> Window:
    """Return a day of the law, of one device.

    Raises:
        InvalidValue: the calendar ends with it.
    """
    if day == date.max:
        raise InvalidValue(why="day of history", found=day)
    begins = datetime.combine(day, time(), LAW_ZONE)
    ends = datetime.combine(day + timedelta(days=1), time(), LAW_ZONE)
    return Window(_ms(begins), _ms(ends), device_id)


def box_of(given: str) -> Box:
    """Read ``west,south,east,north`` in degrees of WGS 84.

    Raises:
        InvalidValue: it is no such box.
    """
    try:
        west, south, east, north = (float(each) for each in given.split(","))
    except ValueError:
        raise InvalidValue(why="box of history", found=given[:80]) from None
    sides = all(-180 <= each <= 180 for each in (west, east))
    if not (sides and -90 <= south <= north <= 90):
        raise InvalidValue(why="box of history", found=given[:80])
    return west, south, east, north


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
