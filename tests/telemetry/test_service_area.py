"""A unit that says latitude for longitude is found out by the area that is served."""

import pytest

from telemetry.report import Datum, RefusalReason, Report
from telemetry.service_area import ServiceArea, service_area_of

BOX = ServiceArea(44.0, 45.5, 45.0, 46.5)
"""Where an exchange of the two is a place like any other."""


def at(longitude_deg: float | None, latitude_deg: float | None) -> Report:
    return Report(
        device_id="car-1",
        event_time_s=0.0,
        longitude_deg=longitude_deg,
        latitude_deg=latitude_deg,
        source_datum=Datum.WGS84,
    )


@pytest.mark.requirement("F-7", "F-22")
def test_a_fix_that_is_served_only_with_its_axes_exchanged_is_refused_with_both_values() -> None:
    refused = BOX.refusal(at(46.0, 44.5))
    assert refused is not None
    assert (refused.reason, refused.device_id) == (RefusalReason.AXES_SWAPPED, "car-1")
    assert "longitude 46.0 and latitude 44.5" in refused.detail


@pytest.mark.parametrize(
    ("longitude_deg", "latitude_deg"),
    [
        (44.5, 46.0),
        (44.0, 45.5),
        (45.0, 46.5),  # edges are within
        (10.0, 20.0),  # who has left the area is to be seen
        (None, None),
        (46.0, None),
    ],
)
def test_any_other_fix_is_taken(longitude_deg: float | None, latitude_deg: float | None) -> None:
    assert BOX.refusal(at(longitude_deg, latitude_deg)) is None


def test_where_the_area_holds_a_place_both_ways_nobody_is_accused() -> None:
    square = ServiceArea(44.0, 44.0, 46.0, 46.0)
    assert square.refusal(at(44.5, 45.5)) is None
    assert square.refusal(at(45.5, 44.5)) is None


def test_an_area_is_read_from_its_four_edges() -> None:
    assert service_area_of("120.8, 30.6,122.3,31.9") == ServiceArea(120.8, 30.6, 122.3, 31.9)
    assert service_area_of(" ") is None


@pytest.mark.parametrize(
    "given",
    [
        "1,2,3",
        "a,b,c,d",
        "122.3,30.6,120.8,31.9",
        "0,10,1,10",
        "nan,0,1,1",
        "0,0,1,91",
        "-181,0,1,1",
    ],
)
def test_what_is_no_area_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(ValueError, match="expected west,south,east,north in degrees, 120"):
        service_area_of(given)
