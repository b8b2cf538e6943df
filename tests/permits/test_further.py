"""What is applied for under a permit: that it can be, and who must consent."""

from dataclasses import replace
from typing import Any

import pytest

from permits.corridor import OwnCorridor
from permits.entries import Vehicle, VehicleCategory
from permits.further import (
    CHANGEABLE,
    Added,
    Addition,
    Change,
    Renewal,
    changed,
    faults_of_addition,
    faults_of_change,
    unlike,
)
from permits.further_steps import FURTHER_STEPS
from permits.matter import About, Matter, MatterChanged, act_in, consents
from permits.matter_cycle import MATTER_MOVES
from permits.matter_deadlines import MatterCase, matter_dues
from permits.matter_states import MatterAction, MatterFamily, MatterKind, MatterState
from permits.matter_step import MatterEffect, MatterGuard
from permits.paper_words import Fault
from permits.permit import PermitKind
from permits.rule_words import Language
from permits.ruleset import RuleSet
from permits.terms import Terms
from permits.time_limits import time_limits
from tests.permits.calendars import YEAR_2026
from tests.permits.lives import draft, lasting, local

A, S = MatterAction, MatterState
_E, _G = MatterEffect, MatterGuard
TESTED = Vehicle(
    vin="LSVNV2187E2100001", brand="Swift", model="One", configuration="A",
    category=VehicleCategory.PASSENGER, automation_level=4, software_version="2.1",
    hardware_version="7", mass_kg=1900.0, seats=4,
)  # fmt: skip
LIKE = replace(TESTED, vin="LSVNV2189E2100002")


def added(**said: Any) -> Added:
    return replace(Added("V-2", LIKE, "car-2", is_confirmed=True), **said)


def paths(found: tuple[Fault, ...]) -> list[str]:
    return [each.path for each in found]


@pytest.mark.requirement("D4b-68")
def test_a_vehicle_that_differs_in_its_number_alone_has_the_same_configuration() -> None:
    assert unlike(LIKE, [TESTED]) == ()
    assert unlike(replace(LIKE, seats=5), [TESTED]) == ("seats: 5 ≠ 4",)
    newer = replace(LIKE, software_version="2.2", hardware_version="8")
    nearer = replace(TESTED, software_version="2.2")
    assert unlike(newer, [TESTED, nearer]) == ("hardware_version: 8 ≠ 7",)
    assert unlike(LIKE, []) == ("no vehicle was tested",)


@pytest.mark.requirement("D4b-68")
def test_all_that_is_wrong_with_vehicles_is_told_at_once(terms: Terms) -> None:
    permit = replace(terms, device_ids=frozenset({"car-1"}), max_vehicles=2)
    assert faults_of_addition(permit, [added()], [TESTED]) == ()
    found = faults_of_addition(
        permit,
        [
            added(entry_id="V-3", vehicle=None),
            added(entry_id="V-4", device_id=None, vehicle=replace(LIKE, brand="Other")),
            added(entry_id="V-5", device_id="car-1", is_confirmed=False),
        ],
        [TESTED],
    )
    assert paths(found) == [
        "entry_ids.V-3",
        "entry_ids.V-4",
        "entry_ids.V-4",
        "entry_ids.V-5",
        "entry_ids.V-5",
        "entry_ids",
    ]
    assert "brand: Other ≠ Swift" in found[2].said(Language.ENGLISH)
    assert "与许可内已测试车辆相同的配置" in found[2].said(Language.CHINESE)
    assert paths(faults_of_addition(permit, [], [TESTED])) == ["entry_ids"]
    many = [added(), added(entry_id="V-6", device_id="car-6")]
    assert "at most 2 vehicles" in faults_of_addition(permit, many, [TESTED])[0].said(
        Language.ENGLISH
    )


@pytest.mark.requirement("D4b-19")
def test_what_a_change_does_not_name_stays_as_it_is(terms: Terms) -> None:
    after = changed(terms, Change({"max_speed_mps": 5.0, "zone_ids": ["other"]}))
    assert after == replace(terms, max_speed_mps=5.0, zone_ids=frozenset({"other"}))
    assert faults_of_change(terms, Change({"max_speed_mps": 5.0})) == ()


@pytest.mark.parametrize(
    "wanted",
    [
        {"valid_to": "2099-01-01T00:00:00+00:00"},
        {"device_ids": ["car-9"]},
        {"plates": []},
        {"suspended_zone_ids": []},
        {"max_speed_mps": -1.0},
        {"max_speed_mps": "fast"},
        {"zone_ids": []},
        {},
    ],
)
def test_a_change_of_what_is_not_its_own_or_cannot_be_is_refused(
    terms: Terms, wanted: dict[str, Any]
) -> None:
    assert len(faults_of_change(terms, Change(wanted))) == 1
    assert not set(CHANGEABLE) & {"valid_to", "device_ids", "plates", "suspended_zone_ids"}


