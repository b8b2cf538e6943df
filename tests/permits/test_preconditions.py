"""Preconditions: each met, not met and unknown, with the figures at their edges."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.application import DriverMode, Escalator
from permits.condition import Verdict
from permits.coverage import LineDriven
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.driven_days import Account, DaysDriven
from permits.entries import PersonRole, VehicleCategory
from permits.flight_conflicts import most_at_once
from permits.link_test import Latest
from permits.mileage import (
    NOT_KNOWN,
    NOTHING_TOLD,
    Driven,
    Measured,
    with_measured,
    with_recognised,
)
from permits.people_preconditions import years_between
from permits.permit import PermitAction, PermitKind
from permits.precondition_codes import Gate, PreconditionCode
from permits.precondition_facts import (
    Anew,
    EarlierPermit,
    HeardOf,
    Known,
    OnRecord,
    Origin,
    Source,
    Subject,
)
from permits.precondition_words import (
    GATES,
    NAMES,
    RESULTS,
    PreconditionsNotMet,
    finding_said,
    gate_name,
    precondition_name,
    result_name,
    source_said,
)
from permits.preconditions import ASKED, finding, findings, in_the_way_of, law_of
from permits.recognition import RecognisedFacts
from permits.rule_words import Language
from permits.sheet import Sheet, read_sheet
from permits.terms import DailyHours
from tests.permits.lives import local
from tests.permits.preconditions import (
    ANN,
    BOAT,
    CAR,
    ENDS,
    FIRM,
    KITE,
    NOW,
    PERMIT,
    attested,
    boat,
    came_of,
    corridor,
    days_on,
    drone,
    earlier,
    flight,
    known,
    paper,
    person,
    vehicle,
    with_attestation,
)

Load = Callable[[str], str]
mark = pytest.mark
C, D, K, M, R = PreconditionCode, DocumentKind, PermitKind, DriverMode, PersonRole
REMOTE = M.REMOTE_DRIVERLESS
MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


def liability(amount_cny: float, last: date = ENDS) -> Any:
    return paper(D.LIABILITY_INSURANCE, CAR, amount_cny=amount_cny, valid_to=last)


def letter(amount_cny: float) -> Any:
    return paper(D.GUARANTEE_LETTER, FIRM, amount_cny=amount_cny)


def seats(amount_cny: float) -> Any:
    return paper(D.SEAT_INSURANCE, CAR, amount_cny=amount_cny)


def driven(**said: Any) -> Subject:
    return vehicle(driven=Driven(**said))


def operation(*subjects: Subject, **more: Any) -> Known:
    return known(*subjects, kind=K.DEMO_OPERATION, **more)


def remote(**said: Any) -> Subject:
    papers = [
        paper(D.TRAINING_RECORD, ANN, training_h=said.pop("training_h", None)),
        paper(D.REMOTE_PRACTICE, ANN, remote_h=said.pop("remote_h", None)),
    ]
    return person(*papers, role=R.REMOTE_OPERATOR, **said)


def heard(
    subject: Subject, *, hours: float = 8.0, per_minute: float = 60.0, **said: Any
) -> Subject:
    """Have the platform hear the device of something for so long, so often."""
    of = HeardOf(
        device_id="device-1", first=date(2026, 5, 1), last=date(2026, 5, 3),
        reports=round(hours * 60 * per_minute), online_s=hours * 3600, **said,
    )  # fmt: skip
    return replace(subject, heard=of)


def fly(*subjects: Subject, **more: Any) -> Known:
    return known(*subjects, kind=K.FLIGHT_ACTIVITY, **more)


def pilot(**said: Any) -> Subject:
    return person(paper(D.PILOT_LICENCE, ANN, **said), role=R.PILOT)


def record(cycles: float | None, years: float | None, **said: Any) -> Any:
    return paper(D.DRIVING_RECORD, ANN, clean_cycles=cycles, clean_years=years, **said)


def suitable(escalators: frozenset[Escalator] | None, devices: int = 1) -> Known:
    flown = frozenset(f"drone-{each}" for each in range(devices))
    found = known(drone(), kind=K.SUITABLE_AIRSPACE_FLIGHT, terms={"device_ids": flown})
    return replace(found, application=replace(found.application, escalators=escalators))


def recorded(**given: Any) -> Known:
    said: dict[str, Any] = {"zone_ids": frozenset({"park"})} | given
    classes = {"park": "experience_zone", "base": "airspace"}
    return known(drone(), kind=K.SUITABLE_AIRSPACE_FLIGHT, terms=said, segment_classes=classes)


def spared(**given: Any) -> Known:
    return known(drone(realname_id="UAS00000001"), kind=K.EXEMPT_FLIGHT, terms=given)


def booked(zone_id: str | None, height_m: float, **more: Any) -> Known:
    zones = frozenset(() if zone_id is None else (zone_id,))
    route = corridor(31.0) if zone_id is None else None
    terms = {"zone_ids": zones, "corridor": route, "max_height_agl_m": height_m}
    return known(drone(), kind=K.TEST_BASE_USE, terms=terms, **more)


def sail(*subjects: Subject, **more: Any) -> Known:
    return known(*subjects, kind=K.VESSEL_TRIAL, **more)


def hours(start: str, end: str) -> dict[str, Any]:
    first, last = (local(f"2026-01-05 {each}").time() for each in (start, end))
    return {"terms": {"hours": (DailyHours(first, last),)}}


COMPULSORY = paper(D.COMPULSORY_INSURANCE, CAR)
RUN_OUT = {"valid_to": days_on(NOW.date(), -1)}
LOW_SPEED: dict[str, Any] = {"category": VehicleCategory.LOW_SPEED, "vin": None, "code": "L-1"}


def row(
    shows: pytest.MarkDecorator,
    code: PreconditionCode,
    *,
    met: Known,
    not_met: Known,
    unknown: Known,
    rules: str = "shanghai-default",
) -> ParameterSet:
    return pytest.param(code, rules, (met, not_met, unknown), id=code.value, marks=shows)


def told_by_a_person(
    shows: pytest.MarkDecorator, code: PreconditionCode, found: Known
) -> ParameterSet:
    met, not_met = (with_attestation(found, code, met=each) for each in (True, False))
    return row(shows, code, met=met, not_met=not_met, unknown=found)


ROWS = (
    row(
        mark.requirement("D4c-1"),
        C.RULESET_IN_FORCE,
        met=known(rules_in_force=True),
        not_met=known(rules_in_force=False),
        unknown=known(),
    ),
    row(
        mark.requirement("D4c-2"),
        C.INS_COVER_GE_5M,
        met=known(vehicle(liability(5_000_000))),
        not_met=known(vehicle(liability(4_999_999.99))),
        unknown=known(vehicle()),
    ),
    row(
        mark.requirement("D4c-3"),
        C.INS_END_GE_PERMIT_END,
        met=known(vehicle(liability(5e6), COMPULSORY)),
        not_met=known(vehicle(liability(5e6, days_on(ENDS, -1)), COMPULSORY)),
        unknown=known(vehicle(liability(5e6))),
    ),
    row(
        mark.requirement("D4c-4"),
        C.SEAT_INS_IF_PASSENGER,
        met=known(vehicle(seats(1_000_000))),
        not_met=known(vehicle(seats(999_999))),
        unknown=known(vehicle()),
    ),
    row(
        mark.requirement("D4c-5"),
        C.COMPULSORY_INS,
        met=known(vehicle(COMPULSORY)),
        not_met=known(vehicle(paper(D.COMPULSORY_INSURANCE, CAR, **RUN_OUT))),
        unknown=known(vehicle()),
    ),
    row(
        mark.requirement("D4c-6"),
        C.INSPECTION_VALID,
        met=known(vehicle(paper(D.SAFETY_INSPECTION, CAR, valid_to=date(2026, 7, 1)))),
        not_met=known(vehicle(paper(D.SAFETY_INSPECTION, CAR, valid_to=date(2026, 6, 30)))),
        unknown=known(vehicle()),
    ),
    row(
        mark.requirement("D4c-7"),
        C.TEST_HOURS_GE_240_OR_KM_GE_1000,
        met=known(driven(automated_h=240.0)),
        not_met=known(driven(automated_h=239.9, automated_km=999.9)),
        unknown=known(driven(automated_h=239.9)),
    ),
    row(
        mark.requirement("D4c-8"),
        C.FLEET_KM_GE,
        met=operation(driven(total_km=200_000.0)),
        not_met=operation(driven(total_km=199_999.9)),
        unknown=operation(driven(total_km=200_000.0), driven()),
    ),
    row(
        mark.requirement("D4c-9"),
        C.VEHICLE_KM_GE,
        met=operation(driven(total_km=5000.0)),
        not_met=operation(driven(total_km=300_000.0), driven(total_km=4999.0)),
        unknown=operation(driven(total_km=5000.0), driven()),
    ),
    row(
        mark.requirement("D4c-10"),
        C.ROUTE_COVERAGE_100,
        met=operation(
            driven(zone_ids=frozenset({"z-1"})), driven(zone_ids=frozenset({"z-2", "z-9"}))
        ),
        not_met=operation(driven(zone_ids=frozenset({"z-1"}))),
        unknown=operation(driven(zone_ids=frozenset({"z-1"})), driven()),
    ),
    row(
        mark.requirement("D4c-11"),
        C.SUPERVISED_RIDES_GE,
        met=operation(driven(supervised_rides=4), driven(supervised_rides=6)),
        not_met=operation(driven(supervised_rides=9)),
        unknown=operation(driven()),
    ),
    row(
        mark.requirement("D4c-12"),
        C.ZERO_TAKEOVER_RIDES,
        met=operation(driven(takeovers=0)),
        not_met=operation(driven(takeovers=1)),
        unknown=operation(driven()),
    ),
    row(
        mark.requirement("D4c-13"),
        C.NO_AT_FAULT_ACCIDENT,
        met=known(driven(at_fault_accidents=0)),
        not_met=known(driven(at_fault_accidents=0), driven(at_fault_accidents=1)),
        unknown=known(driven()),
    ),
    row(
        mark.requirement("D4c-14"),
        C.NO_TRAFFIC_VIOLATION,
        met=known(driven(traffic_violations=0)),
        not_met=known(driven(traffic_violations=1)),
        unknown=known(driven()),
    ),
    row(
        mark.requirement("D4c-15"),
        C.SEGMENTS_SUBSET_TESTED,
        met=known(earlier=(earlier(zone_ids=frozenset({"z-1", "z-2", "z-3"})),)),
        not_met=known(earlier=(earlier(zone_ids=frozenset({"z-1"})),)),
        unknown=known(),
    ),
    row(
        mark.requirement("D4c-16"),
        C.SEGMENT_CLASS_ALLOWED_FOR_STAGE,
        met=known(segment_classes={"z-1": "test_road_urban", "z-2": "test_road_expressway"}),
        not_met=known(segment_classes={"z-1": "runway"}),
        unknown=known(segment_classes={"z-1": "test_road_urban"}),
    ),
    row(
        mark.requirement("D4c-17"),
        C.STAGE_ORDER,
        met=operation(earlier=(earlier(), earlier(K.DEMO_APPLICATION))),
        not_met=operation(earlier=(earlier(),)),
        unknown=operation(),
    ),
    row(
        mark.requirement("D4c-18"),
        C.RISK_ORDER,
        met=known(
            segment_classes={"z-1": "test_area", "z-2": "test_road_urban", "e": "test_area"},
            earlier=(earlier(zone_ids=frozenset({"e"})),),
        ),
        not_met=known(
            segment_classes={"z-1": "test_area", "z-2": "test_road_expressway", "e": "test_area"},
            earlier=(earlier(zone_ids=frozenset({"e"})),),
        ),
        unknown=known(segment_classes={"z-1": "test_area"}, earlier=()),
        rules="lingang",
    ),
    row(
        mark.requirement("D4c-19"),
        C.DRIVERLESS_AREA,
        met=with_attestation(
            known(mode=REMOTE, earlier=(earlier(K.DEMO_APPLICATION),)), C.DRIVERLESS_AREA
        ),
        not_met=known(mode=REMOTE, earlier=(earlier(K.DEMO_APPLICATION, driver_mode=REMOTE),)),
        unknown=known(mode=REMOTE, earlier=(earlier(K.DEMO_APPLICATION),)),
        rules="pudong",
    ),
    row(
        mark.requirement("D4c-20"),
        C.OFFICER_LICENCE_3Y,
        met=known(person(licensed_since=date(2023, 7, 1))),
        not_met=known(person(licensed_since=date(2023, 7, 2))),
        unknown=known(person()),
    ),
    row(
        mark.requirement("D4c-21"),
        C.OFFICER_CLEAN_RECORD,
        met=known(person(record(3, 1))),
        not_met=known(person(record(2, 5))),
        unknown=known(person(record(3, None))),
    ),
    row(
        mark.requirement("D4c-22"),
        C.OFFICER_TRAINING_40H,
        met=known(remote(training_h=40.0), mode=REMOTE),
        not_met=known(remote(training_h=39.9), mode=REMOTE),
        unknown=known(remote(), mode=REMOTE),
    ),
    row(
        mark.requirement("D4c-23"),
        C.REMOTE_OPS_100H,
        met=known(remote(remote_h=100.0), mode=REMOTE),
        not_met=known(remote(remote_h=99.9), mode=REMOTE),
        unknown=known(remote(), mode=REMOTE),
    ),
    row(
        mark.requirement("D4c-24"),
        C.OFFICER_RATIO,
        met=known(remote(), *(vehicle(entry_id=f"S-{n}") for n in range(3)), mode=REMOTE),
        not_met=known(remote(), *(vehicle(entry_id=f"S-{n}") for n in range(4)), mode=REMOTE),
        unknown=known(vehicle(), mode=REMOTE),
    ),
    row(
        mark.requirement("D4c-25"),
        C.THIRD_PARTY_REPORT_VALID,
        met=known(vehicle(paper(D.THIRD_PARTY_REPORT, CAR, valid_to=None))),
        not_met=known(vehicle(paper(D.THIRD_PARTY_REPORT, CAR, **RUN_OUT))),
        unknown=known(vehicle()),
    ),
    row(
        mark.requirement("D4c-26"),
        C.SAME_CONFIG,
        met=known(vehicle(), vehicle(entry_id="S-2")),
        not_met=known(
            vehicle(),
            vehicle(paper(D.SAME_CONFIGURATION, CAR, **RUN_OUT), software_version="2"),
        ),
        unknown=known(vehicle(), vehicle(entry_id="S-2", software_version="2")),
    ),
    row(
        mark.requirement("D4c-27"),
        C.VEHICLE_CAP,
        met=operation(*(vehicle(entry_id=f"S-{n}") for n in range(5)), earlier=()),
        not_met=operation(*(vehicle(entry_id=f"S-{n}") for n in range(6)), earlier=()),
        unknown=operation(vehicle()),
    ),
    row(
        mark.requirement("D4c-28"),
        C.DATA_LINK_TEST_PASSED,
        met=known(heard(vehicle(), hours=8.0, per_minute=50.0)),
        not_met=with_attestation(
            known(heard(vehicle(), hours=7.9)), C.DATA_LINK_TEST_PASSED, met=False
        ),
        unknown=known(heard(vehicle(), hours=8.0, per_minute=49.0)),
    ),
    told_by_a_person(mark.requirement("D4c-29"), C.NETSEC_ASSESSED, known(vehicle())),
    told_by_a_person(mark.requirement("D4c-30"), C.DATA_STORED_IN_CHINA, known()),
    told_by_a_person(mark.requirement("D4c-31"), C.NO_DANGEROUS_GOODS, known()),
    row(
        mark.requirement("D4c-32"),
        C.TRANSPORT_LICENCE,
        met=operation(firm_proofs=(paper(D.TRANSPORT_LICENCE, FIRM),)),
        not_met=operation(firm_proofs=(paper(D.TRANSPORT_LICENCE, FIRM, **RUN_OUT),)),
        unknown=operation(),
    ),
    row(
        mark.requirement("D4c-33"),
        C.REALNAME_ACTIVE,
        met=fly(drone(realname_id="UAS00000001")),
        not_met=fly(drone(paper(D.REALNAME_REGISTRATION, KITE, **RUN_OUT))),
        unknown=fly(drone()),
    ),
    row(
        mark.requirement("D4c-34"),
        C.UA_CLASS_MATCH,
        met=known(drone(), kind=K.SUITABLE_AIRSPACE_FLIGHT),
        not_met=known(drone(takeoff_mass_kg=25.1), kind=K.SUITABLE_AIRSPACE_FLIGHT),
        unknown=known(drone(keeps_airspace=None), kind=K.TEST_BASE_USE),
    ),
    row(
        mark.requirement("D4c-35"),
        C.OPERATOR_CERT,
        met=fly(drone(), firm_proofs=(paper(D.OPERATOR_CERTIFICATE, FIRM),)),
        not_met=fly(drone(), firm_proofs=(paper(D.OPERATOR_CERTIFICATE, FIRM, **RUN_OUT),)),
        unknown=fly(drone()),
    ),
    row(
        mark.requirement("D4c-36"),
        C.PILOT_LICENCE,
        met=fly(drone(), pilot(grade="小型")),
        not_met=fly(drone(), pilot(grade="small", **RUN_OUT)),
        unknown=fly(drone(), person(role=R.PILOT)),
    ),
    row(
        mark.requirement("D4c-37"),
        C.LIABILITY_INS,
        met=fly(drone(paper(D.LIABILITY_INSURANCE, KITE))),
        not_met=fly(drone(paper(D.LIABILITY_INSURANCE, KITE, **RUN_OUT))),
        unknown=fly(drone()),
    ),
    row(
        mark.requirement("D4c-38"),
        C.REMOTE_ID_OK,
        met=fly(heard(drone(), remote_id_status=2)),
        not_met=fly(heard(drone(), hours=0.1, remote_id_status=4)),
        unknown=fly(heard(drone(), hours=7.9, remote_id_status=2)),
    ),
    row(
        mark.requirement("D4c-39"),
        C.FENCE_DATA_FRESH,
        met=fly(heard(drone(), fence_version=41), fence_revision=41),
        not_met=with_attestation(
            fly(heard(drone()), fence_revision=41), C.FENCE_DATA_FRESH, met=False
        ),
        unknown=fly(heard(drone()), fence_revision=41),
    ),
    row(
        mark.requirement("D4c-40"),
        C.AIRSPACE_CAPACITY,
        met=fly(
            terms={"zone_ids": frozenset({"botanical-garden"})},
            flights=(flight(zone_ids=frozenset({"botanical-garden"}), devices=29),),
        ),
        not_met=fly(
            terms={"zone_ids": frozenset({"botanical-garden"})},
            flights=(flight(zone_ids=frozenset({"botanical-garden"}), devices=30),),
        ),
        unknown=fly(),
    ),
    row(
        mark.requirement("D4c-41"),
        C.NO_4D_CONFLICT,
        met=fly(
            terms={"corridor": corridor(31.0), "zone_ids": frozenset()},
            flights=(flight(corridor=corridor(31.001), zone_ids=frozenset()),),
        ),
        not_met=fly(
            terms={"corridor": corridor(31.0), "zone_ids": frozenset()},
            flights=(flight(corridor=corridor(31.0005), zone_ids=frozenset()),),
        ),
        unknown=fly(flights=(flight(),)),
    ),
    row(
        mark.requirement("D4c-42"),
        C.CUTOFF_12H,
        met=fly(cut_off=local("2026-06-30 12:00"), handed_in_at=local("2026-06-30 12:00")),
        not_met=fly(cut_off=local("2026-06-30 12:00"), handed_in_at=local("2026-06-30 12:01")),
        unknown=fly(),
    ),
    row(
        mark.requirement("D4c-43"),
        C.ALT_LE_120_OR_APPROVED,
        met=fly(terms={"max_height_agl_m": 120.0}),
        not_met=with_attestation(
            fly(terms={"max_height_agl_m": 120.1}), C.ALT_LE_120_OR_APPROVED, met=False
        ),
        unknown=fly(terms={"max_height_agl_m": 120.1}),
    ),
    row(
        mark.requirement("D4c-55", "D4e-8"),
        C.LOG_ON_BOARD,
        met=fly(drone(log_interval_s=10.0, log_h=120.0)),
        not_met=fly(drone(log_interval_s=10.0, log_h=119.0)),
        unknown=fly(drone(log_interval_s=10.0)),
    ),
    row(
        mark.requirement("D4c-44"),
        C.ART31_ESCALATORS_ABSENT,
        met=suitable(escalators=frozenset()),
        not_met=suitable(escalators=frozenset({Escalator.RELAY})),
        unknown=suitable(escalators=None),
    ),
    row(
        mark.requirement("D4c-52"),
        C.IN_TEST_BASE,
        met=booked("air-qingpu", 150.0),
        not_met=booked("air-qingpu", 150.1),
        unknown=booked(None, 100.0),
    ),
    row(
        mark.requirement("D4c-45"),
        C.AIS_ON,
        met=sail(heard(boat(10.0), ais_on=True)),
        not_met=sail(heard(boat(10.0), hours=0.1, ais_on=False)),
        unknown=sail(heard(boat(10.0))),
    ),
    row(
        mark.requirement("D4c-53"),
        C.IN_SUITABLE_AIRSPACE,
        met=recorded(),
        not_met=recorded(zone_ids=frozenset({"base"})),
        unknown=recorded(zone_ids=frozenset({"nowhere on the map"})),
    ),
    told_by_a_person(mark.requirement("D4c-56"), C.ART31_EXEMPT, spared()),
    row(
        mark.requirement("D4c-54"),
        C.PERIOD_LE_CAP,
        met=recorded(),
        not_met=recorded(valid_to=local("2027-07-01 00:01")),
        unknown=fly(),
    ),
    row(
        mark.requirement("D4c-46"),
        C.MSA_NOTICE_10WD,
        met=sail(notice_wd=10),
        not_met=sail(notice_wd=9),
        unknown=sail(),
    ),
    row(
        mark.requirement("D4c-47"),
        C.WARNING_ID,
        met=sail(warning_id="沪航警 7"),
        not_met=with_attestation(sail(), C.WARNING_ID, met=False),
        unknown=sail(own_proofs=(paper(D.NAVIGATIONAL_WARNING, PERMIT, **RUN_OUT),)),
    ),
    row(
        mark.requirement("D4c-48"),
        C.LENGTH_BAND,
        met=sail(boat(5.0)),
        not_met=sail(boat(20.0)),
        unknown=sail(),
    ),
    told_by_a_person(mark.requirement("D4c-49"), C.CHART_EDITION_CURRENT, sail(boat(10.0))),
    row(
        mark.requirement("D4c-50"),
        C.TIME_WINDOW,
        met=operation(**hours("08:00", "20:00")),
        not_met=operation(**hours("08:00", "20:01")),
        unknown=operation(),
        rules="lingang",
    ),
    row(
        mark.requirement("D4c-51"),
        C.WEATHER_LIMITS,
        met=fly(terms={"max_wind_mps": 8.0}),
        not_met=with_attestation(fly(), C.WEATHER_LIMITS, met=False),
        unknown=fly(),
    ),
)


@pytest.fixture(scope="session")
def sheet_of(load: Load) -> Callable[[str], Sheet]:
    return cache(lambda name: read_sheet(load(name), load))


@pytest.mark.parametrize(("code", "rules", "cases"), ROWS)
def test_each_is_met_not_met_or_unknown(
    sheet_of: Callable[[str], Sheet],
    code: PreconditionCode,
    rules: str,
    cases: tuple[Known, Known, Known],
) -> None:
    sheet = sheet_of(rules)
    met, not_met, unknown = (came_of(code, each, sheet) for each in cases)

    assert (met, not_met) == (MET, NOT_MET)
    # Hours that nobody limits are those of the whole week, and a place of which nobody knows
    # that it is suitable is none that is: both are always known.
    settled = code in {C.TIME_WINDOW, C.IN_SUITABLE_AIRSPACE}
    assert unknown is (NOT_MET if settled else UNKNOWN)


def test_every_code_has_a_row_a_name_in_two_languages_and_something_that_it_is_asked_about() -> (
    None
):
    assert Counter(each.values[0] for each in ROWS) == Counter(PreconditionCode)
    assert NAMES.keys() == ASKED.keys() == set(PreconditionCode)
    for names in (*NAMES.values(), *RESULTS.values(), *GATES.values()):
        assert len(set(names)) == 2
    assert RESULTS.keys() == set(Verdict)
    assert GATES.keys() == set(Gate)


@pytest.mark.requirement("D4c-44")
@pytest.mark.parametrize(
    ("declared", "devices", "expected"),
    [
        (frozenset(), 1, MET),
        (frozenset(), 2, NOT_MET),
        (None, 2, NOT_MET),
        (frozenset({Escalator.SWARM}), 1, NOT_MET),
        (frozenset(set(Escalator) - {Escalator.SWARM}), 1, NOT_MET),
        (None, 1, UNKNOWN),
    ],
)
def test_a_swarm_follows_from_the_number_of_aircraft_and_the_rest_is_declared(
    sheet_of: Callable[[str], Sheet],
    declared: frozenset[Escalator] | None,
    devices: int,
    expected: Verdict,
) -> None:
    found = suitable(declared, devices)
    assert came_of(C.ART31_ESCALATORS_ABSENT, found, sheet_of("shanghai-default")) is expected


@pytest.mark.requirement("D4c-37")
@pytest.mark.parametrize(
    ("commercial", "said", "expected"),
    [
        (False, {"empty_mass_kg": 0.2, "takeoff_mass_kg": 0.24, "max_speed_kmh": 30.0}, MET),
        (True, {"empty_mass_kg": 0.2, "takeoff_mass_kg": 0.24, "max_speed_kmh": 30.0}, UNKNOWN),
        (None, {"empty_mass_kg": 0.2, "takeoff_mass_kg": 0.24, "max_speed_kmh": 30.0}, UNKNOWN),
        (False, {}, UNKNOWN),  # a small one, which is always insured
    ],
)
def test_a_private_aircraft_of_a_small_class_flies_uninsured(
    commercial: bool | None,
    said: dict[str, Any],
    expected: Verdict,
    sheet_of: Callable[[str], Sheet],
) -> None:
    found = fly(drone(**said))
    private = replace(found, application=replace(found.application, commercial=commercial))
    sheet = sheet_of("shanghai-default")
    assert came_of(C.LIABILITY_INS, private, sheet) is expected
    assert came_of(C.INS_END_GE_PERMIT_END, private, sheet) is expected


@pytest.mark.requirement("D4a-10", "D4c-53")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, MET),
        ({"zone_ids": frozenset({"park", "base"})}, NOT_MET),
        ({"zone_ids": frozenset({"nowhere on the map"})}, NOT_MET),
        ({"zone_ids": frozenset(), "corridor": corridor(31.0)}, NOT_MET),
        ({"exempt_zone_ids": frozenset({"a control area"})}, NOT_MET),
    ],
)
def test_a_record_is_of_suitable_airspace_alone_and_lifts_no_prohibition(
    given: dict[str, Any], expected: Verdict, sheet_of: Callable[[str], Sheet]
) -> None:
    sheet = sheet_of("shanghai-default")
    assert came_of(C.IN_SUITABLE_AIRSPACE, recorded(**given), sheet) is expected


FIELDS: dict[str, Any] = {
    "agricultural": True, "takeoff_mass_kg": 60.0, "max_height_agl_m": 30.0, "max_speed_kmh": 50.0,
    "radius_m": 2000.0,
}  # fmt: skip


@pytest.mark.requirement("D4a-10", "D4c-53")
@pytest.mark.parametrize(
    ("said", "zones", "expected"),
    [
        (FIELDS, {"base"}, MET),
        (FIELDS | {"max_height_agl_m": 31.0}, {"base"}, NOT_MET),
        (FIELDS | {"radius_m": None}, {"base"}, NOT_MET),  # so it is a medium one
        (FIELDS | {"agricultural": False}, {"base"}, NOT_MET),
        (FIELDS | {"agricultural": False}, {"park"}, MET),
    ],
)
def test_work_over_fields_asks_for_no_application_wherever_they_lie(
    said: dict[str, Any], zones: set[str], expected: Verdict, sheet_of: Callable[[str], Sheet]
) -> None:
    sheet = sheet_of("shanghai-default")
    found = replace(recorded(zone_ids=frozenset(zones)), subjects=(drone(**said),))
    assert came_of(C.IN_SUITABLE_AIRSPACE, found, sheet) is expected
    lifts = recorded(zone_ids=frozenset(zones), exempt_zone_ids=frozenset({"a control area"}))
    forbidden = replace(lifts, subjects=(drone(**said),))
    assert came_of(C.IN_SUITABLE_AIRSPACE, forbidden, sheet) is NOT_MET


@pytest.mark.requirement("D4a-10", "D4c-54")
@pytest.mark.parametrize(
    ("ends", "expected"), [("2027-07-01 00:00", MET), ("2027-07-01 00:01", NOT_MET)]
)
def test_a_record_lasts_no_longer_than_its_kind_may(
    ends: str, expected: Verdict, sheet_of: Callable[[str], Sheet]
) -> None:
    """From 2026-07-01: a year."""
    sheet = sheet_of("shanghai-default")
    assert came_of(C.PERIOD_LE_CAP, recorded(valid_to=local(ends)), sheet) is expected


@pytest.mark.requirement("D4a-10", "D4c-43")
def test_nobody_approves_a_greater_height_of_a_record(sheet_of: Callable[[str], Sheet]) -> None:
    code, sheet = C.ALT_LE_120_OR_APPROVED, sheet_of("shanghai-default")
    assert came_of(code, recorded(max_height_agl_m=120.0), sheet) is MET
    higher = recorded(max_height_agl_m=120.1)
    assert came_of(code, with_attestation(higher, code, met=True), sheet) is NOT_MET


@pytest.mark.requirement("D4a-24", "D4c-43")
@pytest.mark.parametrize(("height_m", "expected"), [(90.0, MET), (90.1, NOT_MET)])
def test_the_height_without_an_application_is_the_rule_sets_and_no_person_lifts_it(
    height_m: float, expected: Verdict, load: Load
) -> None:
    code = C.ALT_LE_120_OR_APPROVED
    lower = "\n[flight]\nexempt_authority_max_agl_m = 90\n"
    found = with_attestation(spared(max_height_agl_m=height_m), code, met=True)
    assert came_of(code, found, read_sheet(load("shanghai-default") + lower, load)) is expected


@pytest.mark.requirement("D4a-24", "D4c-56")
def test_who_may_say_that_an_application_is_spared_is_asked_before_it_is_on_record(
    sheet_of: Callable[[str], Sheet],
) -> None:
    sheet, whole = sheet_of("shanghai-default"), spared()
    whole = replace(whole, application=replace(whole.application, escalators=frozenset()))
    law = law_of(whole, sheet)

    def refusing(found: Known) -> list[PreconditionCode]:
        told = in_the_way_of(Gate.GRANT, findings(found, sheet), law)
        return [each.code for each in told]

    assert refusing(whole) == [C.ART31_EXEMPT], "unknown refuses"
    assert refusing(with_attestation(whole, C.ART31_EXEMPT, met=False)) == [C.ART31_EXEMPT]
    assert refusing(with_attestation(whole, C.ART31_EXEMPT, met=True)) == []


@pytest.mark.requirement("D4a-9")
@pytest.mark.parametrize(
    ("rules", "zone_id", "height_m", "expected"),
    [
        ("shanghai-default", "air-jinshan", 150.0, MET),
        ("shanghai-default", "air-pudong-west", 50.0, NOT_MET),
        ("shanghai-default", "air-lingang-a", 50.0, NOT_MET),
        ("lingang", "air-lingang-a", 200.0, MET),
        ("lingang", "air-lingang-b", 200.5, NOT_MET),
        ("xiangyang", "air-qingpu", 50.0, UNKNOWN),
    ],
)
def test_a_booking_lies_within_a_base_of_the_place_and_no_higher(
    sheet_of: Callable[[str], Sheet],
    rules: str,
    zone_id: str,
    height_m: float,
    expected: Verdict,
) -> None:
    assert came_of(C.IN_TEST_BASE, booked(zone_id, height_m), sheet_of(rules)) is expected


@pytest.mark.requirement("D4a-9")
@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        ({}, "air-qingpu", NOT_MET),
        ({"zone_ids": frozenset({"air-qingpu", "road-1"})}, "air-qingpu", NOT_MET),
        ({"valid_from": local("2027-01-01 00:00"), "valid_to": local("2027-02-01 00:00")}, "air-qingpu", MET),
        ({"near": False, "zone_ids": frozenset({"air-jinshan"})}, "air-qingpu", MET),
    ],
)  # fmt: skip
def test_a_slot_of_a_base_is_booked_once(
    sheet_of: Callable[[str], Sheet], theirs: dict[str, Any], ours: str, expected: Verdict
) -> None:
    other = flight(**({"zone_ids": frozenset({"air-qingpu"})} | theirs))
    found = booked(ours, 100.0, flights=(other,))
    assert came_of(C.NO_4D_CONFLICT, found, sheet_of("shanghai-default")) is expected


@pytest.mark.requirement("D4c-36")
@pytest.mark.parametrize(
    ("take_off_kg", "grade", "expected"),
    [
        (20.0, "small", MET),
        (20.0, " Large ", MET),
        (100.0, "small", NOT_MET),
        (100.0, "中型", MET),
        (300.0, "中型", NOT_MET),
        (300.0, "large", MET),
        (20.0, "VLOS", UNKNOWN),
        (20.0, None, UNKNOWN),
    ],
)
def test_the_grade_of_a_licence_is_one_for_the_class_of_the_aircraft(
    sheet_of: Callable[[str], Sheet], take_off_kg: float, grade: str | None, expected: Verdict
) -> None:
    found = fly(
        drone(empty_mass_kg=take_off_kg / 2, takeoff_mass_kg=take_off_kg), pilot(grade=grade)
    )
    assert came_of(C.PILOT_LICENCE, found, sheet_of("shanghai-default")) is expected


@pytest.mark.requirement("D4c-21")
def test_the_latest_record_that_counts_says_how_clean_it_is(
    sheet_of: Callable[[str], Sheet],
) -> None:
    def came(*records: Any) -> Verdict:
        return came_of(
            C.OFFICER_CLEAN_RECORD, known(person(*records)), sheet_of("shanghai-default")
        )

    old = {"valid_from": date(2025, 1, 1)}
    assert came(record(3, 1, **old), record(0, 1)) is NOT_MET
    assert came(record(0, 0, **old), record(3, 1)) is MET
    assert came(record(3, 1, **old), record(0, 1, **RUN_OUT)) is MET, (
        "one that has run out says nothing"
    )
    assert came(record(3, 0.9)) is NOT_MET


@pytest.mark.requirement("D4c-22")
@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([(50.0, 40.0)], MET),
        ([(49.9, 40.0)], NOT_MET),
        ([(90.0, 39.9)], NOT_MET),
        ([(30.0, 20.0), (20.0, 20.0), (None, None)], MET),
        ([(None, None)], UNKNOWN),
    ],
)
def test_shanghai_asks_what_experience_an_officer_has_with_the_system(
    sheet_of: Callable[[str], Sheet],
    hours: list[tuple[float | None, float | None]],
    expected: Verdict,
) -> None:
    records = [
        paper(D.TRAINING_RECORD, ANN, training_h=8.0, experience_h=all_h, item_experience_h=item_h)
        for all_h, item_h in hours
    ]
    found = known(person(paper(D.EMPLOYMENT_CONTRACT, ANN), *records))
    assert came_of(C.OFFICER_TRAINING_40H, found, sheet_of("shanghai-default")) is expected


@pytest.mark.requirement("D4c-13", "D4c-14")
@pytest.mark.parametrize("code", [C.NO_AT_FAULT_ACCIDENT, C.NO_TRAFFIC_VIOLATION])
@pytest.mark.parametrize(
    ("told_and_seen", "expected", "figure"),
    [
        (((0, 0),), MET, 0.0),
        (((0, 1),), NOT_MET, 1.0),
        (((2, 1),), NOT_MET, 2.0),
        (((0, 0), (None, 0)), UNKNOWN, None),
        (((0, 0), (None, 1)), NOT_MET, 1.0),
        (((1, 3), (2, 0)), NOT_MET, 5.0),
    ],
)
def test_of_what_operators_tell_and_what_is_on_record_the_worse_counts(
    sheet_of: Callable[[str], Sheet],
    code: PreconditionCode,
    told_and_seen: tuple[tuple[int | None, int], ...],
    expected: Verdict,
    figure: float | None,
) -> None:
    names = {C.NO_AT_FAULT_ACCIDENT: "at_fault_accidents", C.NO_TRAFFIC_VIOLATION: "traffic_violations"}  # fmt: skip
    source = Source(Origin.ACCIDENT, "AC-1")
    cars = (
        replace(
            driven(**{names[code]: told}),
            on_record=OnRecord(**{names[code]: seen}, sources=(source,) * seen),
        )
        for told, seen in told_and_seen
    )
    came = finding(code, Gate.GRANT, known(*cars), sheet_of("shanghai-default"))
    (answer,) = came.answers
    assert (came.result, answer.figures[0].found) == (expected, figure)
    assert len(answer.sources) == sum(seen for _, seen in told_and_seen)


@pytest.mark.requirement("D4c-10")
@pytest.mark.parametrize(
    ("first", "second", "lengths", "expected"),
    [
        ({"z-1": 4.0}, {"z-2": 6.0}, {"z-1": 4.0, "z-2": 6.0}, MET),
        ({"z-1": 4.0}, {"z-2": 5.9}, {"z-1": 4.0, "z-2": 6.0}, NOT_MET),
        ({"z-1": 4.0, "z-2": 3.0}, {"z-2": 3.0}, {"z-1": 4.0, "z-2": 6.0}, MET),
        ({"z-1": 400.0}, {"z-2": 0.001}, {"z-1": 4.0, "z-2": 6.0}, NOT_MET),
        ({"z-1": 0.1}, {"z-2": 0.1}, {}, MET),
        ({"z-1": 4.0}, {"z-2": 0.1}, {"z-1": 4.0}, MET),
        ({"z-1": 4.0}, None, {"z-1": 4.0, "z-2": 6.0}, UNKNOWN),
        ({"z-1": 4.0, "z-2": 6.0}, None, {"z-1": 4.0, "z-2": 6.0}, MET),
    ],
)
def test_a_road_is_covered_when_as_many_kilometres_of_it_were_driven_as_it_is_long(
    sheet_of: Callable[[str], Sheet],
    first: dict[str, float],
    second: dict[str, float] | None,
    lengths: dict[str, float],
    expected: Verdict,
) -> None:
    told = [Driven() if each is None else Driven(zone_ids=frozenset(each), zone_km=each) for each in (first, second)]  # fmt: skip
    found = operation(*(vehicle(driven=each) for each in told), segment_km=lengths)
    assert came_of(C.ROUTE_COVERAGE_100, found, sheet_of("shanghai-default")) is expected


def lined(*stretches: tuple[float, float], length_m: float = 4000.0) -> LineDriven:
    return LineDriven(length_m, stretches)


@pytest.mark.requirement("D4c-10", "D4d-69")
@pytest.mark.parametrize(
    ("first", "second", "expected", "ratio"),
    [
        ({"z-1": lined((0.0, 4000.0))}, {"z-2": lined((0.0, 4000.0))}, MET, 1.0),
        ({"z-1": lined((0.0, 2000.0))}, {"z-1": lined((1990.0, 4000.0))}, NOT_MET, 0.4),
        ({"z-1": lined((0.0, 2000.0))}, {"z-1": lined((0.0, 2000.0))}, NOT_MET, 0.2),
        ({"z-1": lined((0.0, 2000.0))}, None, UNKNOWN, None),
    ],
)
def test_of_a_road_that_the_platform_has_measured_the_part_that_was_driven_is_covered(
    sheet_of: Callable[[str], Sheet],
    first: dict[str, LineDriven],
    second: dict[str, LineDriven] | None,
    expected: Verdict,
    ratio: float | None,
) -> None:
    told = [
        Driven() if each is None else with_measured(NOT_KNOWN, Measured(covered=each))
        for each in (first, second)
    ]
    found = operation(*(vehicle(driven=each) for each in told), segment_km={"z-1": 4.0, "z-2": 6.0})
    came = finding(C.ROUTE_COVERAGE_100, Gate.GRANT, found, sheet_of("shanghai-default"))
    assert (came.result, came.figures[0].found) == (expected, ratio)
    roads = ", ".join(sorted({*first, *(second or {})}))
    assert came.answers[0].sources == (Source(Origin.BY_LINE, roads),)


@pytest.mark.requirement("D4c-10", "D4d-69")
def test_of_a_road_without_a_line_that_it_was_driven_in_is_all_that_is_measured(
    sheet_of: Callable[[str], Sheet],
) -> None:
    seen = Measured(covered={"z-1": lined((0.0, 4000.0))}, by_area=frozenset({"z-2"}))
    found = operation(vehicle(driven=with_measured(NOT_KNOWN, seen)), segment_km={"z-1": 4.0})
    came = finding(C.ROUTE_COVERAGE_100, Gate.GRANT, found, sheet_of("shanghai-default"))
    assert came.result is MET
    assert came.answers[0].sources == (Source(Origin.BY_LINE, "z-1"), Source(Origin.BY_AREA, "z-2"))


def test_hours_alone_do_not_tell_how_much_of_a_road_was_driven(
    sheet_of: Callable[[str], Sheet],
) -> None:
    told = driven(zone_ids=frozenset({"z-1", "z-2"}), zone_km={"z-1": 4.0})
    found = operation(told, segment_km={"z-1": 4.0, "z-2": 6.0})
    assert came_of(C.ROUTE_COVERAGE_100, found, sheet_of("shanghai-default")) is UNKNOWN


@pytest.mark.requirement("D4c-43")
@pytest.mark.parametrize(
    ("asked_m", "approved_m", "expected"),
    [
        (150.0, None, UNKNOWN),
        (150.0, float("inf"), MET),
        (150.0, 150.0, MET),
        (300.0, 100.0, MET),
        (120.0, None, MET),
    ],
)
def test_a_greater_height_is_approved_by_the_vote_of_air_traffic_management(
    sheet_of: Callable[[str], Sheet],
    asked_m: float,
    approved_m: float | None,
    expected: Verdict,
) -> None:
    by = () if approved_m is None else (Source(Origin.VOTE, "atm: ai"),)
    found = fly(
        terms={"max_height_agl_m": asked_m}, height_approved_m=approved_m, height_approved_by=by
    )
    came = finding(C.ALT_LE_120_OR_APPROVED, Gate.GRANT, found, sheet_of("shanghai-default"))
    assert came.result is expected
    assert came.figures[0].found == min(asked_m, approved_m or asked_m)
    assert came.answers[0].sources == by


@pytest.mark.requirement("D4c-7", "D4c-17")
def test_a_stage_that_all_vehicles_passed_elsewhere_is_passed_and_its_roads_are_not_these(
    sheet_of: Callable[[str], Sheet],
) -> None:
    sheet, told = sheet_of("shanghai-default"), (Source(Origin.RECOGNISED, "jiangsu JS-1"),)
    found = known(vehicle(), earlier=(), recognised_stages={K.ROAD_TEST: told})
    order = finding(C.STAGE_ORDER, Gate.ACCEPT, found, sheet)
    assert (order.result, order.answers[0].sources) == (MET, told)
    assert source_said(told[0], Language.ENGLISH) == "recognised from jiangsu JS-1"
    assert source_said(told[0], Language.CHINESE) == "互认自 jiangsu JS-1"
    assert came_of(C.SEGMENTS_SUBSET_TESTED, found, sheet) is UNKNOWN
    further = operation(vehicle(), earlier=(), recognised_stages={K.ROAD_TEST: told})
    assert came_of(C.STAGE_ORDER, further, sheet) is NOT_MET, "a demonstration lacks"


def test_what_was_driven_elsewhere_is_added_to_what_was_driven_here_on_other_days() -> None:
    may = DaysDriven(begins=date(2026, 5, 1), ends=date(2026, 5, 31), automated_km=1620.5)
    june = DaysDriven(begins=date(2026, 6, 1), ends=date(2026, 6, 9), automated_km=15.0)
    told = Account(automated_km=1620.5, days=(may,))
    there = RecognisedFacts(
        bundles=("JS-1",), issuers=("jiangsu",), accounts=(told,), automated_km=1620.5,
        automated_h=None, takeovers=3, at_fault_accidents=0, traffic_violations=None,
        stages=frozenset(), papers=frozenset(),
    )  # fmt: skip
    own = Driven(
        automated_km=10.0, total_km=15.0, at_fault_accidents=1, traffic_violations=0, takeovers=0,
        account=Account(automated_km=15.0, days=(june,)),
        account_of_segments=Account(automated_km=10.0, days=(replace(june, automated_km=10.0),)),
    )  # fmt: skip
    both = with_recognised(own, there)
    assert (both.automated_km, both.total_km, both.automated_h) == (1630.5, 1635.5, None)
    assert (both.at_fault_accidents, both.traffic_violations, both.takeovers) == (1, None, 0)
    alone = with_recognised(Driven(), there)
    assert (alone.automated_km, alone.total_km) == (1620.5, 1620.5)
    assert (alone.at_fault_accidents, alone.traffic_violations, alone.takeovers) == (0, None, None)
    of_any_day = replace(own, account=NOTHING_TOLD, account_of_segments=NOTHING_TOLD)
    whenever = with_recognised(of_any_day, there)
    assert (whenever.automated_km, whenever.total_km) == (1620.5, 1620.5), "it may be of May, too"
    some = with_recognised(Driven(total_km=1.0), there)
    assert some.at_fault_accidents is None, "who drove here is asked what speaks against it here"


def test_what_was_driven_here_on_other_segments_takes_nothing_from_what_was_driven_elsewhere() -> (
    None
):
    there = RecognisedFacts(
        bundles=("JS-1",), issuers=("jiangsu",), automated_km=4000.0, automated_h=150.0,
        accounts=(Account(automated_km=4000.0, automated_h=150.0),), takeovers=None,
        at_fault_accidents=0, traffic_violations=0, stages=frozenset(), papers=frozenset(),
    )  # fmt: skip
    june = DaysDriven(begins=date(2026, 6, 1), ends=date(2026, 6, 9), automated_km=5000.0)
    own = Driven(total_km=5000.0, account=Account(automated_km=5000.0, days=(june,)))
    both = with_recognised(own, there)
    assert (both.automated_km, both.automated_h, both.total_km) == (4000.0, 150.0, 5000.0)
    some = Account(automated_km=30.0, days=(replace(june, automated_km=30.0),))
    both = with_recognised(replace(own, automated_km=30.0, account_of_segments=some), there)
    assert (both.automated_km, both.total_km) == (4000.0, 5000.0)


_LONG, _SHORT, _OVER = ({"valid_to": days_on(ENDS, each)} for each in (0, -1, -400))
_TWO = ({"valid_to": date(2026, 9, 30)}, {"valid_from": date(2026, 10, 1)})
_GAP = ({"valid_to": date(2026, 9, 30)}, {"valid_from": date(2026, 10, 2)})


@pytest.mark.parametrize("kind", [K.FLIGHT_ACTIVITY, K.STANDING_FLIGHT, K.TEST_BASE_USE, K.VESSEL_TRIAL, K.CHANNEL_SURVEY])  # fmt: skip
@pytest.mark.parametrize(
    ("policies", "first_day", "to_the_end"),
    [
        ((_LONG,), MET, MET),
        ((_SHORT,), MET, NOT_MET),
        ((_OVER,), NOT_MET, NOT_MET),
        (_TWO, MET, MET),
        (_GAP, MET, NOT_MET),
        ((), UNKNOWN, UNKNOWN),
    ],
)
@pytest.mark.requirement("D4c-3", "D4c-37")
def test_aircraft_and_vessels_are_insured_to_the_end_of_what_is_granted(
    sheet_of: Callable[[str], Sheet],
    kind: PermitKind,
    policies: tuple[dict[str, Any], ...],
    first_day: Verdict,
    to_the_end: Verdict,
) -> None:
    on_water = kind in {K.VESSEL_TRIAL, K.CHANNEL_SURVEY}
    papers = [paper(D.LIABILITY_INSURANCE, BOAT if on_water else KITE, **each) for each in policies]
    found = known(boat(10.0, *papers) if on_water else drone(*papers), kind=kind)
    sheet = sheet_of("shanghai-default")
    assert came_of(C.LIABILITY_INS, found, sheet) is first_day
    assert came_of(C.INS_END_GE_PERMIT_END, found, sheet) is to_the_end
    assert {C.LIABILITY_INS, C.INS_END_GE_PERMIT_END} <= law_of(found, sheet).asked.keys()


@pytest.mark.requirement("D4c-6")
def test_a_vessel_is_inspected_on_the_first_day_of_its_trial(
    sheet_of: Callable[[str], Sheet],
) -> None:
    sheet = sheet_of("shanghai-default")
    valid, over = (paper(D.VESSEL_INSPECTION, BOAT, **each) for each in (_LONG, _OVER))
    for papers, expected in (((valid,), MET), ((over,), NOT_MET), ((), UNKNOWN)):
        assert came_of(C.INSPECTION_VALID, sail(boat(10.0, *papers)), sheet) is expected


@pytest.mark.parametrize(
    ("kind", "name", "papers", "expected"),
    [
        (K.ROAD_TEST, "a letter of the firm", (liability(1e6), letter(5e6)), MET),
        (K.ROAD_TEST, "two policies do not add up", (liability(3e6), letter(3e6)), NOT_MET),
        (K.ROAD_TEST, "what has run out insures nothing", (liability(9e6, days_on(NOW.date(), -1)),), NOT_MET),
        (K.ROAD_TEST, "what ends before it begins", (liability(9e6, date(2026, 6, 30)),), NOT_MET),
        (K.ROAD_TEST, "property is no liability", (paper(D.PROPERTY_INSURANCE, CAR, amount_cny=9e6),), NOT_MET),
        (K.LOW_SPEED_TEST, "property", (paper(D.PROPERTY_INSURANCE, CAR, amount_cny=500_000),), MET),
        (K.LOW_SPEED_TEST, "too little", (paper(D.PROPERTY_INSURANCE, CAR, amount_cny=499_999),), NOT_MET),
    ],
)  # fmt: skip
@pytest.mark.requirement("D4c-2")
def test_what_insures_a_vehicle(
    sheet_of: Callable[[str], Sheet],
    kind: PermitKind,
    name: str,
    papers: tuple[Any, ...],
    expected: Verdict,
) -> None:
    of_firm = tuple(each for each in papers if each.document.covers == FIRM)
    own = tuple(each for each in papers if each.document.covers != FIRM)
    filed = LOW_SPEED if kind is K.LOW_SPEED_TEST else {}
    found = known(vehicle(*own, **filed), kind=kind, firm_proofs=of_firm)

    assert came_of(C.INS_COVER_GE_5M, found, sheet_of("shanghai-default")) is expected, name


@pytest.mark.requirement("D4a-22", "D4c-17")
def test_a_low_speed_device_is_tested_before_it_serves(sheet_of: Callable[[str], Sheet]) -> None:
    sheet = sheet_of("shanghai-default")

    def service(*before: EarlierPermit) -> Verdict:
        device = vehicle(**LOW_SPEED)
        found = known(device, kind=K.LOW_SPEED_OPERATION, earlier=before)
        assert C.STAGE_ORDER in {each.code for each in findings(found, sheet)}
        return came_of(C.STAGE_ORDER, found, sheet)

    assert service(earlier(K.LOW_SPEED_TEST)) is MET
    assert service() is NOT_MET
    assert service(earlier(K.ROAD_TEST)) is NOT_MET, "a car is no device"
    test = known(vehicle(**LOW_SPEED), kind=K.LOW_SPEED_TEST, earlier=())
    assert C.STAGE_ORDER not in {each.code for each in findings(test, sheet)}


@pytest.mark.requirement("D4a-22", "D4c-50")
@pytest.mark.parametrize(
    ("kind", "start", "end", "expected"),
    [
        (K.LOW_SPEED_TEST, "09:00", "17:30", MET),
        (K.LOW_SPEED_TEST, "07:00", "07:30", MET),
        (K.LOW_SPEED_TEST, "07:00", "07:31", NOT_MET),
        (K.LOW_SPEED_TEST, "08:59", "12:00", NOT_MET),
        (K.LOW_SPEED_OPERATION, "17:29", "17:31", NOT_MET),
        (K.LOW_SPEED_OPERATION, "19:00", "23:59", MET),
        (K.ROAD_TEST, "07:00", "19:00", MET),
    ],
)
def test_no_low_speed_device_is_granted_the_rush_hours(
    sheet_of: Callable[[str], Sheet], kind: PermitKind, start: str, end: str, expected: Verdict
) -> None:
    filed = {} if kind is K.ROAD_TEST else LOW_SPEED
    found = known(vehicle(**filed), kind=kind, **hours(start, end))
    assert came_of(C.TIME_WINDOW, found, sheet_of("shanghai-default")) is expected


@pytest.mark.requirement("D4c-3")
@pytest.mark.parametrize(
    ("compulsory_to", "liability_to", "small_to", "margin"),
    [
        (ENDS, ENDS, None, 0.0),
        (ENDS, days_on(ENDS, 30), None, 0.0),
        (days_on(ENDS, -7), ENDS, None, -7.0),
        (days_on(ENDS, 60), days_on(ENDS, -1), days_on(ENDS, 90), -1.0),
    ],
)
def test_the_insurance_ends_with_the_first_that_ends_and_one_that_insures_too_little_is_none(
    sheet_of: Callable[[str], Sheet],
    compulsory_to: date,
    liability_to: date,
    small_to: date | None,
    margin: float,
) -> None:
    papers = [
        paper(D.COMPULSORY_INSURANCE, CAR, valid_to=compulsory_to),
        liability(5e6, liability_to),
        *([liability(1e6, small_to)] if small_to else []),
    ]
    found = finding(
        C.INS_END_GE_PERMIT_END, Gate.GRANT, known(vehicle(*papers)), sheet_of("national")
    )

    assert [each.found for each in found.figures] == [margin]


@pytest.mark.requirement("D4c-7", "D0-5")
@pytest.mark.parametrize(
    ("hours_h", "km", "rules", "mode", "expected"),
    [
        (0.0, 1000.0, "shanghai-default", None, MET),
        (480.0, 999.0, "xiangyang", None, NOT_MET),
        (480.0, 1000.0, "xiangyang", None, MET),
        (480.0, 1999.0, "xiangyang", REMOTE, NOT_MET),
        (480.0, 2000.0, "xiangyang", REMOTE, MET),
        (240.0, 1000.0, "shanghai-default", REMOTE, NOT_MET),
    ],
)
def test_hours_or_kilometres_or_both_is_the_rule_sets_and_more_without_a_driver(
    sheet_of: Callable[[str], Sheet],
    hours_h: float,
    km: float,
    rules: str,
    mode: DriverMode | None,
    expected: Verdict,
) -> None:
    found = known(driven(automated_h=hours_h, automated_km=km), mode=mode)

    assert came_of(C.TEST_HOURS_GE_240_OR_KM_GE_1000, found, sheet_of(rules)) is expected


@pytest.mark.requirement("D4c-8", "D4c-11")
def test_each_service_of_a_fleet_has_its_own_kilometres_and_rides(
    sheet_of: Callable[[str], Sheet],
) -> None:
    sheet, bus = sheet_of("shanghai-default"), VehicleCategory.BUS
    taxi = driven(total_km=200_000.0, supervised_rides=10)
    few = vehicle(driven=Driven(total_km=14_999.0, supervised_rides=10), category=bus)
    enough = vehicle(driven=Driven(total_km=15_000.0, supervised_rides=10), category=bus)
    lorry = vehicle(
        driven=Driven(total_km=20_000.0, supervised_rides=10, loaded_rides=9),
        category=VehicleCategory.GOODS,
    )

    assert came_of(C.FLEET_KM_GE, operation(taxi, few), sheet) is NOT_MET
    assert came_of(C.FLEET_KM_GE, operation(taxi, enough), sheet) is MET
    assert came_of(C.SUPERVISED_RIDES_GE, operation(taxi, enough, lorry), sheet) is NOT_MET
    special = vehicle(driven=Driven(total_km=1e6), category=VehicleCategory.SPECIAL)
    assert came_of(C.FLEET_KM_GE, operation(special), sheet) is UNKNOWN, "no rule of its own"


@pytest.mark.requirement("D4c-27")
@pytest.mark.parametrize(
    ("count", "before", "mode", "expected"),
    [
        (10, (), REMOTE, MET),
        (11, (), REMOTE, NOT_MET),
        (11, (earlier(K.DEMO_OPERATION),), REMOTE, NOT_MET),
        (11, (earlier(K.DEMO_OPERATION, driver_mode=REMOTE),), REMOTE, MET),
        (31, (earlier(K.DEMO_OPERATION),), None, MET),
        (32, (earlier(K.DEMO_OPERATION),), None, NOT_MET),
    ],
)
def test_how_many_vehicles_there_may_be_depends_on_those_before(
    sheet_of: Callable[[str], Sheet],
    count: int,
    before: tuple[Any, ...],
    mode: DriverMode | None,
    expected: Verdict,
) -> None:
    fleet = [vehicle(entry_id=f"S-{n}") for n in range(1, count + 1)]
    found = operation(*fleet, earlier=before, mode=mode)

    assert came_of(C.VEHICLE_CAP, found, sheet_of("shanghai-default")) is expected


@pytest.mark.requirement("D4c-26")
@pytest.mark.parametrize(("added", "expected"), [(30, MET), (31, NOT_MET), (0, MET)])
def test_what_is_granted_is_the_first_fleet_of_what_is_added_to_it(
    sheet_of: Callable[[str], Sheet], added: int, expected: Verdict
) -> None:
    """``added`` 0: something else becomes other, however many were added since the grant."""
    fleet = [vehicle(entry_id=f"S-{n}") for n in range(1, 40)]
    new = frozenset(Covered(CoveredKind.VEHICLE, each.entry_id) for each in fleet[:added])
    found = replace(operation(*fleet), anew=Anew(NOW, things=new))

    assert came_of(C.VEHICLE_CAP, found, sheet_of("shanghai-default")) is expected


@pytest.mark.requirement("D4c-41", "D4c-40")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, NOT_MET),
        ({"valid_to": local("2026-07-01 00:00"), "valid_from": local("2026-06-01 00:00")}, MET),
        ({"hours": (DailyHours(local("2026-01-05 20:00").time(), local("2026-01-05 23:00").time()),)}, MET),
        ({"corridor": corridor(31.0005, 115.0, 120.0)}, MET),
        ({"corridor": corridor(31.0005, 114.9, 120.0)}, NOT_MET),
        ({"corridor": None, "zone_ids": frozenset({"z-9"})}, UNKNOWN),
        ({"corridor": None, "near": False}, MET),
    ],
)  # fmt: skip
def test_a_flight_is_in_the_way_at_the_same_time_height_and_place(
    sheet_of: Callable[[str], Sheet], changes: dict[str, Any], expected: Verdict
) -> None:
    other = replace(flight(corridor=corridor(31.0005), zone_ids=frozenset()), **changes)
    own = hours("08:00", "18:00")["terms"] | {"corridor": corridor(31.0), "zone_ids": frozenset()}
    found = fly(terms=own, flights=(other,))

    assert came_of(C.NO_4D_CONFLICT, found, sheet_of("shanghai-default")) is expected


def test_who_leaves_an_area_makes_room_for_who_comes() -> None:
    first = flight(devices=3, valid_to=local("2026-07-10 00:00"))
    second = flight(devices=4, valid_from=local("2026-07-10 00:00"))
    between = flight(devices=2, valid_from=local("2026-07-09 00:00"))
    own = fly().permit.terms

    assert most_at_once(own, (first, second)) == 4
    assert most_at_once(own, (first, second, between)) == 6


@pytest.mark.requirement("D4c-20")
@pytest.mark.parametrize(
    ("since", "on", "years"),
    [
        (date(2023, 7, 1), date(2026, 7, 1), 3.0),
        (date(2024, 2, 29), date(2027, 2, 28), 2 + 364 / 366),
        (date(2024, 2, 29), date(2027, 3, 1), 3.0),
        (date(2024, 2, 29), date(2028, 2, 29), 4.0),
    ],
)
def test_years_are_whole_on_their_anniversary(since: date, on: date, years: float) -> None:
    assert years_between(since, on) == years


def test_who_has_examined_a_document_answers_for_what_it_is_about(
    sheet_of: Callable[[str], Sheet],
) -> None:
    sheet, code = sheet_of("shanghai-default"), C.DATA_LINK_TEST_PASSED
    two = known(vehicle(), vehicle(entry_id="S-2"))
    one_of_them = replace(two, attestations=(attested(code, CAR),))
    found = finding(code, Gate.GRANT, one_of_them, sheet)

    assert (found.result, [each.result for each in found.answers]) == (UNKNOWN, [MET, UNKNOWN])
    assert found.answers[0].attested == attested(code, CAR)
    assert came_of(code, replace(two, attestations=(attested(code, FIRM),)), sheet) is MET
    other = replace(two, attestations=(attested(C.NETSEC_ASSESSED),))
    assert came_of(code, other, sheet) is UNKNOWN
    anew = (attested(code, CAR), attested(code, FIRM, met=False))
    assert came_of(code, replace(two, attestations=anew), sheet) is NOT_MET, "the latest counts"


@mark.requirement("D4c-25")
def test_a_report_that_a_neighbour_has_told_of_counts_as_if_it_were_here(
    sheet_of: Callable[[str], Sheet],
) -> None:
    told = replace(vehicle(), recognised=frozenset({D.THIRD_PARTY_REPORT}))

    sheet = sheet_of("shanghai-default")
    assert came_of(C.THIRD_PARTY_REPORT_VALID, known(told), sheet) is MET
    assert came_of(C.INSPECTION_VALID, known(told), sheet) is UNKNOWN


def test_what_the_platform_has_heard_of_a_device_is_a_figure_with_its_source(
    sheet_of: Callable[[str], Sheet],
) -> None:
    found = known(heard(vehicle(), hours=20.0))
    (answer,) = finding(
        C.DATA_LINK_TEST_PASSED, Gate.GRANT, found, sheet_of("shanghai-default")
    ).answers
    assert [(each.fact, each.found) for each in answer.figures] == [
        ("link_online_h", 20.0), ("link_reports_per_min", 60.0),
        ("link_test_passed", None), ("link_test_failed", False),
    ]  # fmt: skip
    assert [source_said(each, language) for each in answer.sources for language in Language] == [
        "heard by the platform from device device-1 2026-05-01/2026-05-03",
        "平台接收自设备 device-1 2026-05-01/2026-05-03",
    ]


@pytest.mark.requirement("D4b-80")
def test_the_latest_test_of_a_data_link_answers_whatever_was_heard_before(
    sheet_of: Callable[[str], Sheet],
) -> None:
    sheet, code = sheet_of("shanghai-default"), C.DATA_LINK_TEST_PASSED

    def came(subject: Subject, result: Verdict) -> Verdict:
        return came_of(code, known(replace(subject, link_test=Latest(7, result))), sheet)

    much, nothing = heard(vehicle(), hours=20.0), vehicle()
    assert (came(nothing, MET), came(nothing, NOT_MET)) == (MET, NOT_MET)
    assert (came(nothing, UNKNOWN), came(much, UNKNOWN)) == (UNKNOWN, MET)
    assert came(much, NOT_MET) is NOT_MET
    tested = known(replace(nothing, link_test=Latest(7, MET)))
    (answer,) = finding(code, Gate.GRANT, tested, sheet).answers
    assert [source_said(each, language) for each in answer.sources for language in Language] == [
        "test 7 of the data link", "数据接入测试 7 号",
    ]  # fmt: skip


def test_nobody_attests_against_the_figures(sheet_of: Callable[[str], Sheet]) -> None:
    found = known(vehicle(liability(1e6)), attestations=(attested(C.INS_COVER_GE_5M),))

    assert came_of(C.INS_COVER_GE_5M, found, sheet_of("shanghai-default")) is NOT_MET


@pytest.mark.requirement("D4b-60")
def test_each_finding_has_its_figures_and_the_article_that_asks_for_them(
    sheet_of: Callable[[str], Sheet],
) -> None:
    found = finding(
        C.INS_COVER_GE_5M,
        Gate.GRANT,
        known(vehicle(liability(6e6))),
        sheet_of("shanghai-default"),
    )
    (answer,), source = found.answers, found.source
    figures = [(each.fact, each.found, each.limit, each.parameter) for each in found.figures]

    least = "insurance.liability_min_cny"
    assert figures == [
        ("liability_cover_cny", 6e6, 5e6, least),
        ("guarantee_letter_cny", 0.0, 5e6, least),
    ]
    assert (answer.about, answer.documents) == (CAR, ("D-LIABILITY_INSURANCE",))
    assert source is not None
    assert (source.instrument, source.article) == (
        "national-icv",
        "17 and 18, consultation draft",
    )


@pytest.mark.requirement("D4b-61")
def test_a_step_asks_what_earlier_ones_asked_and_the_rule_set_says_whether_the_unknown_refuses(
    sheet_of: Callable[[str], Sheet],
) -> None:
    sheet = sheet_of("shanghai-default")
    nothing = known(vehicle(), kind=K.ROAD_TEST, earlier=(), segment_classes={"z-1": "runway"})
    found, law = findings(nothing, sheet), law_of(nothing, sheet)
    at = {gate: {each.code for each in in_the_way_of(gate, found, law)} for gate in Gate}

    assert at[Gate.SUBMIT] == set()
    assert at[Gate.ACCEPT] == {C.SEGMENT_CLASS_ALLOWED_FOR_STAGE}, "the unknown does not refuse it"
    unknown = {each.code for each in found if each.result is UNKNOWN}
    assert at[Gate.GRANT] == unknown | {C.SEGMENT_CLASS_ALLOWED_FOR_STAGE}
    rescue = known(drone(), kind=K.EMERGENCY_FLIGHT)
    told = in_the_way_of(Gate.GRANT, findings(rescue, sheet), law_of(rescue, sheet))
    assert told == (), "nobody waits for papers"
    delivery = replace(rescue, flights=(flight(corridor=corridor(31.0), zone_ids=frozenset()),))
    terms = replace(rescue.permit.terms, corridor=corridor(31.0005), zone_ids=frozenset())
    met = replace(delivery, permit=replace(rescue.permit, terms=terms))
    assert came_of(C.NO_4D_CONFLICT, met, sheet) is NOT_MET, "it is shown"
    assert in_the_way_of(Gate.GRANT, findings(met, sheet), law_of(met, sheet)) == ()
    shown = sheet_of("demonstration")
    assert in_the_way_of(Gate.GRANT, findings(nothing, shown), law_of(nothing, shown)) == ()
    assert len(findings(nothing, shown)) == len(found)


@pytest.mark.requirement("D4c-39")
@pytest.mark.parametrize("said", [40, 42], ids=["may have been in force then", "not made yet"])
def test_fence_data_of_another_version_than_that_of_now_tells_nothing(
    said: int, sheet_of: Callable[[str], Sheet]
) -> None:
    found = fly(heard(drone(), fence_version=said), fence_revision=41)
    assert came_of(C.FENCE_DATA_FRESH, found, sheet_of("shanghai-default")) is UNKNOWN


@pytest.mark.requirement("D4c-39")
@pytest.mark.parametrize("said", [None, 40, 4_000_000], ids=str)
def test_a_unit_that_has_acknowledged_its_zones_has_those_in_force_whatever_its_maker_counts(
    said: int | None, sheet_of: Callable[[str], Sheet]
) -> None:
    found = fly(heard(drone(), fence_version=said, holds_its_fence=True), fence_revision=41)
    assert came_of(C.FENCE_DATA_FRESH, found, sheet_of("shanghai-default")) is MET


def test_more_is_asked_where_nobody_sits_in_the_vehicle(sheet_of: Callable[[str], Sheet]) -> None:
    sheet = sheet_of("pudong")
    seated, without = (
        set(law_of(known(mode=mode, kind=K.ROAD_TEST), sheet).asked)
        for mode in (M.DRIVER_SEATED, REMOTE)
    )

    assert without - seated == {
        C.DRIVERLESS_AREA, C.VEHICLE_CAP, C.REMOTE_OPS_100H, C.OFFICER_RATIO,
    }  # fmt: skip


@pytest.mark.parametrize("rules", ["shanghai-default", "pudong", "lingang"])
def test_every_code_is_asked_of_something_and_can_be_answered(
    sheet_of: Callable[[str], Sheet], rules: str
) -> None:
    sheet = sheet_of(rules)
    asked = {
        code
        for kind, mode in product(K, M)
        for code in law_of(known(kind=kind, mode=mode), sheet).asked
    }
    answered = {
        code
        for code in asked
        if f"attested_by.{code}" in sheet.parameters or f"requires.{code}" in sheet.parameters
    }

    assert set(PreconditionCode) - asked <= {C.RISK_ORDER}, "which Lingang alone asks for"
    assert answered == asked


def test_what_a_person_alone_can_tell_says_by_which_documents(
    sheet_of: Callable[[str], Sheet],
) -> None:
    told = {each.code: each for each in findings(spared(), sheet_of("shanghai-default"))}
    spares = told[C.ART31_EXEMPT]
    assert finding_said(spares, Language.ENGLISH).endswith(
        ": unknown (expected a department to attest it by TASK_APPROVAL, FACT_EVIDENCE)"
    )
    assert finding_said(spares, Language.CHINESE).endswith(
        "：不明 (应由有关部门依据 TASK_APPROVAL, FACT_EVIDENCE 核验)"
    )


def test_of_many_figures_the_first_are_told_and_that_there_are_more(
    sheet_of: Callable[[str], Sheet],
) -> None:
    sheet = sheet_of("shanghai-default")
    high = spared(max_height_agl_m=130.0)
    (over,) = (e for e in findings(high, sheet) if e.code is C.ALT_LE_120_OR_APPROVED)
    (answer,) = over.answers
    figures = tuple(replace(answer.figures[0], found=130.0 + each) for each in range(4))
    many = replace(over, answers=(replace(answer, figures=figures),))
    assert "height above ground 132, expected <= 120 m; …)" in finding_said(many, Language.ENGLISH)


def test_a_refusal_names_every_one_in_both_languages(sheet_of: Callable[[str], Sheet]) -> None:
    sheet, found = sheet_of("shanghai-default"), known(boat(25.0), kind=K.VESSEL_TRIAL, notice_wd=9)
    told = in_the_way_of(Gate.SUBMIT, findings(found, sheet), law_of(found, sheet))
    error = PreconditionsNotMet(found.permit, PermitAction.NOTIFY, told, sheet.label)

    assert str(error) == (
        "cannot NOTIFY permit X-1 under shanghai-default@2026.12: MSA_NOTICE_10WD (the maritime"
        " authority had notice in time): not met (working days of notice 9, expected >= 10 working days)"
    )
    chinese = (
        "MSA_NOTICE_10WD (按期向海事管理机构报告)：不满足 (提前报告的工作日数 9，应 >= 10 工作日)"
    )
    assert chinese in error.said(Language.CHINESE)
    assert finding_said(told[0], Language.ENGLISH) in str(error)
    assert gate_name(Gate.SUBMIT, Language.CHINESE) == "提交"
    assert result_name(UNKNOWN, Language.CHINESE) == "不明"
    assert precondition_name(C.AIS_ON, Language.ENGLISH) == "AIS is on"


# --- a law ------------------------------------------------------------------------------------------

_NUMBERS = st.none() | st.floats(0, 300_000) | st.just(1000.0)
_COUNTS = st.none() | st.integers(0, 12)
_ZONES = st.none() | st.frozensets(st.sampled_from(["z-1", "z-2"]))
_DRIVEN = st.builds(
    Driven,
    automated_h=_NUMBERS,
    automated_km=_NUMBERS,
    total_km=_NUMBERS,
    zone_ids=_ZONES,
    supervised_rides=_COUNTS,
    takeovers=_COUNTS,
    at_fault_accidents=_COUNTS,
    traffic_violations=_COUNTS,
)
_FLAGS = st.none() | st.booleans()


@st.composite
def facts(draw: st.DrawFn) -> Known:
    """Something of everything, as much of it as chance has it."""
    car = vehicle(
        *draw(st.lists(st.sampled_from([liability(5e6), liability(1e6), COMPULSORY, seats(1e6)]))),
        driven=draw(_DRIVEN),
    )
    ann = person(
        *draw(st.lists(st.sampled_from([paper(D.TRAINING_RECORD, ANN, training_h=40.0)]))),
        licensed_since=draw(st.none() | st.dates(date(2020, 1, 1), date(2026, 1, 1))),
    )
    kite = drone(
        realname_id=draw(st.none() | st.just("UAS1")),
        keeps_airspace=draw(_FLAGS),
        can_be_watched=draw(_FLAGS),
        max_speed_kmh=draw(st.none() | st.floats(1, 200)),
    )
    return known(
        car,
        ann,
        kite,
        boat(draw(st.floats(1, 30))),
        kind=draw(st.sampled_from(K)),
        mode=draw(st.none() | st.sampled_from(M)),
        rules_in_force=draw(_FLAGS),
        notice_wd=draw(_COUNTS),
        earlier=draw(st.none() | st.just((earlier(), earlier(K.DEMO_APPLICATION)))),
        segment_classes=draw(
            st.dictionaries(
                st.sampled_from(["z-1", "z-2"]),
                st.sampled_from(["test_area", "test_road_expressway", "runway"]),
            )
        ),
        flights=draw(st.none() | st.just(()) | st.just((flight(),))),
        warning_id=draw(st.none() | st.just("7")),
    )


def filled(few: Any, more: Any) -> Any:
    """Return what is known of the one, and of the other where the first does not know it."""
    return more if few is None else few


@settings(max_examples=60)
@given(facts(), facts(), st.sampled_from(sorted(PreconditionCode)), st.booleans())
def test_no_fact_that_is_added_turns_met_into_unknown(
    sheet_of: Callable[[str], Sheet],
    few: Known,
    others: Known,
    code: PreconditionCode,
    attest: bool,
) -> None:
    sheet = sheet_of("lingang")
    names = Driven.__dataclass_fields__
    subjects = tuple(
        replace(
            mine,
            driven=Driven(
                **{n: filled(getattr(mine.driven, n), getattr(its.driven, n)) for n in names}
            ),
            proofs=(*mine.proofs, *its.proofs),
            particulars=replace(
                mine.particulars,
                **{
                    n: filled(getattr(mine.particulars, n), getattr(its.particulars, n))
                    for n in type(mine.particulars).__dataclass_fields__
                },
            ),
        )
        for mine, its in zip(few.subjects, others.subjects, strict=True)
    )
    more = replace(
        few,
        subjects=subjects,
        rules_in_force=filled(few.rules_in_force, others.rules_in_force),
        notice_wd=filled(few.notice_wd, others.notice_wd),
        earlier=filled(few.earlier, others.earlier),
        flights=filled(few.flights, others.flights),
        warning_id=filled(few.warning_id, others.warning_id),
        segment_classes={**others.segment_classes, **few.segment_classes},
        attestations=(attested(code),) if attest else (),
    )

    if came_of(code, few, sheet) is MET:
        assert came_of(code, more, sheet) is not UNKNOWN
