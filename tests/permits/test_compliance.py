"""What a device does against what its permit allows."""

import inspect
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from permits import compliance
from permits.application import DriverMode
from permits.applied_for import bound, modes_of
from permits.compliance import (
    RAISED,
    Breach,
    Conduct,
    Grant,
    Severity,
    ViolationCode,
    breaches,
    is_on_task,
    of_refusal,
    severity_of,
    undecided,
)
from permits.corridor import OwnCorridor
from permits.life_cycle import PermitKind, PermitState
from permits.ruleset import RuleSet
from permits.terms import DailyHours, Terms, standing
from permits.weekly_hours import NEVER

C = ViolationCode
SHANGHAI = timezone(timedelta(hours=8))
NOON_S = datetime(2026, 6, 1, 12, tzinfo=SHANGHAI).timestamp()
YEAR_END_S = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
SEGMENT = frozenset({"segment"})
TRANSFER = frozenset({"transfer"})
NOWHERE = frozenset[str]()
FAIR = frozenset({"fair"})

DRIVING = Conduct(
    NOON_S, "road", allowed_inside=SEGMENT, speed_mps=10.0, control_mode="AUTONOMOUS", moving=True
)
FLYING = Conduct(
    NOON_S, "air", allowed_inside=SEGMENT, speed_mps=8.0, height_agl_m=80.0, airborne=True
)
SAILING = Conduct(NOON_S, "water", allowed_inside=SEGMENT, speed_mps=3.0, moving=True)


@pytest.fixture
def car(terms: Terms) -> Grant:
    return Grant("P-1", PermitKind.ROAD_TEST, PermitState.ACTIVE, terms)


@pytest.fixture
def flight(terms: Terms) -> Grant:
    return Grant("F-1", PermitKind.FLIGHT_ACTIVITY, PermitState.AIRBORNE, terms)


@pytest.fixture
def trial(terms: Terms) -> Grant:
    return Grant("V-1", PermitKind.VESSEL_TRIAL, PermitState.ACTIVE, terms)


def limited(grant: Grant, **terms: object) -> Grant:
    return replace(grant, terms=replace(grant.terms, **terms))  # type: ignore[arg-type]


def found(grant: Grant | None, conduct: Conduct, rules: RuleSet) -> list[Breach]:
    return list(breaches(grant, conduct, rules))


@pytest.mark.requirement("A43-4", "D4a-1", "A44-3")
def test_driving_flying_and_sailing_as_permitted_breaks_nothing(
    car: Grant, flight: Grant, trial: Grant, rules: RuleSet
) -> None:
    assert found(car, DRIVING, rules) == []
    assert found(flight, FLYING, rules) == []
    assert found(trial, SAILING, rules) == []


# --- space ------------------------------------------------------------------------------------


@pytest.mark.requirement("D4b-62")
def test_a_suspended_segment_is_outside_and_says_that_it_is_suspended(
    car: Grant, trial: Grant, rules: RuleSet
) -> None:
    both = frozenset({"segment", "other"})
    whole = replace(car.terms, zone_ids=both, suspended_zone_ids=SEGMENT)
    grant = replace(car, terms=standing(whole))
    assert found(grant, DRIVING, rules) == [
        Breach(C.AUTO_OUTSIDE_AUTHORISED, "segment", detail="segment suspended")
    ]
    assert found(grant, DRIVING._replace(allowed_inside=frozenset({"other"})), rules) == []
    assert found(grant, DRIVING._replace(allowed_inside=both), rules) == []
    away = found(grant, DRIVING._replace(allowed_inside=NOWHERE), rules)
    assert away == [Breach(C.AUTO_OUTSIDE_AUTHORISED, "other", detail="AUTONOMOUS")]
    afloat = replace(trial, terms=standing(replace(trial.terms, suspended_zone_ids=SEGMENT)))
    assert found(afloat, SAILING, rules) == [
        Breach(C.KEEP_IN_EXIT, "segment", detail="segment suspended")
    ]


def test_a_suspended_way_there_is_no_way_either(car: Grant, rules: RuleSet) -> None:
    by_hand = DRIVING._replace(allowed_inside=TRANSFER, control_mode="MANUAL")
    assert found(car, by_hand, rules) == []
    closed = replace(car, terms=standing(replace(car.terms, suspended_zone_ids=TRANSFER)))
    assert found(closed, by_hand, rules) == [
        Breach(C.KEEP_IN_EXIT, "transfer", detail="segment suspended")
    ]


def test_where_every_segment_is_suspended_the_corridor_alone_permits_nothing(
    car: Grant, rules: RuleSet
) -> None:
    terms = replace(car.terms, corridor=ROUTE, suspended_zone_ids=SEGMENT)
    codes = [each.code for each in found(replace(car, terms=standing(terms)), DRIVING, rules)]
    assert codes == [C.AUTO_OUTSIDE_AUTHORISED]


ROUTE = OwnCorridor(((121.9, 30.9), (121.95, 30.9)), 25.0)
ASTRAY = frozenset({"P-1", "F-1", "V-1"})
DEVIATION = [Breach(C.ROUTE_DEVIATION)]


