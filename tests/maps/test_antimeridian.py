from collections import Counter
from dataclasses import replace
from datetime import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon

from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.frame import footprint
from geofence.snapshot import build
from geofence.step import step
from geofence.validity import problems
from geofence.zone import (
    Area,
    Circle,
    Corridor,
    HeightBand,
    HeightLimit,
    HeightReference,
    Schedule,
    Shape,
    Volume,
    Window,
    Zone,
    ZoneKind,
)
from maps.antimeridian import parted
from maps.findings import Weight
from maps.geojson import read_zones
from tests.geofence.drawing import STEP_DEG, WEST_DEG
from tests.geofence.test_oracle import (
    Seen,
    Slow,
    batches,
    cities,
    cuts,
    fixes,
    happened,
    streams,
)

RING = [(179.9, -17.1), (-179.9, -17.1), (-179.9, -16.9), (179.9, -16.9), (179.9, -17.1)]
HOLE = [(179.95, -17.05), (-179.95, -17.05), (-179.95, -16.95), (179.95, -16.95), (179.95, -17.05)]


def zone(*volumes: Volume) -> Zone:
    return Zone("z1", ZoneKind.KEEP_OUT, "one", volumes)


def inside(shape: Shape, longitude_deg: float, latitude_deg: float) -> bool:
    """Ask the fences themselves."""
    snapshot = build([zone(*parted(Volume(shape)))], 1)
    _, judged = step(Fleet(), snapshot, fix(longitude_deg, latitude_deg))
    return judged.inside[0] == (0,)


def fix(longitude_deg: float, latitude_deg: float) -> Fixes:
    unknown_m = np.full(1, np.nan)
    return Fixes(
        np.zeros(1, np.int32),
        np.array([longitude_deg]),
        np.array([latitude_deg]),
        np.array([1.8e9]),
        unknown_m,
        unknown_m,
        unknown_m,
        np.zeros(1, np.int8),
        np.ones(1, np.bool_),
    )


@pytest.mark.parametrize("ring", [RING, RING[::-1]])
@pytest.mark.requirement("F-8")
def test_an_area_is_parted_at_180_degrees_whichever_way_it_is_drawn(
    ring: list[tuple[float, float]],
) -> None:
    west, east = parted(Volume(Area(Polygon(ring))))
    across = [shapely.bounds(footprint(part)).tolist()[::2] for part in (west, east)]
    assert np.array(across) == pytest.approx(np.array([[179.9, 180.0], [-180.0, -179.9]]))
    assert problems(zone(west, east)) == ()


@pytest.mark.parametrize(
    ("longitude_deg", "held"),
    [(179.89, False), (179.91, True), (180.0, True), (-180.0, True), (-179.91, True), (0.0, False)],
)
def test_who_is_on_either_side_of_it_is_inside(longitude_deg: float, *, held: bool) -> None:
    assert inside(Area(Polygon(RING)), longitude_deg, -17.0) is held


def test_a_hole_over_it_stays_a_hole() -> None:
    with_a_hole = Area(Polygon(RING, [HOLE]))
    assert [inside(with_a_hole, lon, -17.0) for lon in (179.92, 179.97, -179.97, -179.92)] == [
        True, False, False, True,
    ]  # fmt: skip


def test_a_circle_reaches_over_it() -> None:
    circle = Circle(179.999, -17.0, 500.0)
    assert inside(circle, -179.998, -17.0)
    assert not inside(circle, -179.996, -17.0)


@pytest.mark.parametrize("end_deg", [-179.99, 179.9999])
def test_a_corridor_goes_on_beyond_it(end_deg: float) -> None:
    corridor = Corridor(LineString([(179.98, -17.0), (end_deg, -17.0)]), 50.0)
    assert inside(corridor, 179.985, -17.0)
    assert inside(corridor, -179.9999, -17.0)
    assert not inside(corridor, 0.0, -17.0)


def test_the_parts_have_the_heights_and_hours_of_the_whole() -> None:
    band = HeightBand(None, HeightLimit(120.0, HeightReference.AGL))
    hours = Schedule(windows=(Window(frozenset(range(7)), time(7, 0), time(9, 0)),))
    parts = parted(Volume(Area(Polygon(RING)), band, hours))
    assert [(part.band, part.schedule) for part in parts] == [(band, hours)] * 2


def test_what_does_not_go_over_it_is_left_as_it_was_drawn() -> None:
    for shape in (
        Area(shapely.box(179.9, -17.1, 180.0, -16.9)),
        Area(
            MultiPolygon(
                [shapely.box(170.0, 1.0, 180.0, 2.0), shapely.box(-180.0, 1.0, -170.0, 2.0)]
            )
        ),
        Circle(121.5, 31.2, 500.0),
        Circle(0.0, 89.9999, 500.0),
        Corridor(LineString([(121.5, 31.2), (121.6, 31.2)]), 50.0),
    ):
        assert parted(Volume(shape)) == (Volume(shape),)


@pytest.mark.parametrize("line_deg", [180.0, -180.0])
@pytest.mark.parametrize(("end_deg", "within_deg"), [(-179.9, -179.95), (-179.999, -179.9995),
                                                     (179.9, 179.95), (179.999, 179.9995)])  # fmt: skip
