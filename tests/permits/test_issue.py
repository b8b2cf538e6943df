"""Numbers, VINs, plates and how long what is issued is valid: without a store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from permits.compliance import Breach, Conduct, Grant, breaches
from permits.identities import vin_check
from permits.life_cycle import PermitKind, PermitState
from permits.number_pattern import is_pattern
from permits.permit import Permit
from permits.plate import Plate, as_plate, is_plate, plate_from_json, plate_to_json
from permits.plating import (
    PlateWanted,
    bears_code_plates,
    doubts,
    must_bear_plates,
    without_plates,
    wrong,
)
from permits.ruleset import RuleSet, parse
from permits.series import numbered, series_of
from permits.sheet import read_sheet
from permits.terms import Terms, terms_from_json, terms_to_json
from permits.validity import CutBy, Papers, Validity, cap_months, cut, declared, of_all
from permits.vin import as_vin, has_form, is_doubtful
from permits.violation import ViolationCode

Load = Callable[[str], str]
NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)  # in Shanghai
YEAR = timedelta(days=365)
PLATE = Plate("car-1", "沪A0001试", "LSVNV2182E2100001", NOON, NOON + YEAR)


# --- numbers


@pytest.mark.requirement("D4b-29")
def test_numbers_are_written_as_the_rule_set_has_it(load: Load) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    series = series_of(sheet, PermitKind.ROAD_TEST, date(2026, 12, 31))
    assert series.key == "ROAD_TEST/shanghai/2026"
    first, thousandth = numbered(series, 1), numbered(series, 1000)
    assert (first.confirmation, first.machine) == ("2026年第001号", "SH-RT-2026-000001")
    assert (thousandth.confirmation, thousandth.machine) == ("2026年第1000号", "SH-RT-2026-001000")
    lingang = series_of(read_sheet(load("lingang"), load), PermitKind.ROAD_TEST, date(2027, 1, 1))
    assert (lingang.key, numbered(lingang, 7).machine) == (
        "ROAD_TEST/lingang/2027",
        "LG-RT-2027-000007",
    )


def test_a_kind_without_a_form_of_its_own_has_the_common_one(load: Load) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    bare = {key: each for key, each in sheet.parameters.items() if "ROAD_TEST" not in key}
    series = series_of(replace(sheet, parameters=bare), PermitKind.ROAD_TEST, date(2026, 1, 1))
    assert numbered(series, 3).machine == "SH-ROAD_TEST-2026-000003"
    with pytest.raises(LookupError, match=r"national@.* has no number\.other\.confirmation"):
        series_of(read_sheet(load("national"), load), PermitKind.ROAD_TEST, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("{year}年第{serial:3}号", True),
        ("{kind}-{year}-{serial}", True),
        ("{serial}", False),
        ("{year}{serial}{serial}", False),
        ("{year}{serial:0}", False),
        ("{year}{serial}{other}", False),
        ("{year}{serial}}", False),
    ],
)
def test_a_number_has_the_year_and_the_serial_once_each(text: str, is_one: bool) -> None:
    assert is_pattern(text) is is_one


def test_a_form_that_gives_the_same_number_twice_is_refused(load: Load) -> None:
    text = (
        'id = "ours"\nversion = "1"\nextends = "shanghai-default"\n'
        '[number.other]\nbasis = { status = "own proposal" }\nmachine = "SH-{year}"\n'
    )
    with pytest.raises(
        ValueError, match=r"number\.other\.machine is 'SH-\{year\}': expected a text"
    ):
        read_sheet(text, load)


# --- VINs and plates


@pytest.mark.requirement("D4b-30")
@pytest.mark.parametrize(
    ("vin", "digit"),
    [
        ("1M8GDM9AXKP042788", "X"),  # the example of the standard's appendix
        ("11111111111111111", "1"),
        ("5GZCZ43D13S812715", "1"),
        ("LSVNV2187E2100001", "7"),
    ],
)
def test_the_check_digit_of_a_vin_is_its_ninth_place(vin: str, digit: str) -> None:
    assert has_form(vin)
    assert vin_check(vin) == digit
    assert is_doubtful(vin, frozenset({vin[0]})) is (vin[8] != digit)
    assert is_doubtful(vin, frozenset()) is False


@given(
    some.text("0123456789", min_size=16, max_size=16),
    some.integers(0, 15),
    some.sampled_from("0123456789"),
)
def test_one_figure_that_is_mistyped_is_seen_by_the_vin_check(
    figures: str, at: int, typed: str
) -> None:
    """Of letters several share a value, and one may pass for another."""

    def with_digit(digit: str, others: str) -> str:
        return others[:8] + digit + others[8:]

    digit = vin_check(with_digit("0", figures)) or ""
    mistyped = figures[:at] + typed + figures[at + 1 :]
    doubted = is_doubtful(with_digit(digit, mistyped), frozenset(mistyped[0]))
    assert doubted is (typed != figures[at])


@pytest.mark.requirement("D4b-30")
@pytest.mark.parametrize(
    "vin", ["", "LSVNV2182E210000", "LSVNV2182E21000011", "ISVNV2182E2100001", "LSVNV2182E210000Ö"]
)
def test_what_has_not_the_form_of_a_vin_is_none(vin: str) -> None:
    assert has_form(vin) is False
    assert has_form(as_vin(" lsvnv 2182e-2100001 "))


@pytest.mark.requirement("D4b-30")
def test_a_wrong_check_digit_is_doubted_of_makers_that_use_it_and_refuses_nothing(
    load: Load,
) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    asked = tuple(
        PlateWanted("car-1", "A1", vin)
        for vin in ("LSVNV2182E2100001", "LSVNV2187E2100001", "WSVNV2182E2100001", "no vin")
    )
    (found,) = doubts(asked, sheet)
    assert (found.path, dict(found.filled)["expected"]) == ("plates[0].vin", "7")


def test_plates_are_compared_without_blanks_and_dots() -> None:
    assert as_plate(" 沪a·0001 试") == "沪A0001试"
    assert [is_plate(each) for each in ("沪A0001试", "", "A*1", "A" * 17)] == [
        True,
        False,
        False,
        False,
    ]


def test_a_plate_comes_back_from_json_and_what_is_none_is_refused(terms: Terms) -> None:
    assert plate_from_json(plate_to_json(PLATE)) == PLATE
    with_plate = replace(terms, plates=(PLATE,))
    assert terms_from_json(terms_to_json(with_plate)) == with_plate
    before = terms_to_json(terms)
    del before["plates"]  # as it was written before there were any
    assert terms_from_json(before) == terms
    for other in ({}, {"device_id": "car-1"}, plate_to_json(PLATE) | {"more": 1}, "no"):
        with pytest.raises(ValueError, match="plates has"):
            plate_from_json(other)
    with pytest.raises(ValueError, match="no time zone"):
        replace(PLATE, valid_to=datetime(2027, 1, 1))  # noqa: DTZ001


# --- validity


@pytest.mark.requirement("D4b-10", "D4a-13")
@pytest.mark.parametrize(
    ("months", "papers", "ends", "cause"),
    [
        (None, Papers(), NOON + YEAR, CutBy.DECLARATION),
        (18, Papers(), NOON + YEAR, CutBy.DECLARATION),
        (6, Papers(), datetime(2026, 11, 4, 4, tzinfo=UTC), CutBy.CAP),
        (6, Papers(date(2026, 11, 3)), datetime(2026, 11, 3, 16, tzinfo=UTC), CutBy.INSURANCE),
        (6, Papers(date(2026, 11, 4)), datetime(2026, 11, 4, 4, tzinfo=UTC), CutBy.CAP),
        (
            6,
            Papers(date(2026, 9, 1), date(2026, 8, 1)),
            datetime(2026, 8, 1, 16, tzinfo=UTC),
            CutBy.INSPECTION,
        ),
        (
            None,
            Papers(limited_to=date(2026, 6, 1)),
            datetime(2026, 6, 1, 16, tzinfo=UTC),
            CutBy.POLICE,
        ),
    ],
)
def test_a_validity_is_cut_to_the_earliest_and_says_to_what(
    months: int | None, papers: Papers, ends: datetime, cause: CutBy
) -> None:
    assert cut(declared(NOON, NOON + YEAR, months), papers) == Validity(NOON, ends, cause)


@pytest.mark.requirement("D4a-13")
@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        (datetime(2026, 8, 31, 4, tzinfo=UTC), 6, datetime(2027, 2, 28, 4, tzinfo=UTC)),
        (datetime(2027, 8, 31, 4, tzinfo=UTC), 6, datetime(2028, 2, 29, 4, tzinfo=UTC)),
        # It is the first of the month in Shanghai.
        (datetime(2026, 1, 31, 17, tzinfo=UTC), 1, datetime(2026, 2, 28, 17, tzinfo=UTC)),
        (datetime(2026, 12, 15, 4, tzinfo=UTC), 12, datetime(2027, 12, 15, 4, tzinfo=UTC)),
    ],
)
def test_months_are_those_of_the_calendar_in_shanghai(
    begins: datetime, months: int, ends: datetime
) -> None:
    assert declared(begins, begins + 10 * YEAR, months) == Validity(begins, ends, CutBy.CAP)


@pytest.mark.requirement("D4a-13", "D4a-19")
def test_a_low_speed_device_has_a_longest_period_of_its_own(load: Load) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    assert cap_months(sheet, PermitKind.LOW_SPEED_TEST) == 12
    assert cap_months(sheet, PermitKind.LOW_SPEED_OPERATION) == 12
    longer = read_sheet(load("shanghai-default") + "[low_speed]\ncap_months = 24\n", load)
    assert cap_months(longer, PermitKind.LOW_SPEED_TEST) == 24
    assert cap_months(longer, PermitKind.DEMO_OPERATION) == 6
    nothing = replace(sheet, parameters={})
    assert cap_months(nothing, PermitKind.LOW_SPEED_TEST) is None


@pytest.mark.requirement("D4a-19")
def test_a_code_plate_is_the_citys_and_has_no_vin(load: Load, terms: Terms) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    coded = [each for each in PermitKind if bears_code_plates(sheet, each)]
    assert coded == [PermitKind.LOW_SPEED_TEST, PermitKind.LOW_SPEED_OPERATION]
    assert all(must_bear_plates(sheet, each) for each in coded)
    kind, two = PermitKind.LOW_SPEED_TEST, replace(terms, device_ids=frozenset({"car-1", "car-2"}))
    permit = Permit("LT-1", kind, PermitState.AWAITING_PLATE, "swift", two)
    plates = PlateWanted("car-1", "SH0001"), PlateWanted("car-2", "SH0002")
    assert list(wrong(permit, plates, code_plates=True)) == []
    assert [each.key for each in wrong(permit, plates)] == ["form of vin", "form of vin"]
    with_vin = (PlateWanted("car-1", "SH0001", PLATE.vin),)
    (found,) = wrong(permit, with_vin, code_plates=True)
    assert (found.path, found.key) == ("plates[0].vin", "no vin")


DAYS = some.none() | some.dates(date(2026, 5, 5), date(2028, 1, 1))


@given(some.none() | some.integers(1, 36), DAYS, DAYS, DAYS)
def test_no_paper_that_is_taken_away_makes_a_validity_shorter(
    months: int | None, insured: date | None, inspected: date | None, limited: date | None
) -> None:
    whole = declared(NOON, NOON + YEAR, months)
    all_of_them = cut(whole, Papers(insured, inspected, limited))
    assert all_of_them.valid_to <= whole.valid_to
    for fewer in (
        Papers(None, inspected, limited),
        Papers(insured, None, limited),
        Papers(insured, inspected, None),
    ):
        assert all_of_them.valid_to <= cut(whole, fewer).valid_to


@pytest.mark.requirement("D4b-10")
def test_a_permit_ends_with_the_last_of_its_vehicles() -> None:
    whole = Validity(NOON, NOON + YEAR, CutBy.DECLARATION)
    near = Validity(NOON, NOON + timedelta(days=9), CutBy.INSURANCE)
    far = Validity(NOON, NOON + timedelta(days=90), CutBy.INSPECTION)
    assert of_all(whole, ()) == of_all(whole, (near, whole)) == whole
    assert of_all(whole, (near,)) == near
    assert of_all(whole, (near, far)) == replace(far, cut_by=CutBy.VEHICLES)


# --- supervision


def driving(at: datetime, mode: str = "AUTONOMOUS") -> Conduct:
    return Conduct(
        at_s=at.timestamp(),
        domain="road",
        allowed_inside=frozenset({"segment"}),
        speed_mps=5.0,
        control_mode=mode,
        moving=True,
    )


@pytest.fixture
def plated(terms: Terms) -> Grant:
    ends_s = (NOON + timedelta(days=1)).timestamp()
    return Grant("P-7", PermitKind.ROAD_TEST, PermitState.ACTIVE, terms, NOON.timestamp(), ends_s)


@pytest.mark.requirement("D4d-17")
@pytest.mark.parametrize(
    ("after", "mode", "detail"),
    [
        (timedelta(seconds=-1), "AUTONOMOUS", "not begun"),
        (timedelta(0), "AUTONOMOUS", None),
        (timedelta(days=1, seconds=-1), "AUTONOMOUS", None),
        (timedelta(days=1), "AUTONOMOUS", "expired"),
        (timedelta(days=1), "UNKNOWN", "expired"),
        (timedelta(days=1), "MANUAL", None),
    ],
)
def test_under_way_with_a_plate_that_is_not_valid_is_a_breach(
    plated: Grant, rules: RuleSet, after: timedelta, mode: str, detail: str | None
) -> None:
    found = tuple(breaches(plated, driving(NOON + after, mode), rules))
    expected = () if detail is None else (Breach(ViolationCode.PLATE_EXPIRED_RUN, detail=detail),)
    assert found == expected


def test_where_the_permit_itself_is_over_nobody_speaks_of_the_plate(
    plated: Grant, rules: RuleSet
) -> None:
    over = replace(plated, state=PermitState.SUSPENDED)
    (found,) = breaches(over, driving(NOON + timedelta(days=2)), rules)
    assert found.code is ViolationCode.PERMIT_EXPIRED


def test_plates_that_are_ended_are_valid_no_more(terms: Terms) -> None:
    with_plate = replace(terms, plates=(PLATE, replace(PLATE, device_id="car-2", number="B")))
    at = NOON + timedelta(days=3)
    ended = without_plates(with_plate, {"沪A0001试"}, at)
    assert [each.valid_to for each in ended.plates] == [at, NOON + YEAR]
    assert without_plates(ended, {"沪A0001试"}, at + YEAR) == ended


@pytest.mark.requirement("D4d-17")
def test_a_rule_set_of_before_judges_plates_as_it_judges_permits(load: Load) -> None:
    rules = parse(load("shanghai-default@2026.11"), load)
    plate, permit = (
        rules.rule(code, "road")
        for code in (ViolationCode.PLATE_EXPIRED_RUN, ViolationCode.PERMIT_EXPIRED)
    )
    assert plate == permit


def test_a_permit_has_no_plates_before_it_is_issued(terms: Terms) -> None:
    assert Permit("P-7", PermitKind.ROAD_TEST, PermitState.DRAFT, "acme", terms).terms.plates == ()
