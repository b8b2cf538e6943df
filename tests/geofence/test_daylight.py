"""When the sun rises and sets, against the almanac."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from geofence.daylight import sun_on, sun_s
from geofence.zone import SunEvent

SHANGHAI = (121.4737, 31.2304, 8)
OULU = (25.4651, 65.0121, 2)
EPOCH = date(1970, 1, 1).toordinal()
Times = tuple[str | None, str | None, str | None, str | None]
ALMANAC: dict[tuple[float, float, int], dict[str, Times]] = {
    # VSOP87 by PyEphem 4, to the second; printed almanacs round the same to the minute.
    SHANGHAI: {
        "2024-03-20": ("05:33:44", "05:57:54", "18:05:36", "18:29:48"),
        "2024-06-21": ("04:22:33", "04:50:31", "19:01:22", "19:29:20"),
        "2024-09-22": ("05:18:09", "05:42:21", "17:50:39", "18:14:49"),
        "2024-12-21": ("06:21:55", "06:48:42", "16:55:45", "17:22:32"),
    },
    OULU: {
        "2024-03-20": ("05:28:13", "06:17:30", "18:35:10", "19:24:45"),
        "2024-06-21": (None, "01:18:24", "23:21:32", None),
        "2024-09-22": ("05:12:08", "06:01:42", "18:17:58", "19:07:14"),
        "2024-12-21": ("09:01:43", "10:29:16", "14:03:30", "15:31:04"),
    },
}
"""Dawn, sunrise, sunset and dusk in local time: Shanghai, and Oulu close under the polar circle."""


def local(day: str, event: SunEvent, place: tuple[float, float, int]) -> datetime | None:
    longitude, latitude, hours = place
    number = date.fromisoformat(day).toordinal() - EPOCH
    at_s = sun_on(event, number, hours * 3600.0, longitude, latitude)
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC) + timedelta(hours=hours)


@pytest.mark.requirement("A44-3")
@pytest.mark.parametrize(
    ("place", "day", "event", "at"),
    [
        (place, day, event, at)
        for place, days in ALMANAC.items()
        for day, times in days.items()
        for event, at in zip(SunEvent, times, strict=True)
    ],
)
def test_the_sun_keeps_the_almanac_s_time_to_a_minute(
    place: tuple[float, float, int], day: str, event: SunEvent, at: str | None
) -> None:
    found = local(day, event, place)
    if at is None:
        assert found is None
    else:
        assert found is not None
        expected = datetime.fromisoformat(f"{day}T{at}+00:00")
        assert abs((found - expected).total_seconds()) <= 60.0


@pytest.mark.parametrize("day", ["2024-06-21", "2024-12-21"])
def test_beyond_the_polar_circle_there_are_days_without_sunrise_or_sunset(day: str) -> None:
    assert local(day, SunEvent.SUNRISE, (15.6, 78.2, 1)) is None
    assert local(day, SunEvent.SUNSET, (15.6, 78.2, 1)) is None


@pytest.mark.parametrize("longitude", [-179.9, -90.0, 0.0, 121.5, 179.9])
@pytest.mark.parametrize("hours", [-12, 0, 8, 14])
def test_the_noon_between_sunrise_and_sunset_is_on_the_day_by_local_time(
    longitude: float, hours: int
) -> None:
    days = np.arange(20_000.0, 20_400.0)
    rise, fall = (
        sun_s(event, days, hours * 3600.0, longitude, 31.0)
        for event in (SunEvent.SUNRISE, SunEvent.SUNSET)
    )
    local_noon_days = ((rise + fall) / 2.0 + hours * 3600.0) / 86_400.0
    # Sundials go up to 17 minutes wrong, which matters where they say noon at midnight.
    assert np.all(np.abs(local_noon_days - days - 0.5) <= 0.5 + 17 / 1440)
    assert np.all(fall > rise)


def test_a_day_s_answer_is_the_same_alone_and_among_others() -> None:
    days = np.arange(19_990.0, 20_130.0)
    among = sun_s(SunEvent.SUNSET, days, 28_800.0, 121.5, 31.2)
    alone = [sun_on(SunEvent.SUNSET, int(day), 28_800.0, 121.5, 31.2) for day in days]
    assert among.tolist() == alone
