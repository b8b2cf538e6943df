"""What became of a demonstration's messages, counted over the deaths of workers."""

from tests.store.city import batch, commit, frame, in_files
from zone_service.clock_frames import tick_frame
from zone_service.demo_counts import Kept, Received
from zone_service.store import journal
from zone_service.store.engine import Store


def test_what_is_committed_is_counted_once_and_ticks_are_not(store: Store) -> None:
    kept = Kept(store)
    assert kept.look() == 0
    journal.commit_batch(store, commit(batch=batch(frame(), tick_frame(1001.0), frame())))
    assert [kept.look(), kept.look()] == [2, 2]
    journal.commit_batch(store, commit(batch=batch(frame("drone-1"))))
    assert kept.look() == 3


def test_what_was_counted_before_it_was_pruned_still_counts(store: Store) -> None:
    kept = Kept(store)
    journal.commit_batch(store, commit(batch=batch(frame(received_s=10.0))))
    journal.commit_batch(store, commit(batch=batch(frame(received_s=5000.0)), checkpoint=b"x"))
    kept.look()
    in_files(store)
    assert journal.prune(store, 1000.0) == 1
    assert kept.look() == 2


def test_a_count_that_begins_anew_goes_on_from_where_it_was() -> None:
    received = Received()
    assert [received.take(count) for count in (0, 40, 70, 5, 50, 0, 9)] == [
        0, 40, 70, 75, 120, 120, 129,
    ]  # fmt: skip