@pytest.mark.requirement("D4d-52")
def test_leaving_the_own_corridor_within_the_zones_is_a_deviation_in_each_domain(
    car: Grant, flight: Grant, trial: Grant, rules: RuleSet
) -> None:
    for permit, conduct in ((car, DRIVING), (flight, FLYING), (trial, SAILING)):
        on_route = limited(permit, corridor=ROUTE)
        assert found(on_route, conduct, rules) == []
        assert found(on_route, conduct._replace(off_route=ASTRAY), rules) == DEVIATION


def test_the_corridor_of_another_permit_is_nothing_to_this_one(car: Grant, rules: RuleSet) -> None:
    on_route = limited(car, corridor=ROUTE)
    assert found(on_route, DRIVING._replace(off_route=frozenset({"P-2"})), rules) == []


def test_a_permit_with_a_corridor_and_no_zones_allows_its_corridor_alone(
    car: Grant, rules: RuleSet
) -> None:
    route_only = limited(car, corridor=ROUTE, zone_ids=NOWHERE)
    away = DRIVING._replace(allowed_inside=NOWHERE)
    assert found(route_only, away, rules) == []
    assert found(route_only, away._replace(off_route=ASTRAY), rules) == DEVIATION
    assert found(limited(car, zone_ids=NOWHERE), away, rules) != []


def test_outside_its_zones_and_off_its_route_breaks_both_terms(car: Grant, rules: RuleSet) -> None:
    away = DRIVING._replace(allowed_inside=NOWHERE, off_route=ASTRAY)
    codes = [each.code for each in found(limited(car, corridor=ROUTE), away, rules)]
    assert codes == [C.AUTO_OUTSIDE_AUTHORISED, C.ROUTE_DEVIATION]


def test_off_its_route_on_a_transfer_segment_it_is_driven_by_hand(
    car: Grant, rules: RuleSet
) -> None:
    on_route = limited(car, corridor=ROUTE)
    by_hand = DRIVING._replace(
        allowed_inside=SEGMENT | TRANSFER, off_route=ASTRAY, control_mode="MANUAL"
    )
    assert found(on_route, by_hand, rules) == []
    automated = by_hand._replace(control_mode="AUTONOMOUS")
    codes = [each.code for each in found(on_route, automated, rules)]
    assert codes == [C.CONTROL_MODE_NOT_PERMITTED]


@pytest.mark.requirement("D4d-39")
def test_a_corridor_of_which_nobody_can_tell_is_a_gap_and_no_accusation(
    flight: Grant, rules: RuleSet
) -> None:
    on_route = limited(flight, corridor=ROUTE)
    unknown = FLYING._replace(route_unknown=ASTRAY)
    gap = [Breach(C.MISSING_MANDATORY_FIELD, detail="height")]
    assert found(on_route, unknown, rules) == gap
    assert C.ROUTE_DEVIATION in undecided(gap)
    nowhere = unknown._replace(position_known=False, off_route=ASTRAY)
    gap = [Breach(C.MISSING_MANDATORY_FIELD, detail="position")]
    assert found(on_route, nowhere, rules) == gap
    assert C.ROUTE_DEVIATION in undecided(gap)
    assert C.ROUTE_DEVIATION in undecided([Breach(C.IMPOSSIBLE_JUMP)])


@pytest.mark.requirement("A43-4", "D4d-2")
def test_an_automated_vehicle_outside_its_segment_is_outside_what_was_authorised(
    car: Grant, rules: RuleSet
) -> None:
    outside = DRIVING._replace(allowed_inside=frozenset({"another segment"}))

    assert found(car, outside, rules) == [
        Breach(C.AUTO_OUTSIDE_AUTHORISED, "segment", detail="AUTONOMOUS")
    ]


@pytest.mark.requirement("D4d-3", "A44-3")
@pytest.mark.parametrize("mode", ["MANUAL", "UNKNOWN"])
def test_a_vehicle_driven_out_by_hand_or_nobody_knows_how_has_left_its_segment(
    car: Grant, rules: RuleSet, mode: str
) -> None:
    outside = DRIVING._replace(allowed_inside=NOWHERE, control_mode=mode)

    assert found(car, outside, rules) == [Breach(C.KEEP_IN_EXIT, "segment")]


@pytest.mark.requirement("D4d-3")
def test_a_drone_outside_its_airspace_and_a_vessel_outside_its_water_have_left_it(
    flight: Grant, trial: Grant, rules: RuleSet
) -> None:
    left = [Breach(C.KEEP_IN_EXIT, "segment")]

    assert found(flight, FLYING._replace(allowed_inside=NOWHERE), rules) == left
    assert found(trial, SAILING._replace(allowed_inside=NOWHERE), rules) == left


def test_an_exit_from_one_of_several_zones_names_none_of_them(car: Grant, rules: RuleSet) -> None:
    wide = limited(car, zone_ids=frozenset({"segment", "area"}))

    assert found(wide, DRIVING, rules) == []
    assert found(wide, DRIVING._replace(allowed_inside=NOWHERE), rules) == [
        Breach(C.AUTO_OUTSIDE_AUTHORISED, None, detail="AUTONOMOUS")
    ]


