"""What can wait a moment does not lengthen a turn that is long already."""

from itertools import pairwise

from zone_service.leisure import PATIENCE_S, SHORT_S, Leisure


def test_a_short_turn_has_time_for_what_is_due() -> None:
    leisure = Leisure()
    leisure.begin(10.0)
    assert leisure.is_left_for("look ahead", 10.0 + SHORT_S / 2)


def test_a_turn_that_is_long_already_puts_it_off_to_the_next() -> None:
    leisure = Leisure()
    leisure.begin(10.0)
    assert not leisure.is_left_for("look ahead", 10.0 + SHORT_S)
    leisure.begin(10.005)
    assert leisure.is_left_for("look ahead", 10.005)


def test_in_turns_that_are_all_long_it_waits_no_longer_than_a_moment_and_anew_each_time() -> None:
    leisure, now_s, done = Leisure(), 10.0, list[float]()
    while now_s < 11.0:
        leisure.begin(now_s)
        now_s += 2 * SHORT_S
        if leisure.is_left_for("look ahead", now_s):
            done.append(now_s)
    between = [later - earlier for earlier, later in pairwise(done)]
    assert max(between) < PATIENCE_S + 4 * SHORT_S
    assert min(between) > PATIENCE_S


def test_a_turn_that_is_kept_short_by_parts_puts_it_off_however_short_it_is() -> None:
    leisure = Leisure()
    leisure.begin(10.0)
    leisure.fill()
    assert not leisure.is_left_for("places", 10.0)
    leisure.begin(10.004)
    assert leisure.is_left_for("places", 10.004)


def test_one_work_that_is_put_off_makes_no_other_wait() -> None:
    leisure = Leisure()
    leisure.begin(10.0)
    assert not leisure.is_left_for("look ahead", 10.01)
    leisure.begin(10.01 + PATIENCE_S)
    assert leisure.is_left_for("look ahead", 10.01 + PATIENCE_S + SHORT_S)
    assert not leisure.is_left_for("checkpoint", 10.01 + PATIENCE_S + SHORT_S)
