"""A checkpoint that comes in pieces: all of it is there, or none."""

import pytest

from tests.store.city import batch, commit, in_files, judged_by
from zone_service.store import checkpoints, history, journal
from zone_service.store.engine import Store
from zone_service.store.records import Checkpoint
from zone_service.store.tables import CheckpointPieceRow, table

PIECES = table(CheckpointPieceRow)


def put(store: Store, journal_id: int, *parts: bytes, is_mark: bool = False) -> None:
    """Write a checkpoint in pieces."""
    for number, piece in enumerate(parts[:-1]):
        checkpoints.put_piece(store, journal_id, number, piece)
    checkpoints.complete(store, journal_id, parts[-1], is_mark=is_mark)


def a_batch(store: Store, name: str) -> int:
    return journal.commit_batch(store, commit(batch=batch(batch_id=name))).journal_id


def pieces_of(store: Store) -> set[int]:
    """The batches whose checkpoints have pieces in the store."""
    with store.reader.begin() as connection:
        return {row.journal_id for row in connection.execute(PIECES.select())}


def test_its_pieces_are_one_again_and_in_their_order(store: Store) -> None:
    after = a_batch(store, "a")
    put(store, after, *(bytes([number]) * 3 for number in range(12)))
    assert checkpoints.newest(store) == Checkpoint(
        after, b"".join(bytes([number]) * 3 for number in range(12))
    )


def test_nobody_sees_one_that_is_not_complete(store: Store) -> None:
    first, second = a_batch(store, "a"), a_batch(store, "b")
    put(store, first, b"whole")
    checkpoints.put_piece(store, second, 0, b"half")
    assert list(checkpoints.newest_first(store)) == [Checkpoint(first, b"whole")]
    assert [each.journal_id for each in checkpoints.memories(store, 9)] == [first]


def test_a_piece_may_be_given_again(store: Store) -> None:
    after = a_batch(store, "a")
    checkpoints.put_piece(store, after, 0, b"torn")
    put(store, after, b"one", b"two")
    assert checkpoints.newest(store) == Checkpoint(after, b"onetwo")


def test_the_pieces_of_those_that_are_forgotten_or_were_never_complete_go_away(
    store: Store,
) -> None:
    torn = a_batch(store, "torn")
    checkpoints.put_piece(store, torn, 0, b"half")
    made = [a_batch(store, str(number)) for number in range(6)]
    for after in made:
        put(store, after, b"one", b"two", b"three")
    assert [each.journal_id for each in checkpoints.newest_first(store)] == made[:2:-1]
    # Those of the one that went last go with the next that comes.
    assert pieces_of(store) == {*made[2:]}
    assert all(each.body == b"onetwothree" for each in checkpoints.newest_first(store))


def test_a_mark_keeps_its_pieces_for_as_long_as_the_journal(store: Store) -> None:
    given = commit(batch=batch(batch_id="mark"), judged_by=judged_by())
    mark = journal.commit_batch(store, given).journal_id
    put(store, mark, b"one", b"two", is_mark=True)
    for number in range(6):
        put(store, a_batch(store, str(number)), b"1", b"2", b"3")
    assert list(checkpoints.memories(store, mark + 1)) == [Checkpoint(mark, b"onetwo")]
    in_files(store)
    journal.prune(store, 1e12)
    history.prune(store)
    assert list(checkpoints.memories(store, mark + 1)) == []
    put(store, a_batch(store, "last"), b"1", b"2", b"3")
    assert mark not in pieces_of(store)


@pytest.mark.parametrize("is_mark", [False, True])
def test_one_that_is_whole_needs_no_pieces(store: Store, is_mark: bool) -> None:
    after = journal.commit_batch(store, commit(checkpoint=b"all", is_mark=is_mark)).journal_id
    assert checkpoints.newest(store) == Checkpoint(after, b"all")
    assert pieces_of(store) == set()


def test_a_commit_that_does_not_wait_for_the_disk_leaves_the_others_durable(store: Store) -> None:
    asked, lazily, durably = (
        ("PRAGMA synchronous", 1, 2)
        if store.is_sqlite
        else ("SHOW synchronous_commit", "off", "on")
    )
    with store.begin_unsynced() as connection:
        assert connection.exec_driver_sql(asked).scalar_one() == lazily
    with store.begin() as connection:
        assert connection.exec_driver_sql(asked).scalar_one() == durably