def test_a_permit_that_names_no_zone_allows_nowhere(car: Grant, rules: RuleSet) -> None:
    assert found(limited(car, zone_ids=NOWHERE), DRIVING, rules) == [
        Breach(C.AUTO_OUTSIDE_AUTHORISED, None, detail="AUTONOMOUS")
    ]


@pytest.mark.requirement("D4d-4", "D4a-5")
@pytest.mark.parametrize("seat", [DriverMode.DRIVER_SEATED, DriverMode.PASSENGER_SEAT_OFFICER])
def test_who_drives_without_anybody_in_it_breaks_a_permit_for_somebody_in_it(
    car: Grant, rules: RuleSet, seat: DriverMode
) -> None:
    """What was applied for names no mode: that of the driver binds once it is approved."""
    driverless = DRIVING._replace(control_mode="REMOTE")
    assert found(car, driverless, rules) == []
    seated = replace(car, terms=bound(car.terms, modes_of(rules.sheet, seat)))
    assert found(seated, driverless, rules) == [
        Breach(C.CONTROL_MODE_NOT_PERMITTED, detail="REMOTE")
    ]
    assert found(seated, DRIVING, rules) == []
    remote = bound(car.terms, modes_of(rules.sheet, DriverMode.REMOTE_DRIVERLESS))
    assert found(replace(car, terms=remote), driverless, rules) == []


@pytest.mark.requirement("D4d-4", "D4a-5")
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("MANUAL", []),
        ("DISENGAGED", []),
        ("AUTONOMOUS", [Breach(C.CONTROL_MODE_NOT_PERMITTED, "transfer", detail="AUTONOMOUS")]),
        ("REMOTE", [Breach(C.CONTROL_MODE_NOT_PERMITTED, "transfer", detail="REMOTE")]),
        ("UNKNOWN", [Breach(C.MISSING_MANDATORY_FIELD, detail="control_mode")]),
    ],
)
def test_a_transfer_segment_is_driven_by_hand(
    car: Grant, rules: RuleSet, mode: str, expected: list[Breach]
) -> None:
    transfer = DRIVING._replace(allowed_inside=TRANSFER, control_mode=mode)

    assert found(car, transfer, rules) == expected


def test_where_segment_and_transfer_overlap_the_segment_counts(car: Grant, rules: RuleSet) -> None:
    assert found(car, DRIVING._replace(allowed_inside=SEGMENT | TRANSFER), rules) == []


@pytest.mark.requirement("D4d-1", "A44-3")
def test_inside_two_keep_out_zones_is_two_breaches_each_with_its_category(
    flight: Grant, rules: RuleSet
) -> None:
    conduct = FLYING._replace(
        keep_out_inside=frozenset({"prison", "apt-inner"}),
        zone_categories={"apt-inner": "airport"},
    )

    assert found(flight, conduct, rules) == [
        Breach(C.KEEP_OUT_BREACH, "apt-inner", category="airport"),
        Breach(C.KEEP_OUT_BREACH, "prison"),
    ]


@pytest.mark.requirement("D4d-1")
def test_a_way_that_went_through_a_keep_out_zone_is_a_breach(flight: Grant, rules: RuleSet) -> None:
    conduct = FLYING._replace(crossed_keep_out=frozenset({"prison"}))

    assert found(flight, conduct, rules) == [Breach(C.KEEP_OUT_BREACH, "prison")]


@pytest.mark.requirement("D4d-1", "D4d-39")
def test_an_unknown_height_under_a_keep_out_zone_is_a_breach_and_says_so(
    flight: Grant, rules: RuleSet
) -> None:
    conduct = FLYING._replace(keep_out_unknown=frozenset({"apt-inner"}))

    assert found(flight, conduct, rules) == [
        Breach(C.KEEP_OUT_BREACH, "apt-inner", detail="height unknown")
    ]


def test_a_parked_car_in_a_keep_out_zone_breaks_it_and_a_landed_drone_does_not(
    car: Grant, flight: Grant, rules: RuleSet
) -> None:
    prison = frozenset({"prison"})

    assert found(car, DRIVING._replace(moving=False, keep_out_inside=prison), rules) == [
        Breach(C.KEEP_OUT_BREACH, "prison")
    ]
    assert found(flight, FLYING._replace(airborne=False, keep_out_inside=prison), rules) == []


SEEN = {
    "inside": (FLYING._replace(keep_out_inside=FAIR), ""),
    "unknown": (FLYING._replace(keep_out_unknown=FAIR), "height unknown"),
    "crossed": (FLYING._replace(crossed_keep_out=FAIR), ""),
}


