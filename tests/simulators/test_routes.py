import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from maps.plane import Plane
from simulators.routes import circle, frame_at, round_trip, to_and_fro


@given(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_metres_and_degrees_are_each_others_inverse(d_lon: float, d_lat: float) -> None:
    frame = frame_at(121.5, 31.2)
    place = np.array([[121.5 + d_lon, 31.2 + d_lat]])
    np.testing.assert_allclose(frame.degrees(frame.metres(place)), place, atol=1e-10)


def test_metres_are_true_near_the_origin() -> None:
    places = [(121.51, 31.21), (121.49, 31.2)]
    frame = frame_at(121.5, 31.2).metres(np.array(places))
    np.testing.assert_allclose(frame, Plane(121.5, 31.2).metres(places), atol=0.3)


def test_a_line_is_gone_to_and_fro() -> None:
    route = to_and_fro(LineString([(121.5, 31.2), (121.51, 31.2), (121.52, 31.2)]))
    assert len(route.waypoints_m) == 4
    assert route.length_m == pytest.approx(4 * 953, rel=1e-2)


def test_a_closed_line_is_gone_round() -> None:
    ring = LineString([(121.5, 31.2), (121.51, 31.2), (121.51, 31.21), (121.5, 31.2)])
    assert len(to_and_fro(ring).waypoints_m) == 3


def test_a_circle_has_its_radius() -> None:
    route = circle(121.5, 31.2, 500.0, 80.0)
    centre = route.frame.metres(np.array([[121.5, 31.2]]))
    radii = np.hypot(*(route.waypoints_m[:, :2] - centre).T)
    np.testing.assert_allclose(radii, 500.0, rtol=1e-3)
    assert set(route.waypoints_m[:, 2]) == {80.0}


def test_one_place_is_no_route() -> None:
    with pytest.raises(ValueError, match="expected two or more"):
        round_trip([(121.5, 31.2, 0.0), (121.5, 31.2, 0.0)])
