"""What operators are warned of: at once, not too often, and taken back."""

from permits.episode import Key
from permits.violation import ViolationCode
from zone_service.prealarms import Phase, Prealarm, Prealarms

KEEP_OUT = ViolationCode.KEEP_OUT_BREACH
WALL: Key = (KEEP_OUT, "wall")
NOTHING: frozenset[Key] = frozenset()


def ahead(at_s: float, *, certain: bool = True) -> dict[Key, Prealarm]:
    return {WALL: Prealarm(KEEP_OUT, "wall", Phase.AHEAD, at_s, certain, 121.5, 31.2)}


def begun(at_s: float) -> dict[Key, Prealarm]:
    return {WALL: Prealarm(KEEP_OUT, "wall", Phase.BEGUN, at_s)}


def phases(told: tuple[Prealarm, ...]) -> list[Phase]:
    return [each.phase for each in told]


def test_it_is_told_at_once_and_not_again_while_it_stays_the_same() -> None:
    alarms = Prealarms()
    assert phases(alarms.update("uav-1", ahead(20.0), NOTHING, 0.0)) == [Phase.AHEAD]
    assert alarms.update("uav-1", ahead(20.4), NOTHING, 1.0) == ()
    assert [each.at_s for each in alarms.of("uav-1")] == [20.0]


def test_what_has_changed_is_told_at_most_once_a_second() -> None:
    alarms = Prealarms()
    alarms.update("uav-1", ahead(20.0), NOTHING, 0.0)
    assert alarms.update("uav-1", ahead(15.0), NOTHING, 0.5) == ()
    assert phases(alarms.update("uav-1", ahead(15.0), NOTHING, 1.0)) == [Phase.AHEAD]
    assert alarms.update("uav-1", ahead(15.0, certain=False), NOTHING, 1.5) == ()
    assert phases(alarms.update("uav-1", ahead(15.0, certain=False), NOTHING, 2.0)) == [Phase.AHEAD]


def test_what_begins_is_told_at_once() -> None:
    alarms = Prealarms()
    alarms.update("uav-1", ahead(0.2), NOTHING, 0.0)
    assert phases(alarms.update("uav-1", begun(0.2), NOTHING, 0.2)) == [Phase.BEGUN]


def test_it_is_taken_back_when_it_comes_to_nothing_and_not_with_each_fix() -> None:
    alarms = Prealarms()
    alarms.update("uav-1", ahead(20.0), NOTHING, 0.0)
    assert alarms.update("uav-1", {}, NOTHING, 0.1) == ()
    assert alarms.update("uav-1", ahead(20.0), NOTHING, 0.2) == ()
    assert phases(alarms.update("uav-1", {}, NOTHING, 1.1)) == [Phase.AVERTED]
    assert alarms.of("uav-1") == ()
    assert not alarms.standing()


def test_it_ends_as_a_violation_at_once() -> None:
    alarms = Prealarms()
    alarms.update("uav-1", begun(0.0), NOTHING, 0.0)
    assert phases(alarms.update("uav-1", {}, frozenset({WALL}), 0.1)) == [Phase.OPENED]


def test_while_nobody_can_tell_it_stands_until_its_moment() -> None:
    alarms = Prealarms()
    alarms.update("uav-1", ahead(20.0), NOTHING, 0.0)
    assert alarms.update("uav-1", {}, NOTHING, 10.0, unknown=True) == ()
    assert [each.phase for each in alarms.of("uav-1")] == [Phase.AHEAD]
    assert phases(alarms.update("uav-1", {}, NOTHING, 20.1, unknown=True)) == [Phase.UNKNOWN]
