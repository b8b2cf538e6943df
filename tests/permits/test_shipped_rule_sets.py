"""The rule sets as they ship: readable, layered, and nothing in them that nobody knows."""

import math
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from permits.acts import Act
from permits.aircraft_class import classify
from permits.application import Application, DriverMode
from permits.applied_for import modes_of, subject_of
from permits.catalogue import DEFINED, DOMAINS, definition_of, name_of
from permits.competence import competent
from permits.condition import FACTS
from permits.course import opinions_needed
from permits.definition import UNITS, Kind
from permits.entries import Aircraft
from permits.evidence_rules import evidence_rules
from permits.first_check import asked_items, online_since
from permits.governance_rules import governance_rules
from permits.heard import heard_facts, window_days
from permits.hearing_checks import heard_before
from permits.keeping_rules import keeping_rules
from permits.lapsed_grounds import automatic
from permits.life_cycle import Family, PermitKind
from permits.matter_deadlines import accident_limits
from permits.opinion import third_party_resumes
from permits.parameters import STATUS_ZH, Parameter, Purpose, Status
from permits.plan_answers import answering, silence_of
from permits.plating import bears_code_plates, check_digit_regions, must_bear_plates
from permits.precision_rules import precision_rules
from permits.precondition_facts import HeardOf
from permits.preconditions import findings
from permits.quality_rules import accuracy_max_m, late_after_s, link_test_rules, quality_rules
from permits.recognising import agreement_of
from permits.record_rules import record_rules
from permits.remedies import remedy_rules
from permits.report_periods import report_times
from permits.reviewers import opinions_due, reviewers
from permits.risk_items import Activity, derived
from permits.rule_words import Language
from permits.ruleset import RuleSet, judged_by, parse
from permits.series import series_of
from permits.sheet import Sheet, read_sheet
from permits.step_checks import asks_summary
from permits.subject_reports import report_rules
from permits.termination_checks import grounds_of
from permits.time_limits import time_limits
from permits.validity import cap_months
from permits.violation import ViolationCode
from tests.permits.preconditions import everything

Load = Callable[[str], str]
NAMES = ("national", "xiangyang", "shanghai-default", "pudong", "lingang", "demonstration")
SUPERVISING = ("shanghai-default", "pudong", "lingang", "demonstration")
DIGESTS = {
    "demonstration@2026.11": "1afacd69500c00ca",
    "demonstration@2026.12": "35a8b5a3c5804402",
    "lingang@2026.12": "3e6db868f993808a",
    "national@2026.12": "08b7f7c0fac9ccfc",
    "pudong@2026.12": "5eaca55b10e2dbae",
    "shanghai-default@2026.11": "0a99f143e7aaece1",
    "shanghai-default@2026.12": "5f7c3fe18ad621f5",
    "xiangyang@2026.12": "9eab3641c78c1d16",
}
"""Of a version that was released nothing changes: give a changed text a new version, keep the old
one in the folder ``past``, and add a line here."""


@pytest.fixture(params=NAMES)
def sheet(request: pytest.FixtureRequest, load: Load) -> Sheet:
    return read_sheet(load(str(request.param)), load)


class Recording(dict[str, Parameter]):
    """Parameters that remember which of them were read."""

    def __init__(self, parameters: dict[str, Parameter]) -> None:
        super().__init__(parameters)
        self.read: set[str] = set()

    def get(self, key: str, default: object = None) -> Parameter | None:  # type: ignore[override]
        self.read.add(key)
        return super().get(key)


