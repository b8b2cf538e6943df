from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from telemetry.report import Frame
from tests.store.city import (
    ADMINISTRATOR,
    batch,
    change,
    commit,
    frame,
    in_files,
    later,
    refused,
)
from zone_service.store import checkpoints, journal, violations
from zone_service.store.engine import Store
from zone_service.store.records import (
    Checkpoint,
    Commit,
    Outgoing,
    Refusal,
    ViolationEventKind,
)

FULL = commit(
    change(),
    change("drone-1"),
    batch=batch(frame(), frame("drone-1", 1001.5), batch_id="full"),
    outbox=(Outgoing("zone/down/car-1/alert", b"stop"), Outgoing("zone/down/car-1/ack", b"1")),
    refusals=(Refusal("car-9", "unknown_device", 960, 3, b"{"),),
    checkpoint=b"state",
)


def body(store: Store) -> list[str]:
    return [each.batch.batch_id for each in journal.batches_after(store, 0)]


@given(
    st.lists(
        st.builds(
            Frame,
            topic=st.sampled_from(
                ["zone/up/ab/tele", "zone/up/ab/event", "zone/up/abc/tele", "ab", "x"]
            ),
            payload=st.sampled_from([b"", b"ab", b"abab", b"zone/up/ab/tele", bytes(300)]),
            received_s=st.floats(allow_nan=False),
        ),
        max_size=40,
    )
)
def test_what_names_a_device_is_found_without_taking_the_rest_apart(frames: list[Frame]) -> None:
    packed, topics = journal.pack(frames), {"zone/up/ab/tele", "zone/up/ab/event"}
    assert journal.unpack_naming(packed, "ab", topics) == journal.unpack_on(packed, topics)


def test_a_body_of_another_format_is_refused_also_where_a_device_is_looked_for() -> None:
    with pytest.raises(ValueError, match="journal body of format 9"):
        journal.unpack_naming(b"\x92\x09\x90", "ab", {"ab"})


@given(
    st.lists(
        st.builds(
            Frame,
            topic=st.text(st.characters(codec="utf-8"), max_size=20),
            payload=st.binary(max_size=40),
            received_s=st.floats(allow_nan=False),
            qos=st.integers(0, 2),
            retained=st.booleans(),
        ),
        max_size=5,
    )
)
def test_frames_come_out_of_a_body_as_they_went_in(frames: list[Frame]) -> None:
    assert journal.unpack(journal.pack(frames)) == frames


def test_a_body_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format 2"):
        journal.unpack(b"\x92\x02\x90")


@pytest.mark.requirement("D4e-1")
def test_a_batch_is_kept_whole(store: Store) -> None:
    done = journal.commit_batch(store, FULL)
    (kept,) = journal.batches_after(store, 0)
    assert kept.batch == FULL.batch
    assert kept.journal_id == done.journal_id == journal.last_journal_id(store)
    assert list(journal.history(store)) == [frame(), frame("drone-1", 1001.5)]


def test_a_batch_of_nothing_but_ticks_can_be_committed(store: Store) -> None:
    done = journal.commit_batch(store, Commit(batch=batch()))
    assert (done.events, done.outbox) == ((), ())


@pytest.mark.requirement("A44-3")
def test_a_commit_tells_what_was_opened_with_its_place_in_the_feed(store: Store) -> None:
    done = journal.commit_batch(store, FULL)
    assert [(each.seq, each.event, each.violation.device_id) for each in done.events] == [
        (1, ViolationEventKind.OPENED, "car-1"),
        (2, ViolationEventKind.OPENED, "drone-1"),
    ]
    with store.read() as session:
        assert violations.events_since(session, ADMINISTRATOR, 0) == done.events


def test_the_same_commit_again_has_the_same_result_and_leaves_nothing_double(
    store: Store,
) -> None:
    first = journal.commit_batch(store, FULL)
    assert journal.commit_batch(store, FULL) == first
    assert body(store) == ["full"]
    assert journal.pending_outbox(store) == first.outbox
    assert refused(store) == FULL.refusals
    with store.read() as session:
        assert violations.last_seq(session) == 2


STEPS = ("journal", "revision", "violation", "violation_event", "outbox", "refusal", "checkpoint")


