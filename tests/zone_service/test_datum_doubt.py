"""A unit that sends another datum than it declares is found by where its first fixes lie."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from shapely import LineString

from geofence.zone import Corridor, Volume, Zone, ZoneKind
from maps.datum import from_wgs84, to_wgs84
from permits.link_test import Fault
from permits.quality_rules import link_test_rules
from telemetry.report import Datum, Domain, Report
from tests.zone_service.conftest import AIRPORT
from zone_service import link_testing
from zone_service.datum_doubt import FIRST, LEAST, doubt, first_fixes
from zone_service.history.told import Told
from zone_service.link_testing import Where
from zone_service.shipped_rules import shipped_rules

BEND = [(121.90, 30.90), (121.92, 30.90), (121.93, 30.91)]
ROAD = Zone("road", ZoneKind.KEEP_IN, "Road", (Volume(Corridor(LineString(BEND), 30.0)),))
WAY = LineString(BEND)


def report(second: int, **said: Any) -> Report:
    return Report(device_id="car-1", event_time_s=1_795_406_400.0 + second, **said)


def sent(
    declared: Datum, true: Datum, count: int = 40, from_share: float = 0.4, to_share: float = 0.9
) -> list[Report]:
    """Drive along the road with a unit of a datum, and read it as the service does: by what is declared."""
    shares = np.linspace(from_share, to_share, count)
    on_road = [WAY.interpolate(share, normalized=True).coords[0] for share in shares]
    line = np.array(on_road)
    longitude, latitude = from_wgs84(line[:, 0], line[:, 1], true)
    places = np.column_stack(to_wgs84(longitude, latitude, declared))
    return [
        report(second, longitude_deg=longitude, latitude_deg=latitude, source_datum=declared)
        for second, (longitude, latitude) in enumerate(places.tolist())
    ]


@pytest.mark.requirement("D4b-81")
@pytest.mark.parametrize(
    ("declared", "true", "least_m", "most_m"),
    [
        (Datum.WGS84, Datum.GCJ02, 457, 501),
        (Datum.CGCS2000, Datum.GCJ02, 457, 501),
        (Datum.GCJ02, Datum.WGS84, 457, 501),
        (Datum.WGS84, Datum.BD09, 900, 1_300),
    ],
)
def test_a_mislabelled_unit_is_told_with_its_evidence(
    declared: Datum, true: Datum, least_m: float, most_m: float
) -> None:
    found = doubt(sent(declared, true), [ROAD, AIRPORT])
    assert found is not None
    assert (found.declared, found.likely, found.fixes) == (declared, true, 40)
    # Of a track that bends some of it may cross the same road elsewhere.
    assert found.on_ground <= 4
    assert found.on_ground_if_likely == 40
    assert least_m <= found.apart_m <= most_m
    assert found.zone_ids == ("road",)


@pytest.mark.requirement("D4b-81")
@pytest.mark.parametrize("declared", list(Datum))
def test_who_sends_what_it_declares_is_in_no_doubt(declared: Datum) -> None:
    assert doubt(sent(declared, declared), [ROAD]) is None


@pytest.mark.parametrize(
    ("reports", "why"),
    [
        (sent(Datum.WGS84, Datum.GCJ02, LEAST - 1), "too few"),
        (sent(Datum.WGS84, Datum.GCJ02, 40, 0.5, 0.505), "it stands"),
    ],
    ids=["too few", "it stands"],
)
def test_few_fixes_or_those_of_one_place_say_nothing(reports: Sequence[Report], why: str) -> None:
    assert doubt(reports, [ROAD]) is None, why


def test_who_is_off_its_road_in_no_datum_is_somewhere_else() -> None:
    elsewhere = replace(
        ROAD, volumes=(Volume(Corridor(LineString([(121.90, 30.88), (121.93, 30.88)]), 30.0)),)
    )
    assert doubt(sent(Datum.WGS84, Datum.GCJ02), [elsewhere]) is None
    assert doubt(sent(Datum.WGS84, Datum.GCJ02), []) is None


def test_the_first_fixes_are_those_that_tell_a_place() -> None:
    unplaced = report(0, longitude_deg=None, latitude_deg=None)
    reports = sent(Datum.WGS84, Datum.WGS84, FIRST + 5)
    assert first_fixes([unplaced, *reports]) == reports[:FIRST]


@pytest.mark.requirement("D4b-81")
@pytest.mark.parametrize(("by_permit", "faults"), [(True, [Fault.OTHER_DATUM]), (False, [])])
def test_a_test_of_the_link_is_not_passed_where_its_permits_say_so(
    by_permit: bool,
    faults: list[Fault],
) -> None:
    rules = shipped_rules("shanghai-default")
    asked = link_test_rules(rules.sheet)
    assert asked is not None
    reports = sent(Datum.WGS84, Datum.GCJ02, 600, 0.3, 0.9)
    told = [Told(each, each.event_time_s + 0.1, 1, place, 0) for place, each in enumerate(reports)]
    ends = datetime.fromtimestamp(told[-1].received_s + 0.5, UTC)
    where = Where((ROAD,), by_permit=by_permit)
    found = link_testing.tested("car-1", Domain.ROAD, told, ends, rules, asked, where)
    assert found.datum is not None
    assert [each for each in found.faults if each is Fault.OTHER_DATUM] == faults