def read_by_code(sheet: Sheet) -> set[str]:
    recording = Recording(dict(sheet.parameters))
    recorded = replace(sheet, parameters=recording)
    judged_by(recorded)
    classify(NO_CLASS, recorded)
    time_limits(recorded)
    report_times(recorded)
    accident_limits(recorded)
    asks_summary(recorded)
    third_party_resumes(recorded)
    agreement_of(recorded)
    report_rules(recorded)
    record_rules(recorded)
    evidence_rules(recorded)
    precision_rules(recorded)
    keeping_rules(recorded)
    governance_rules(recorded)
    derived(ACTIVITY, recorded)
    automatic(recorded)
    window_days(recorded)
    heard_facts(HEARD, 1, recorded)
    heard_before(recorded)
    online_since(datetime(2026, 5, 4, tzinfo=UTC), recorded)
    link_test_rules(recorded)
    late_after_s(recorded)
    for domain in DOMAINS:
        quality_rules(recorded, domain)
        accuracy_max_m(recorded, domain)
    for family in (Family.ROAD, Family.VESSEL):
        asked_items(recorded, family)
    remedy_rules(recorded)
    answering(recorded, PermitKind.STANDING_FLIGHT)
    silence_of(recorded)
    for family in Family:
        grounds_of(recorded, family)
    for kind in PermitKind:
        reviewers(recorded, kind)
        opinions_needed(recorded, kind)
        for act in Act:
            competent(recorded, act, kind)
        opinions_due(recorded, kind, datetime(2026, 5, 4, tzinfo=UTC))
        series_of(recorded, kind, date(2026, 12, 1))
        cap_months(recorded, kind)
        must_bear_plates(recorded, kind)
        bears_code_plates(recorded, kind)
        subject_of(recorded, kind)
        check_digit_regions(recorded)
        for mode in (None, *DriverMode):
            modes_of(recorded, mode)
            findings(everything(kind, mode), recorded)
    # A kind of permit need not have reviewers, numbers or a longest period of its own.
    optional = ("review.", "competent.", "number.", "period.", *OF_SOME)
    return {
        key for key in recording.read if key in sheet.parameters or not key.startswith(optional)
    }


OF_SOME = (
    "subject.",
    "modes.driver.None",
    "requires.",
    "attested_by.",
    "preconditions.",
    "segments.",
    "uav.open_to.",
    "driverless.announced",
    "operation.service",
    "stages.risk_order",
    "renewal.opens_before",
    "uav.agricultural.insured",
)
"""Not every precondition has a rule of its own for each kind, mode and service."""
HEARD = HeardOf(
    device_id="d", first=date(2026, 5, 1), last=date(2026, 5, 1), reports=1, online_s=1.0
)
ACTIVITY = Activity(everything(PermitKind.ROAD_TEST, None).permit, Application())
NO_CLASS = Aircraft(upic="", model="", empty_mass_kg=math.nan, takeoff_mass_kg=math.nan)
"""It meets no condition, so each is asked."""


@pytest.mark.requirement("A43-5", "D0-1")
def test_every_shipped_file_is_read_and_each_value_has_kind_unit_origin_and_two_names(
    sheet: Sheet,
) -> None:
    assert len(sheet.parameters) > 50
    for key, parameter in sheet.parameters.items():
        definition = definition_of(key)
        assert definition is not None, key
        assert parameter.unit in {"", *UNITS}, key
        assert (definition.unit != "") == (
            definition.kind is Kind.NUMBER or key.endswith("_days_before")
        ), key
        ours = parameter.status in {Status.OWN_PROPOSAL, Status.DEMONSTRATION}
        assert ours or parameter.instrument in sheet.instruments, key
        names = {name_of(key, language) for language in Language}
        assert len(names) == 2, key
        assert not any("{" in name for name in names), key


@pytest.mark.requirement("D0-4")
def test_a_released_version_is_never_edited(load: Load) -> None:
    found = {label: sha256(load(label).encode()).hexdigest()[:16] for label in DIGESTS}

    assert found == DIGESTS


@pytest.mark.requirement("D0-2")
@pytest.mark.parametrize("name", SUPERVISING)
def test_what_code_reads_is_in_the_files_and_what_is_in_them_is_read_or_informative(
    load: Load, name: str
) -> None:
    sheet = read_sheet(load(name), load)
    read = read_by_code(sheet)
    definitions = {key: definition_of(key) for key in sheet.parameters}

    assert read <= sheet.parameters.keys()
    unread = {key for key, each in definitions.items() if each is not None and not each.informative}
    assert unread - read == set()
    assert {key for key in read if (each := definitions[key]) is None or each.informative} == set()


