"""What breaks nothing goes on to break nothing, as far as an allowance says."""

from dataclasses import replace
from datetime import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permits.allowance import allowance
from permits.compliance import Conduct, Grant, breaches
from permits.life_cycle import PermitKind, PermitState
from permits.ruleset import RuleSet
from permits.terms import DailyHours, Terms
from permits.weekly_hours import week_of
from tests.permits.test_compliance import DRIVING, FLYING, NOON_S, SAILING

KINDS = (
    PermitKind.ROAD_TEST,
    PermitKind.LOW_SPEED_OPERATION,
    PermitKind.FLIGHT_ACTIVITY,
    PermitKind.SUITABLE_AIRSPACE_FLIGHT,
    PermitKind.EXEMPT_FLIGHT,
    PermitKind.VESSEL_TRIAL,
)
EDGES = st.sampled_from([NOON_S - 60.0, NOON_S, NOON_S + 30.0, NOON_S + 3600.0])
HOURS = st.sampled_from([(), (DailyHours(time(11), time(12, 0, 30)),)])
CONDUCTS = st.builds(
    lambda base, **changed: base._replace(**changed),
    st.sampled_from([DRIVING, FLYING, SAILING]),
    at_s=st.floats(NOON_S - 100.0, NOON_S + 100.0),
    allowed_inside=st.sampled_from([frozenset({"segment"}), frozenset({"transfer"})]),
    speed_limits=st.sampled_from([(), (("slow", 8.0),)]),
    speed_mps=st.sampled_from([None, 0.0, 8.0, 10.0, 13.0]),
    control_mode=st.sampled_from(["AUTONOMOUS", "MANUAL", "UNKNOWN"]),
    airborne=st.sampled_from([True, False, None]),
    moving=st.sampled_from([True, False, None]),
)
LATER = st.floats(-200.0, 200.0)
SPEEDS = st.sampled_from([None, 0.0, 7.9, 8.0, 9.0, 12.0, 40.0])
HEIGHTS_M = st.sampled_from([None, 0.0, 79.0, 119.0, 120.0, 121.0, 300.0])


@st.composite
def grants(draw: st.DrawFn, terms: Terms) -> Grant | None:
    """A permit of any kind and state, or none, with edges all around noon."""
    if draw(st.booleans()) and draw(st.booleans()):
        return None
    held = replace(
        terms,
        hours=draw(HOURS),
        max_speed_mps=draw(st.sampled_from([None, 10.0])),
        max_height_agl_m=draw(st.sampled_from([None, 100.0, 300.0])),
        control_modes=draw(st.sampled_from([frozenset(), frozenset({"AUTONOMOUS"})])),
    )
    state = draw(st.sampled_from([PermitState.ACTIVE, PermitState.AIRBORNE, PermitState.APPROVED]))
    return Grant(
        "P-1",
        draw(st.sampled_from(KINDS)),
        state,
        held,
        plated_from_s=draw(EDGES) - 60.0,
        plated_to_s=draw(EDGES) + 60.0,
        confirmed_from_s=draw(EDGES) - 60.0,
        confirmed_to_s=draw(EDGES) + 60.0,
    )


def clean(grant: Grant | None, conduct: Conduct, rules: RuleSet) -> bool:
    return not list(breaches(grant, conduct, rules))


@given(st.data(), CONDUCTS, LATER, SPEEDS, HEIGHTS_M)
@settings(max_examples=1500, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_an_allowance_covers_breaks_nothing_if_what_it_comes_from_did_not(
    terms: Terms,
    rules: RuleSet,
    data: Any,
    conduct: Conduct,
    later_s: float,
    speed_mps: float | None,
    height_m: float | None,
) -> None:
    grant = data.draw(grants(terms))
    peak = replace(rules, forbidden_hours=week_of([DailyHours(time(12, 0, 10), time(13))]))
    for by in (rules, peak):
        if not clean(grant, conduct, by):
            continue
        at_s = conduct.at_s + later_s
        height_agl_m = height_m if conduct.domain == "air" else None
        if allowance(grant, conduct, by).covers(at_s, speed_mps, height_agl_m):
            changed = conduct._replace(at_s=at_s, speed_mps=speed_mps, height_agl_m=height_agl_m)
            assert clean(grant, changed, by)


@given(st.data(), CONDUCTS)
@settings(max_examples=900, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_covers_what_it_comes_from_by_its_permit_where_speed_and_height_are_known(
    terms: Terms, rules: RuleSet, data: Any, conduct: Conduct
) -> None:
    grant = data.draw(grants(terms))
    if conduct.speed_mps is None or not clean(grant, conduct, rules):
        return
    if grant is not None and grant.terms.hours:
        return  # what is driven by hand on the way there is not bound by hours: it is looked at whole
    found = allowance(grant, conduct, rules)
    assert found.covers(conduct.at_s, conduct.speed_mps, conduct.height_agl_m)


def test_a_speed_and_a_height_that_are_not_known_are_covered_by_nothing(
    terms: Terms, rules: RuleSet
) -> None:
    flight = Grant("F-1", PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE, terms)
    found = allowance(flight, FLYING, rules)
    assert found.covers(NOON_S, 8.0, 80.0)
    assert not found.covers(NOON_S, None, 80.0)
    assert not found.covers(NOON_S, 8.0, None)
    nan = float("nan")
    assert not found.covers(NOON_S, nan, 80.0)
    assert not found.covers(NOON_S, 8.0, nan)
    assert not found.covers(nan, 8.0, 80.0)


def test_the_hours_in_which_low_speed_devices_stay_away_end_it(
    terms: Terms, rules: RuleSet
) -> None:
    slow = Grant("P-1", PermitKind.LOW_SPEED_OPERATION, PermitState.ACTIVE, terms)
    peak = replace(rules, forbidden_hours=week_of([DailyHours(time(12, 0, 10), time(13))]))
    found = allowance(slow, DRIVING, peak)
    assert found.covers(NOON_S + 9.0, 10.0, None)
    assert not found.covers(NOON_S + 10.0, 10.0, None)
    assert found.covers(NOON_S + 3600.0, 10.0, None)
