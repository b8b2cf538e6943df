"""What became of a demonstration's messages, counted over the deaths of workers."""

import pytest

from telemetry.report import Frame
from tests.store.city import batch, commit, in_files
from zone_service import demo_counts
from zone_service.clock_frames import tick_frame
from zone_service.demo_counts import Kept, Received
from zone_service.store import journal
from zone_service.store.engine import Store


def said(seq: int, device_id: str = "car-1", received_s: float = 1000.0) -> Frame:
    return Frame(f"zone/up/{device_id}/tele", b'{"seq":%d}' % seq, received_s, qos=1)


def test_what_is_committed_is_counted_once_and_ticks_are_not(store: Store) -> None:
    kept = Kept(store)
    assert kept.look() == 0
    journal.commit_batch(store, commit(batch=batch(said(1), tick_frame(1001.0), said(2))))
    assert [kept.look(), kept.look()] == [2, 2]
    journal.commit_batch(store, commit(batch=batch(said(1, "drone-1"))))
    assert kept.look() == 3


def test_what_a_broker_sends_again_was_published_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_counts, "REMEMBERED", 3)
    kept = Kept(store)
    journal.commit_batch(store, commit(batch=batch(said(1), said(2), said(1, received_s=1031.0))))
    journal.commit_batch(store, commit(batch=batch(said(2), said(3), said(4), said(5))))
    assert kept.look() == 5
    journal.commit_batch(store, commit(batch=batch(said(1))))
    assert kept.look() == 6


def test_what_was_counted_before_it_was_pruned_still_counts(store: Store) -> None:
    kept = Kept(store)
    journal.commit_batch(store, commit(batch=batch(said(1, received_s=10.0))))
    journal.commit_batch(store, commit(batch=batch(said(2, received_s=5000.0)), checkpoint=b"x"))
    kept.look()
    in_files(store)
    assert journal.prune(store, 1000.0) == 1
    assert kept.look() == 2


def test_a_count_that_begins_anew_goes_on_from_where_it_was() -> None:
    received = Received()
    assert [received.take(count) for count in (0, 40, 70, 5, 50, 0, 9)] == [
        0, 40, 70, 75, 120, 120, 129,
    ]  # fmt: skip
