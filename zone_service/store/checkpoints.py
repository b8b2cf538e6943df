"""What the worker knew after a batch: kept whole with a commit, or in pieces between the commits.

A checkpoint of ten thousand devices is megabytes: written at once it would keep everybody's messages
waiting. So it may come in pieces, each in a transaction of its own. It is there when its last piece
is, and until then nobody sees any of it. The pieces that belong to none, because a worker died on the
way or because the checkpoint is forgotten, go away with the pieces that come, a few at a time.
They are not waited for until they are on the disk: what a loss of power takes is replayed.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, tuple_

from zone_service.store.engine import Store
from zone_service.store.records import Checkpoint
from zone_service.store.tables import (
    CheckpointPieceRow,
    CheckpointRow,
    MemoryMarkRow,
    table,
)

KEPT = 3
"""Where the newest cannot be read, one before it serves."""
REMOVED_AT_ONCE = 2
"""Pieces that belong to none, with each that comes: so they become fewer."""

_CHECKPOINT, _MARKS, _PIECES = table(CheckpointRow), table(MemoryMarkRow), table(CheckpointPieceRow)
_MEMORIES = (_CHECKPOINT, _MARKS)
_KEY = tuple_(_PIECES.c.journal_id, _PIECES.c.number)
_FORGET = delete(_CHECKPOINT).where(
    _CHECKPOINT.c.journal_id
    <= select(_CHECKPOINT.c.journal_id)
    .order_by(_CHECKPOINT.c.journal_id.desc())
    .offset(KEPT)
    .limit(1)
    .scalar_subquery()
)


def put_piece(store: Store, journal_id: int, number: int, body: bytes) -> None:
    """Write one piece of the checkpoint after a batch, counted from 0; the last is ``complete``'s."""
    row = {"journal_id": journal_id, "number": number, "body": body}
    with store.begin_unsynced() as connection:
        # Given again after an error, it may be there.
        same = (_PIECES.c.journal_id == journal_id) & (_PIECES.c.number == number)
        connection.execute(delete(_PIECES).where(same))
        connection.execute(_PIECES.insert(), row)
        connection.execute(delete(_PIECES).where(_KEY.in_(_of_none(journal_id))))


def complete(store: Store, journal_id: int, body: bytes, *, is_mark: bool) -> None:
    """Write the last piece of a checkpoint: from here on it is there."""
    with store.begin_unsynced() as connection:
        write(connection, journal_id, body, is_mark=is_mark)


def write(connection: Connection, journal_id: int, body: bytes, *, is_mark: bool) -> None:
    """Write the last piece of a checkpoint, or one that is whole, and forget those too old."""
    row = {"journal_id": journal_id, "body": body}
    connection.execute(_CHECKPOINT.insert(), row)
    connection.execute(_FORGET)
    if is_mark:
        connection.execute(_MARKS.insert(), row)


def newest(store: Store) -> Checkpoint | None:
    """Return the newest checkpoint, if there is one."""
    return next(newest_first(store), None)


def newest_first(store: Store) -> Iterator[Checkpoint]:
    """Yield the checkpoints that are kept, newest first, holding one of them in memory."""
    asked = select(_CHECKPOINT.c.journal_id).order_by(_CHECKPOINT.c.journal_id.desc()).limit(1)
    query = asked
    while True:
        with store.reader.begin() as connection:
            journal_id = connection.execute(query).scalar_one_or_none()
            body = None if journal_id is None else _body(connection, _CHECKPOINT, journal_id)
        if journal_id is None:
            return
        yield Checkpoint(journal_id, body or b"")
        query = asked.where(_CHECKPOINT.c.journal_id < journal_id)


def oldest_needed(connection: Connection) -> int | None:
    """Return the batch before those that a start needs, if there is a checkpoint."""
    found: int | None = connection.execute(select(func.min(_CHECKPOINT.c.journal_id))).scalar_one()
    return found


def memories(store: Store, before: int) -> Iterator[Checkpoint]:
    """Yield what the worker knew after batches before one, newest first, one of them at a time.

    Marks, which are kept for as long as the journal, are among them.
    """
    for journal_id, place in sorted(_known_after(store, before), reverse=True):
        with store.reader.begin() as connection:
            body = _body(connection, _MEMORIES[place], journal_id)
        if body is not None:
            yield Checkpoint(journal_id, body)


def forget_marks(connection: Connection, before: int) -> None:
    """Remove the marks after batches before one; their pieces go with pieces that come."""
    connection.execute(delete(_MARKS).where(_MARKS.c.journal_id < before))


def _known_after(store: Store, before: int) -> set[tuple[int, int]]:
    with store.reader.begin() as connection:
        return {
            (row.journal_id, place)
            for place, kept in enumerate(_MEMORIES)
            for row in connection.execute(
                select(kept.c.journal_id).where(kept.c.journal_id < before)
            )
        }


def _body(connection: Connection, kept: Table, journal_id: int) -> bytes | None:
    last = connection.execute(select(kept.c.body).where(kept.c.journal_id == journal_id)).scalar()
    if last is None:
        return None
    its = select(_PIECES.c.body).where(_PIECES.c.journal_id == journal_id)
    return b"".join((*connection.execute(its.order_by(_PIECES.c.number)).scalars(), last))


def _of_none(journal_id: int) -> Any:
    """Select the keys of a few older pieces that belong to no checkpoint."""
    its = _PIECES.c.journal_id
    return (
        select(its, _PIECES.c.number)
        .where(its < journal_id, *(its.not_in(select(each.c.journal_id)) for each in _MEMORIES))
        .limit(REMOVED_AT_ONCE)
    )
