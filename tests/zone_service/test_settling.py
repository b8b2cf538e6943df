"""What a broker gives back out of order is judged in the order in which it was said."""

from collections.abc import Callable

from telemetry.ingest import READING_BYTES
from telemetry.report import Frame
from zone_service.settling import Settling
from zone_service.world import World

Say = Callable[..., Frame]
PLACE = (121.92, 30.90)


def settled() -> Settling:
    """Return one whose time to settle was over at 10 s."""
    settling = Settling(3.0)
    settling.hold()
    settling.begin(7.0)
    return settling


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
    settling = settled()
    assert settling.take([note, report, rubbish], world, 10.0) == [rubbish, report, note]


def test_what_was_held_while_the_clock_was_set_was_received_by_the_new_clock(
    world: World, say: Say
) -> None:
    settling = Settling(3.0)
    settling.hold()
    settling.begin(10.0)
    report = say("car-1", *PLACE, 5)
    early = Frame("zone/up/car-1/tele", b"?", report.received_s - 60)
    settling.take([report, early], world, 10.0)
    settling.set_clock(+3600.0)

    passed = settling.take([], world, 13.0)

    assert [frame.received_s - report.received_s for frame in passed] == [3600.0, 3540.0]


def test_more_bytes_than_can_be_held_pass_on_too(world: World) -> None:
    settling = Settling(3.0, most_bytes=100)
    settling.hold()
    large = Frame("zone/up/car-1/tele", b"?" * 60, 9.0)
    assert settling.take([large], world, 10.0) == []
    assert settling.take([large], world, 10.1) == [large, large]
    assert settling.let_go == 2
    assert settling.take([large], world, 10.2) == []


def test_what_was_held_passes_on_in_portions_so_that_the_clock_ticks_in_between(
    world: World,
) -> None:
    half = Frame("zone/up/car-1/tele", b"?" * (READING_BYTES // 2), 9.0)
    settling = settled()
    portions = [settling.take([half] * 5, world, 10.0)]
    waiting = [settling.is_passing_on]
    for _ in range(3):
        portions.append(settling.take([], world, 10.1))
        waiting.append(settling.is_passing_on)

    assert [len(each) for each in portions] == [2, 2, 1, 0]
    assert waiting == [True, True, False, False]


def test_of_small_messages_a_portion_is_as_many_as_are_read_at_a_time(world: World) -> None:
    small = Frame("zone/up/car-1/event", b"{}", 9.0)
    settling = settled()

    assert len(settling.take([small] * 5, world, 10.0, most=3)) == 3
    assert len(settling.take([], world, 10.0, most=3)) == 2


def test_what_comes_while_portions_wait_is_not_judged_before_them(world: World, say: Say) -> None:
    settling = settled()
    first, second, third = (say("car-1", *PLACE, at, seq=at) for at in (1, 2, 3))
    passed = settling.take([first, second], world, 10.0, most=1)
    passed += settling.take([third], world, 10.1, most=1)
    passed += settling.take([], world, 10.2, most=1)

    assert passed == [first, second, third]


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