@pytest.mark.requirement("D0-2")
def test_every_parameter_of_the_catalogue_has_a_value_in_some_file(load: Load) -> None:
    given = {
        definition.key
        for name in NAMES
        for key in read_sheet(load(name), load).parameters
        if (definition := definition_of(key)) is not None
    }
    # Asked of nobody as it ships: a deployment may.
    not_set = {each.key for each in DEFINED} - given
    assert all(key.endswith((".of_samples", ".confidence")) or key in UNSET for key in not_set), (
        not_set
    )


UNSET = {
    "driverless.announced_zones",
    "all.severity",
    "all.notify",
    "violations.{code}.dedupe_s",
    "violations.{code}.{domain}.dedupe_s",
    "violations.{code}.category.{category}.severity",
    "violations.{code}.category.{category}.closes_after_s",
    "violations.{code}.category.{category}.dedupe_s",
    "violations.{code}.category.{category}.notify",
}


def test_no_two_parameters_of_the_catalogue_share_a_key_or_a_name() -> None:
    assert len({each.key for each in DEFINED}) == len(DEFINED)
    for language in Language:
        names = [each.name(language) for each in DEFINED if "deadlines" not in each.key]
        assert len(set(names)) == len(names), sorted(n for n in names if names.count(n) > 1)


@pytest.mark.parametrize(
    ("name", "key", "value", "status", "rule_set"),
    [
        ("national", "insurance.liability_min_cny", 5e6, Status.SEEN, "national"),
        ("shanghai-default", "insurance.liability_min_cny", 5e6, Status.SEEN, "national"),
        ("shanghai-default", "insurance.seat_min_cny", 1e6, Status.COMPARATOR, "xiangyang"),
        ("xiangyang", "insurance.seat_min_cny", 1e6, Status.SEEN, "xiangyang"),
        ("shanghai-default", "tested.automated_min_h", 240.0, Status.SEEN, "national"),
        ("xiangyang", "tested.automated_min_h", 480.0, Status.SEEN, "xiangyang"),
        ("shanghai-default", "tested.driverless_min_km", 2000.0, Status.COMPARATOR, "xiangyang"),
        ("shanghai-default", "operation.taxi.rides_min", 10.0, Status.SEEN, "shanghai-default"),
        ("xiangyang", "operation.taxi.rides_min", 20.0, Status.SEEN, "xiangyang"),
        ("shanghai-default", "period.ROAD_TEST.cap_months", 18.0, Status.SEEN, "national"),
        ("xiangyang", "period.ROAD_TEST.cap_months", 12.0, Status.SEEN, "xiangyang"),
        ("shanghai-default", "officer.licence_min_years", 3.0, Status.TO_BE_VERIFIED, "national"),
        ("shanghai-default", "deadlines.intake_wd", 5.0, Status.SEEN, "national"),
        ("shanghai-default", "deadlines.joint_wd", 45.0, Status.SEEN, "national"),
        ("lingang", "flight.apply_by", "12:00", Status.SEEN, "national"),
        ("lingang", "flight.decide_by", "21:00", Status.SEEN, "national"),
        ("lingang", "flight.report_before_h", 1.0, Status.SEEN, "national"),
        ("national", "uav.micro.empty_max_kg", 0.25, Status.SEEN, "national"),
        ("national", "uav.small.takeoff_max_kg", 25.0, Status.SEEN, "national"),
        ("national", "evidence.before_s", 90.0, Status.TO_BE_VERIFIED, "national"),
        ("national", "evidence.after_s", 30.0, Status.SEEN, "national"),
        ("lingang", "evidence.frames_kept_months", 6.0, Status.SEEN, "national"),
        ("shanghai-default", "precision.public_grid_m", 100.0, Status.OWN_PROPOSAL, "national"),
        ("shanghai-default", "evidence.after_s", 90.0, Status.OWN_PROPOSAL, "shanghai-default"),
        ("national", "reports.stage_every_months", 6.0, Status.TO_BE_VERIFIED, "national"),
        ("shanghai-default", "alarms.long_stop_road_s", 180.0, Status.COMPARATOR, "xiangyang"),
        ("shanghai-default", "driverless.allowed", False, Status.OWN_PROPOSAL, "national"),
        ("pudong", "driverless.allowed", True, Status.SEEN, "pudong"),
        ("lingang", "driverless.allowed", True, Status.SEEN, "pudong"),
        ("lingang", "operation.service_windows", ("08:00-20:00",), Status.SEEN, "lingang"),
    ],
)
@pytest.mark.requirement("D0-1", "D0-3")
def test_a_value_is_that_of_the_narrowest_layer_that_knows_it(
    load: Load, name: str, key: str, value: object, status: Status, rule_set: str
) -> None:
    found = read_sheet(load(name), load).parameters[key]

    assert (found.value, found.status, found.rule_set) == (value, status, rule_set)