@pytest.mark.requirement("D4d-1", "D4d-39", "D4d-47")
@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("authorisable", [True, False])
def test_a_permit_that_names_a_zone_lifts_what_may_be_authorised_and_nothing_that_is_prohibited(
    flight: Grant, rules: RuleSet, seen: str, named: bool, authorisable: bool
) -> None:
    grant = limited(flight, exempt_zone_ids=FAIR) if named else flight
    conduct, detail = SEEN[seen]
    conduct = conduct._replace(authorisable=FAIR if authorisable else NOWHERE)

    lifted = named and authorisable
    expected = [] if lifted else [Breach(C.KEEP_OUT_BREACH, "fair", detail=detail)]
    assert found(grant, conduct, rules) == expected


@pytest.mark.requirement("D4d-1")
def test_an_authorisation_lifts_its_own_zone_and_no_other(flight: Grant, rules: RuleSet) -> None:
    both = frozenset({"fair", "prison"})
    conduct = FLYING._replace(keep_out_inside=both, authorisable=both)

    assert found(limited(flight, exempt_zone_ids=FAIR), conduct, rules) == [
        Breach(C.KEEP_OUT_BREACH, "prison")
    ]


def test_a_permit_may_exempt_from_a_keep_out_zone_while_it_is_in_force(
    flight: Grant, rules: RuleSet
) -> None:
    fair = FAIR
    conduct = FLYING._replace(keep_out_inside=fair, authorisable=fair)
    exempt = limited(flight, exempt_zone_ids=fair)

    assert found(exempt, conduct, rules) == []
    over = replace(exempt, state=PermitState.EXPIRED)
    assert Breach(C.KEEP_OUT_BREACH, "fair") in found(over, conduct, rules)


@pytest.mark.requirement("D4d-9", "D4d-39")
def test_an_unknown_position_is_told_and_accuses_nobody_of_an_exit(
    car: Grant, rules: RuleSet
) -> None:
    nowhere = DRIVING._replace(position_known=False, allowed_inside=NOWHERE)

    assert found(car, nowhere, rules) == [Breach(C.MISSING_MANDATORY_FIELD, detail="position")]


@pytest.mark.requirement("D4d-39")
def test_an_airspace_whose_height_cannot_be_compared_is_neither_kept_nor_left(
    flight: Grant, rules: RuleSet
) -> None:
    unsure = FLYING._replace(allowed_inside=NOWHERE, allowed_unknown=SEGMENT)

    assert found(flight, unsure, rules) == [Breach(C.MISSING_MANDATORY_FIELD, detail="height")]


# --- permission -------------------------------------------------------------------------------


@pytest.mark.requirement("D4d-7", "D4d-39")
def test_without_a_permit_nobody_moves_automated_flies_or_sails(rules: RuleSet) -> None:
    assert found(None, DRIVING, rules) == [Breach(C.PERMIT_EXPIRED, detail="no permit")]
    assert found(None, FLYING, rules) == [Breach(C.NO_TAKEOFF_CONFIRMATION, detail="no permit")]
    assert found(None, SAILING, rules) == [Breach(C.PERMIT_EXPIRED, detail="no permit")]


@pytest.mark.requirement("D4d-39")
def test_without_a_permit_an_unknown_mode_counts_as_automated_and_by_hand_is_traffic(
    rules: RuleSet,
) -> None:
    assert found(None, DRIVING._replace(control_mode="UNKNOWN"), rules) == [
        Breach(C.PERMIT_EXPIRED, detail="no permit")
    ]
    assert found(None, DRIVING._replace(control_mode="MANUAL"), rules) == []


@pytest.mark.requirement("D4b-11", "D4b-16", "D4d-7")
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), "not begun"),
        (datetime(2026, 1, 1, tzinfo=UTC), None),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), None),
        (datetime(2027, 1, 1, tzinfo=UTC), "expired"),
    ],
)
def test_a_permit_holds_from_its_beginning_until_before_its_end(
    car: Grant, rules: RuleSet, at: datetime, expected: str | None
) -> None:
    seen = found(car, DRIVING._replace(at_s=at.timestamp()), rules)

    assert [breach.detail for breach in seen] == ([expected] if expected else [])


@pytest.mark.requirement("D4b-12", "D4d-7")
def test_a_permit_that_is_not_in_force_is_a_breach_that_names_its_state(
    car: Grant, rules: RuleSet, state: PermitState
) -> None:
    seen = found(replace(car, state=state), DRIVING, rules)

    if state in {PermitState.ACTIVE, PermitState.RENEWAL_PENDING}:
        assert seen == []
    elif state not in {PermitState.CONFIRMED, PermitState.AIRBORNE}:  # no states of a road permit
        assert seen == [Breach(C.PERMIT_EXPIRED, detail=state)]


@pytest.mark.requirement("D4b-25", "D4d-39")
def test_before_its_permit_is_in_force_a_car_may_tell_where_it_is_standing_or_driven_by_hand(
    car: Grant, rules: RuleSet
) -> None:
    issued = replace(car, state=PermitState.ISSUED)

    assert found(issued, DRIVING._replace(moving=False, speed_mps=0.0), rules) == []
    assert found(issued, DRIVING._replace(control_mode="MANUAL"), rules) == []
    assert found(issued, DRIVING, rules) == [Breach(C.PERMIT_EXPIRED, detail="ISSUED")]


