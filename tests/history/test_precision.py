"""Positions are told as exactly as somebody may read them, and no question finds out more."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from permits.precision_rules import PROPOSED, Coarse
from telemetry.report import Report
from tests.history.journal import EVER, Place, told
from zone_service.history.given import Precision, precision_of
from zone_service.history.precision import coarsened, widened
from zone_service.history.query import History
from zone_service.history.table import in_area, table_of
from zone_service.history.told import Told
from zone_service.store.roles import Role

GEOD = Geod(ellps="WGS84")
GRID = PROPOSED
longitudes = st.integers(-1_800_000_000, 1_800_000_000).map(lambda each: each / 1e7)
latitudes = st.integers(-899_900_000, 899_900_000).map(lambda each: each / 1e7)
grids = st.sampled_from([100.0, 250.0, 10_000.0])


def at(longitude: float | None, latitude: float | None, **said: Any) -> Any:
    report = Report(
        device_id="car-1",
        event_time_s=1_777_896_000.0,
        longitude_deg=longitude,
        latitude_deg=latitude,
        **said,
    )
    return table_of([Told(report, 1_777_896_000.5, 1, 0, 0)])


def as_told(table: Any, precision: Precision, rules: Coarse = GRID) -> tuple[Any, Any]:
    (row,) = coarsened(table, precision, rules).to_pylist()
    return row["longitude_e7"], row["latitude_e7"]


@pytest.mark.requirement("D4e-16")
def test_the_police_read_positions_as_they_came_and_departments_five_decimals() -> None:
    place = at(121.4737219, 31.2304167)
    assert as_told(place, precision_of(Role.POLICE)) == (1_214_737_219, 312_304_167)
    assert as_told(place, precision_of(Role.ADMINISTRATOR)) == (1_214_737_219, 312_304_167)
    assert as_told(place, precision_of(Role.OPERATOR)) == (1_214_737_219, 312_304_167)
    assert as_told(place, precision_of(Role.REVIEWER)) == (1_214_737_200, 312_304_200)


@pytest.mark.requirement("D4e-16")
@given(longitudes, latitudes, grids)
def test_the_public_is_told_the_middle_of_a_cell_that_is_nowhere_narrower_than_the_grid(
    longitude: float, latitude: float, side_m: float
) -> None:
    rules = GRID._replace(public_grid_m=side_m)
    east, north = (each / 1e7 for each in as_told(at(longitude, latitude), Precision.PUBLIC, rules))
    assert as_told(at(east, north), Precision.PUBLIC, rules) == (
        round(east * 1e7),
        round(north * 1e7),
    )
    # Whoever is within half a side of the middle, whichever way it lies, is told the same place.
    for course_deg in (0, 90, 180, 270):
        lon, lat, _ = GEOD.fwd(east, north, course_deg, 0.499 * side_m)
        if abs(lat) <= 90 and abs(latitude) < 89:
            near = as_told(at(lon, lat), Precision.PUBLIC, rules)
            assert near == (round(east * 1e7), round(north * 1e7))


@given(longitudes, st.floats(-85, 85), grids)
def test_a_cell_is_no_wider_than_it_has_to_be(
    longitude: float, latitude: float, side_m: float
) -> None:
    rules = GRID._replace(public_grid_m=side_m)
    east, north = (each / 1e7 for each in as_told(at(longitude, latitude), Precision.PUBLIC, rules))
    assert GEOD.inv(longitude, latitude, east, north)[2] < 0.8 * side_m


def test_a_position_that_is_unknown_stays_so_and_a_blurred_one_claims_no_accuracy() -> None:
    for precision in Precision:
        assert as_told(at(None, None), precision) == (None, None)
    place = at(121.5, 31.2, horizontal_accuracy_m=0.8, ground_speed_mps=12.5)
    (row,) = coarsened(place, Precision.PUBLIC, GRID).to_pylist()
    assert (row["horizontal_accuracy_cm"], row["ground_speed_cmps"]) == (None, 1250)


@given(
    longitudes, latitudes, st.sampled_from([Precision.DEPARTMENT, Precision.PUBLIC]), grids,
    st.floats(0, 360), st.floats(0, 30),
)  # fmt: skip
def test_a_wider_box_holds_all_that_is_told_within_the_one_that_is_asked_for(
    longitude: float,
    latitude: float,
    precision: Precision,
    side_m: float,
    wide_deg: float,
    tall_deg: float,
) -> None:
    rules = GRID._replace(public_grid_m=side_m)
    place = at(longitude, latitude)
    east, north = (each / 1e7 for each in as_told(place, precision, rules))
    # A box with what is told at its very corner.
    east_side = east + wide_deg
    box = (
        east,
        north,
        east_side - 360 if east_side > 180 else east_side,
        min(90, north + tall_deg),
    )
    asked = replace(EVER, box=box)
    assert in_area(coarsened(place, precision, rules), box, 0, 2**62).num_rows == 1
    wide = widened(asked, precision, rules).box
    assert in_area(place, wide, 0, 2**62).num_rows == 1


@pytest.mark.requirement("D4e-16")
def test_boxes_that_grow_by_a_millimetre_find_out_no_more_than_is_told(place: Place) -> None:
    place.journal(told(seq=1, longitude=121.4737219, latitude=31.2304167))
    history = History(place.store, place.folder)
    for step in (-60, -1, 0, 1, 18, 19, 59):
        east = 121.47372 + step * 1e-7
        asked = replace(EVER, box=(121.4, 31.2, east, 31.3))
        exact = history.rows_as(asked, Precision.EXACT, GRID).num_rows
        assert exact == (east >= 121.4737219 - 1e-9)
        rounded = history.rows_as(asked, Precision.DEPARTMENT, GRID).num_rows
        assert rounded == (step >= 0), "it is told at 121.47372, and found there"
