"""What is registered: vehicles, aircraft, vessels, people and consortia, and what is wrong with them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from permits.aircraft_class import classify
from permits.condition import Verdict
from permits.entries import (
    Aircraft,
    Consortium,
    Member,
    MemberRole,
    Particulars,
    Person,
    PersonRole,
    Vehicle,
    VehicleCategory,
    Vessel,
    changes,
    entry_from_json,
    entry_to_json,
    faults,
    kind_of,
)
from permits.identities import is_mmsi, is_resident_id, is_upic, is_vin, masked, vin_check
from permits.rule_words import Language
from permits.sheet import Sheet, read_sheet

CAR = Vehicle(
    vin="1M8GDM9AXKP042788",
    brand="Swift",
    model="S1",
    configuration="L4-lidar-5",
    category=VehicleCategory.PASSENGER,
    automation_level=4,
    software_version="2.1",
    hardware_version="B",
    mass_kg=1850.0,
    seats=5,
)
KITE = Aircraft(
    upic="1581F5FH7K3LM0000001",
    model="K1",
    realname_id="UAS12345678",
    empty_mass_kg=0.24,
    takeoff_mass_kg=0.249,
    max_speed_kmh=40.0,
    max_height_agl_m=50.0,
    keeps_airspace=True,
    can_be_watched=True,
)
BOAT = Vessel(name="Dishui 1", length_m=6.5, mmsi="413000001", mass_degree=3)
ANNA = Person(
    name="李安",
    id_number="11010519491231002X",
    roles=(PersonRole.SAFETY_OFFICER,),
    licence_class="C1",
    licensed_since=date(2019, 3, 1),
)
TOGETHER = Consortium(
    name="Swift and Bay",
    members=(Member("swift", MemberRole.LEAD), Member("bay", MemberRole.OPERATING)),
)


@pytest.fixture(scope="module")
def national(load: Callable[[str], str]) -> Sheet:
    return read_sheet(load("national"), load)


@pytest.mark.parametrize("entry", [CAR, KITE, BOAT, ANNA, TOGETHER])
@pytest.mark.requirement("D1-5")
def test_what_is_well_has_no_fault_and_is_written_and_read_as_it_is(entry: Particulars) -> None:
    assert faults(entry) == ()
    assert entry_from_json(kind_of(entry), entry_to_json(entry)) == entry


@pytest.mark.requirement("D1-5")
def test_a_vin_has_its_check_digit() -> None:
    assert is_vin("1M8GDM9AXKP042788")
    assert is_vin("11111111111111111")
    assert vin_check("1M8GDM9A1KP042788") == "X"
    assert not is_vin("1M8GDM9A1KP042788")
    for no_vin in ("", "1M8GDM9AXKP04278", "1M8GDM9AXKP04278O", "1m8gdm9axkp042788"):
        assert vin_check(no_vin) is None
        assert not is_vin(no_vin)
    (wrong,) = faults(replace(CAR, vin="1M8GDM9A1KP042788"))
    assert wrong.said(Language.ENGLISH) == (
        "vin is 1M8GDM9A1KP042788: expected a VIN whose ninth character is X"
    )


def test_other_numbers_have_their_forms_too() -> None:
    assert is_resident_id("11010519491231002X")
    assert not is_resident_id("110105194912310021")
    assert not is_resident_id("01010519491231002X")
    assert is_mmsi("413000001")
    assert not is_mmsi("113000001")
    assert is_upic("1581F5FH7K3LM0000001")
    assert not is_upic("1581F5FH7K3LMO000001")


@pytest.mark.requirement("D1-7")
def test_a_persons_number_is_masked_and_never_told_back() -> None:
    assert masked("11010519491231002X") == "110************02X"
    assert masked("E1234567") == "E******7"
    (wrong,) = faults(replace(ANNA, id_number="110105194912310021"))
    assert "110105" not in wrong.said(Language.ENGLISH) + wrong.said(Language.CHINESE)
    amended = replace(ANNA, licence_class="B2", id_number="E1234567")
    assert changes(ANNA, amended) == ("licence_class: C1 → B2",)


@pytest.mark.parametrize(
    ("entry", "paths"),
    [
        (replace(CAR, category=VehicleCategory.LOW_SPEED, vin=None), ["code"]),
        (replace(CAR, vin=None, automation_level=2, mass_kg=0.0), ["vin", "automation_level", "mass_kg"]),
        (replace(KITE, upic="x", empty_mass_kg=1.0), ["upic", "takeoff_mass_kg"]),
        (replace(BOAT, mmsi=None, mass_degree=5), ["mmsi", "mass_degree"]),
        (replace(BOAT, mmsi="12", length_m=float("nan")), ["mmsi", "length_m"]),
        (replace(ANNA, roles=(), id_number="1234"), ["id_number", "roles"]),
        (replace(TOGETHER, members=()), ["members", "members", "members"]),
        (replace(TOGETHER, members=TOGETHER.members[:1]), ["members", "members"]),
        (replace(TOGETHER, members=(*TOGETHER.members, Member("c", MemberRole.LEAD))), ["members"]),
    ],
)  # fmt: skip
def test_all_that_is_wrong_is_told_by_its_path(entry: Particulars, paths: list[str]) -> None:
    found = faults(entry)
    assert [each.path for each in found] == paths
    for each in found:
        assert each.said(Language.CHINESE) != each.said(Language.ENGLISH)


def test_a_low_speed_device_needs_a_code_and_no_vin() -> None:
    assert faults(replace(CAR, category=VehicleCategory.LOW_SPEED, vin=None, code="SH-001")) == ()


@pytest.mark.requirement("D1-6")
@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (KITE, "micro"),
        (replace(KITE, empty_mass_kg=0.25, takeoff_mass_kg=0.3), "light"),
        (replace(KITE, max_height_agl_m=51.0), "light"),
        (replace(KITE, max_height_agl_m=None), "light"),
        (replace(KITE, empty_mass_kg=4.0, takeoff_mass_kg=7.0, max_speed_kmh=100.0), "light"),
        (replace(KITE, empty_mass_kg=4.0, takeoff_mass_kg=7.1), "small"),
        (replace(KITE, empty_mass_kg=4.0, takeoff_mass_kg=7.0, max_speed_kmh=101.0), "small"),
        (replace(KITE, empty_mass_kg=15.0, takeoff_mass_kg=25.0), "small"),
        (replace(KITE, empty_mass_kg=15.0, takeoff_mass_kg=25.1), "medium"),
        (replace(KITE, empty_mass_kg=4.0, takeoff_mass_kg=7.0, can_be_watched=False), "medium"),
        (replace(KITE, empty_mass_kg=4.0, takeoff_mass_kg=7.0, can_be_watched=None), "medium"),
        (replace(KITE, empty_mass_kg=90.0, takeoff_mass_kg=150.0), "medium"),
        (replace(KITE, empty_mass_kg=90.0, takeoff_mass_kg=150.5), "large"),
        (
            replace(KITE, empty_mass_kg=40.0, takeoff_mass_kg=80.0, max_height_agl_m=30.0,
                    radius_m=2000.0, agricultural=True),
            "agricultural",
        ),
        (
            replace(KITE, empty_mass_kg=40.0, takeoff_mass_kg=80.0, max_height_agl_m=30.0,
                    radius_m=2001.0, agricultural=True),
            "medium",
        ),
    ],
)  # fmt: skip
def test_an_aircraft_is_of_the_first_class_whose_thresholds_it_keeps(
    national: Sheet, entry: Aircraft, name: str
) -> None:
    assert classify(entry, national).name == name


@pytest.mark.requirement("D1-6")
def test_the_reason_for_a_class_is_told_with_the_numbers_of_the_rule_set(national: Sheet) -> None:
    found = classify(replace(KITE, empty_mass_kg=5.0, takeoff_mass_kg=9.0), national)
    assert [(each.name, each.verdict) for each in found.tried] == [
        ("agricultural", Verdict.NOT_MET),
        ("micro", Verdict.NOT_MET),
        ("light", Verdict.NOT_MET),
        ("small", Verdict.MET),
    ]
    assert "empty mass <= 15 kg" in found.tried[-1].said(Language.ENGLISH)
    assert "最大起飞重量 <= 25 kg" in found.tried[-1].said(Language.CHINESE)
    assert found.rules == national.label


def test_the_thresholds_are_the_rule_sets(load: Callable[[str], str]) -> None:
    def lower(name: str) -> str:
        text = load(name)
        return (
            text.replace("empty_max_kg = 15\n", "empty_max_kg = 4.5\n")
            if name == "national"
            else text
        )

    assert (
        classify(
            replace(KITE, empty_mass_kg=5.0, takeoff_mass_kg=9.0),
            read_sheet(lower("national"), lower),
        ).name
        == "medium"
    )