@pytest.mark.requirement("D4b-17")
def test_a_permit_whose_renewal_was_not_decided_in_time_goes_on(car: Grant, rules: RuleSet) -> None:
    later = DRIVING._replace(at_s=YEAR_END_S + 86_400)

    assert found(car, later, rules) == [Breach(C.PERMIT_EXPIRED, detail="expired")]
    assert found(replace(car, state=PermitState.RENEWAL_PENDING), later, rules) == []


@pytest.mark.requirement("D4d-15", "D4b-20")
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PermitState.SUBMITTED, [C.NO_TAKEOFF_CONFIRMATION]),
        (PermitState.APPROVED, [C.NO_TAKEOFF_CONFIRMATION]),
        (PermitState.PRE_TAKEOFF_REPORTED, [C.NO_TAKEOFF_CONFIRMATION]),
        (PermitState.CONFIRMED, []),
        (PermitState.AIRBORNE, []),
        (PermitState.LANDED, [C.NO_TAKEOFF_CONFIRMATION]),
        (PermitState.CLOSED, [C.PERMIT_EXPIRED]),
        (PermitState.REVOKED, [C.PERMIT_EXPIRED]),
    ],
)
def test_an_aircraft_in_the_air_needs_a_confirmation(
    flight: Grant, rules: RuleSet, state: PermitState, expected: list[ViolationCode]
) -> None:
    seen = found(replace(flight, state=state), FLYING, rules)

    assert [breach.code for breach in seen] == expected


@pytest.mark.requirement("D4d-39")
@pytest.mark.parametrize(
    ("moving", "expected"),
    [
        (True, Breach(C.NO_TAKEOFF_CONFIRMATION, detail="APPROVED")),
        (False, Breach(C.MISSING_MANDATORY_FIELD, detail="operational_status")),
        (None, Breach(C.MISSING_MANDATORY_FIELD, detail="operational_status")),
    ],
)
def test_an_unconfirmed_aircraft_that_does_not_say_whether_it_flies_is_told(
    flight: Grant, rules: RuleSet, moving: bool | None, expected: Breach
) -> None:
    conduct = FLYING._replace(airborne=None, moving=moving)

    assert found(replace(flight, state=PermitState.APPROVED), conduct, rules) == [expected]


def test_terms_of_a_road_permit_bind_only_once_it_is_in_force(car: Grant, rules: RuleSet) -> None:
    outside = DRIVING._replace(allowed_inside=NOWHERE)

    assert found(replace(car, state=PermitState.APPROVED), outside, rules) == [
        Breach(C.PERMIT_EXPIRED, detail="APPROVED")
    ]


@pytest.mark.requirement("D4a-10")
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PermitState.DRAFT, [C.NO_TAKEOFF_CONFIRMATION]),
        (PermitState.ACTIVE, []),
        (PermitState.CLOSED, [C.PERMIT_EXPIRED]),
    ],
)
def test_a_flight_on_record_in_suitable_airspace_needs_no_confirmation_and_keeps_to_it(
    flight: Grant, rules: RuleSet, state: PermitState, expected: list[ViolationCode]
) -> None:
    kind = PermitKind.SUITABLE_AIRSPACE_FLIGHT
    record = replace(flight, kind=kind, state=state)

    assert [each.code for each in found(record, FLYING, rules)] == expected
    strayed = found(record, FLYING._replace(allowed_inside=NOWHERE), rules)
    assert (C.KEEP_IN_EXIT in [each.code for each in strayed]) == (state is PermitState.ACTIVE)


@pytest.mark.requirement("D4b-20", "D4d-15")
@pytest.mark.parametrize(
    ("from_s", "to_s", "details"),
    [
        (0.0, 1.0, []),
        (-1.0, 0.0, ["flight over"]),
        (0.1, 1.0, ["before take-off"]),
    ],
)
def test_in_the_air_beside_the_hours_that_were_confirmed_is_without_a_confirmation(
    flight: Grant, rules: RuleSet, from_s: float, to_s: float, details: list[str]
) -> None:
    hours = replace(flight, confirmed_from_s=NOON_S + from_s, confirmed_to_s=NOON_S + to_s)
    expected = [Breach(C.NO_TAKEOFF_CONFIRMATION, detail=each) for each in details]
    assert found(hours, FLYING, rules) == expected


@pytest.mark.requirement("D4a-10")
def test_a_record_approves_neither_a_greater_height_nor_to_enter_what_keeps_others_out(
    flight: Grant, rules: RuleSet
) -> None:
    claims = replace(flight.terms, max_height_agl_m=400.0, exempt_zone_ids=frozenset({"k-1"}))
    approved = replace(flight, terms=claims)
    kind, state = PermitKind.SUITABLE_AIRSPACE_FLIGHT, PermitState.ACTIVE
    record = replace(approved, kind=kind, state=state)
    closed = frozenset({"k-1"})
    conduct = FLYING._replace(height_agl_m=120.5, keep_out_inside=closed, authorisable=closed)

    assert found(approved, conduct, rules) == []
    assert [each.code for each in found(record, conduct, rules)] == [
        C.KEEP_OUT_BREACH,
        C.ALTITUDE_OVER_LIMIT,
    ]
    lower = replace(record, terms=replace(claims, max_height_agl_m=50.0))
    assert [each.limit for each in found(lower, FLYING._replace(height_agl_m=50.5), rules)] == [50]


