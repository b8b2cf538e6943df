"""When the sun rises and sets at a place, by the equations of the United States' NOAA.

True to a minute up to the polar circles. Refraction at the horizon is the usual 34', the sun's
radius 16'; mountains are not looked at.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geofence.zone import SunEvent

FloatArray = NDArray[np.float64]

DAY_S = 86_400.0
CENTURY_S = 36_525.0 * DAY_S
EPOCH_J2000_S = 946_728_000.0
SUN_TURNS_S_PER_DEG = 240.0
ZENITH_DEG = {
    SunEvent.DAWN: 96.0,
    SunEvent.SUNRISE: 90.0 + 50.0 / 60.0,
    SunEvent.SUNSET: 90.0 + 50.0 / 60.0,
    SunEvent.DUSK: 96.0,
}
MORNING = {SunEvent.DAWN, SunEvent.SUNRISE}
APPROACHES = 3
"""The sun moves on between noon and the event: the second is within a second or two."""
DAYS_A_BLOCK = 64
"""So many days at once cost hardly more than one."""


def sun_s(
    event: SunEvent,
    days: FloatArray,
    utc_offset_s: float,
    longitude_deg: float,
    latitude_deg: float,
) -> FloatArray:
    """Return when an event happens on each day, in seconds since 1970 UTC; NaN where it does not.

    ``days`` count from 1970-01-01. An event belongs to the day on which the noon next to it
    falls by local time, so that a sunset after midnight is still the evening before's.
    """
    noon_s = _mean_noon_s(days, utc_offset_s, longitude_deg)
    side = -1.0 if event in MORNING else 1.0
    at_s = noon_s
    for _ in range(APPROACHES):
        declination, ahead_s = _sun(at_s)
        at_s = noon_s - ahead_s + side * _half_arc_s(event, declination, np.radians(latitude_deg))
    return at_s


@lru_cache(maxsize=16_384)
def _block(
    event: SunEvent, number: int, utc_offset_s: float, longitude_deg: float, latitude_deg: float
) -> tuple[float, ...]:
    days = np.arange(number * DAYS_A_BLOCK, (number + 1) * DAYS_A_BLOCK, dtype=np.float64)
    found: list[float] = sun_s(event, days, utc_offset_s, longitude_deg, latitude_deg).tolist()
    return tuple(found)


def sun_on(
    event: SunEvent, day: int, utc_offset_s: float, longitude_deg: float, latitude_deg: float
) -> float | None:
    """Return when an event happens on one day; ``None`` where it does not. See ``sun_s``."""
    number, within = divmod(day, DAYS_A_BLOCK)
    at_s = _block(event, number, utc_offset_s, longitude_deg, latitude_deg)[within]
    return None if np.isnan(at_s) else at_s


def _mean_noon_s(days: FloatArray, utc_offset_s: float, longitude_deg: float) -> FloatArray:
    since_midnight_s = DAY_S / 2.0 - longitude_deg * SUN_TURNS_S_PER_DEG
    turns = np.floor((since_midnight_s + utc_offset_s) / DAY_S)
    return np.asarray((days - turns) * DAY_S + since_midnight_s)


def _half_arc_s(event: SunEvent, declination: FloatArray, latitude: float) -> FloatArray:
    """The time from noon to the event; NaN where the sun stays above or below all day."""
    zenith = np.radians(ZENITH_DEG[event])
    cosine = (np.cos(zenith) - np.sin(latitude) * np.sin(declination)) / (
        np.cos(latitude) * np.cos(declination)
    )
    cosine = np.where(np.abs(cosine) <= 1.0, cosine, np.nan)
    return np.asarray(np.degrees(np.arccos(cosine)) * SUN_TURNS_S_PER_DEG)


def _sun(at_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the declination (radians), and how far sundials are ahead of clocks (seconds)."""
    t = (at_s - EPOCH_J2000_S) / CENTURY_S
    longitude = np.radians((280.46646 + t * (36_000.76983 + 0.0003032 * t)) % 360.0)
    anomaly = np.radians(357.52911 + t * (35_999.05029 - 0.0001537 * t))
    eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    centre = (
        np.sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
        + np.sin(2.0 * anomaly) * (0.019993 - 0.000101 * t)
        + np.sin(3.0 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1_934.136 * t)
    apparent = longitude + np.radians(centre - 0.00569 - 0.00478 * np.sin(node))
    mean_tilt_deg = 23.0 + (26.0 + (21.448 - t * (46.815 + t * 0.00059)) / 60.0) / 60.0
    tilt = np.radians(mean_tilt_deg + 0.00256 * np.cos(node))
    y = np.tan(tilt / 2.0) ** 2
    ahead = (
        y * np.sin(2.0 * longitude)
        - 2.0 * eccentricity * np.sin(anomaly)
        + 4.0 * eccentricity * y * np.sin(anomaly) * np.cos(2.0 * longitude)
        - 0.5 * y * y * np.sin(4.0 * longitude)
        - 1.25 * eccentricity * eccentricity * np.sin(2.0 * anomaly)
    )
    declination = np.arcsin(np.sin(tilt) * np.sin(apparent))
    return np.asarray(declination), np.asarray(np.degrees(ahead) * SUN_TURNS_S_PER_DEG)
