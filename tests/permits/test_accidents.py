"""Accidents: how grave they are, and until when each report of them is owed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from permits.accident import Accident, Harm, Liability, Severity, faults, is_grave, severity_of
from permits.matter import Matter, MatterChanged, Suspension, act_in, held, parts_of
from permits.matter_deadlines import (
    MatterCase,
    accident_limits,
    matter_dues,
    reported_late,
)
from permits.matter_refusals import MatterRefused
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.matter_step import MatterDeadline, MatterDetail
from permits.permit import PermitKind
from permits.ruleset import RuleSet
from permits.time_limits import time_limits
from permits.working_calendar import Known
from tests.permits.calendars import YEAR_2026
from tests.permits.lives import draft, lasting, local

A, S, D = MatterAction, MatterState, MatterDeadline
SECOND = timedelta(seconds=1)
HURT = Harm(seriously_injured=1)
CAR = Suspension(frozenset({"car-1"}))
DECIDED = {MatterDetail.LIABILITY: "NONE"}


def accident(at: str = "2026-06-01 10:00", harm: Harm = HURT, **said: object) -> Accident:
    given = Accident(
        occurred_at=local(at), device_ids=frozenset({"car-1"}), place="km 3", account="touched",
        harm=harm, stops=True,
    )  # fmt: skip
    return replace(given, **said)  # type: ignore[arg-type]


def case(
    rules: RuleSet,
    about: Accident,
    *steps: tuple[MatterAction, str],
    kind: PermitKind = PermitKind.ROAD_TEST,
) -> MatterCase:
    found = Matter("AC-1", "P-7", MatterKind.ACCIDENT, S.NEW, "org-1", about)
    changes = list[MatterChanged]()
    for action, at in steps:
        said = DECIDED if action is A.DETERMINE_LIABILITY else None
        found, changed = act_in(
            found, action, at=local(at), by="li", reason="because", details=said
        )
        changes.append(changed)
    permit = draft(kind, lasting("2026-01-01", "2027-06-01"))
    limits = accident_limits(rules.sheet)
    return MatterCase(found, permit, tuple(changes), time_limits(rules.sheet), YEAR_2026, limits)


def due(found: MatterCase) -> tuple[MatterDeadline, datetime]:
    (only,) = matter_dues(found)
    assert not only.is_overdue(only.at)
    assert only.is_overdue(only.at + SECOND)
    return only.deadline, only.at


@pytest.mark.requirement("D4b-66")
@pytest.mark.parametrize(
    ("harm", "severity", "grave"),
    [
        (Harm(), Severity.PROPERTY, False),
        (Harm(slightly_injured=2), Severity.INJURY, False),
        (Harm(slightly_injured=2, vehicle_destroyed=True), Severity.DESTROYED, True),
        (Harm(seriously_injured=1, vehicle_destroyed=True), Severity.SERIOUS_INJURY, True),
        (Harm(killed=1, seriously_injured=3), Severity.DEATH, True),
    ],
)
def test_how_grave_an_accident_is_follows_from_its_gravest_harm(
    harm: Harm, severity: Severity, *, grave: bool
) -> None:
    assert severity_of(harm) is severity
    assert is_grave(accident(harm=harm)) is grave


def test_what_cannot_have_been_is_told_all_at_once() -> None:
    at = local("2026-06-02 10:00")
    assert faults(accident(), at) == ()
    wrong = accident("2026-06-02 10:01", Harm(killed=-1), landed_at=local("2026-06-02 09:00"))
    assert [each.path for each in faults(wrong, at)] == ["occurred_at", "landed_at", "harm.killed"]


@pytest.mark.requirement("D4f-7", "D4b-66")
def test_a_grave_accident_on_a_road_is_reported_within_its_hours(rules: RuleSet) -> None:
    recorded = case(rules, accident("2026-12-31 18:00"), (A.RECORD, "2026-12-31 20:00"))
    # Hours run over holidays and the year's end.
    assert due(recorded) == (D.ACCIDENT_FIRST, local("2027-01-01 18:00"))
    minor = accident("2026-12-31 18:00", Harm(slightly_injured=1))
    assert matter_dues(case(rules, minor, (A.RECORD, "2026-12-31 20:00"))) == ()


@pytest.mark.requirement("D4f-7")
@pytest.mark.parametrize(
    ("at", "late"), [("2026-06-02 10:00:00", False), ("2026-06-02 10:00:01", True)]
)
def test_whoever_reports_later_than_that_is_told_to_have_been_late(
    rules: RuleSet, at: str, *, late: bool
) -> None:
    assert reported_late(case(rules, accident(), (A.REPORT, at))) is late
    recorded = (A.RECORD, "2026-06-01 11:00")
    assert reported_late(case(rules, accident(), recorded, (A.REPORT, at))) is late
    assert not reported_late(case(rules, accident(), recorded))


@pytest.mark.requirement("D4f-8", "D4f-9")
def test_a_flight_has_its_hours_from_its_landing_and_a_vessel_none(rules: RuleSet) -> None:
    landed = accident(harm=Harm(), landed_at=local("2026-06-01 12:00"))
    told = (A.RECORD, "2026-06-01 13:00")
    flight = case(rules, landed, told, kind=PermitKind.FLIGHT_ACTIVITY)
    assert due(flight) == (D.ACCIDENT_FIRST, local("2026-06-02 12:00"))
    vessel = case(rules, accident(harm=Harm()), told, kind=PermitKind.VESSEL_TRIAL)
    assert due(vessel) == (D.ACCIDENT_FIRST, local("2026-06-01 10:00"))
    # What the rules of vehicles ask for besides is not asked of them.
    assert matter_dues(replace(flight, matter=replace(flight.matter, state=S.REPORTED))) == ()


@pytest.mark.requirement("D4f-7")
@pytest.mark.parametrize(
    ("at", "until", "known"),
    [
        ("2026-06-01 23:59", "2026-06-05 00:00", Known.PUBLISHED),
        # 1 to 5 May are a holiday: 6, 7 and 8 May are worked.
        ("2026-04-30 10:00", "2026-05-09 00:00", Known.PUBLISHED),
        # Nobody has said yet what is worked in 2027: Thursday, Friday, and Monday.
        ("2026-12-30 10:00", "2027-01-05 00:00", Known.ASSUMED),
    ],
)
def test_the_full_report_is_owed_by_the_third_working_day(
    rules: RuleSet, at: str, until: str, known: Known
) -> None:
    reported = case(rules, accident(at), (A.REPORT, at))
    assert due(reported) == (D.ACCIDENT_REPORT, local(until))
    assert matter_dues(reported)[0].known is known


@pytest.mark.requirement("D4f-7")
def test_a_report_that_is_returned_is_owed_by_the_same_day_as_before(rules: RuleSet) -> None:
    steps = (
        (A.REPORT, "2026-06-01 11:00"),
        (A.FILE_REPORT, "2026-06-02 11:00"),
        (A.RETURN_REPORT, "2026-06-03 11:00"),
    )
    assert matter_dues(case(rules, accident(), *steps[:2])) == ()
    assert due(case(rules, accident(), *steps)) == (D.ACCIDENT_REPORT, local("2026-06-05"))


@pytest.mark.requirement("D4f-7")
def test_the_analysis_is_owed_by_the_fifth_working_day_after_liability_was_decided(
    rules: RuleSet,
) -> None:
    steps = (
        (A.REPORT, "2026-06-01 11:00"),
        (A.FILE_REPORT, "2026-06-02 11:00"),
        (A.ACCEPT_REPORT, "2026-06-03 11:00"),
    )
    assert matter_dues(case(rules, accident(), *steps)) == ()
    decided = (A.DETERMINE_LIABILITY, "2026-06-10 17:00")
    later = case(rules, accident(), *steps, decided)
    # The days are 11, 12, 15, 16 and 17 June.
    assert due(later) == (D.ACCIDENT_ANALYSIS, local("2026-06-18"))
    early = (A.DETERMINE_LIABILITY, "2026-06-01 12:00")
    before = case(rules, accident(), steps[0], early, *steps[1:])
    assert due(before) == (D.ACCIDENT_ANALYSIS, local("2026-06-09"))


@pytest.mark.parametrize("said", [{}, {MatterDetail.LIABILITY: "ALL"}])
def test_who_is_liable_is_said_in_one_of_five_words(
    rules: RuleSet, said: dict[MatterDetail, str]
) -> None:
    reported = case(rules, accident(), (A.REPORT, "2026-06-01 11:00")).matter
    with pytest.raises(MatterRefused, match="expected FULL, MAIN, EQUAL, MINOR, NONE"):
        act_in(
            reported, A.DETERMINE_LIABILITY, at=local("2026-06-02"), by="li", reason="file 12",
            details=said,
        )  # fmt: skip
    with pytest.raises(MatterRefused, match="liability: expected –"):
        act_in(reported, A.FILE_REPORT, at=local("2026-06-02"), by="li", details=DECIDED)
    assert len(Liability) == 5


@pytest.mark.requirement("D4b-65")
def test_its_vehicles_are_held_until_it_is_closed_and_only_where_the_rules_say_so() -> None:
    stops = Matter("AC-1", "P-7", MatterKind.ACCIDENT, S.ANALYSIS_FILED, "org-1", accident())
    assert held((stops,)) == CAR
    assert held((replace(stops, state=S.CLOSED),)) == Suspension()
    assert parts_of(accident(stops=False)) == Suspension()
