"""Lengths of roads and grounds of areas, against figures that are known otherwise."""

import pytest
from shapely import LineString, box

from geofence.zone import Area, Circle, Corridor, Shape, Volume, Zone, ZoneKind
from maps.extent import area_m2, length_m

LINE = LineString([(121.50, 31.00), (121.51, 31.00)])
"""A hundredth of a degree along a parallel: cos φ of 1 113.2 m, and a little more on the ellipsoid."""


def zone(*shapes: Shape) -> Zone:
    return Zone("z", ZoneKind.KEEP_IN, "Z", tuple(map(Volume, shapes)))


def test_a_road_is_as_long_as_its_lines_and_what_they_share_counts_once() -> None:
    assert length_m(zone(Corridor(LINE, 10.0))) == pytest.approx(955.0, abs=1.0)
    on = Corridor(LineString([(121.51, 31.00), (121.52, 31.00)]), 10.0)
    again = Corridor(LINE, 20.0)
    assert length_m(zone(Corridor(LINE, 10.0), on, again)) == pytest.approx(1910.0, abs=2.0)


def test_an_area_is_as_large_as_its_ground_and_two_floors_of_it_are_one() -> None:
    square = Area(box(121.50, 31.00, 121.51, 31.01))
    assert area_m2(zone(square)) == pytest.approx(955.0 * 1108.7, rel=1e-3)
    half = Area(box(121.505, 31.00, 121.51, 31.01))
    assert area_m2(zone(square, half)) == pytest.approx(955.0 * 1108.7, rel=1e-3)
    assert area_m2(zone(Circle(121.5, 31.0, 1000.0))) == pytest.approx(3_141_593, abs=1)


def test_what_is_neither_has_no_figure_rather_than_a_wrong_one() -> None:
    square, circle = Area(box(121.50, 31.00, 121.51, 31.01)), Circle(121.5, 31.0, 100.0)
    assert length_m(zone(square, Corridor(LINE, 10.0))) is None
    assert area_m2(zone(square, Corridor(LINE, 10.0))) is None
    assert area_m2(zone(square, circle)) is None
    assert area_m2(zone(Corridor(LINE, 10.0))) is None
