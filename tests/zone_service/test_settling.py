"""What a broker gives back out of order is judged in the order in which it was said."""

from collections.abc import Callable

from telemetry.report import Frame
from zone_service.settling import Settling, as_said
from zone_service.world import World

Say = Callable[..., Frame]
PLACE = (121.92, 30.90)


def test_without_a_time_to_settle_everything_passes_at_once(world: World, say: Say) -> None:
    settling = Settling(0.0)
    settling.hold()
    frames = [say("car-1", *PLACE, 2), say("car-1", *PLACE, 1)]
    assert not settling.active
    assert settling.take(frames, world, 10.0) == frames


def test_what_comes_before_the_connection_is_complete_is_held_too(world: World, say: Say) -> None:
    settling = Settling(3.0)
    settling.hold()
    early = say("car-1", *PLACE, 5)
    assert settling.take([early], world, 10.0) == []
    settling.begin(10.0)
    assert settling.left_s(11.0) == 2.0
    assert settling.take([], world, 12.9) == []
    assert settling.take([], world, 13.0) == [early]
    assert not settling.active


def test_what_was_held_comes_in_the_order_in_which_it_was_said(world: World, say: Say) -> None:
    settling = Settling(3.0)
    settling.hold()
    settling.begin(10.0)
    newer, older = say("car-1", *PLACE, 9, seq=9), say("car-1", *PLACE, 3, seq=3)
    settling.take([newer], world, 10.5)
    assert settling.take([older], world, 13.5) == [older, newer]


def test_what_holds_no_report_keeps_the_time_at_which_it_came(world: World, say: Say) -> None:
    report = say("car-1", *PLACE, 5)
    note = Frame("zone/up/car-1/event", b"{}", report.received_s + 1)
    rubbish = Frame("zone/up/car-1/tele", b"?", report.received_s - 1)
    assert as_said([note, report, rubbish], world) == [rubbish, report, note]


def test_more_than_can_be_held_passes_on_in_its_order_and_is_counted(
    world: World, say: Say
) -> None:
    settling = Settling(3.0, most=3)
    settling.hold()
    newer, older, last = (say("car-1", *PLACE, at, seq=at) for at in (9, 3, 10))
    assert settling.take([newer, older], world, 10.0) == []
    assert settling.take([last], world, 10.1) == [older, newer, last]
    assert settling.active
    assert settling.let_go == 3
    assert settling.take([newer], world, 10.2) == []


def test_a_connection_that_comes_and_goes_holds_nothing_for_longer_than_is_bearable(
    world: World, say: Say
) -> None:
    settling, passed = Settling(3.0), list[Frame]()
    for second in range(60):
        if second % 2 == 0:
            settling.hold()
        else:
            settling.begin(float(second))
        said = say("car-1", *PLACE, second, seq=second)
        passed += settling.take([said], world, float(second))
    assert len(passed) >= 45
    assert passed == sorted(passed, key=lambda frame: frame.received_s)
    assert settling.let_go == len(passed)
