"""From the datums of Chinese map services to WGS 84, and back.

GCJ-02 moves a position in Shanghai by 457 to 501 m, BD-09 by about 1.1 km, and by amounts that
change from street to street: no constant shift repairs a fence. There is no published inverse;
it is found by fixed-point iteration on the forward formula. CGCS2000 counts as equal to WGS 84.

Longitudes and latitudes are degrees, float64, of any one shape; results have that shape.
Positions outside the box in which the shift is defined pass unchanged, as do NaN.
"""

import math
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from telemetry.report import Datum

Degrees = NDArray[np.float64]
Pair = tuple[Degrees, Degrees]
N = TypeVar("N", float, Degrees)

SEMI_MAJOR_M = 6378245.0  # Krassovsky 1940, which the shift is defined on
ECCENTRICITY_SQUARED = 0.00669342162296594323
BD09_WAVE = math.pi * 3000.0 / 180.0
ITERATIONS = 3  # 0.03 mm over Shanghai; one leaves 2.2 m


class _Maths(NamedTuple, Generic[N]):
    """The functions that the formulas are made of: for arrays, or for one number at a time.

    A device's report is one position, and NumPy takes fifty microseconds for it.
    """

    sin: Callable[[N], N]
    cos: Callable[[N], N]
    sqrt: Callable[[N], N]
    hypot: Callable[[N, N], N]
    atan2: Callable[[N, N], N]


_ARRAYS: _Maths[Degrees] = _Maths(np.sin, np.cos, np.sqrt, np.hypot, np.arctan2)
_NUMBERS: _Maths[float] = _Maths(math.sin, math.cos, math.sqrt, math.hypot, math.atan2)


def _waves(maths: _Maths[N], x: N, y: N) -> tuple[N, N]:
    """The two sums of sines that the shift is made of, in metres before scaling."""
    sin, pi = maths.sin, math.pi
    common = 20.0 * sin(6.0 * pi * x) + 20.0 * sin(2.0 * pi * x)
    root = maths.sqrt(abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + (common + 20.0 * sin(pi * y) + 40.0 * sin(pi * y / 3.0)) * 2.0 / 3.0
    north = north + (160.0 * sin(pi * y / 12.0) + 320.0 * sin(pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + (common + 20.0 * sin(pi * x) + 40.0 * sin(pi * x / 3.0)) * 2.0 / 3.0
    east = east + (150.0 * sin(pi * x / 12.0) + 300.0 * sin(pi * x / 30.0)) * 2.0 / 3.0
    return east, north


def _shift(maths: _Maths[N], longitude: N, latitude: N) -> tuple[N, N]:
    """What GCJ-02 adds at a WGS 84 position inside its box, degrees."""
    east, north = _waves(maths, longitude - 105.0, latitude - 35.0)
    phi = latitude * (math.pi / 180.0)
    sine = maths.sin(phi)
    magic = 1.0 - ECCENTRICITY_SQUARED * sine * sine
    root = maths.sqrt(magic)
    d_lon = east * root * (180.0 / math.pi) / (SEMI_MAJOR_M * maths.cos(phi))
    d_lat = north * magic * root * (180.0 / math.pi)
    return d_lon, d_lat / (SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED))


def _gcj02_shift(longitude: Degrees, latitude: Degrees) -> Pair:
    """What the shift adds at WGS 84 positions, degrees; zero outside its box."""
    d_lon, d_lat = _shift(_ARRAYS, longitude, latitude)
    inside = (longitude > 72.004) & (longitude < 137.8347)
    inside &= (latitude > 0.8293) & (latitude < 55.8271)
    return np.where(inside, d_lon, 0.0), np.where(inside, d_lat, 0.0)


def _gcj02_shift_at(longitude: float, latitude: float) -> tuple[float, float]:
    """The same at one position."""
    if 72.004 < longitude < 137.8347 and 0.8293 < latitude < 55.8271:
        return _shift(_NUMBERS, longitude, latitude)
    return 0.0, 0.0


def _bd09(maths: _Maths[N], longitude: N, latitude: N) -> tuple[N, N]:
    """What BD-09 adds to a GCJ-02 position, degrees."""
    radius = maths.hypot(longitude, latitude) + 2e-5 * maths.sin(latitude * BD09_WAVE)
    angle = maths.atan2(latitude, longitude) + 3e-6 * maths.cos(longitude * BD09_WAVE)
    return (
        radius * maths.cos(angle) + 0.0065 - longitude,
        radius * maths.sin(angle) + 0.006 - latitude,
    )


def _bd09_shift(longitude: Degrees, latitude: Degrees) -> Pair:
    return _bd09(_ARRAYS, longitude, latitude)


def _bd09_shift_at(longitude: float, latitude: float) -> tuple[float, float]:
    return _bd09(_NUMBERS, longitude, latitude)


def _degrees(longitude: ArrayLike, latitude: ArrayLike) -> Pair:
    return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)


def _invert(shift: Callable[[N, N], tuple[N, N]], lon: N, lat: N) -> tuple[N, N]:
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
    """Return one position of any declared datum as WGS 84: as the arrays do, in a tenth of the time."""
    match datum:
        case Datum.WGS84 | Datum.CGCS2000:
            return longitude_deg, latitude_deg
        case Datum.GCJ02:
            return _invert(_gcj02_shift_at, longitude_deg, latitude_deg)
        case Datum.BD09:
            shifted = _invert(_bd09_shift_at, longitude_deg, latitude_deg)
            return _invert(_gcj02_shift_at, *shifted)
