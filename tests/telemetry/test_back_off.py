"""When the worker tries again to reach its broker."""

from telemetry.ingest.back_off import LONGEST_S, SHORTEST_S, BackOff


def waits(back_off: BackOff, failures: int) -> list[float]:
    """How long each of so many failures in a row puts off the next attempt, in seconds."""
    found = []
    for number in range(failures):
        back_off.failed(100.0 * number)
        found.append(back_off.due_s - 100.0 * number)
    return found


def test_a_first_attempt_is_due_at_once() -> None:
    assert BackOff(lambda: 1.0).due_s == 0.0


def test_each_wait_is_twice_the_last_up_to_a_bound() -> None:
    expected = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert [round(wait, 6) for wait in waits(BackOff(lambda: 1.0), 9)] == expected
    assert (SHORTEST_S, LONGEST_S) == (0.1, 10.0)


def test_chance_takes_up_to_half_of_a_wait_so_that_not_all_come_back_at_once() -> None:
    assert [round(wait, 6) for wait in waits(BackOff(lambda: 0.0), 3)] == [0.05, 0.1, 0.2]


def test_after_a_connection_that_lasted_the_first_wait_is_short_again() -> None:
    back_off = BackOff(lambda: 1.0)
    waits(back_off, 8)
    back_off.forget()
    assert [round(wait, 6) for wait in waits(back_off, 2)] == [0.1, 0.2]
