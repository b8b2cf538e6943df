"""Ways that go over the antimeridian go the short way round."""

import math

import numpy as np
import pytest
import shapely
from shapely import Polygon, box

from geofence.events import EventKind, Judged
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.snapshot import build
from geofence.step import step
from geofence.straight import straight
from geofence.zone import (
    Area,
    HeightBand,
    HeightLimit,
    HeightReference,
    Volume,
    Zone,
    ZoneKind,
)

HERE = (179.9995, -17.0)
THERE = (-179.9990, -17.0)
ANY_HEIGHT = HeightBand()


def fix(longitude_deg: float, latitude_deg: float, at_s: float, amsl_m: float = math.nan) -> Fixes:
    return Fixes(
        device=np.zeros(1, np.int32),
        longitude_deg=np.array([longitude_deg]),
        latitude_deg=np.array([latitude_deg]),
        at_s=np.array([1.8e9 + at_s]),
        agl_m=np.array([math.nan]),
        amsl_m=np.array([amsl_m]),
        hae_m=np.array([math.nan]),
        domain=np.ones(1, np.int8),
        crossing=np.ones(1, np.bool_),
    )


def flown(*outlines: Polygon, band: HeightBand = ANY_HEIGHT, amsl_m: float = 50.0) -> Judged:
    """Fly from one side of the antimeridian to the other within a second."""
    zones = [
        Zone(f"z{number}", ZoneKind.KEEP_OUT, "", (Volume(Area(outline), band),))
        for number, outline in enumerate(outlines)
    ]
    snapshot, fleet = build(zones, 1), Fleet()
    step(fleet, snapshot, fix(*HERE, 0.0, amsl_m))
    return step(fleet, snapshot, fix(*THERE, 1.0, amsl_m))[1]


def thin(west_deg: float) -> Polygon:
    return box(west_deg, -17.1, west_deg + 0.0001, -16.9)


@pytest.mark.parametrize(("west_deg", "share"), [(179.9997, 0.1333), (-179.9995, 0.6667)])
def test_a_thin_fence_on_either_side_is_crossed_where_it_stands(
    west_deg: float, share: float
) -> None:
    (crossed,) = flown(thin(west_deg)).events
    assert crossed.kind is EventKind.CROSS
    assert crossed.longitude_deg == pytest.approx(west_deg, abs=1e-9)
    assert crossed.at_s == pytest.approx(1.8e9 + share, abs=1e-3)


def test_nothing_on_the_other_side_of_the_earth_is_crossed() -> None:
    assert flown(thin(0.0), thin(121.5), thin(-121.5)).events == []


def test_an_area_too_large_for_cells_is_crossed_on_the_short_way_alone() -> None:
    assert flown(box(-80.0, -60.0, 80.0, 60.0)).events == []


def test_the_way_is_clipped_to_the_heights_there_too() -> None:
    low = HeightBand(None, HeightLimit(40.0, HeightReference.AMSL))
    assert flown(thin(179.9997), band=low, amsl_m=50.0).events == []
    (crossed,) = flown(thin(179.9997), band=low, amsl_m=30.0).events
    assert crossed.kind is EventKind.CROSS


def test_a_way_over_it_is_a_line_in_two_pieces_that_meet_there() -> None:
    over, beside = straight(
        np.array([[179.9, 10.0], [1.0, 2.0]]), np.array([[-179.7, 10.4], [3.0, 4.0]])
    )
    first, second = shapely.get_coordinates(over).reshape(2, 2, 2).tolist()
    assert first == [[179.9, 10.0], pytest.approx([180.0, 10.1])]
    assert second == [pytest.approx([-180.0, 10.1]), [-179.7, 10.4]]
    assert beside.wkt == "LINESTRING (1 2, 3 4)"


@pytest.mark.parametrize(("start_deg", "end_deg"), [(180.0, -179.9), (-180.0, 179.9)])
def test_a_way_from_the_line_itself_is_no_way_round_the_earth(
    start_deg: float, end_deg: float
) -> None:
    (way,) = straight(np.array([[start_deg, 0.0]]), np.array([[end_deg, 0.0]]))
    assert way.length == pytest.approx(0.1)
