"""A fix too inaccurate to tell on which side of an edge it is, where a rule asks how sure it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from permits.compliance import Grant
from permits.corridor import OwnCorridor
from permits.permit import Permit, PermitKind, PermitState
from permits.ruleset import RuleSet, RuleSetError, parse
from permits.terms import Terms
from permits.violation import ViolationCode
from telemetry.report import Frame
from tests.permits.conftest import shipped
from zone_service.memory import Memory
from zone_service.own_corridors import corridors_of
from zone_service.pipeline import step
from zone_service.shipped_rules import shipped_rules
from zone_service.store.records import ViolationChange
from zone_service.world import World

Say = Callable[..., Frame]
METRE_NORTH = 1 / 110_870.0
CODES = ("KEEP_IN_EXIT", "AUTO_OUTSIDE_AUTHORISED", "KEEP_OUT_BREACH")


def asking(confidence: float, *codes: str) -> RuleSet:
    tables = "\n".join(f"[violations.{code}]\nconfidence = {confidence}" for code in codes)
    head = 'id = "ours"\nversion = "1"\nextends = "shanghai-default"\n'
    return parse(f'{head}basis = {{ status = "own proposal" }}\n{tables}', shipped)


@pytest.fixture
def careful(world: World) -> World:
    """The city whose rules ask to be sure by nine in ten."""
    return replace(world, rules=asking(0.9, *CODES))


def drive(
    world: World, say: Say, *legs: tuple[float, float, int], device_id: str = "car-1"
) -> list[tuple[str, bool]]:
    """Legs of metres north of the road's middle, accuracy and seconds; what opened or closed.

    From one leg to the next it leaps, so the first fix of each says no speed that could contradict it.
    """
    memory, told, second = Memory(), list[tuple[str, bool]](), 0
    for metres, accuracy_m, seconds in legs:
        for nth in range(seconds):
            second += 1
            place = (121.92, 30.90 + metres * METRE_NORTH)
            said = {"horizontal_accuracy_m": accuracy_m, "ground_speed_mps": 5.0 if nth else None}
            frame = say(device_id, *place, second, seq=second, **said)
            for each in step(memory, world, [frame]).changes.values():
                told.append((each.code, each.closed_at is None))
    return told


OPENED, CLOSED = [("KEEP_IN_EXIT", True)], [("KEEP_IN_EXIT", True), ("KEEP_IN_EXIT", False)]


@pytest.mark.requirement("D4d-51")
def test_fixes_that_cannot_tell_open_nothing_and_sure_ones_do(careful: World, say: Say) -> None:
    # The road is 30 m wide to each side. Five metres outside by an accuracy of 15: eight in ten.
    assert drive(careful, say, (0, 3, 2), (35, 15, 30)) == []
    assert drive(careful, say, (0, 3, 2), (35, 4, 30)) == OPENED
    assert drive(careful, say, (0, 3, 2), (60, 15, 30)) == OPENED


@pytest.mark.requirement("D4d-51", "D4d-61")
def test_the_edge_of_a_corridor_of_its_own_may_be_asked_how_sure_it_is(
    world: World, say: Say
) -> None:
    """30 m wide to each side, and the road is as wide: the permit names the corridor alone."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    line = OwnCorridor(((121.90, 30.90), (121.95, 30.90)), 30.0)
    terms = Terms(frozenset({"car-1"}), frozenset(), at, at + timedelta(days=30), corridor=line)
    permit = Permit("R-1", PermitKind.ROAD_TEST, PermitState.ACTIVE, "acme", terms, 1)
    routed = replace(
        world,
        rules=asking(0.9, "ROUTE_DEVIATION"),
        corridors=corridors_of([permit]),
        grants={"car-1": (Grant(permit.number, permit.kind, permit.state, terms),)},
    )
    deviation = [("ROUTE_DEVIATION", True)]
    assert drive(routed, say, (0, 3, 2), (35, 15, 30)) == []
    assert drive(routed, say, (0, 3, 2), (35, 4, 30)) == deviation
    assert drive(routed, say, (60, 3, 30), (27, 15, 30)) == deviation
    believing = replace(routed, rules=world.rules)
    assert drive(believing, say, (0, 3, 2), (35, 15, 30)) == deviation


