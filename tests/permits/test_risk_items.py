"""What of an activity is of risk by its permit, whatever its applicant has ticked (Art. 65)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from permits.application import Application, DriverMode, Escalator
from permits.entries import Aircraft, Vehicle, VehicleCategory
from permits.governance import GovernanceRefused, act_on, high_risk_of, undeclared
from permits.governance_file import Admission, File, FileCase
from permits.governance_rules import governance_rules
from permits.governance_states import FileAction, FileKind, RiskItem
from permits.governance_step import FIRST
from permits.permit import Permit, PermitKind, PermitState
from permits.risk_items import Activity, derived
from permits.rule_words import Language
from permits.sheet import NOTHING
from permits.terms import Terms
from tests.permits.lives import local
from zone_service.shipped_rules import shipped_sheet

SHEET = shipped_sheet("shanghai-default")
R = RiskItem
TAXI = Vehicle(
    vin="LSVAA4182E2100001", brand="Swift", model="T", configuration="A", automation_level=4,
    category=VehicleCategory.PASSENGER, software_version="1", hardware_version="1", mass_kg=1800.0,
)  # fmt: skip
TRUCK = replace(TAXI, category=VehicleCategory.GOODS)
DRONE = Aircraft(
    upic="1581F4A1B2C3D4E5F6G7", model="D", empty_mass_kg=3.0, takeoff_mass_kg=6.0, radius_m=400.0
)


def activity(
    kind: PermitKind = PermitKind.ROAD_TEST, *craft: Vehicle | Aircraft,
    devices: int = 1, zone_class: str = "test_road_urban", said: dict[str, Any] | None = None,
    **limits: float,
) -> Activity:  # fmt: skip
    terms = Terms(
        frozenset(f"d-{each}" for each in range(devices)),
        frozenset({"z-1"}),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        **limits,  # type: ignore[arg-type]
    )
    permit = Permit("P-1", kind, PermitState.DRAFT, "swift", terms)
    return Activity(permit, Application(**(said or {})), craft, {"z-1": zone_class})


DRIVERLESS = {"driver_mode": DriverMode.REMOTE_DRIVERLESS}
FLIGHT = PermitKind.FLIGHT_ACTIVITY


@pytest.mark.requirement("D0-16")
@pytest.mark.parametrize(
    ("found", "items"),
    [
        (activity(), set()),
        (activity(said={"driver_mode": DriverMode.DRIVER_SEATED}), {R.MANUAL_DRIVING}),
        (activity(PermitKind.ROAD_TEST, TAXI, said=DRIVERLESS), {R.DRIVERLESS_PASSENGERS}),
        (activity(PermitKind.ROAD_TEST, TRUCK, TAXI, said=DRIVERLESS), {R.DRIVERLESS_PASSENGERS}),
        (activity(PermitKind.ROAD_TEST, TRUCK, said=DRIVERLESS), set()),
        (activity(PermitKind.ROAD_TEST, said=DRIVERLESS), set()),
        (activity(zone_class="test_road_expressway"), {R.EXPRESSWAY}),
        (activity(max_speed_mps=22.0), set()),
        (activity(max_speed_mps=22.3), {R.EXPRESSWAY}),
        (activity(zone_class="hospital"), {R.SCHOOL_OR_HOSPITAL}),
        (activity(PermitKind.LOW_SPEED_OPERATION), {R.LOW_SPEED_GOODS}),
        (activity(PermitKind.VESSEL_TRIAL, zone_class="channel"), {R.BUSY_CHANNEL}),
        (activity(FLIGHT, DRONE, max_height_agl_m=120.0, max_speed_mps=30.0), set()),
        (activity(FLIGHT, DRONE, max_height_agl_m=120.5), {R.BEYOND_SIGHT}),
        (activity(FLIGHT, DRONE, replace(DRONE, radius_m=501.0)), {R.BEYOND_SIGHT}),
        (activity(FLIGHT, DRONE, devices=2), {R.SWARM}),
        (activity(FLIGHT, zone_class="experience_zone"), {R.OVER_CROWDS}),
        (activity(zone_class="experience_zone"), set()),
        (
            activity(FLIGHT, said={"escalators": frozenset(Escalator)}),
            {R.OVER_CROWDS, R.DANGEROUS_GOODS, R.BEYOND_SIGHT, R.SWARM},
        ),
        (activity(FLIGHT, said={"escalators": frozenset()}), set()),
    ],
)  # fmt: skip
def test_what_is_of_risk_follows_from_kind_mode_zones_speed_heights_and_what_is_declared(
    found: Activity, items: set[RiskItem]
) -> None:
    assert {each.item for each in derived(found, SHEET)} == items
    assert derived(found, NOTHING) == ()


@pytest.mark.requirement("D0-16")
def test_each_item_says_by_which_condition_it_follows_in_both_languages() -> None:
    (found,) = derived(activity(FLIGHT, max_height_agl_m=150.0), SHEET)
    assert "top height above ground > 120 m" in found.because[Language.ENGLISH]
    assert "申请最大真高 > 120" in found.because[Language.CHINESE]


@pytest.mark.requirement("D0-16")
def test_what_follows_and_was_not_declared_is_named_and_reviewed_all_the_same() -> None:
    about = Admission(
        "Sweeper", "at night", frozenset({R.LOW_SPEED_GOODS}), "10 km/h",
        date(2026, 6, 1), date(2026, 8, 31), "P-1",
    )  # fmt: skip
    follows = derived(activity(PermitKind.LOW_SPEED_TEST, zone_class="test_road_expressway"), SHEET)
    file = File("F-1", "swift", FIRST[FileKind.SANDBOX], about)
    case = FileCase(file, (), governance_rules(SHEET), derived=follows)
    assert high_risk_of(case) == {R.EXPRESSWAY}
    assert [each.item for each in undeclared(case)] == [R.EXPRESSWAY]
    ticked = replace(about, items=frozenset({R.EXPRESSWAY, R.LOW_SPEED_GOODS}))
    assert undeclared(replace(case, file=replace(file, about=ticked))) == ()
    with pytest.raises(GovernanceRefused, match="reviewed first, for EXPRESSWAY"):
        act_on(case, FileAction.DISCLOSE, at=local("2026-05-04 12:00"), by="li", reason="because")
