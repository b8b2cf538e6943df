"""Metres around a place, against an independent geodesic library."""

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, MultiPolygon, Point, Polygon, box

from geofence.frame import LONG_EDGE_M, Frame, dense_line, footprint
from geofence.zone import Area, Circle, Corridor, Volume

WGS84 = Geod(ellps="WGS84")
SHANGHAI = (121.5, 31.2)
CHORDS_OUTSIDE_M = 0.11
"""The outline of a circle, as it is drawn, stands outside it by at most 0.1 m, and never inside."""
CHORDS_INSIDE_M = 0.03
"""The round ends of a corridor are cut by at most 0.02 m."""


def around(longitude: float, latitude: float, reach_m: float) -> np.ndarray:
    azimuth = np.linspace(0.0, 350.0, 36)
    many = np.ones(36)
    east, north, _ = WGS84.fwd(longitude * many, latitude * many, azimuth, reach_m * many)
    return np.column_stack((east, north))


@given(
    longitude=st.floats(-170.0, 170.0),
    latitude=st.floats(-80.0, 80.0),
    reach_m=st.floats(1.0, 30_000.0),
)
def test_a_distance_from_the_origin_is_true_within_a_millimetre_to_30_km(
    longitude: float, latitude: float, reach_m: float
) -> None:
    metres = Frame(longitude, latitude).to_metres(around(longitude, latitude, reach_m))
    assert np.hypot(*metres.T) == pytest.approx(reach_m, abs=0.001)


def test_directions_from_the_origin_are_true() -> None:
    metres = Frame(*SHANGHAI).to_metres(around(*SHANGHAI, 10_000.0))
    azimuth = np.degrees(np.arctan2(metres[:, 0], metres[:, 1])) % 360.0
    assert azimuth == pytest.approx(np.linspace(0.0, 350.0, 36), abs=1e-6)


@given(
    longitude=st.floats(-179.0, 179.0),
    latitude=st.floats(-85.0, 85.0),
    east=st.floats(-50_000.0, 50_000.0),
    north=st.floats(-50_000.0, 50_000.0),
)
def test_metres_and_degrees_are_each_other_s_inverse(
    longitude: float, latitude: float, east: float, north: float
) -> None:
    frame = Frame(longitude, latitude)
    back = frame.to_metres(frame.to_degrees(np.array([[east, north]])))
    assert back == pytest.approx(np.array([[east, north]]), abs=1e-6)


def test_the_origin_is_nought() -> None:
    frame = Frame(*SHANGHAI)
    assert frame.to_metres(np.array([SHANGHAI])) == pytest.approx(np.zeros((1, 2)), abs=1e-8)
    assert frame.to_degrees(np.zeros((1, 2))) == pytest.approx(np.array([SHANGHAI]))


def reach_m(place: tuple[float, float], lonlat_deg: np.ndarray) -> Any:
    start = np.full((len(lonlat_deg), 2), place).T
    _, _, found_m = WGS84.inv(*start, *lonlat_deg.T)
    return np.asarray(found_m, np.float64)


def middles(corners: np.ndarray) -> Any:
    return (corners[1:] + corners[:-1]) / 2.0


@pytest.mark.parametrize("latitude_deg", [0.0, 31.2, 70.0])
@pytest.mark.parametrize("radius_m", [0.5, 5.0, 30.0, 83.0, 84.0, 500.0, 4_000.0, 10_000.0])
def test_a_circle_holds_every_point_within_its_radius_and_hardly_more(
    radius_m: float, latitude_deg: float
) -> None:
    """Its chords touch the true circle to a millimetre, and its corners stand outside by hardly more."""
    place = (121.5, latitude_deg)
    outline = footprint(Volume(Circle(*place, radius_m)))
    corners = shapely.get_coordinates(outline)
    beyond_m = reach_m(place, corners) - radius_m
    assert beyond_m.min() > 0.0
    assert beyond_m.max() <= CHORDS_OUTSIDE_M
    assert reach_m(place, middles(corners)) == pytest.approx(radius_m, abs=0.001)
    assert shapely.intersects_xy(outline, *around(*place, radius_m - 0.001).T).all()


def test_a_circle_of_twenty_kilometres_is_a_hundred_thousandth_too_large() -> None:
    corners = shapely.get_coordinates(footprint(Volume(Circle(*SHANGHAI, 20_000.0))))
    beyond_m = reach_m(SHANGHAI, corners) - 20_000.0
    assert beyond_m.min() > 0.0
    assert beyond_m.max() <= 0.2


