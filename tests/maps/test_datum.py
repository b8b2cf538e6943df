import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import datum
from telemetry.report import Datum

shanghai_lon = st.floats(120.85, 122.2)
shanghai_lat = st.floats(30.6, 31.9)
M_PER_DEG = np.array([95_400.0, 110_860.0])


def metres_apart(a: tuple[object, object], b: tuple[object, object]) -> float:
    """The distance of two nearby positions in Shanghai."""
    return float(np.hypot(*(np.subtract(np.asarray(a, float), np.asarray(b, float)) * M_PER_DEG)))


def test_the_road_of_the_golden_pair_lies_where_a_gcj02_map_draws_it() -> None:
    shown = datum.wgs84_to_gcj02(121.4957986, 31.240237)
    # The pair is from two maps of one road (陆家嘴西路), drawn to about a metre of each other.
    assert metres_apart(shown, (121.500245, 31.238243)) < 1.0
    assert metres_apart(shown, (121.4957986, 31.240237)) == pytest.approx(478, abs=2)


def test_the_forward_formula_agrees_with_an_independent_one_to_its_last_digits() -> None:
    assert metres_apart(
        datum.wgs84_to_gcj02(121.4957986, 31.240237), (121.50024584710, 31.23823527038)
    ) < 1e-3  # fmt: skip
    assert metres_apart(
        datum.wgs84_to_bd09(121.4957986, 31.240237), (121.50685722584, 31.24387529004)
    ) < 0.02  # fmt: skip


@given(shanghai_lon, shanghai_lat, st.sampled_from(list(Datum)))
def test_there_and_back_is_within_a_tenth_of_a_millimetre(
    lon: float, lat: float, kind: Datum
) -> None:
    shown = datum.from_wgs84(lon, lat, kind)
    assert metres_apart(datum.to_wgs84(*shown, kind), (lon, lat)) <= 1e-4
    alone = datum.point_to_wgs84(float(shown[0]), float(shown[1]), kind)
    assert metres_apart(alone, (lon, lat)) <= 1e-4


@given(shanghai_lon, shanghai_lat)
def test_a_wrong_datum_is_never_a_small_error_here(lon: float, lat: float) -> None:
    gcj = metres_apart(datum.wgs84_to_gcj02(lon, lat), (lon, lat))
    bd = metres_apart(datum.wgs84_to_bd09(lon, lat), (lon, lat))
    assert 450 < gcj < 505
    assert 900 < bd < 1300


def test_many_positions_are_converted_as_each_one_alone() -> None:
    lon = np.linspace(120.9, 122.0, 50)
    lat = np.linspace(30.7, 31.8, 50)
    together = datum.gcj02_to_wgs84(lon, lat)
    alone = [datum.point_to_wgs84(x, y, Datum.GCJ02) for x, y in zip(lon, lat, strict=True)]
    # The last bit of a sine may differ: a hundredth of a micrometre.
    np.testing.assert_allclose(np.column_stack(together), np.array(alone), rtol=0, atol=1e-13)


# Made once by fixed-point iteration of the forward formulas with fifty decimal digits, thirty times
# over, and rounded to a micrometre: neither the arithmetic nor the number of iterations is ours.
PINNED = (
    (Datum.GCJ02, 121.4737, 31.2304, 121.46916226333, 31.23232923904),
    (Datum.BD09, 121.4737, 31.2304, 121.46263818318, 31.22625741543),
    (Datum.GCJ02, 121.9287654, 30.9001234, 121.92468045258, 30.90249200969),
    (Datum.BD09, 121.9287654, 30.9001234, 121.91827076958, 30.89613684414),
    (Datum.GCJ02, 120.87, 30.69, 120.86586381345, 30.69248364857),
    (Datum.BD09, 120.87, 30.69, 120.85940305105, 30.68636188871),
    (Datum.GCJ02, 122.15, 31.85, 122.14554371213, 31.8517969604),
    (Datum.BD09, 122.15, 31.85, 122.13907831343, 31.84554332693),
    (Datum.GCJ02, 121.1, 31.3, 121.0953777588, 31.30180936554),
    (Datum.BD09, 121.1, 31.3, 121.0889714895, 31.29554335778),
)


@pytest.mark.parametrize(("kind", "lon", "lat", "wgs84_lon", "wgs84_lat"), PINNED)
def test_pinned_positions_are_found_within_a_tenth_of_a_millimetre(
    kind: Datum, lon: float, lat: float, wgs84_lon: float, wgs84_lat: float
) -> None:
    assert metres_apart(datum.point_to_wgs84(lon, lat, kind), (wgs84_lon, wgs84_lat)) <= 1e-4
    assert metres_apart(datum.to_wgs84(lon, lat, kind), (wgs84_lon, wgs84_lat)) <= 1e-4


def test_shape_is_kept() -> None:
    lon, lat = datum.wgs84_to_bd09(np.full((2, 3), 121.5), np.full((2, 3), 31.2))
    assert lon.shape == lat.shape == (2, 3)


@pytest.mark.parametrize("place", [(139.7, 35.7), (-0.1, 51.5), (2.3, 48.9)])
def test_places_outside_the_box_of_the_shift_pass_unchanged(place: tuple[float, float]) -> None:
    assert datum.point_to_wgs84(*place, Datum.GCJ02) == place


@pytest.mark.parametrize("kind", [Datum.WGS84, Datum.CGCS2000])
def test_wgs84_and_cgcs2000_count_as_equal(kind: Datum) -> None:
    assert datum.point_to_wgs84(121.5, 31.2, kind) == (121.5, 31.2)
    assert tuple(map(float, datum.from_wgs84(121.5, 31.2, kind))) == (121.5, 31.2)


def test_an_unknown_position_stays_unknown() -> None:
    lon, lat = datum.gcj02_to_wgs84([np.nan, 121.5], [31.2, np.nan])
    assert np.isnan(lon[0])
    assert np.isnan(lat[1])