@pytest.mark.parametrize("step", STEPS)
def test_a_commit_that_fails_at_any_step_leaves_nothing_and_can_be_given_again(
    store: Store, step: str
) -> None:
    def fail(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if f" {step} " in statement.replace("\n", " "):
            msg = "disk I/O error"
            raise OSError(msg)

    event.listen(store.writer, "before_cursor_execute", fail)
    with pytest.raises(OSError, match="disk I/O error"):
        journal.commit_batch(store, FULL)
    event.remove(store.writer, "before_cursor_execute", fail)
    assert body(store) == []
    assert checkpoints.newest(store) is None
    assert len(journal.commit_batch(store, FULL).events) == 2


def test_a_commit_that_reports_an_error_and_yet_happened_is_not_doubled(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Connection._commit_impl

    def commits_and_fails(self: Connection) -> None:
        really(self)
        msg = "disk I/O error"
        raise OSError(msg)

    with monkeypatch.context() as broken:
        broken.setattr(Connection, "_commit_impl", commits_and_fails)
        with pytest.raises(OSError, match="disk I/O error"):
            journal.commit_batch(store, FULL)
    again = journal.commit_batch(store, FULL)
    assert [each.seq for each in again.events] == [1, 2]
    assert body(store) == ["full"]
    assert refused(store) == FULL.refusals


def test_a_message_waits_in_the_outbox_until_it_is_known_to_be_sent(store: Store) -> None:
    waiting = journal.commit_batch(store, FULL).outbox
    assert [each.payload for each in waiting] == [b"stop", b"1"]
    journal.commit_batch(store, commit(sent_outbox_ids=(waiting[0].outbox_id,)))
    assert journal.pending_outbox(store) == waiting[1:]


def test_the_newest_checkpoint_names_the_batch_it_was_made_after(store: Store) -> None:
    assert checkpoints.newest(store) is None
    for state in (b"one", b"two"):
        done = journal.commit_batch(store, commit(checkpoint=state))
        assert checkpoints.newest(store) == Checkpoint(done.journal_id, state)
    last = journal.commit_batch(store, commit())
    found = checkpoints.newest(store)
    assert found is not None
    after = list(journal.batches_after(store, found.journal_id))
    assert [each.journal_id for each in after] == [last.journal_id]


def test_the_last_three_checkpoints_are_kept_and_the_journal_behind_the_oldest_of_them(
    store: Store,
) -> None:
    made = [journal.commit_batch(store, commit(checkpoint=bytes([n]))).journal_id for n in range(5)]
    found = list(checkpoints.newest_first(store))
    assert found == [Checkpoint(made[n], bytes([n])) for n in (4, 3, 2)]
    in_files(store)
    journal.prune(store, 1e12)
    assert [each.journal_id for each in journal.batches_after(store, 0)] == made[2:]


def test_the_recent_part_of_the_journal_is_bounded_by_time_and_by_count(store: Store) -> None:
    assert journal.before_recent(store, 10.0, 100) == 0
    for received_s in (1000.0, 1005.0, 1010.0, 1011.0):
        pair = (frame(received_s=received_s), frame("drone-1", received_s))
        journal.commit_batch(store, commit(batch=batch(*pair)))
    ids = [each.journal_id for each in journal.batches_after(store, 0)]
    assert journal.before_recent(store, 100.0, 100) == 0
    assert journal.before_recent(store, 7.0, 100) == ids[0]
    assert journal.before_recent(store, 100.0, 6) == ids[1]


def test_refusals_add_up_by_minute_and_keep_the_first_example(store: Store) -> None:
    told = (Refusal("car-9", "malformed", 960, 2, b"a"), Refusal("car-9", "malformed", 1020, 1))
    journal.commit_batch(store, commit(refusals=told))
    journal.commit_batch(store, commit(refusals=(Refusal("car-9", "malformed", 960, 5, b"b"),)))
    assert refused(store) == (told[1], Refusal("car-9", "malformed", 960, 7, b"a"))
    assert journal.prune_refusals(store, 1000) == 1
    assert refused(store) == told[1:]


def test_whatever_a_refused_message_called_itself_can_be_written(store: Store) -> None:
    odd = Refusal("a\x00b\ud800" + "x" * 500, "unknown_topic", 960, 1, b"\x00" * 9999)
    journal.commit_batch(store, commit(refusals=(odd,)))
    (kept,) = refused(store)
    assert kept.subject.startswith("a\ufffdb?xxx")
    assert (len(kept.subject), len(kept.sample)) == (128, journal.SAMPLE_BYTES)


def test_history_is_by_device_and_by_time_with_both_ends(store: Store) -> None:
    for start in (1000.0, 2000.0, 3000.0):
        pair = (frame("car-1", start), frame("drone-1", start + 1))
        journal.commit_batch(store, commit(batch=batch(*pair)))
    found = journal.history(store, "drone-1", 1001.0, 2001.0)
    assert [each.received_s for each in found] == [1001.0, 2001.0]
    assert not list(journal.history(store, "tele"))


def test_more_batches_than_fit_one_page_come_in_order(store: Store) -> None:
    ids = [f"b{number:03}" for number in range(450)]
    for batch_id in ids:
        journal.commit_batch(store, commit(batch=batch(batch_id=batch_id)))
    assert body(store) == ids


def test_pruning_keeps_what_a_start_or_the_history_needs_and_never_reuses_a_number(
    store: Store,
) -> None:
    assert journal.prune(store, 1e12) == 0
    for number in range(3):
        journal.commit_batch(store, commit(batch=batch(frame(received_s=1000.0 + number))))
    newest = journal.commit_batch(store, commit(checkpoint=b"here")).journal_id
    assert journal.prune(store, 1002.0) == 0
    in_files(store)
    assert journal.prune(store, 1002.0) == 2
    assert journal.prune(store, 1e12) == 1
    assert [each.journal_id for each in journal.batches_after(store, 0)] == [newest]
    assert journal.commit_batch(store, commit()).journal_id > newest


def test_an_episode_told_again_says_nothing_new(store: Store) -> None:
    journal.commit_batch(store, commit(change()))
    again = journal.commit_batch(store, commit(replace(change(), updated_at=later(9))))
    assert again.events == ()
