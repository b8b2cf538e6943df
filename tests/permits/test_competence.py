"""Who may take which step: the departments that the rule set names, and nobody on their own file."""

from dataclasses import replace

import pytest

from permits.acts import ACT_OF, MATTER_ACT_OF, Act
from permits.competence import competent, unfit
from permits.department import Department
from permits.life_cycle import STEPS
from permits.matter_cycle import MATTER_MOVES
from permits.matter_step import MatterGuard
from permits.parameters import Load
from permits.permit import PermitKind as K
from permits.rule_words import Language
from permits.sheet import read_sheet
from permits.transition import AUTHORITIES, Guard

THREE = (Department.INDUSTRY, Department.TRANSPORT, Department.POLICE)
PUDONG = (Department.SCIENCE_ECONOMY, Department.CONSTRUCTION_TRANSPORT, Department.POLICE)
ROAD_POLICE = (Department.POLICE, Department.TRAFFIC_POLICE)


@pytest.mark.requirement("D4b-72")
@pytest.mark.parametrize(
    ("rule_set", "act", "kind", "expected"),
    [
        ("shanghai-default", Act.HANDLE, K.ROAD_TEST, THREE),
        ("shanghai-default", Act.SUPERVISE, K.ROAD_TEST, THREE),
        ("shanghai-default", Act.PLATE, K.ROAD_TEST, ROAD_POLICE),
        ("shanghai-default", Act.LIABILITY, K.ROAD_TEST, ROAD_POLICE),
        ("shanghai-default", Act.UNDO, K.COMMERCIAL_OPERATION, (Department.TRANSPORT,)),
        # A licence for the road and no plate: the police have no part in it.
        ("shanghai-default", Act.PLATE, K.COMMERCIAL_OPERATION, (Department.TRANSPORT,)),
        ("shanghai-default", Act.PLATE, K.LOW_SPEED_OPERATION, ROAD_POLICE),
        ("shanghai-default", Act.ATTEST, K.ROAD_TEST, THREE),
        # Each of the three for its own ground, whoever granted it.
        (
            "shanghai-default", Act.SUPERVISE, K.COMMERCIAL_OPERATION,
            (Department.TRANSPORT, Department.INDUSTRY, Department.POLICE),
        ),
        ("pudong", Act.HANDLE, K.ROAD_TEST, PUDONG),
        ("pudong", Act.SUPERVISE, K.DEMO_OPERATION, (*PUDONG, Department.TRANSPORT)),
        ("shanghai-default", Act.CONFIRM, K.FLIGHT_ACTIVITY, (Department.ATM,)),
        ("shanghai-default", Act.CONFIRM, K.TEST_BASE_USE, (Department.ATM,)),
        ("shanghai-default", Act.HANDLE, K.TEST_BASE_USE, (Department.BASE_OPERATOR, Department.ATM)),
        ("shanghai-default", Act.SUPERVISE, K.EMERGENCY_FLIGHT, (Department.ATM, Department.POLICE, Department.TRANSPORT)),
        ("shanghai-default", Act.SUPERVISE, K.TEST_BASE_USE, (Department.BASE_OPERATOR, Department.ATM, Department.POLICE, Department.TRANSPORT)),
        ("shanghai-default", Act.SUPERVISE, K.SUITABLE_AIRSPACE_FLIGHT, (Department.ATM, Department.POLICE, Department.TRANSPORT)),
        ("shanghai-default", Act.CONFIRM, K.EXEMPT_FLIGHT, (Department.ATM,)),
        ("shanghai-default", Act.ATTEST, K.EXEMPT_FLIGHT, (Department.ATM, Department.POLICE, Department.TRANSPORT)),
        ("shanghai-default", Act.LIABILITY, K.VESSEL_TRIAL, (Department.MARITIME,)),
        ("shanghai-default", Act.HANDLE, K.VESSEL_TRIAL, (Department.MARITIME,)),
        ("shanghai-default", Act.WARN, K.VESSEL_TRIAL, (Department.MARITIME,)),
        ("shanghai-default", Act.WARN, K.CHANNEL_SURVEY, (Department.MARITIME,)),
        ("shanghai-default", Act.SUPERVISE, K.CHANNEL_SURVEY, (Department.TRANSPORT, Department.MARITIME)),
    ],
)  # fmt: skip
def test_who_may_do_what_is_the_rule_sets_by_act_kind_and_place(
    load: Load, rule_set: str, act: Act, kind: K, expected: tuple[Department, ...]
) -> None:
    assert competent(read_sheet(load(rule_set), load), act, kind) == expected


def test_a_rule_set_names_others_for_one_act_alone(load: Load) -> None:
    office = '\n[competent.handle]\nroad = ["industry"]\nCOMMERCIAL_OPERATION = ["transport"]\n'
    sheet = read_sheet(load("shanghai-default") + office, load)
    assert competent(sheet, Act.HANDLE, K.ROAD_TEST) == (Department.INDUSTRY,)
    assert competent(sheet, Act.HANDLE, K.COMMERCIAL_OPERATION) == (Department.TRANSPORT,)
    assert competent(sheet, Act.UNDO, K.ROAD_TEST) == THREE
    assert competent(replace(sheet, parameters={}), Act.HANDLE, K.ROAD_TEST) == ()


@pytest.mark.requirement("D4b-72")
def test_who_is_refused_is_told_by_name_who_would_be_competent(load: Load) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    found = unfit(
        sheet, Act.CONFIRM, K.FLIGHT_ACTIVITY, Department.TRANSPORT, "city", frozenset({"kite"})
    )
    own = unfit(sheet, Act.CONFIRM, K.FLIGHT_ACTIVITY, Department.ATM, "kite", frozenset({"kite"}))

    assert (
        unfit(sheet, Act.CONFIRM, K.FLIGHT_ACTIVITY, Department.ATM, "atm", frozenset({"kite"}))
        is None
    )
    assert unfit(sheet, Act.CONFIRM, K.FLIGHT_ACTIVITY, None, "atm", frozenset()) is not None
    assert found is not None
    assert found.said("FA-1", "CONFIRM", Language.ENGLISH) == (
        "the transport department may not CONFIRM permit FA-1: competent are air traffic management"
    )
    assert found.said("FA-1", "CONFIRM", Language.CHINESE) == (
        "交通部门无权对许可 FA-1 执行 CONFIRM：有权办理的部门为空管"
    )
    assert own is not None
    assert "kite 的人员不得" in own.said("FA-1", "CONFIRM", Language.CHINESE)


@pytest.mark.requirement("D4b-72")
def test_whatever_an_authority_may_do_a_competent_one_alone_does() -> None:
    rows = [row for steps in STEPS.values() for row in steps]
    moves = [row for table in MATTER_MOVES.values() for by in table.values() for row in by.values()]
    for row in rows:
        asked = not row.actors.isdisjoint(AUTHORITIES)
        assert (Guard.COMPETENT in row.guards) == asked == (row.guards[:1] == (Guard.COMPETENT,))
        assert not asked or row.action in ACT_OF, row.action
    for step in moves:
        asked = not step.actors.isdisjoint(AUTHORITIES)
        assert (MatterGuard.COMPETENT in step.guards) == asked
        assert not asked or step.action in MATTER_ACT_OF, step.action
