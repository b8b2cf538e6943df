"""What reports are about, when they are due, and how their figures are computed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from permits.coverage import LineDriven
from permits.permit import PermitAction as A
from permits.permit import PermitChanged, PermitKind
from permits.permit import PermitState as S
from permits.report_contents import CONTENTS
from permits.report_figures import (
    AccidentFact,
    DrivenFact,
    Facts,
    Figures,
    NoFigure,
    OpenedFact,
    OperatorCount,
    PermitCount,
    PermitFact,
    Stage,
    ViolationFact,
    figures,
)
from permits.report_measured import (
    NOTHING_MEASURED,
    AttestedFact,
    Measured,
    MeasuredFact,
    OnSegments,
    RoadFact,
)
from permits.report_periods import (
    NotYetOver,
    Period,
    PeriodUnknown,
    ReportKind,
    ReportTimes,
    report_times,
    turn_named,
    turns_due,
)
from permits.rule_words import Language
from tests.permits.lives import local
from zone_service.shipped_rules import shipped_sheet

HALF, YEAR = ReportKind.HALF_YEARLY, ReportKind.ANNUAL
TIMES = ReportTimes((6, 12), 12)
PERIOD = Period(date(2026, 6, 1), date(2026, 12, 1))
AS_OF = local("2026-12-05 10:00")
NONE = Facts(permits=(), violations=(), opened=())


@pytest.mark.requirement("D4f-2", "D4f-10")
def test_when_the_authority_reports_is_said_by_the_rule_set() -> None:
    assert report_times(shipped_sheet("shanghai-default")) == TIMES


@pytest.mark.requirement("D4f-2")
@pytest.mark.parametrize(
    ("name", "begins", "ends", "due"),
    [
        ("2026-06", date(2025, 12, 1), date(2026, 6, 1), datetime(2026, 6, 30, 16, tzinfo=UTC)),
        ("2026-12", date(2026, 6, 1), date(2026, 12, 1), datetime(2026, 12, 31, 16, tzinfo=UTC)),
    ],
)
def test_what_is_reported_in_a_month_is_all_since_the_report_before(
    name: str, begins: date, ends: date, due: datetime
) -> None:
    turn = turn_named(HALF, name, TIMES)
    assert (turn.period, turn.due_at) == (Period(begins, ends), due)


@pytest.mark.requirement("D4f-10")
def test_the_public_report_is_about_a_year_and_no_text_says_its_day() -> None:
    turn = turn_named(YEAR, "2026", TIMES)
    assert (turn.period, turn.due_at) == (Period(date(2026, 1, 1), date(2027, 1, 1)), None)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(HALF, "2026-07"), (HALF, "2026"), (YEAR, "2026-12"), (YEAR, "26"), (YEAR, "二〇二六")],
)
def test_a_report_that_there_is_not_is_refused_by_name_in_both_languages(
    kind: ReportKind, name: str
) -> None:
    with pytest.raises(PeriodUnknown) as refused:
        turn_named(kind, name, TIMES)
    assert name in refused.value.said(Language.ENGLISH)
    assert "应为" in refused.value.said(Language.CHINESE)


@pytest.mark.requirement("D4f-2")
def test_a_period_begins_and_ends_at_midnight_in_shanghai() -> None:
    assert PERIOD.begins_at == datetime(2026, 5, 31, 16, tzinfo=UTC)
    assert PERIOD.holds(PERIOD.begins_at)
    assert not PERIOD.holds(PERIOD.begins_at - timedelta(microseconds=1))
    assert not PERIOD.holds(PERIOD.ends_at)
    assert PERIOD.last == date(2026, 11, 30)


@pytest.mark.requirement("D4f-2")
def test_what_is_due_changes_at_the_first_of_the_month_in_shanghai() -> None:
    def names(at: datetime) -> list[str]:
        return [each.name for each in turns_due(TIMES, at)]

    assert names(local("2026-11-30 23:59")) == ["2026-06", "2025"]
    assert names(local("2026-12-01 00:00")) == ["2026-12", "2025"]
    assert names(local("2027-01-01 00:00")) == ["2026-12", "2026"]


def test_one_whose_period_goes_on_says_from_when_it_can_be_made() -> None:
    said = NotYetOver(turn_named(HALF, "2026-12", TIMES))
    assert "from 2026-12-01 on" in said.said(Language.ENGLISH)
    assert "自 2026-12-01 起" in said.said(Language.CHINESE)


def step(
    action: A, after: S, at: str, *, before: S = S.DRAFT, written: str | None = None
) -> PermitChanged:
    """A step that was written when it took effect, or later."""
    when, effective = local(written or at), local(at) if written else None
    return PermitChanged("P", action, before, after, when, "x", "", 1, "r@1", effective)


def permit(number: str, *changes: PermitChanged, **said: object) -> PermitFact:
    given = {
        "kind": PermitKind.ROAD_TEST, "holder": "Acme", "device_ids": frozenset({f"car-{number}"}),
        "district": "Shanghai",
    }  # fmt: skip
    return PermitFact(number=number, changes=changes, **(given | said))  # type: ignore[arg-type]


ACTIVE = step(A.ACTIVATE, S.ACTIVE, "2026-07-01 00:00")


@pytest.mark.requirement("D4f-14")
def test_permits_are_counted_by_kind_stage_state_and_district_as_they_were_at_the_end() -> None:
    facts = Facts(
        permits=(
            permit("1", ACTIVE),
            permit("2", ACTIVE, step(A.SUSPEND, S.SUSPENDED, "2026-09-01 10:00")),
            permit("3", ACTIVE, step(A.SUSPEND, S.SUSPENDED, "2026-12-01 00:00")),
            permit("4", ACTIVE, kind=PermitKind.DEMO_OPERATION, holder="Beta", district=""),
            permit("5"),
            permit("6", ACTIVE, kind=PermitKind.FLIGHT_ACTIVITY),
        ),
        violations=(),
        opened=(),
    )
    found = figures(HALF, PERIOD, AS_OF, facts)
    assert found.permits == (
        PermitCount(PermitKind.ROAD_TEST, Stage.TEST, S.ACTIVE, "Shanghai", 2),
        PermitCount(PermitKind.ROAD_TEST, Stage.TEST, S.SUSPENDED, "Shanghai", 1),
        PermitCount(PermitKind.DEMO_OPERATION, Stage.OPERATION, S.ACTIVE, "", 1),
    )
    assert (found.in_force, found.operators, found.devices) == (3, 2, 3)
    assert found.by_operator == (OperatorCount("Acme", 2, 2), OperatorCount("Beta", 1, 1))
    assert (found.suspensions, found.suspended) == (1, 1)
    everything = figures(YEAR, PERIOD, AS_OF, facts)
    assert (everything.in_force, everything.by_operator) == (4, ())


@pytest.mark.requirement("D4f-14")
def test_a_step_belongs_to_when_it_took_effect_and_counts_once_it_was_written() -> None:
    ended = step(A.EXPIRE, S.EXPIRED, "2026-11-30 12:00", written="2026-12-03 09:00")
    facts = Facts(permits=(permit("1", ACTIVE, ended),), violations=(), opened=())
    assert figures(HALF, PERIOD, AS_OF, facts).in_force == 0
    before = figures(HALF, PERIOD, local("2026-12-02 10:00"), facts)
    assert before.in_force == 1


@pytest.mark.requirement("D4f-14")
def test_violations_are_counted_by_code_where_they_belong_and_once_they_were_seen() -> None:
    def seen(code: str, opened: str, domain: str | None, detected: str = "") -> ViolationFact:
        return ViolationFact(code, local(opened), local(detected or opened), domain)

    facts = Facts(
        permits=(),
        opened=(),
        violations=(
            seen("OVERSPEED", "2026-06-01 00:00", "road"),
            seen("OVERSPEED", "2026-11-30 23:59", "road"),
            seen("OVERSPEED", "2026-12-01 00:00", "road"),
            seen("OVERSPEED", "2026-11-30 10:00", "road", "2026-12-06 10:00"),
            seen("ALTITUDE_OVER_LIMIT", "2026-07-01 10:00", "air"),
            seen("UNREGISTERED_DEVICE", "2026-07-01 10:00", None),
        ),
    )
    found = figures(HALF, PERIOD, AS_OF, facts)
    assert found.violations == (("OVERSPEED", 2), ("UNREGISTERED_DEVICE", 1))
    assert found.violations_total == 3
    assert figures(YEAR, PERIOD, AS_OF, facts).violations[0] == ("ALTITUDE_OVER_LIMIT", 1)


@pytest.mark.requirement("D4f-14")
def test_what_was_found_to_be_no_violation_is_told_apart_from_when_it_was_found() -> None:
    moment, found_at = local("2026-07-01 10:00"), local("2026-12-04 10:00")
    facts = Facts(
        permits=(),
        opened=(),
        violations=(
            ViolationFact("OVERSPEED", moment, moment, "road"),
            ViolationFact("OVERSPEED", moment, moment, "road", unfounded_at=found_at),
            ViolationFact("ALTITUDE_OVER_LIMIT", moment, moment, "air", unfounded_at=found_at),
        ),
    )

    def told(kind: ReportKind, as_of: datetime) -> tuple[object, ...]:
        made = figures(kind, PERIOD, as_of, facts)
        return made.violations, made.violations_total, made.unfounded

    assert told(HALF, found_at) == ((("OVERSPEED", 1),), 1, 1)
    assert told(YEAR, found_at) == ((("OVERSPEED", 1),), 1, 2)
    assert told(HALF, found_at - timedelta(seconds=1)) == ((("OVERSPEED", 2),), 2, 0)


@pytest.mark.requirement("D4f-14")
def test_what_nobody_knows_is_unknown_and_never_nought() -> None:
    found = figures(HALF, PERIOD, AS_OF, NONE)
    assert (found.driven.km, found.driven.hours, found.driven.takeovers) == (NoFigure.UNKNOWN,) * 3
    assert (found.accidents, found.recognised) == (NoFigure.NOT_RECORDED,) * 2
    assert (found.violations_total, found.roads, found.roads_km) == (0, 0, 0)
    opened = (OpenedFact(frozenset({"road"}), 2.5), OpenedFact(frozenset({"road"}), None))
    partly = figures(HALF, PERIOD, AS_OF, Facts(permits=(), violations=(), opened=opened))
    assert (partly.roads, partly.roads_km) == (2, NoFigure.UNKNOWN)
    kept = Facts(permits=(), violations=(), opened=(), accidents=(), recognised=2)
    recorded = figures(HALF, PERIOD, AS_OF, kept)
    assert (recorded.accidents, recorded.recognised) == (0, 2)


@pytest.mark.requirement("D4f-14")
def test_accidents_are_counted_where_they_happened_and_once_somebody_has_told() -> None:
    def accident(at: str, told: str, kind: PermitKind = PermitKind.ROAD_TEST) -> AccidentFact:
        return AccidentFact(kind, local(at), local(told))

    told = (
        accident("2026-06-01 00:00", "2026-06-01 10:00"),
        accident("2026-11-30 23:59", "2026-12-05 10:00"),
        accident("2026-11-30 23:59", "2026-12-05 10:01"),
        accident("2026-12-01 00:00", "2026-12-01 10:00"),
        accident("2026-07-01 10:00", "2026-07-01 11:00", PermitKind.FLIGHT_ACTIVITY),
    )
    facts = Facts(permits=(), violations=(), opened=(), accidents=told)
    assert figures(HALF, PERIOD, AS_OF, facts).accidents == 2
    assert figures(YEAR, PERIOD, AS_OF, facts).accidents == 3


@pytest.mark.requirement("D4f-14")
def test_what_was_driven_is_the_sum_of_what_was_reported_and_says_of_how_many() -> None:
    driven = (
        DrivenFact("1", 100.5, None, 2),
        DrivenFact("1", 50.0, None, 0),
        DrivenFact("9", 7, 7, 7),
    )
    facts = Facts(permits=(permit("1", ACTIVE), permit("2", ACTIVE)), violations=(), opened=(), driven=driven)  # fmt: skip
    found = figures(HALF, PERIOD, AS_OF, facts).driven
    assert (found.km, found.hours, found.takeovers) == (150.5, NoFigure.UNKNOWN, 2)
    assert (found.permits, found.reported) == (2, 1)


@pytest.mark.requirement("D4f-11")
def test_what_the_platform_measured_and_what_was_attested_are_figures_beside_what_was_reported() -> (
    None
):
    begins = date(2026, 7, 1)  # when it became active
    suspended = step(A.SUSPEND, S.SUSPENDED, "2026-08-01 09:00")
    heard = (
        MeasuredFact("d1", begins, 12_345.6, 3_600.0, 2, 1_800.0, 2_400.0),
        MeasuredFact("d1", date(2026, 8, 1), 1_000.0, 1_800.0, 1, 600.0, 800.0),
        MeasuredFact("d1", begins - timedelta(days=1), 9e9, 9e9, 9, 9e9, 9e9),
        MeasuredFact("d1", date(2026, 8, 2), 9e9, 9e9, 9, 9e9, 9e9),
        MeasuredFact("other", begins, 9e9, 9e9, 9, 9e9, 9e9),
    )
    attested = (
        AttestedFact("d1", date(2026, 7, 30), date(2026, 8, 5), 70.25, None, "z1"),
        AttestedFact("d1", date(2026, 8, 2), date(2026, 8, 5), 9e9, 9e9, "z2"),
    )
    one = permit(
        "1", ACTIVE, suspended, device_ids=frozenset({"d1"}), zone_ids=frozenset({"z1", "z2"})
    )
    facts = Facts(permits=(one,), violations=(), opened=(), heard=heard, attested=attested)
    assert figures(HALF, PERIOD, AS_OF, facts).measured == Measured(
        km=13.346,
        hours=1.5,
        takeovers=3,
        online=0.75,
        devices=1,
        attested_km=70.25,
        attested_coverage=0.5,
    )
    assert figures(HALF, PERIOD, AS_OF, NONE).measured == NOTHING_MEASURED
    assert NOTHING_MEASURED.km is NoFigure.UNKNOWN


@pytest.mark.requirement("D4f-11", "D4d-69")
def test_of_declared_segments_the_part_of_their_length_is_told_and_of_areas_that_they_were_driven() -> (
    None
):
    day = date(2026, 7, 1)

    def on(zone_id: str, *stretches: tuple[float, float], later: int = 0, device: str = "d1") -> RoadFact:  # fmt: skip
        covered = LineDriven(4000.0, stretches) if stretches else None
        return RoadFact(device, day + timedelta(days=later), zone_id, 1500.0, covered)

    roads = (
        on("z1", (0.0, 1000.0)),
        on("z1", (900.0, 2000.0), later=1),
        on("area"),
        on("z1", (0.0, 4000.0), later=-1),
        on("z9", (0.0, 4000.0)),
        on("z1", (0.0, 4000.0), device="other"),
    )
    one = permit(
        "1", ACTIVE, device_ids=frozenset({"d1"}), zone_ids=frozenset({"z1", "z2", "area", "lawn"})
    )
    facts = Facts(
        permits=(one,), violations=(), opened=(), roads=roads, lengths_km={"z1": 4.0, "z2": 6.0}
    )
    assert figures(HALF, PERIOD, AS_OF, facts).measured.on_segments == OnSegments(
        km=4.5, coverage=0.2, by_line=1, by_area=1
    )
    without = replace(facts, roads=())
    assert figures(HALF, PERIOD, AS_OF, without).measured.on_segments == OnSegments()
    assert OnSegments().coverage is NoFigure.UNKNOWN


def test_a_report_that_was_kept_before_anything_was_measured_is_read_as_it_was() -> None:
    kept = msgspec.to_builtins(figures(HALF, PERIOD, AS_OF, NONE))
    del kept["measured"], kept["unfounded"]
    read = msgspec.convert(kept, Figures)
    assert read == replace(figures(HALF, PERIOD, AS_OF, NONE), unfounded=NoFigure.NOT_RECORDED)


def test_the_order_of_the_facts_changes_nothing() -> None:
    one, other = permit("1", ACTIVE), permit("2", ACTIVE, holder="Beta")
    there = Facts(permits=(one, other), violations=(), opened=())
    back = Facts(permits=(other, one), violations=(), opened=())
    assert figures(HALF, PERIOD, AS_OF, there) == figures(HALF, PERIOD, AS_OF, back)


def test_every_kind_of_report_says_what_it_contains() -> None:
    assert set(CONTENTS) == set(ReportKind)