def test_what_begins_at_the_line_may_call_it_by_either_name(
    line_deg: float, end_deg: float, within_deg: float
) -> None:
    ring = [(line_deg, 1.0), (end_deg, 1.0), (end_deg, 2.0), (line_deg, 2.0)]
    (alone,) = parted(Volume(Area(Polygon(ring))))
    assert problems(zone(alone)) == ()
    assert inside(Area(Polygon(ring)), within_deg, 1.5)
    assert not inside(Area(Polygon(ring)), -within_deg, 1.5)


def test_of_several_polygons_one_may_go_over_it() -> None:
    there = MultiPolygon([Polygon(RING), shapely.box(179.0, 1.0, 179.5, 2.0)])
    assert inside(Area(there), -179.95, -17.0)
    assert inside(Area(there), 179.2, 1.5)


def test_what_goes_round_a_pole_is_no_zone() -> None:
    ring = [(-120.0, 80.0), (0.0, 81.0), (120.0, 80.0), (-120.0, 80.0)]
    (volume,) = parted(Volume(Area(Polygon(ring))))
    assert "crosses the antimeridian" in problems(zone(volume))[0].message


def test_a_file_is_told_that_a_zone_was_parted() -> None:
    text = """{"type": "FeatureCollection", "datum": "WGS84", "features": [{"type": "Feature",
      "properties": {"zone_id": "z1", "name": "one", "kind": "keep_out"}, "geometry": {"type":
      "Polygon", "coordinates": [[[179.9, 1], [-179.9, 1], [-179.9, 2], [179.9, 2], [179.9, 1]]]}}]}"""
    found = read_zones(text)
    (problem,) = found.problems
    assert (problem.weight, problem.path) == (Weight.WARNING, "$.features[0].geometry")
    assert len(found.zones[0].volumes) == 2


coordinate = st.tuples(st.floats(-180.0, 180.0), st.floats(-90.0, 90.0))


@given(st.lists(coordinate, min_size=3, max_size=8), st.lists(coordinate, min_size=3, max_size=8))
def test_nothing_that_is_drawn_makes_it_raise(
    ring: list[tuple[float, float]], hole: list[tuple[float, float]]
) -> None:
    assert parted(Volume(Area(Polygon(ring, [hole]))))


# --- a city over the line is judged as the same city elsewhere -----------------------------------

SHIFT_DEG = 180.0 - (WEST_DEG + 15 * STEP_DEG)
"""From the middle of the drawn cities to the line; exact, since both are binary fractions."""


class Beside(Seen):
    """A fix beside the grid: where the line cuts an edge, a place on it may be moved by a rounding."""

    __slots__ = ()

    @property
    def place(self) -> tuple[float, float]:
        longitude_deg, latitude_deg = super().place
        return longitude_deg + 0.3183 * STEP_DEG, latitude_deg + 0.2347 * STEP_DEG


def beside(seen: Seen) -> Beside:
    return Beside(seen.device, seen.x, seen.y, seen.agl_m, seen.domain, seen.crossing)


def moved(longitude_deg: np.ndarray) -> np.ndarray:
    """Take longitudes to the line, those beyond it to the other end of the map."""
    shifted = longitude_deg + SHIFT_DEG
    return np.where(shifted > 180.0, shifted - 360.0, shifted)


def moved_zone(of: Zone) -> Zone:
    drawn = [
        Volume(Area(shapely.transform(each.shape.geometry, _moved_corners)))
        for each in of.volumes
        if isinstance(each.shape, Area)
    ]
    return replace(of, volumes=tuple(part for each in drawn for part in parted(each)))


def _moved_corners(corners: np.ndarray) -> np.ndarray:
    return np.column_stack((moved(corners[:, 0]), corners[:, 1]))


@pytest.mark.requirement("F-8")
def test_a_city_over_the_line_is_judged_as_the_slow_oracles_judge_it_elsewhere() -> None:
    told: Counter[str] = Counter()

    @settings(max_examples=30, deadline=None, database=None)
    @given(zones=cities(), stream=streams, cut=cuts)
    def judged_alike(zones: list[Zone], stream: list[Seen], cut: list[int]) -> None:
        there = [moved_zone(each) for each in zones]
        told["parted"] += any(
            len(one.volumes) > len(other.volumes) for one, other in zip(there, zones, strict=True)
        )
        slow, fleet, snapshot = Slow(zones), Fleet(), build(there, 1)
        for batch in batches([beside(each) for each in stream], cut):
            here = fixes(batch)
            fleet, judged = step(
                fleet, snapshot, replace(here, longitude_deg=moved(here.longitude_deg))
            )
            for row, seen in enumerate(batch):
                inside, events = slow.step(seen)
                assert set(judged.inside[row]) == inside
                assert happened(judged, row) == events
                told.update(kind.value for kind, _ in events)

    judged_alike()
    # Else the law would say nothing.
    assert told["parted"] > 5, told
    assert all(told[kind] for kind in ("enter", "exit", "cross", "first_inside")), told
