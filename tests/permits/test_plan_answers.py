"""What departments answer to the plan of a day, and what may be flown by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits import diagrams
from permits.compliance import Grant
from permits.daily_plan import DailyPlan, OutsidePlan, answer_by, cut_off
from permits.flights_granted import confirmed
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.plan_answers import (
    PlanFile,
    Silence,
    answering,
    as_flown,
    outcome_of,
    silence_of,
    state_of,
    windows,
)
from permits.plan_checks import (
    PlanFlown,
    PlanNotAllowed,
    PlanNotApproved,
    require_approved,
    require_not_reported,
    require_step,
    require_within_plan,
)
from permits.plan_states import PLAN_MOVES, PLAN_STEPS, PlanAction, PlanState
from permits.provisos import Provisos
from permits.reported_flight import ReportedFlight, flight_from_json, flight_to_json
from permits.review import Approved, Choice
from permits.rule_words import Language
from permits.sheet import Sheet, read_sheet
from permits.terms import DailyHours, Terms
from permits.time_limits import TimeLimits, time_limits
from permits.weekly_hours import holds, week_of
from tests.permits.lives import lasting, local
from tests.permits.plans import ATM, POLICE, filed

S, REPORT = PlanState, PermitAction.REPORT_PRE_TAKEOFF
YES, ON_CONDITIONS, NO = Choice.APPROVE, Choice.APPROVE_WITH_CONDITIONS, Choice.REJECT
WEEK = replace(
    lasting("2026-05-05 10:00", "2026-05-12 00:00"),
    device_ids=frozenset({"uav-1", "uav-2"}),
    zone_ids=frozenset({"east", "west"}),
    max_height_agl_m=100.0,
)
PLAN = DailyPlan(
    day=date(2026, 5, 6),
    begins=time(9),
    ends=time(17),
    device_ids=frozenset({"uav-1"}),
    max_height_agl_m=80.0,
)
NINE = local("2026-05-05 21:00")
"""21:00 of the day before."""
PERMIT = Permit("P-7", PermitKind.STANDING_FLIGHT, PermitState.APPROVED, "org-1", WEEK)


@pytest.fixture(scope="module")
def sheet(load: Callable[[str], str]) -> Sheet:
    return read_sheet(load("shanghai-default"), load)


@pytest.fixture(scope="module")
def limits(sheet: Sheet) -> TimeLimits:
    return time_limits(sheet)


def hours(*windows: tuple[int, int]) -> Provisos:
    return Provisos(hours=week_of(DailyHours(time(a), time(b)) for a, b in windows))


def flight(begins: str, ends: str) -> ReportedFlight:
    return ReportedFlight(local(f"2026-05-06 {begins}"), local(f"2026-05-06 {ends}"))


def within(found: PlanFile, begins: str = "10:00", ends: str = "11:00") -> Terms:
    day = require_within_plan(
        PERMIT, REPORT, flight(begins, ends), found, local("2026-05-06 08:00")
    )
    assert day is not None
    return day


@pytest.mark.requirement("D4b-77")
def test_who_answers_and_what_silence_means_is_of_the_rule_set(
    sheet: Sheet, load: Callable[[str], str]
) -> None:
    flights = PermitKind.STANDING_FLIGHT
    assert answering(sheet, flights).mandatory == (ATM,)
    assert answering(sheet, flights).advisory == (POLICE,)
    assert silence_of(sheet) is Silence.NO_TAKE_OFF

    kept = {key: each for key, each in sheet.parameters.items() if "plan" not in key}
    silent = replace(sheet, parameters=kept)
    assert answering(silent, flights).mandatory == (ATM,), "who decides on the permit answers"
    assert silence_of(silent) is Silence.NO_TAKE_OFF, "no answer is never consent"
    assert not any("approve" in each or "consent" in each for each in Silence)


@pytest.mark.requirement("D4b-77")
@pytest.mark.parametrize(
    ("day", "filed_by", "answered_by"),
    [
        (date(2026, 5, 6), "2026-05-05 12:00", "2026-05-05 21:00"),
        (date(2027, 1, 1), "2026-12-31 12:00", "2026-12-31 21:00"),
        (date(2028, 3, 1), "2028-02-29 12:00", "2028-02-29 21:00"),
    ],
)
def test_a_plan_is_filed_by_noon_and_answered_by_nine_of_the_day_before(
    limits: TimeLimits, day: date, filed_by: str, answered_by: str
) -> None:
    assert cut_off(day, limits) == local(filed_by)
    assert answer_by(day, limits) == local(answered_by)


@pytest.mark.requirement("D4b-76")
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (None, S.FILED),
        (YES, S.APPROVED),
        ((ON_CONDITIONS, hours((9, 12))), S.APPROVED),
        (NO, S.REFUSED),
    ],
)
def test_a_plan_is_what_air_traffic_management_answers(
    answer: Choice | None, state: PlanState
) -> None:
    assert state_of(filed(PLAN, WEEK, answer), local("2026-05-05 15:00")) is state


@pytest.mark.requirement("D4b-76", "D4b-77")
@pytest.mark.parametrize("late", [timedelta(microseconds=1), timedelta(hours=3), timedelta(days=1)])
def test_no_answer_is_no_consent_however_long_it_lasts(late: timedelta) -> None:
    waiting = filed(PLAN, WEEK)
    assert state_of(waiting, NINE + late) is S.FILED
    refusing = filed(PLAN, WEEK, silence=Silence.REFUSED)
    assert state_of(refusing, NINE) is S.FILED, "at nine it is still in time"
    assert state_of(refusing, NINE + late) is S.REFUSED
    for found in (waiting, refusing):
        with pytest.raises(PlanNotApproved, match="not answered by air traffic management"):
            require_approved(PERMIT, REPORT, found, NINE + late)


@pytest.mark.requirement("D4b-76")
def test_that_nobody_was_asked_is_no_consent() -> None:
    found = filed(PLAN, WEEK)
    nobody = replace(found, review=replace(found.review, ballots=()))
    assert state_of(nobody, NINE + timedelta(days=1)) is S.FILED
    with pytest.raises(PlanNotApproved, match="not answered by anybody"):
        within(nobody)


@pytest.mark.requirement("D4b-77")
def test_a_late_answer_counts_only_where_silence_has_not_refused() -> None:
    midnight = local("2026-05-06 00:00")
    require_step(PERMIT, filed(PLAN, WEEK), PlanAction.ANSWER, midnight)
    refused = filed(PLAN, WEEK, silence=Silence.REFUSED)
    require_step(PERMIT, refused, PlanAction.ANSWER, NINE)
    with pytest.raises(PlanNotAllowed, match="it is REFUSED, expected FILE"):
        require_step(PERMIT, refused, PlanAction.ANSWER, midnight)


@pytest.mark.requirement("D4b-51", "D4b-76")
def test_an_opinion_is_waited_for_until_nine_and_binds_nobody() -> None:
    opposed = filed(PLAN, WEEK, YES, (POLICE, NO))
    assert state_of(opposed, NINE - timedelta(hours=1)) is S.APPROVED
    awaited = filed(PLAN, WEEK, YES, (POLICE, None))
    before = NINE - timedelta(microseconds=1)
    assert (state_of(awaited, before), state_of(awaited, NINE)) == (S.FILED, S.APPROVED)
    with pytest.raises(PlanNotApproved) as refused:
        require_approved(PERMIT, REPORT, awaited, before)
    assert refused.value.awaited == (POLICE,)
    assert "公安尚未答复" in refused.value.said(Language.CHINESE)


@pytest.mark.requirement("D4b-76")
def test_a_refusal_is_told_with_who_refuses_and_why() -> None:
    with pytest.raises(
        PlanNotApproved, match="refused: air traffic management: a crane"
    ) as refused:
        within(filed(PLAN, WEEK, NO))
    assert "空管: a crane" in refused.value.said(Language.CHINESE)


@pytest.mark.requirement("D4b-78")
def test_the_strictest_of_all_conditions_is_flown() -> None:
    asked = Provisos(
        hours=week_of((DailyHours(time(8), time(12)), DailyHours(time(13), time(15)))),
        max_height_agl_m=60.0,
        max_speed_mps=12.0,
        excluded_zone_ids=frozenset({"west"}),
    )
    day = within(filed(PLAN, WEEK, (ON_CONDITIONS, asked)))
    assert tuple(windows(day)) == (
        (local("2026-05-06 09:00"), local("2026-05-06 12:00")),
        (local("2026-05-06 13:00"), local("2026-05-06 15:00")),
    )
    assert (day.max_height_agl_m, day.max_speed_mps) == (60.0, 12.0)
    assert day.zone_ids == {"east"}
    assert (
        within(filed(PLAN, WEEK, (ON_CONDITIONS, Provisos(max_height_agl_m=90.0)))).max_height_agl_m
        == 80.0
    )


@pytest.mark.requirement("D4b-78")
@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("08:59", "10:00"),
        ("11:00", "12:01"),
        ("11:30", "13:30"),
        ("12:00", "13:00"),
        ("15:00", "15:30"),
    ],
)
def test_a_flight_keeps_to_the_hours_that_the_conditions_leave(begins: str, ends: str) -> None:
    found = filed(PLAN, WEEK, (ON_CONDITIONS, hours((9, 12), (13, 15))))
    with pytest.raises(OutsidePlan, match="2026-05-06 09:00–12:00, 2026-05-06 13:00–15:00"):
        within(found, begins, ends)
    within(found, "09:00", "12:00")
    within(found, "13:00", "15:00")


@pytest.mark.requirement("D4b-50", "D4b-78")
@pytest.mark.parametrize(
    "asked",
    [
        hours((18, 20)),
        Provisos(only_zone_ids=frozenset({"east"}), excluded_zone_ids=frozenset({"east"})),
        replace(hours((13, 17)), valid_to=local("2026-05-06 12:00")),
    ],
)
def test_on_conditions_that_leave_nothing_a_plan_is_refused(asked: Provisos) -> None:
    found = filed(PLAN, WEEK, (ON_CONDITIONS, asked))
    assert state_of(found, NINE) is S.REFUSED
    with pytest.raises(PlanNotApproved, match="refused: the conditions leave no"):
        within(found)


@pytest.mark.requirement("D4b-78")
def test_devices_are_judged_by_the_plan_as_it_was_answered() -> None:
    asked = Provisos(
        max_height_agl_m=60.0,
        max_speed_mps=12.0,
        control_modes=frozenset({"REMOTE"}),
        only_zone_ids=frozenset({"east"}),
    )
    outcome = outcome_of(filed(PLAN, WEEK, (ON_CONDITIONS, asked)), NINE)
    assert isinstance(outcome, Approved)
    flown = as_flown(flight("10:00", "11:00"), WEEK, outcome.terms)
    terms = replace(WEEK, flight=flown)
    grant = confirmed(
        Grant("P-7", PermitKind.STANDING_FLIGHT, PermitState.CONFIRMED, terms), "uav-1"
    )
    assert grant.terms.zone_ids == {"east"}
    assert (grant.terms.max_height_agl_m, grant.terms.max_speed_mps) == (60.0, 12.0)
    assert grant.terms.control_modes == {"REMOTE"}
    assert grant.confirmed_to_s == local("2026-05-06 11:00").timestamp()
    assert flight_from_json(flight_to_json(flown)) == flown


def test_a_flight_that_was_reported_before_plans_were_answered_is_still_read() -> None:
    told = flight_to_json(flight("10:00", "11:00"))
    older = {name: told[name] for name in ("begins", "ends", "device_ids", "max_height_agl_m")}
    assert flight_from_json(older) == flight("10:00", "11:00")
    with pytest.raises(ValueError, match="flight has"):
        flight_from_json({**older, "speed": 3})


@pytest.mark.requirement("D4b-76")
@pytest.mark.parametrize("state", PermitState)
def test_no_other_plan_is_filed_under_a_flight_that_is_reported(state: PermitState) -> None:
    flies = replace(WEEK, flight=flight("10:00", "11:00"))
    permit = replace(PERMIT, state=state, terms=flies)
    require_not_reported(permit, replace(PLAN, day=date(2026, 5, 7)))
    if state in {PermitState.PRE_TAKEOFF_REPORTED, PermitState.CONFIRMED, PermitState.AIRBORNE}:
        with pytest.raises(PlanFlown, match=f"a flight of that day is {state}"):
            require_not_reported(permit, PLAN)
    else:
        require_not_reported(permit, PLAN)


@pytest.mark.requirement("D4b-1", "D4b-76")
@pytest.mark.parametrize("action", PlanAction)
@pytest.mark.parametrize(("answer", "state"), [(None, S.FILED), (YES, S.APPROVED), (NO, S.REFUSED)])
def test_what_is_not_in_the_table_of_plans_is_refused_by_name(
    answer: Choice | None, state: PlanState, action: PlanAction
) -> None:
    found = filed(PLAN, WEEK, answer)
    if action in PLAN_MOVES[state]:
        require_step(PERMIT, found, action, NINE)
        return
    with pytest.raises(PlanNotAllowed) as refused:
        require_step(PERMIT, found, action, NINE)
    assert f"it is {state}, expected {', '.join(PLAN_MOVES[state])}" in str(refused.value)
    assert f"其状态为 {state}" in refused.value.said(Language.CHINESE)


@pytest.mark.requirement("D4b-76")
def test_a_take_off_is_reported_under_an_approved_plan_alone_and_the_diagram_shows_it() -> None:
    reported = [each for each in PLAN_STEPS if each.action is PlanAction.REPORT_PRE_TAKEOFF]
    assert [each.before for each in reported] == [S.APPROVED]
    drawn = diagrams.plan_diagram()
    assert "[*] --> FILED: FILE (applicant" in drawn
    for each in PLAN_STEPS:
        assert str(each.action) in drawn


spans = st.tuples(st.integers(0, 22), st.integers(1, 12)).map(
    lambda each: DailyHours(time(each[0]), time((each[0] + each[1]) % 24))
)
conditions = st.builds(
    Provisos,
    hours=st.none() | st.lists(spans, min_size=1, max_size=3).map(week_of),
    max_height_agl_m=st.none() | st.floats(1, 200),
    max_speed_mps=st.none() | st.floats(1, 40),
    only_zone_ids=st.none() | st.frozensets(st.sampled_from(["east", "west"])),
    excluded_zone_ids=st.frozensets(st.sampled_from(["east", "west"])),
    valid_to=st.none() | st.integers(8, 18).map(lambda hour: local(f"2026-05-06 {hour:02}:00")),
)


@pytest.mark.requirement("D4b-78")
@given(asked=conditions, begins=st.integers(0, 23 * 60 + 58), minutes=st.integers(1, 120))
def test_whatever_a_plan_is_approved_on_no_flight_of_it_is_more_than_was_planned(
    asked: Provisos, begins: int, minutes: int
) -> None:
    found = filed(PLAN, WEEK, (ON_CONDITIONS, asked))
    start = local("2026-05-06 00:00") + timedelta(minutes=begins)
    flies = ReportedFlight(start, start + timedelta(minutes=minutes))
    try:
        day = require_within_plan(PERMIT, REPORT, flies, found, local("2026-05-06 08:00"))
    except (PlanNotApproved, OutsidePlan):
        return
    assert day is not None
    assert local("2026-05-06 09:00") <= flies.begins < flies.ends <= local("2026-05-06 17:00")
    for each in (flies.begins, flies.ends - timedelta(seconds=1)):
        assert asked.hours is None or holds(asked.hours, each.timestamp())
        assert asked.valid_to is None or each < asked.valid_to
    flown = confirmed(
        Grant(
            "P-7", PermitKind.STANDING_FLIGHT, PermitState.CONFIRMED,
            replace(WEEK, flight=as_flown(flies, WEEK, day)),
        ),
        "uav-1",
    ).terms  # fmt: skip
    assert flown.max_height_agl_m is not None
    assert flown.max_height_agl_m <= min(80.0, asked.max_height_agl_m or 80.0)
    assert flown.zone_ids
    assert flown.zone_ids <= WEEK.zone_ids - asked.excluded_zone_ids
    assert asked.only_zone_ids is None or flown.zone_ids <= asked.only_zone_ids
