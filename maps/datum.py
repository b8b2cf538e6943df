"""From the datums of Chinese map services to WGS 84, and back.

GCJ-02 moves a position in Shanghai by 457 to 501 m, BD-09 by about 1.1 km, and by amounts that
change from street to street: no constant shift repairs a fence. There is no published inverse;
it is found by fixed-point iteration on the forward formula. CGCS2000 counts as equal to WGS 84.

Longitudes and latitudes are degrees, float64, of any one shape; results have that shape.
Positions outside the box in which the shift is defined pass unchanged, as do NaN.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from telemetry.report import Datum

Degrees = NDArray[np.float64]
Pair = tuple[Degrees, Degrees]

SEMI_MAJOR_M = 6378245.0  # Krassovsky 1940, which the shift is defined on
ECCENTRICITY_SQUARED = 0.00669342162296594323
BD09_WAVE = np.pi * 3000.0 / 180.0
ITERATIONS = 3  # 0.03 mm over Shanghai; one leaves 2.2 m


def _waves(x: Degrees, y: Degrees) -> Pair:
    """The two sums of sines that the shift is made of, in metres before scaling."""
    common = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    return east, north


def _gcj02_shift(longitude: Degrees, latitude: Degrees) -> Pair:
    """What the shift adds at a WGS 84 position, degrees; zero outside its box."""
    east, north = _waves(longitude - 105.0, latitude - 35.0)
    phi = np.radians(latitude)
    magic = 1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    root = np.sqrt(magic)
    d_lon = np.degrees(east / (SEMI_MAJOR_M / root * np.cos(phi)))
    d_lat = np.degrees(north / (SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * root)))
    inside = (longitude > 72.004) & (longitude < 137.8347)
    inside &= (latitude > 0.8293) & (latitude < 55.8271)
    return np.where(inside, d_lon, 0.0), np.where(inside, d_lat, 0.0)


def _bd09_shift(longitude: Degrees, latitude: Degrees) -> Pair:
    """What BD-09 adds to a GCJ-02 position, degrees."""
    radius = np.hypot(longitude, latitude) + 2e-5 * np.sin(latitude * BD09_WAVE)
    angle = np.arctan2(latitude, longitude) + 3e-6 * np.cos(longitude * BD09_WAVE)
    return (
        radius * np.cos(angle) + 0.0065 - longitude,
        radius * np.sin(angle) + 0.006 - latitude,
    )


def _degrees(longitude: ArrayLike, latitude: ArrayLike) -> Pair:
    return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)


def _invert(shift: Callable[[Degrees, Degrees], Pair], lon: Degrees, lat: Degrees) -> Pair:
    """Where a shifted position came from: the fixed point of ``p = shifted - shift(p)``."""
    d_lon, d_lat = shift(lon, lat)
    for _ in range(ITERATIONS):
        d_lon, d_lat = shift(lon - d_lon, lat - d_lat)
    return lon - d_lon, lat - d_lat


def wgs84_to_gcj02(longitude: ArrayLike, latitude: ArrayLike) -> Pair:
    """Return what a GCJ-02 map shows for WGS 84 positions."""
    lon, lat = _degrees(longitude, latitude)
    d_lon, d_lat = _gcj02_shift(lon, lat)
    return lon + d_lon, lat + d_lat


def gcj02_to_wgs84(longitude: ArrayLike, latitude: ArrayLike) -> Pair:
    """Return the WGS 84 positions behind GCJ-02 ones, to better than 0.1 mm in Shanghai."""
    return _invert(_gcj02_shift, *_degrees(longitude, latitude))


def wgs84_to_bd09(longitude: ArrayLike, latitude: ArrayLike) -> Pair:
    """Return what a BD-09 map shows for WGS 84 positions."""
    lon, lat = wgs84_to_gcj02(longitude, latitude)
    d_lon, d_lat = _bd09_shift(lon, lat)
    return lon + d_lon, lat + d_lat


def bd09_to_wgs84(longitude: ArrayLike, latitude: ArrayLike) -> Pair:
    """Return the WGS 84 positions behind BD-09 ones, to better than 0.1 mm in Shanghai."""
    return gcj02_to_wgs84(*_invert(_bd09_shift, *_degrees(longitude, latitude)))


def to_wgs84(longitude: ArrayLike, latitude: ArrayLike, datum: Datum) -> Pair:
    """Return positions of any declared datum as WGS 84."""
    match datum:
        case Datum.WGS84 | Datum.CGCS2000:
            return _degrees(longitude, latitude)
        case Datum.GCJ02:
            return gcj02_to_wgs84(longitude, latitude)
        case Datum.BD09:
            return bd09_to_wgs84(longitude, latitude)


def from_wgs84(longitude: ArrayLike, latitude: ArrayLike, datum: Datum) -> Pair:
    """Return WGS 84 positions as a declared datum has them."""
    match datum:
        case Datum.WGS84 | Datum.CGCS2000:
            return _degrees(longitude, latitude)
        case Datum.GCJ02:
            return wgs84_to_gcj02(longitude, latitude)
        case Datum.BD09:
            return wgs84_to_bd09(longitude, latitude)


def point_to_wgs84(longitude_deg: float, latitude_deg: float, datum: Datum) -> tuple[float, float]:
    """Return one position of any declared datum as WGS 84."""
    if datum in {Datum.WGS84, Datum.CGCS2000}:
        return longitude_deg, latitude_deg
    lon, lat = to_wgs84(longitude_deg, latitude_deg, datum)
    return float(lon), float(lat)