@pytest.mark.requirement("D4a-24")
def test_a_flight_without_an_application_is_confirmed_and_may_enter_what_its_terms_name(
    flight: Grant, rules: RuleSet
) -> None:
    terms = replace(flight.terms, max_height_agl_m=120.0, exempt_zone_ids=frozenset({"k-1"}))
    exempt = replace(flight, kind=PermitKind.EXEMPT_FLIGHT, terms=terms)
    closed = frozenset({"k-1"})
    conduct = FLYING._replace(keep_out_inside=closed, authorisable=closed)

    assert found(exempt, conduct, rules) == []
    for state in (PermitState.APPROVED, PermitState.PRE_TAKEOFF_REPORTED, PermitState.LANDED):
        seen = found(replace(exempt, state=state), FLYING._replace(allowed_inside=NOWHERE), rules)
        assert [each.code for each in seen] == [C.NO_TAKEOFF_CONFIRMATION, C.KEEP_IN_EXIT]
    higher = found(exempt, conduct._replace(height_agl_m=120.5), rules)
    assert [each.code for each in higher] == [C.ALTITUDE_OVER_LIMIT]


def test_an_unconfirmed_flight_is_still_held_against_its_airspace(
    flight: Grant, rules: RuleSet
) -> None:
    seen = found(
        replace(flight, state=PermitState.APPROVED), FLYING._replace(allowed_inside=NOWHERE), rules
    )

    assert [breach.code for breach in seen] == [C.NO_TAKEOFF_CONFIRMATION, C.KEEP_IN_EXIT]


def test_a_flight_that_outlasts_its_permit_is_in_breach(flight: Grant, rules: RuleSet) -> None:
    assert found(flight, FLYING._replace(at_s=YEAR_END_S), rules) == [
        Breach(C.PERMIT_EXPIRED, detail="expired")
    ]


def test_what_is_parked_landed_or_moored_needs_no_permit_and_no_place(rules: RuleSet) -> None:
    assert found(None, DRIVING._replace(moving=False, allowed_inside=NOWHERE), rules) == []
    assert found(None, FLYING._replace(airborne=False), rules) == []
    assert found(None, SAILING._replace(moving=False), rules) == []


@pytest.mark.parametrize(
    ("conduct", "expected"),
    [
        (DRIVING, True),
        (DRIVING._replace(moving=None), True),
        (DRIVING._replace(moving=False), False),
        (FLYING._replace(airborne=None), True),
        (FLYING._replace(moving=False), True),  # it hovers
        (FLYING._replace(airborne=False), False),
    ],
)
def test_a_device_is_on_task_unless_it_is_known_not_to_be(
    conduct: Conduct, *, expected: bool
) -> None:
    assert is_on_task(conduct) is expected


# --- hours, speed, height, mode ---------------------------------------------------------------


@pytest.mark.requirement("D4d-5", "D4b-23")
def test_a_vehicle_under_way_after_its_hours_is_in_breach_and_parked_it_is_not(
    car: Grant, rules: RuleSet
) -> None:
    day = limited(car, hours=(DailyHours(time(8), time(20)),))
    evening = datetime(2026, 6, 1, 20, 0, 1, tzinfo=SHANGHAI).timestamp()

    assert found(day, DRIVING, rules) == []
    assert found(day, DRIVING._replace(at_s=evening), rules) == [Breach(C.OUTSIDE_TIME_WINDOW)]
    assert found(day, DRIVING._replace(at_s=evening, moving=False), rules) == []


@pytest.mark.requirement("D4d-16")
@pytest.mark.parametrize(
    ("clock", "is_forbidden"),
    [("07:29:59", False), ("07:30:00", True), ("08:59:59", True), ("09:00:00", False), ("18:00:00", True)],
)  # fmt: skip
def test_a_low_speed_device_under_way_in_peak_hours_is_in_breach_where_the_rules_forbid_it(
    car: Grant, rules: RuleSet, clock: str, *, is_forbidden: bool
) -> None:
    slow = replace(car, kind=PermitKind.LOW_SPEED_OPERATION)
    seen = DRIVING._replace(at_s=datetime.fromisoformat(f"2026-06-01T{clock}+08:00").timestamp())
    peak = [Breach(C.PEAK_HOUR_RUN)] if is_forbidden else []

    assert found(slow, seen, rules) == peak
    assert found(slow, seen._replace(control_mode="MANUAL"), rules) == peak
    assert found(slow, seen._replace(moving=False), rules) == []
    assert found(car, seen, rules) == [], "other vehicles may be on the road"
    assert found(slow, seen, replace(rules, forbidden_hours=NEVER)) == []
    jumped = {each.code for each in found(slow, seen._replace(flags=frozenset({"jump"})), rules)}
    assert (C.PEAK_HOUR_RUN in jumped) is is_forbidden, "the hour is known, wherever it is"
    assert rules.rule(C.PEAK_HOUR_RUN, "road") == rules.rule(C.OUTSIDE_TIME_WINDOW, "road")


