import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.city import ADMINISTRATOR, NOON, POLICE, change, commit, later
from zone_service.store import feed, journal, violations
from zone_service.store.engine import Store
from zone_service.store.records import (
    Handling,
    ViolationChange,
    ViolationEventKind,
    ViolationRecord,
    violation_id,
)

OPENED, UPDATED, CLOSED = (
    ViolationEventKind.OPENED,
    ViolationEventKind.UPDATED,
    ViolationEventKind.CLOSED,
)
EPISODE = change()
WORSE = replace(EPISODE, measured=20.0, updated_at=later(5))
ENDED = replace(WORSE, closed_at=later(9), updated_at=later(10))


def kinds(*changes: ViolationChange) -> list[ViolationEventKind]:
    return [each.event for each in feed.news({}, changes, 0)]


def test_an_episode_opens_gets_worse_and_closes() -> None:
    assert kinds(EPISODE, WORSE, ENDED) == [OPENED, UPDATED, CLOSED]


def test_one_that_is_over_when_it_is_told_opens_and_closes() -> None:
    assert kinds(ENDED) == [OPENED, CLOSED]


def test_one_that_is_closed_stays_closed() -> None:
    assert kinds(ENDED, WORSE, EPISODE) == [OPENED, CLOSED]


def test_the_beginning_of_an_episode_never_changes() -> None:
    retold = replace(ENDED, opened_at=later(-5), detected_at=later(99), trigger_event_time_s=0.0)
    last = feed.news({}, (EPISODE, retold), 0)[-1].violation
    assert (last.opened_at, last.detected_at) == (EPISODE.opened_at, EPISODE.detected_at)
    assert last.trigger_event_time_s == EPISODE.trigger_event_time_s


@given(
    st.lists(
        st.builds(
            lambda device, measured, ends: change(
                device, measured=measured, closed_at=later(9) if ends else None
            ),
            st.sampled_from(["car-1", "car-2"]),
            st.integers(0, 3).map(float),
            st.booleans(),
        )
    ),
    st.integers(0, 20),
)
def test_telling_in_one_batch_or_in_two_gives_the_same_feed(
    changes: list[ViolationChange], cut: int
) -> None:
    whole = feed.news({}, changes, 7)
    first = feed.news({}, changes[:cut], 7)
    known = {each.violation.id: each.violation for each in first}
    second = feed.news(known, changes[cut:], 7 + len(first))
    assert (*first, *second) == whole
    assert [each.seq for each in whole] == list(range(8, 8 + len(whole)))
    per_episode: dict[str, list[ViolationEventKind]] = {}
    for each in whole:
        per_episode.setdefault(each.violation.id, []).append(each.event)
    for told in per_episode.values():
        assert told[0] is OPENED
        assert told.count(OPENED) == 1
        assert CLOSED not in told[:-1]


def test_an_episode_has_one_id_however_often_it_is_told() -> None:
    told = violation_id("car-1", "OVERSPEED", None, 1000.0004)
    assert told == violation_id("car-1", "OVERSPEED", None, 1000.0)
    assert told != violation_id("car-1", "OVERSPEED", "", 1000.001)
    assert len(told) == 32


@pytest.mark.requirement("D4d-65")
def test_why_it_began_stays_and_why_it_is_over_comes_with_its_end(store: Store) -> None:
    began = replace(EPISODE, opening_cause="zone_changed")
    ended = replace(ENDED, opening_cause="time_passed", closing_cause="device_moved")
    at_once = replace(ended, id="v-2", opening_cause="permit_changed")
    unknown = replace(EPISODE, id="v-3", opening_cause=None)
    for each in (began, ended, at_once, unknown):
        journal.commit_batch(store, commit(each))
    with store.read() as session:
        told = violations.events_since(session, POLICE, 0)
        now = [violations.get(session, POLICE, name) for name in (EPISODE.id, "v-2", "v-3")]
    causes = [
        (each.event, each.violation.opening_cause, each.violation.closing_cause) for each in told
    ]
    assert causes == [
        (OPENED, "zone_changed", None),
        (CLOSED, "zone_changed", "device_moved"),
        (OPENED, "permit_changed", None),
        (CLOSED, "permit_changed", "device_moved"),
        (OPENED, None, None),
    ]
    assert [(each.opening_cause, each.closing_cause) for each in now] == [
        ("zone_changed", "device_moved"), ("permit_changed", "device_moved"), (None, None),
    ]  # fmt: skip


def test_each_event_keeps_the_violation_as_it_was(store: Store) -> None:
    for each in (EPISODE, WORSE, ENDED):
        journal.commit_batch(store, commit(each))
    with store.read() as session:
        told = violations.events_of(session, POLICE, EPISODE.id)
        now = violations.get(session, POLICE, EPISODE.id)
    assert [each.event for each in told] == [OPENED, UPDATED, CLOSED]
    assert [each.violation.measured for each in told] == [12.5, 20.0, 20.0]
    assert [each.violation.revision for each in told] == [1, 2, 3]
    assert now == told[-1].violation
    assert now.closed_at == later(9)


@pytest.mark.requirement("A44-3")
def test_what_people_did_is_not_undone_by_the_worker(store: Store) -> None:
    journal.commit_batch(store, commit(EPISODE))
    with store.write() as session:
        violations.acknowledge(session, POLICE, EPISODE.id, 1, "on our way", later(3))
    (closed,) = journal.commit_batch(store, commit(ENDED)).events
    assert closed.event is CLOSED
    assert closed.violation.handling is Handling.ACKNOWLEDGED
    assert (closed.violation.handled_by, closed.violation.note) == ("pan", "on our way")


def test_the_feed_is_without_gaps_and_in_the_order_of_the_commits(store: Store) -> None:
    """Four writers, some of which fail, and a reader that follows the feed."""
    each_writes, writers = 15, 4
    seen: list[int] = []
    over = threading.Event()

    def write(writer: int) -> None:
        for number in range(each_writes):
            opened = NOON + timedelta(seconds=number)
            told = change(f"dev-{writer}", opened_at=opened)
            journal.commit_batch(store, commit(told, replace(told, closed_at=later(99))))
            if number % 3 == 0:
                _fail_to_write(store, writer, number)
            _take_in_hand(store, told)

    def follow() -> None:
        while True:
            done = over.is_set()
            with store.read() as session:
                last = seen[-1] if seen else 0
                found = violations.events_since(session, ADMINISTRATOR, last)
            seen.extend(each.seq for each in found)
            if done:
                return

    reader = threading.Thread(target=follow)
    reader.start()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    reader.join()
    assert seen == list(range(1, writers * each_writes * 3 + 1))


def _fail_to_write(store: Store, writer: int, number: int) -> None:
    lost = change(f"lost-{writer}-{number}")
    with pytest.raises(RuntimeError), store.begin() as connection:  # noqa: PT012
        feed.append(connection, (lost,), None)
        raise RuntimeError


def _take_in_hand(store: Store, told: ViolationChange) -> None:
    with store.write() as session:
        found: ViolationRecord = violations.get(session, POLICE, told.id)
        violations.acknowledge(session, POLICE, told.id, found.revision, "", NOON)