@pytest.mark.requirement("D4d-51")
def test_without_a_confidence_a_fix_is_believed_as_it_is(world: World, say: Say) -> None:
    assert not world.rules.doubts
    assert drive(world, say, (0, 3, 2), (35, 15, 30)) == OPENED


@pytest.mark.requirement("D4d-51")
def test_fixes_that_cannot_tell_close_nothing(careful: World, say: Say) -> None:
    out = (60.0, 3.0, 30)
    assert drive(careful, say, out, (27, 15, 30)) == OPENED
    assert drive(careful, say, out, (0, 15, 30)) == CLOSED


@pytest.mark.requirement("D4d-51")
def test_fixes_that_cannot_tell_are_not_counted_among_those_that_can(
    careful: World, say: Say
) -> None:
    doubts = [(50.0, 3.0, 2), (28.0, 15.0, 4)] * 5
    assert drive(careful, say, (0, 3, 2), *doubts) == OPENED
    assert drive(careful, say, (0, 3, 2), *[(50.0, 3.0, 2), (0.0, 15.0, 4)] * 5) == []


def test_who_claims_to_be_better_than_any_receiver_is_not_believed_in_this(
    careful: World, say: Say
) -> None:
    assert drive(careful, say, (0, 3, 2), (30.8, 0.1, 30)) == []
    assert drive(careful, say, (0, 3, 2), (33, 0.1, 30)) == OPENED


def test_of_who_does_not_say_it_the_accuracy_is_that_of_the_rules(careful: World, say: Say) -> None:
    memory, opened = Memory(), list[ViolationChange]()
    for second in range(30):
        frame = say("car-1", 121.92, 30.90 + 35 * METRE_NORTH, second, seq=second)
        opened += step(memory, careful, [frame]).changes.values()
    assert opened == []


@pytest.mark.requirement("D4d-38", "D4d-51")
def test_of_an_aircraft_no_fix_is_doubted(careful: World, say: Say) -> None:
    memory = Memory()
    in_airport = (121.80001, 31.11)
    said = {"height_agl_m": 20.0, "operational_status": "AIRBORNE", "horizontal_accuracy_m": 90.0}
    changes = step(memory, careful, [say("uav-1", *in_airport, 1, seq=1, **said)]).changes
    assert "KEEP_OUT_BREACH" in {each.code for each in changes.values()}


@pytest.mark.requirement("D4d-38")
def test_a_rule_without_a_hold_off_doubts_nothing() -> None:
    rules = asking(0.9, *CODES)
    found = {
        (code, domain, category): rules.rule(ViolationCode(code), domain, category).confidence
        for code in CODES
        for domain in ("road", "air", "water")
        for category in ("", "airport")
    }
    assert found["KEEP_OUT_BREACH", "road", ""] == 0.9
    assert found["KEEP_OUT_BREACH", "road", "airport"] == 0.0
    assert {each for (_, domain, _), each in found.items() if domain == "air"} == {0.0}


@pytest.mark.parametrize("name", ["shanghai-default", "demonstration"])
def test_the_rule_sets_that_ship_doubt_nothing(name: str) -> None:
    assert not shipped_rules(name).doubts


@pytest.mark.parametrize(
    "table", ["OVERSPEED", "KEEP_IN_EXIT.air", "KEEP_IN_EXIT.sea", "IMPOSSIBLE_JUMP"]
)
def test_a_confidence_where_none_can_be_is_refused(table: str) -> None:
    with pytest.raises(RuleSetError, match="no such key"):
        asking(0.9, table)


def test_nobody_can_ask_to_be_certain() -> None:
    with pytest.raises(RuleSetError, match=r"expected a number from 0 to 0\.99"):
        asking(1.0, "KEEP_IN_EXIT")