def test_a_transfer_by_hand_is_no_matter_of_hours(car: Grant, rules: RuleSet) -> None:
    day = limited(car, hours=(DailyHours(time(8), time(9)),))
    transfer = DRIVING._replace(allowed_inside=TRANSFER, control_mode="MANUAL")

    assert found(day, transfer, rules) == []


@pytest.mark.requirement("D4d-6")
@pytest.mark.parametrize(
    ("limit_kmh", "speed_kmh", "is_over"),
    [
        (40, 43.0, False),  # 3 km/h are let pass
        (40, 43.1, True),
        (80, 84.0, False),  # 5 % are, where that is more
        (80, 84.1, True),
        (40, float("nan"), True),
    ],
)
def test_the_larger_of_3_kmh_and_5_percent_is_let_pass(
    car: Grant, rules: RuleSet, limit_kmh: float, speed_kmh: float, *, is_over: bool
) -> None:
    conduct = DRIVING._replace(
        speed_limits=(("road", limit_kmh / 3.6),), speed_mps=speed_kmh / 3.6 - 1e-9
    )

    assert bool(found(car, conduct, rules)) is is_over


@pytest.mark.requirement("D4d-6")
@pytest.mark.parametrize(
    ("permit_mps", "zones", "expected"),
    [
        (10.0, (), Breach(C.OVERSPEED, None, 20.0, 10.0)),
        (10.0, (("school", 8.0), ("road", 16.0)), Breach(C.OVERSPEED, "school", 20.0, 8.0)),
        (None, (("road", 16.0),), Breach(C.OVERSPEED, "road", 20.0, 16.0)),
    ],
)
def test_the_strictest_limit_alone_is_named(
    car: Grant,
    rules: RuleSet,
    permit_mps: float | None,
    zones: tuple[tuple[str, float], ...],
    expected: Breach,
) -> None:
    conduct = DRIVING._replace(speed_limits=zones, speed_mps=20.0)

    assert found(limited(car, max_speed_mps=permit_mps), conduct, rules) == [expected]


def test_a_speed_limit_holds_without_a_permit_too(rules: RuleSet) -> None:
    by_hand = DRIVING._replace(control_mode="MANUAL", speed_limits=(("road", 8.0),))

    assert found(None, by_hand, rules) == [Breach(C.OVERSPEED, "road", 10.0, 8.0)]


@pytest.mark.requirement("D4d-9", "D4d-39")
def test_a_limit_that_an_unknown_speed_cannot_be_held_against_is_told(
    car: Grant, rules: RuleSet
) -> None:
    silent = DRIVING._replace(speed_mps=None)

    assert found(car, silent, rules) == []
    assert found(limited(car, max_speed_mps=10.0), silent, rules) == [
        Breach(C.MISSING_MANDATORY_FIELD, detail="speed")
    ]


@pytest.mark.requirement("D4d-41")
def test_more_than_half_over_the_limit_is_critical(rules: RuleSet) -> None:
    assert severity_of(Breach(C.OVERSPEED, None, 15.0, 10.0), "road", rules) is Severity.MAJOR
    assert severity_of(Breach(C.OVERSPEED, None, 15.1, 10.0), "road", rules) is Severity.CRITICAL
    assert severity_of(Breach(C.KEEP_IN_EXIT), "road", rules) is Severity.MAJOR


@pytest.mark.requirement("D4d-14", "D4a-7")
@pytest.mark.parametrize(
    ("approved_m", "height_m", "limit_m"),
    [
        (None, 120.0, None),
        (None, 120.1, 120.0),
        (60.0, 60.1, 60.0),
        (200.0, 150.0, None),  # approved above the general limit
        (200.0, 200.5, 200.0),
        (None, float("nan"), 120.0),
    ],
)
def test_the_approved_top_counts_and_else_120_m_above_ground(
    flight: Grant,
    rules: RuleSet,
    approved_m: float | None,
    height_m: float,
    limit_m: float | None,
) -> None:
    grant = limited(flight, max_height_agl_m=approved_m)
    seen = found(grant, FLYING._replace(height_agl_m=height_m), rules)

    assert [(breach.code, breach.limit) for breach in seen] == (
        [] if limit_m is None else [(C.ALTITUDE_OVER_LIMIT, limit_m)]
    )


@pytest.mark.requirement("D4d-9", "D4d-39")
def test_an_aircraft_whose_height_above_ground_is_unknown_is_told(
    flight: Grant, rules: RuleSet
) -> None:
    assert found(flight, FLYING._replace(height_agl_m=None), rules) == [
        Breach(C.MISSING_MANDATORY_FIELD, detail="height")
    ]


