"""Who works beside the worker lets its turns pass, and is not kept from its work for ever."""

import threading
import time

from zone_service.courtesy import LEFT_S, MOST_S, Courtesy


def took_s(courtesy: Courtesy) -> float:
    began_s = time.monotonic()
    courtesy.give_way()
    return time.monotonic() - began_s


def test_between_turns_nobody_waits() -> None:
    courtesy = Courtesy()
    assert took_s(courtesy) < MOST_S
    courtesy.begin()
    courtesy.end()
    assert took_s(courtesy) < MOST_S


def test_a_turn_that_goes_on_is_waited_for_no_longer_than_a_moment() -> None:
    courtesy = Courtesy()
    courtesy.begin()
    assert took_s(courtesy) >= MOST_S


def test_the_end_of_a_turn_lets_go_on_who_waits_for_it() -> None:
    courtesy, passed = Courtesy(), threading.Event()
    courtesy.begin()

    def work() -> None:
        while not passed.is_set():
            courtesy.give_way()
            passed.set()

    beside = threading.Thread(target=work)
    beside.start()
    assert not passed.is_set()
    courtesy.end()
    assert passed.wait(5.0)
    beside.join()


def test_a_worker_leaves_time_before_a_turn_to_who_works_beside_it() -> None:
    began_s = time.monotonic()
    Courtesy().leave_time()
    assert time.monotonic() - began_s >= LEFT_S
