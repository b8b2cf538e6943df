"""Straight motion and short distances, against the geodesic library."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geofence.motion import Motion, apart_m, moved, wrapped

GEOD = Geod(ellps="WGS84")
NAN, INF = math.nan, math.inf


def motion(*rows: tuple[float, float, float]) -> Motion:
    return Motion(*np.array(rows, np.float64).reshape(-1, 3).T)


def test_a_track_counts_clockwise_from_north() -> None:
    east_north = motion((10.0, 0.0, 0.0), (10.0, 90.0, 0.0), (10.0, 225.0, 0.0)).velocity_mps()
    half = math.sqrt(50.0)
    assert np.allclose(east_north, [(0.0, 10.0), (10.0, 0.0), (-half, -half)], atol=1e-12)


def test_what_stands_needs_no_track_and_what_is_not_known_has_no_velocity() -> None:
    known = motion((0.0, NAN, 0.0), (5.0, NAN, 0.0), (NAN, 5.0, 0.0), (INF, 5.0, 0.0))
    assert known.velocity_mps()[0].tolist() == [0.0, 0.0]
    assert np.isnan(known.velocity_mps()[1:]).all()


@given(
    st.floats(-180.0, 180.0),
    st.floats(-75.0, 75.0),
    st.floats(0.0, 360.0),
    st.floats(0.0, 3_000.0),
)
def test_a_way_leads_where_the_geodesic_leads(
    longitude: float, latitude: float, track: float, way_m: float
) -> None:
    start = np.array([[longitude, latitude]])
    there = moved(start, way_m * motion((1.0, track, 0.0)).velocity_mps())
    true_longitude, true_latitude, _ = GEOD.fwd(longitude, latitude, track, way_m)
    _, _, off_m = GEOD.inv(there[0, 0], there[0, 1], true_longitude, true_latitude)
    # At 75° a parallel bends away from the geodesic: half of way² · tan(latitude) / radius.
    assert off_m < 0.01 + way_m**2 * abs(math.tan(math.radians(latitude))) / 6.3e6


@given(
    st.floats(-180.0, 180.0),
    st.floats(-60.0, 60.0),
    st.floats(0.0, 360.0),
    st.floats(0.0, 2_000.0),
)
def test_the_distance_of_near_places_is_the_geodesics_to_a_millimetre(
    longitude: float, latitude: float, track: float, way_m: float
) -> None:
    end_longitude, end_latitude, _ = GEOD.fwd(longitude, latitude, track, way_m)
    apart = apart_m(np.array([[longitude, latitude]]), np.array([[end_longitude, end_latitude]]))
    assert abs(np.hypot(*apart[0]) - way_m) < 0.001


def test_places_on_both_sides_of_the_antimeridian_are_near() -> None:
    apart = apart_m(np.array([[179.9995, 0.0]]), np.array([[-179.9995, 0.0]]))
    assert np.allclose(apart, [(111.319, 0.0)], atol=0.001)
    assert moved(np.array([[179.9995, 0.0]]), apart)[0, 0] == np.float64(-179.9995)


@given(st.floats(-180.0, 180.0))
def test_a_longitude_on_the_earth_is_not_touched(longitude: float) -> None:
    assert wrapped(np.array([longitude]))[0] == longitude