@pytest.mark.requirement("D4d-4", "D4a-5")
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("AUTONOMOUS", []),
        ("REMOTE", [Breach(C.CONTROL_MODE_NOT_PERMITTED, detail="REMOTE")]),
        ("MANUAL", []),  # taking over is always allowed
        ("UNKNOWN", [Breach(C.MISSING_MANDATORY_FIELD, detail="control_mode")]),
    ],
)
def test_remote_driving_needs_a_permit_that_names_it(
    car: Grant, rules: RuleSet, mode: str, expected: list[Breach]
) -> None:
    seated = limited(car, control_modes=frozenset({"AUTONOMOUS"}))

    assert found(seated, DRIVING._replace(control_mode=mode), rules) == expected


def test_an_aircraft_may_always_return_home(flight: Grant, rules: RuleSet) -> None:
    planned = limited(flight, control_modes=frozenset({"AUTONOMOUS"}))

    assert found(planned, FLYING._replace(control_mode="RETURN_HOME"), rules) == []


# --- the message itself -----------------------------------------------------------------------


@pytest.mark.requirement("D4d-9", "D4d-10", "D4d-11", "D4d-12", "D4d-13")
@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("skew", Breach(C.CLOCK_SKEW, None, -9.0, 5.0)),
        ("jump", Breach(C.IMPOSSIBLE_JUMP)),
        ("replayed", Breach(C.REPLAYED_SEQUENCE)),
        ("unregistered", Breach(C.UNREGISTERED_DEVICE)),
        ("missing:speed", Breach(C.MISSING_MANDATORY_FIELD, detail="speed")),
    ],
)
def test_what_is_wrong_with_a_message_is_a_breach_even_when_parked(
    rules: RuleSet, flag: str, expected: Breach
) -> None:
    parked = DRIVING._replace(moving=False, flags=frozenset({flag}), skew_s=-9.0)

    assert found(None, parked, rules) == [expected]


@pytest.mark.requirement("D4d-11")
def test_a_jump_tells_of_itself_and_of_nothing_that_depends_on_the_place(
    car: Grant, rules: RuleSet
) -> None:
    glitch = DRIVING._replace(
        allowed_inside=frozenset(),
        keep_out_inside=frozenset({"prison"}),
        speed_limits=(("school", 1.0),),
        control_mode="REMOTE",
        flags=frozenset({"jump"}),
    )

    assert found(car, glitch, rules) == [Breach(C.IMPOSSIBLE_JUMP)]
    assert {each.code for each in found(None, glitch, rules)} == {
        C.IMPOSSIBLE_JUMP,
        C.PERMIT_EXPIRED,
    }


def test_a_jump_leaves_open_what_depends_on_the_place() -> None:
    assert undecided([Breach(C.IMPOSSIBLE_JUMP)]) == {
        C.KEEP_OUT_BREACH,
        C.KEEP_IN_EXIT,
        C.AUTO_OUTSIDE_AUTHORISED,
        C.CONTROL_MODE_NOT_PERMITTED,
        C.OVERSPEED,
        C.ALTITUDE_OVER_LIMIT,
        C.ROUTE_DEVIATION,
        C.OUTSIDE_TIME_WINDOW,
        C.MISSING_MANDATORY_FIELD,
    }


def test_a_flag_that_nobody_knows_is_not_passed_over(rules: RuleSet) -> None:
    with pytest.raises(ValueError, match="flag 'jmup': expected skew, missing:<field> or one of"):
        found(None, DRIVING._replace(flags=frozenset({"jmup"})), rules)


@pytest.mark.requirement("D4d-13")
@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("unknown_device", C.UNREGISTERED_DEVICE),
        ("revoked_device", C.UNREGISTERED_DEVICE),
        ("wrong_device", C.UNREGISTERED_DEVICE),
        ("malformed", None),
    ],
)
def test_a_refused_message_may_be_a_breach(reason: str, code: ViolationCode | None) -> None:
    assert of_refusal(reason) == (Breach(code, detail=reason) if code else None)


@pytest.mark.requirement("D4d-39")
def test_what_is_missing_leaves_open_what_depends_on_it() -> None:
    def gap(name: str) -> frozenset[ViolationCode]:
        return undecided([Breach(C.MISSING_MANDATORY_FIELD, detail=name)])

    assert gap("height") == {
        C.ALTITUDE_OVER_LIMIT, C.KEEP_IN_EXIT, C.KEEP_OUT_BREACH, C.ROUTE_DEVIATION
    }  # fmt: skip
    assert gap("speed") == {C.OVERSPEED}
    assert C.KEEP_IN_EXIT in gap("position")
    assert gap("battery") == frozenset()
    assert undecided([Breach(C.KEEP_IN_EXIT)]) == frozenset()


def test_every_code_that_is_called_raised_is_yielded_here_but_silence() -> None:
    # Silence has no message to be seen in: the watch's tick raises it.
    text = inspect.getsource(compliance)

    assert {code for code in RAISED if f"_C.{code}" not in text} == {C.TELEMETRY_SILENCE}