@pytest.mark.requirement("D4b-62", "D4b-19")
def test_no_change_leaves_the_corridor_alone_while_a_zone_is_suspended_that_it_may_lead_through() -> (
    None
):
    corridor = OwnCorridor(((121.9, 30.9), (121.92, 30.91)), 25.0)
    terms = replace(lasting("2026-07-01", "2027-01-01"), corridor=corridor)
    alone, other = Change({"zone_ids": []}), Change({"zone_ids": ["other"]})
    assert faults_of_change(terms, alone) == ()
    halted = replace(terms, suspended_zone_ids=frozenset({"segment"}))
    (found,) = faults_of_change(halted, alone)
    assert found.path == "change.zone_ids"
    assert "segment is suspended" in found.said(Language.ENGLISH)
    assert faults_of_change(halted, other) == ()
    assert paths(faults_of_change(terms, alone, halted={"gone before"})) == ["change.zone_ids"]
    both = faults_of_change(halted, alone, halted={"other"})
    assert "other, segment" in both[0].said(Language.ENGLISH)


@pytest.mark.requirement("D4b-62")
def test_who_has_a_corridor_alone_may_change_the_rest_while_a_zone_is_suspended() -> None:
    corridor = OwnCorridor(((121.9, 30.9), (121.92, 30.91)), 25.0)
    terms = replace(lasting("2026-07-01", "2027-01-01"), zone_ids=frozenset(), corridor=corridor)
    change = Change({"max_speed_mps": 5.0})
    assert faults_of_change(terms, change, halted={"gone before"}) == ()


def told(action: MatterAction, department: str = "") -> MatterChanged:
    at = local("2026-06-01 10:00")
    return MatterChanged(
        "CH-1", action, S.SUBMITTED, S.SUBMITTED, at, "li", "", 1, department=department
    )


@pytest.mark.requirement("D4b-67")
def test_consents_count_from_when_it_came_in_again() -> None:
    first = (told(A.APPLY), told(A.CONSENT, "police"), told(A.CONSENT, "industry"))
    assert consents(first) == {"police", "industry"}
    again = (*first, told(A.RETURN), told(A.RESUBMIT), told(A.CONSENT, "transport"))
    assert consents(again) == {"transport"}


def applied(rules: RuleSet, about: About, kind: MatterKind, at: str) -> MatterCase:
    new = Matter("CH-1", "P-7", kind, S.NEW, "org-1", about)
    found, change = act_in(new, A.APPLY, at=local(at), by="li")
    permit = draft(PermitKind.ROAD_TEST, lasting("2026-01-01", "2026-12-01"))
    return MatterCase(found, permit, (change,), time_limits(rules.sheet), YEAR_2026)


@pytest.mark.requirement("D4b-67")
def test_it_is_decided_in_the_time_of_a_decision_and_a_renewal_by_the_end(rules: RuleSet) -> None:
    change = applied(rules, Change({}), MatterKind.CHANGE, "2026-06-01 10:00")
    length = change.limits.decision(change.permit.kind)
    counted = YEAR_2026.after(local("2026-06-01").date(), length, lambda _: False)
    (due,) = matter_dues(change)
    assert due.at == local(f"{counted.day}") + (local("2026-06-02") - local("2026-06-01"))
    renewal = applied(rules, Renewal(), MatterKind.RENEWAL, "2026-10-01 10:00")
    assert matter_dues(renewal)[0].at == local("2026-12-01")


@pytest.mark.requirement("D4b-36")
def test_what_changes_no_configuration_sees_no_experts() -> None:
    states = {str(state) for state in MATTER_MOVES[MatterFamily.FURTHER]}
    assert not states & {"THIRD_PARTY_REVIEW", "EXPERT_REVIEW"}
    assert Addition(("V-1",)).entry_ids == ("V-1",)


@pytest.mark.requirement("D4b-19")
def test_every_step_towards_another_permit_asks_whether_it_can_be_changed_now() -> None:
    changing = [
        each
        for each in FURTHER_STEPS
        if _E.CHANGE_PERMIT in each.effects or each.after is S.AWAITING_PLATE
    ]
    assert {each.action for each in changing} == {A.GRANT, A.GRANT_TO_PLATE, A.PLATE}
    assert all(_G.PERMIT_CHANGEABLE in each.guards for each in changing)
