"""What the platform has measured itself, in preconditions, in reports and for whoever asks."""

from datetime import date, datetime, timedelta

import pytest

from permits.condition import Verdict
from permits.permit import PermitKind
from permits.precondition_codes import PreconditionCode
from permits.precondition_facts import Origin, Source
from permits.preconditions import Finding
from permits.report_periods import Period
from telemetry.device_day import DeviceDay
from tests.store.city import NOON, SWIFT, UNDER, later, road
from tests.store.stepping import draft
from tests.store.test_preconditions import _register
from zone_service.mileage import RoadDriven, drawn
from zone_service.store import (
    device_days,
    measured,
    mileage_seen,
    preconditions,
    report_facts,
    road_days,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, HeardDay
from zone_service.store.road_days import RoadDay

LINE_M = 2209.0
DAY = date(2026, 5, 1)
EVER = (date(2026, 1, 1), date(2026, 12, 31))


def heard(store: Store, day: date = DAY, km: float = 3.0) -> None:
    number = (day - date(1970, 1, 1)).days
    at_s = NOON.timestamp()
    told = DeviceDay(number, at_s, at_s + 9, 9, 0, 9.0, 3600.0, km * 1000, 0.0, 0.0, 2)
    device_days.keep(store, [HeardDay("car-1", told)])


def matched(
    store: Store, *roads: RoadDriven, day: date = DAY, at: datetime = NOON - timedelta(days=1)
) -> None:
    road_days.keep(store, [RoadDay("car-1", day, at, roads)])


def on_line(*stretches: tuple[float, float], how: str = "") -> RoadDriven:
    metres = sum(ends - begins for begins, ends in stretches)
    return RoadDriven("road-1", metres, 0.0, 60.0, 0.0, LINE_M, how or drawn(road()), stretches)


@pytest.fixture
def mapped(store: Store) -> Store:
    """A road that is a line, and another without one."""
    with store.write() as session:
        zones.publish(session, PLATFORM, [road()], NOON - timedelta(days=9), keep_others=True)
    return store


def coverage(store: Store) -> Finding:
    permit = draft(store, PermitKind.DEMO_OPERATION, zone_ids=frozenset({"road-1"}))
    with store.write() as session:
        _register(session, permit)
    with store.read() as session:
        file = preconditions.get(session, SWIFT, permit.number, later(2), UNDER)
    code = PreconditionCode.ROUTE_COVERAGE_100
    return next(each for each in file.findings if each.code is code)


@pytest.mark.requirement("D4c-10", "D4d-69")
@pytest.mark.parametrize(
    ("stretches", "result", "ratio"),
    [
        (((0.0, LINE_M),), Verdict.MET, 1.0),
        (((0.0, 1104.5),), Verdict.NOT_MET, 0.5),
        ((), Verdict.NOT_MET, 0.0),
    ],
)
def test_the_coverage_that_a_permit_asks_for_is_what_was_measured_along_the_line(
    mapped: Store, stretches: tuple[tuple[float, float], ...], result: Verdict, ratio: float
) -> None:
    heard(mapped)
    matched(mapped, on_line(*stretches))
    found = coverage(mapped)
    assert found.result is result
    assert found.figures[0].found == pytest.approx(ratio)
    assert found.answers[0].sources == (Source(Origin.BY_LINE, "road-1"),)


@pytest.mark.requirement("D4d-69")
def test_what_was_driven_of_another_drawing_of_the_line_is_no_part_of_this_one(
    mapped: Store,
) -> None:
    matched(mapped, on_line((0.0, LINE_M), how="another"))
    assert coverage(mapped).figures[0].found == 0.0


def test_a_day_that_goes_on_and_one_that_nobody_could_match_are_not_known(mapped: Store) -> None:
    road_days.keep(mapped, [RoadDay("car-1", DAY, NOON, None)])
    matched(mapped, on_line((0.0, LINE_M)), day=NOON.date())
    assert coverage(mapped).result is Verdict.UNKNOWN


@pytest.mark.requirement("D4d-69")
def test_kilometres_on_segments_that_overlap_are_no_more_than_those_of_the_day(
    mapped: Store,
) -> None:
    heard(mapped, km=3.0)
    by_area = RoadDriven("road-2", 2500.0, 0.0, 60.0, 0.0)
    matched(mapped, on_line((0.0, LINE_M)), by_area)
    heard(mapped, DAY + timedelta(days=1), km=4.0)
    with mapped.read() as session:
        asked = frozenset({"road-1", "road-2"})
        found = measured.measured_of(session, {"one": "car-1", "none": "car-9"}, asked, later(0))
    assert found.keys() == {"one"}
    assert found["one"].account_of_segments.automated_km == 3.0
    assert found["one"].account.automated_km == 7.0
    assert found["one"].by_area == {"road-2"}


@pytest.mark.requirement("D4f-11", "D4d-69")
def test_a_report_has_what_had_been_found_by_its_moment_and_roads_as_they_were_drawn(
    mapped: Store,
) -> None:
    matched(mapped, on_line((0.0, 100.0)))
    matched(mapped, on_line((0.0, 900.0)), at=later(60))
    period = Period(date(2026, 1, 1), date(2026, 7, 1))
    with mapped.read() as session:
        then, now = (
            report_facts.facts(session, period, at, lambda _: "") for at in (later(0), later(61))
        )
    assert [each.automated_m for each in then.roads] == [100.0]
    assert [each.automated_m for each in now.roads] == [900.0]
    assert then.roads[0].covered is not None
    assert then.lengths_km == {"road-1": pytest.approx(LINE_M / 1000, rel=0.01)}


@pytest.mark.requirement("D4d-69")
def test_whoever_asks_is_told_by_segments_and_by_days(mapped: Store) -> None:
    heard(mapped)
    heard(mapped, DAY + timedelta(days=1))
    matched(mapped, on_line((0.0, LINE_M / 2)))
    permit = draft(mapped, zone_ids=frozenset({"road-1", "road-2"}))
    with mapped.read() as session:
        days = mileage_seen.days_of(session, SWIFT, "car-1", *EVER)
        found = mileage_seen.of_permit(session, SWIFT, permit.number, *EVER)
    assert [(each.day, each.roads is None) for each in days] == [
        (DAY, False),
        (DAY + timedelta(days=1), True),
    ]
    line, area = found.segments
    assert (line.zone_id, line.device_ids) == ("road-1", ("car-1",))
    assert line.covered == pytest.approx(0.5, abs=0.001)
    assert (area.zone_id, area.length_m, area.covered) == ("road-2", None, None)
    assert found.covered == pytest.approx(0.5, abs=0.001), "of the road that has a line"