@pytest.mark.parametrize("half_width_m", [0.5, 5.0, 30.0, 500.0, 2_000.0])
def test_the_round_ends_of_a_corridor_are_hardly_cut(half_width_m: float) -> None:
    south, north = (121.5, 31.2), (121.5, 31.205)
    outline = footprint(Volume(Corridor(LineString([south, north]), half_width_m)))
    corners = shapely.get_coordinates(outline)
    for end, beyond in ((south, corners[:, 1] < 31.2), (north, corners[:, 1] > 31.205)):
        round_end = corners[beyond]
        steps = np.hypot(*np.diff(round_end, axis=0).T)
        assert len(round_end) >= 7
        assert reach_m(end, round_end) == pytest.approx(half_width_m, abs=0.001)
        # Where the outline begins, the two halves of one end may be the first and the last corners.
        across = middles(round_end)[steps < 3.0 * np.median(steps)]
        cut_m = half_width_m - reach_m(end, across)
        assert cut_m.min() >= -0.001
        assert cut_m.max() <= CHORDS_INSIDE_M


def test_a_corridor_is_as_wide_from_east_to_west_as_from_north_to_south() -> None:
    northward = Corridor(LineString([(121.5, 31.2), (121.5, 31.21)]), 30.0)
    west, _, east, _ = footprint(Volume(northward)).bounds
    _, _, width_m = WGS84.inv(west, 31.205, east, 31.205)
    assert width_m == pytest.approx(60.0, abs=0.01)
    eastward = Corridor(LineString([(121.5, 31.2), (121.51, 31.2)]), 30.0)
    outline = footprint(Volume(eastward))
    across = outline.intersection(LineString([(121.505, 31.19), (121.505, 31.21)]))
    (lon, south), (_, north) = shapely.get_coordinates(across)
    assert WGS84.inv(lon, south, lon, north)[2] == pytest.approx(60.0, abs=0.01)


def test_a_corridor_of_30_km_is_as_wide_at_its_ends_as_in_its_middle() -> None:
    line = LineString([(121.4, 31.1), (121.7, 31.1)])
    outline = footprint(Volume(Corridor(line, 20.0)))
    for longitude in (121.4001, 121.55, 121.6999):
        across = outline.intersection(LineString([(longitude, 31.09), (longitude, 31.11)]))
        (lon, south), (_, north) = shapely.get_coordinates(across)
        assert WGS84.inv(lon, south, lon, north)[2] == pytest.approx(40.0, abs=0.01)


def test_a_corridor_follows_the_geodesic_between_places_far_apart() -> None:
    line = LineString([(121.4, 31.1), (121.7, 31.1)])
    (middle,) = WGS84.npts(121.4, 31.1, 121.7, 31.1, 1)
    narrow = footprint(Volume(Corridor(line, 1.0)))
    assert narrow.intersects(Point(middle))
    assert not narrow.intersects(Point(121.55, 31.1))


def test_a_long_edge_of_an_area_follows_the_geodesic() -> None:
    area = Polygon([(121.4, 31.1), (121.7, 31.1), (121.55, 31.3)])
    (middle,) = WGS84.npts(121.4, 31.1, 121.7, 31.1, 1)
    assert middle[1] - 31.1 > 5e-5  # 5.7 m
    outline = footprint(Volume(Area(area)))
    assert outline.boundary.distance(Point(middle)) < 1e-7
    _, _, steps_m = WGS84.inv(
        *shapely.get_coordinates(outline)[:-1].T, *shapely.get_coordinates(outline)[1:].T
    )
    assert max(steps_m) < LONG_EDGE_M / 2.0 + 1.0


def test_a_border_drawn_in_both_directions_stays_one_border() -> None:
    border = np.array([[121.4, 31.1], [121.7, 31.4]])
    assert (dense_line(border) == dense_line(border[::-1])[::-1]).all()


def test_short_edges_are_left_as_they_were_drawn() -> None:
    area = box(121.5, 31.2, 121.505, 31.205)
    assert footprint(Volume(Area(area))) == area


def test_heights_of_vertices_are_dropped_and_holes_are_kept() -> None:
    tall = Polygon(
        [(121.5, 31.2, 9.0), (121.505, 31.2, 9.0), (121.5, 31.205, 9.0)],
        [[(121.501, 31.201), (121.502, 31.201), (121.501, 31.202)]],
    )
    outline = footprint(Volume(Area(tall)))
    assert not outline.has_z
    assert isinstance(outline, Polygon)
    assert len(outline.interiors) == 1


def test_parts_that_share_an_edge_become_one_and_hold_the_seam() -> None:
    west, east = box(121.5, 31.2, 121.501, 31.201), box(121.501, 31.2, 121.502, 31.201)
    outline = footprint(Volume(Area(MultiPolygon([west, east]))))
    assert outline.is_valid
    assert outline.geom_type == "Polygon"
    assert outline.contains(Point(121.501, 31.2005))


def test_parts_that_lie_apart_stay_apart() -> None:
    parts = MultiPolygon([box(121.5, 31.2, 121.501, 31.201), box(121.51, 31.2, 121.511, 31.201)])
    assert footprint(Volume(Area(parts))).geom_type == "MultiPolygon"


def test_a_circle_s_area_is_that_of_its_radius() -> None:
    outline = footprint(Volume(Circle(*SHANGHAI, 4_000.0)))
    area_m2, _ = WGS84.geometry_area_perimeter(outline)
    assert abs(area_m2) == pytest.approx(math.pi * 4_000.0**2, rel=1e-4)