@pytest.mark.requirement("D0-3")
def test_the_comparator_stands_in_only_where_nothing_else_is_known_and_says_so(load: Load) -> None:
    own = read_sheet(load("shanghai-default"), load).parameters
    theirs = read_sheet(load("xiangyang"), load).parameters

    taken = {key for key, each in own.items() if each.rule_set == "xiangyang"}
    assert taken
    assert {own[key].status for key in taken} == {Status.COMPARATOR}
    for key in theirs.keys() - taken:
        assert own[key].rule_set in {"national", "shanghai-default"}, key


def test_the_layers_are_national_shanghai_pudong_and_lingang(load: Load) -> None:
    lingang = read_sheet(load("lingang"), load)

    assert lingang.layers == (
        "pudong@2026.12",
        "shanghai-default@2026.12",
        "national@2026.12",
        "xiangyang@2026.12",
    )
    assert lingang.purpose is Purpose.SUPERVISION
    assert read_sheet(load("demonstration"), load).purpose is Purpose.DEMONSTRATION


@pytest.mark.requirement("D0-4")
@pytest.mark.parametrize("name", ["shanghai-default", "demonstration"])
def test_the_layers_judge_a_fix_as_the_one_file_before_them_did(load: Load, name: str) -> None:
    before, now = (parse(load(each), load) for each in (f"{name}@2026.11", name))

    assert [
        each.name
        for each in fields(RuleSet)
        if each.name not in {"sheet", "rules"}
        and getattr(before, each.name) != getattr(now, each.name)
    ] == ["forbidden_hours", "max_acceleration_mps2", "low_speed_silence_s"], (
        "of low-speed devices, whose permits the one file did not know, and of how a device can move by its own word"
    )
    plates = {(ViolationCode.PLATE_EXPIRED_RUN, domain, "") for domain in ("air", "water")}
    differs = {key for key, rule in now.rules.items() if before.rules[key] != rule}
    # Nothing in the air or on the water bears a plate: nobody is told of one.
    assert differs == plates


def test_a_value_may_have_days_of_its_own_and_says_where_it_was_read(load: Load) -> None:
    text = (
        'id = "ours"\nversion = "1"\nextends = "shanghai-default"\n'
        '[height]\nmax_agl_m = { value = 100, status = "seen", instrument = "uav-regulation", '
        'article = "19", source = "https://example.org", valid_from = 2026-12-01, '
        "valid_to = 2026-12-31 }"
    )
    found = read_sheet(text, load).parameters["height.max_agl_m"]

    assert found.source == "https://example.org"
    assert (found.valid_from, found.valid_to) == (date(2026, 12, 1), date(2026, 12, 31))


def test_statuses_units_and_facts_are_named_in_chinese() -> None:
    assert STATUS_ZH.keys() == set(Status)
    for _, english, chinese in FACTS.values():
        assert english != chinese
