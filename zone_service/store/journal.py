"""The worker's commit: one transaction a batch, and what a start needs to pick up from there.

An errored commit may have happened or not: a failing disk can report an error and keep the row.
So nothing here asks whether it happened. The same ``Commit`` is given again, and the unique
``batch_id`` makes the second one return what the first one did.
"""

import time
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from telemetry.report import Frame
from telemetry.topics import parse
from zone_service.store import checkpoints, direct, feed, history_files
from zone_service.store.direct import On
from zone_service.store.engine import Store
from zone_service.store.not_direct import NOT_DIRECT, raise_if_busy
from zone_service.store.records import (
    Batch,
    Commit,
    Committed,
    Journalled,
    Outgoing,
    PendingMessage,
    Refusal,
    ViolationEvent,
)
from zone_service.store.tables import (
    JournalRow,
    JudgedByRow,
    OutboxRow,
    RefusalRow,
    ViolationEventRow,
    table,
)

SAMPLE_BYTES = 512
"""How much of a refused message is kept."""
_SUBJECT_LENGTH = 128
_ROWS_AT_ONCE = 200
_PAUSE_S = 0.05
"""SQLite has no queue of writers: whoever begins again at once would be the next one, always."""
_FORMAT = 1

_JOURNAL = table(JournalRow)
_OUTBOX = table(OutboxRow)
_REFUSALS = table(RefusalRow)
_EVENTS = table(ViolationEventRow)
_JUDGED_BY = table(JudgedByRow)

_pack = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(tuple[int, list[tuple[str, bytes, float, int, bool]]])
_unpack_lazily = msgspec.msgpack.Decoder(tuple[int, list[msgspec.Raw]])
_unpack_one = msgspec.msgpack.Decoder(tuple[str, bytes, float, int, bool])


Placed = tuple[int, Frame]
"""A frame, and its place in the batch from 0."""


def pack(frames: Sequence[Frame]) -> bytes:
    """Return frames as the body of a batch: everything but the broker's number for a delivery."""
    told = [(each.topic, each.payload, each.received_s, each.qos, each.retained) for each in frames]
    return _pack.encode((_FORMAT, told))


def unpack(body: bytes) -> list[Frame]:
    """Return the frames of a body.

    Raises:
        ValueError: ``pack`` did not write it.
    """
    return [
        Frame(topic, payload, received_s, qos=qos, retained=retained)
        for topic, payload, received_s, qos, retained in _told(body)
    ]


def unpack_on(body: bytes, topics: Collection[str]) -> list[Placed]:
    """Return the frames of a body that came on some topics, each with its place in the batch.

    Raises:
        ValueError: ``pack`` did not write it.
    """
    return [
        (place, Frame(topic, payload, received_s, qos=qos, retained=retained))
        for place, (topic, payload, received_s, qos, retained) in enumerate(_told(body))
        if topic in topics
    ]


def unpack_naming(body: bytes, name: str, topics: Collection[str]) -> list[Placed]:
    """Return what ``unpack_on`` does, where all of the topics have a name in them, such as a device's id.

    Only frames in which it stands are taken apart: of ten thousand that is three times as fast.

    Raises:
        ValueError: ``pack`` did not write it.
    """
    written, told = _unpack_lazily.decode(body)
    _require_format(written)
    found = (
        (place, _unpack_one.decode(told[place])) for place in _naming(body, told, name.encode())
    )
    return [
        (place, Frame(topic, payload, received_s, qos=qos, retained=retained))
        for place, (topic, payload, received_s, qos, retained) in found
        if topic in topics
    ]


def _naming(body: bytes, told: Sequence[msgspec.Raw], name: bytes) -> Iterator[int]:
    """Yield the places of the frames in which a name stands: they lie one behind another, up to the end."""
    lengths = list(map(len, told))
    starts = list(accumulate(lengths, initial=len(body) - sum(lengths)))
    at = body.find(name, starts[0])
    while at >= 0:
        place = bisect_right(starts, at) - 1
        yield place
        at = body.find(name, starts[place + 1])


def unpack_by_topic(body: bytes) -> dict[str, tuple[Placed, ...]]:
    """Return the frames of a body by their topics, each with its place in the batch.

    Raises:
        ValueError: ``pack`` did not write it.
    """
    found: dict[str, list[Placed]] = {}
    for place, (topic, payload, received_s, qos, retained) in enumerate(_told(body)):
        frame = Frame(topic, payload, received_s, qos=qos, retained=retained)
        found.setdefault(topic, []).append((place, frame))
    return {topic: tuple(placed) for topic, placed in found.items()}


def _told(body: bytes) -> list[tuple[str, bytes, float, int, bool]]:
    written, told = _unpack.decode(body)
    _require_format(written)
    return told


def _require_format(written: int) -> None:
    if written != _FORMAT:
        msg = f"journal body of format {written}: expected {_FORMAT}"
        raise ValueError(msg)


def commit_batch(store: Store, commit: Commit) -> Committed:
    """Write a batch with all that it changes; durable when this returns.

    May be called again with the same commit after any error.
    """
    if commit.checkpoint is None:
        # Not even a commit that fails at its end is done twice; the second says what is wrong.
        try:
            with direct.begin(store) as transaction:
                return _write(store, transaction, commit)
        except Exception as error:
            NOT_DIRECT.note(error)
            raise_if_busy(error)
    with store.begin() as connection:
        return _write(store, connection, commit)


def rehearse(store: Store, *commits: Commit) -> None:
    """Write batches with all that they change, and take it back: raises what writing them would."""
    with store.begin() as connection:
        for commit in commits:
            _write(store, connection, commit)
        connection.rollback()


def rehearse_directly(store: Store, *commits: Commit) -> None:
    """Do the same in the way in which a worker's turn does it; raises as the driver does."""
    with direct.begin(store) as transaction:
        for commit in commits:
            _write(store, transaction, commit)
        transaction.rollback()


def _write(store: Store, connection: On, commit: Commit) -> Committed:
    insert_batch = _insert_batch(store.is_sqlite)
    journal_id = connection.execute(insert_batch, _batch_row(commit.batch)).scalar_one_or_none()
    if journal_id is None:
        return _committed_before(connection, commit.batch.batch_id)
    events = feed.append(connection, commit.violations, journal_id)
    outbox = _put_in_outbox(connection, journal_id, commit.outbox)
    _write_the_rest(store, connection, journal_id, commit)
    return Committed(journal_id, events, outbox)


def last_journal_id(store: Store) -> int:
    """Return the number of the newest batch; 0 where there is none."""
    with store.reader.begin() as connection:
        newest = select(_JOURNAL.c.journal_id).order_by(_JOURNAL.c.journal_id.desc()).limit(1)
        return connection.execute(newest).scalar_one_or_none() or 0


def newest_received_s(store: Store) -> float | None:
    """Return the latest time at which anything of the newest batches was received."""
    newest = select(_JOURNAL.c.last_received_s).order_by(_JOURNAL.c.journal_id.desc())
    # Not of the newest alone: a clock that was put back stamps it earlier than those before.
    latest = select(func.max(newest.limit(_ROWS_AT_ONCE).subquery().c.last_received_s))
    with store.reader.begin() as connection:
        found: float | None = connection.execute(latest).scalar_one()
    return found


def is_whole(store: Store) -> bool:
    """Tell whether the journal still has its first batch, so that nothing was pruned from it."""
    with store.reader.begin() as connection:
        first = connection.execute(select(func.min(_JOURNAL.c.journal_id))).scalar_one()
    return first is None or first == 1


def before_recent(store: Store, seconds: float, most: int) -> int:
    """Return the number of the batch before the recent ones; 0 where all are recent.

    Recent is what was received at most so long before the newest, and no more than ``most``
    messages, each batch counting as one more.
    """
    newest_first = select(
        _JOURNAL.c.journal_id, _JOURNAL.c.last_received_s, _JOURNAL.c.message_count
    ).order_by(_JOURNAL.c.journal_id.desc())
    newest_s: float | None = None
    # A cursor of the server's: the journal may have millions of rows, of which the last are wanted.
    streamed = {"yield_per": _ROWS_AT_ONCE}
    with (
        store.reader.begin() as connection,
        connection.execute(newest_first, execution_options=streamed) as rows,
    ):
        for row in rows:
            newest_s = row.last_received_s if newest_s is None else newest_s
            most -= row.message_count + 1
            if most < 0 or newest_s - row.last_received_s > seconds:
                return int(row.journal_id)
    return 0


def batches_after(store: Store, journal_id: int) -> Iterator[Journalled]:
    """Yield the batches after one, in order, holding few of them in memory."""
    yield from _batches(store, _JOURNAL.c.journal_id > journal_id)


def batches_behind(
    connection: Connection, journal_id: int, naming: str | None = None, since_s: float = 0.0
) -> Iterator[Journalled]:
    """Yield the batches after one, in order, within a transaction of the caller's.

    ``naming``: those alone that have this text somewhere in them, such as a device's id.
    ``since_s``: those alone of which anything was received from a time on.
    """
    streamed = {"yield_per": _ROWS_AT_ONCE}
    given = {"after": journal_id, "since": since_s}
    rows = connection.execute(_BEHIND, given, execution_options=streamed)
    named = (naming or "").encode()
    for row in rows:
        if named in row.body:
            yield _journalled(row)


class Behind(NamedTuple):
    """The batches after one, as they are at a moment: which, and how many messages they have."""

    after: int
    until: int
    """The last of them."""
    since_s: float
    """Those alone of which anything was received from then on."""
    messages: int


def behind(connection: Connection, journal_id: int, since_s: float = 0.0) -> Behind:
    """Return which batches there are after one, of which anything was received from a time on."""
    given = {"after": journal_id, "since": since_s}
    found = connection.execute(_WHAT_IS_BEHIND, given).one()
    return Behind(journal_id, int(found.until or journal_id), since_s, int(found.messages))


def batches_of(store: Store, which: Behind) -> Iterator[Journalled]:
    """Yield some batches in order, few of them at a time: no transaction lasts as long as their reader.

    Those that were removed meanwhile are not among them.
    """
    its = _JOURNAL.c.journal_id
    within = (its > which.after) & (its <= which.until)
    yield from _batches(store, within & (_JOURNAL.c.last_received_s >= which.since_s))


def batches_between(
    connection: Connection, from_s: float, until_s: float, longest_s: float
) -> Iterator[Journalled]:
    """Yield the batches of which something may have been received in a time, in order.

    Found by their ends, which have an index: no batch takes ``longest_s`` or more.
    """
    streamed = {"yield_per": _ROWS_AT_ONCE}
    given = {"since": from_s, "until": until_s, "longest": longest_s}
    for row in connection.execute(_BETWEEN, given, execution_options=streamed):
        yield _journalled(row)


def oldest_id(connection: Connection) -> int | None:
    """Return the number of the oldest batch that is kept; ``None`` where there is none."""
    found: int | None = connection.execute(select(func.min(_JOURNAL.c.journal_id))).scalar_one()
    return found


def oldest_unsealed_s(store: Store) -> float | None:
    """Return when the first batch was received that is in no file of the history; ``None``: all are."""
    oldest = (
        select(_JOURNAL.c.last_received_s)
        .where(_JOURNAL.c.journal_id > history_files.sealed_to())
        .order_by(_JOURNAL.c.journal_id)
        .limit(1)
    )
    with store.reader.begin() as connection:
        found: float | None = connection.execute(oldest).scalar_one_or_none()
    return found


def pending_outbox(store: Store, limit: int = 1000) -> tuple[PendingMessage, ...]:
    """Return messages that may not have been sent, oldest first."""
    with store.reader.begin() as connection:
        rows = connection.execute(select(_OUTBOX).order_by(_OUTBOX.c.outbox_id).limit(limit))
        return tuple(PendingMessage(row.outbox_id, row.topic, row.payload) for row in rows)


def history(
    store: Store, device_id: str | None = None, from_s: float = 0.0, to_s: float = 1e12
) -> Iterator[Frame]:
    """Yield the frames received from ``from_s`` to ``to_s`` (both included), as they came in.

    ``device_id`` narrows it to the frames on that device's topics.
    """
    within = (_JOURNAL.c.last_received_s >= from_s) & (_JOURNAL.c.first_received_s <= to_s)
    for journalled in _batches(store, within):
        for frame in unpack(journalled.batch.body):
            if from_s <= frame.received_s <= to_s and _is_of(frame, device_id):
                yield frame


def prune(store: Store, before_s: float) -> int:
    """Remove batches received before a time and return how many; those a start needs stay.

    So do those that are in no file of the history yet. Goes in small transactions with a pause behind each: the worker commits in between.
    """
    with store.reader.begin() as connection:
        needed = checkpoints.oldest_needed(connection)
    if needed is None:
        return 0
    old = (
        select(_JOURNAL.c.journal_id)
        .where(
            _JOURNAL.c.last_received_s < before_s,
            _JOURNAL.c.journal_id < needed,
            _JOURNAL.c.journal_id <= history_files.sealed_to(),
        )
        .order_by(_JOURNAL.c.last_received_s)
        .limit(_ROWS_AT_ONCE)
    )
    return _remove_in_steps(store, delete(_JOURNAL).where(_JOURNAL.c.journal_id.in_(old)))


def add_refusals(store: Store, refusals: Sequence[Refusal]) -> None:
    """Count refusals of somebody who is not the worker; those of one minute are added up."""
    if refusals:
        with store.begin() as connection:
            counted = [_refusal_row(each) for each in refusals]
            connection.execute(_insert_refusal(store.is_sqlite), counted)


def prune_refusals(store: Store, before_s: float) -> int:
    """Remove counts of refusals of minutes before a time and return how many."""
    with store.begin() as connection:
        gone = connection.execute(delete(_REFUSALS).where(_REFUSALS.c.minute_s < int(before_s)))
        return gone.rowcount


_PUT, _NOTE = insert(_OUTBOX), insert(_JUDGED_BY)
_SENT = delete(_OUTBOX).where(_OUTBOX.c.outbox_id == bindparam("sent"))
_IS_BEHIND = (_JOURNAL.c.journal_id > bindparam("after")) & (
    _JOURNAL.c.last_received_s >= bindparam("since")
)
_BETWEEN = (
    select(_JOURNAL)
    .where(
        _JOURNAL.c.last_received_s >= bindparam("since"),
        _JOURNAL.c.last_received_s <= bindparam("until") + bindparam("longest"),
        _JOURNAL.c.first_received_s <= bindparam("until"),
    )
    .order_by(_JOURNAL.c.journal_id)
)
_BEHIND = select(_JOURNAL).where(_IS_BEHIND).order_by(_JOURNAL.c.journal_id)
_WHAT_IS_BEHIND = select(
    func.coalesce(func.sum(_JOURNAL.c.message_count), 0).label("messages"),
    func.max(_JOURNAL.c.journal_id).label("until"),
).where(_IS_BEHIND)
_EARLIER = select(_JOURNAL.c.journal_id).where(_JOURNAL.c.batch_id == bindparam("batch"))
_EVENTS_OF = (
    select(_EVENTS.c.seq, _EVENTS.c.event, _EVENTS.c.snapshot)
    .where(_EVENTS.c.journal_id == bindparam("batch"))
    .order_by(_EVENTS.c.seq)
)
_OUTBOX_OF = (
    select(_OUTBOX).where(_OUTBOX.c.journal_id == bindparam("batch")).order_by(_OUTBOX.c.outbox_id)
)


def _insert(is_sqlite: bool) -> Any:  # noqa: FBT001 -- one of two dialects
    return sqlite.insert if is_sqlite else postgresql.insert


@cache
def _insert_batch(is_sqlite: bool) -> Any:  # noqa: FBT001
    return (
        _insert(is_sqlite)(_JOURNAL)
        .on_conflict_do_nothing(index_elements=["batch_id"])
        .returning(_JOURNAL.c.journal_id)
    )


@cache
def _insert_refusal(is_sqlite: bool) -> Any:  # noqa: FBT001
    statement = _insert(is_sqlite)(_REFUSALS)
    return statement.on_conflict_do_update(
        index_elements=["subject", "reason", "minute_s"],
        set_={"count": _REFUSALS.c.count + statement.excluded["count"]},
    )


def _batch_row(batch: Batch) -> dict[str, object]:
    return {
        "batch_id": batch.batch_id,
        "first_received_s": batch.first_received_s,
        "last_received_s": batch.last_received_s,
        "message_count": batch.message_count,
        "body": batch.body,
    }


def _put_in_outbox(
    connection: On, journal_id: int, outgoing: Sequence[Outgoing]
) -> tuple[PendingMessage, ...]:
    if not outgoing:
        return ()
    rows = [
        {"journal_id": journal_id, "topic": each.topic, "payload": each.payload}
        for each in outgoing
    ]
    connection.execute(_PUT, rows)
    return _outbox_of(connection, journal_id)


def _write_the_rest(store: Store, connection: On, journal_id: int, commit: Commit) -> None:
    if commit.sent_outbox_ids:
        connection.execute(_SENT, [{"sent": each} for each in commit.sent_outbox_ids])
    if commit.refusals:
        counted = [_refusal_row(each) for each in commit.refusals]
        connection.execute(_insert_refusal(store.is_sqlite), counted)
    if commit.checkpoint is not None and isinstance(connection, Connection):
        checkpoints.write(connection, journal_id, commit.checkpoint, is_mark=commit.is_mark)
    if commit.judged_by is not None:
        told = {"journal_id": journal_id} | asdict(commit.judged_by)
        beside = msgspec.json.encode(commit.judged_by.beside).decode()
        connection.execute(_NOTE, [told | {"beside": beside}])


def _refusal_row(refusal: Refusal) -> dict[str, object]:
    # Whatever a device called itself must be writable: a refusal never stops a commit.
    subject = refusal.subject.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    return {
        "subject": subject[:_SUBJECT_LENGTH],
        "reason": refusal.reason,
        "minute_s": refusal.minute_s,
        "count": refusal.count,
        "sample": refusal.sample[:SAMPLE_BYTES],
    }


def _committed_before(connection: On, batch_id: str) -> Committed:
    """Return what a commit with this id made when it happened."""
    journal_id = connection.execute(_EARLIER, {"batch": batch_id}).scalar_one()
    return Committed(
        journal_id, _events_of(connection, journal_id), _outbox_of(connection, journal_id)
    )


def _events_of(connection: On, journal_id: int) -> tuple[ViolationEvent, ...]:
    rows = connection.execute(_EVENTS_OF, {"batch": journal_id})
    return tuple(feed.event(row.seq, row.event, row.snapshot) for row in rows)


def _outbox_of(connection: On, journal_id: int) -> tuple[PendingMessage, ...]:
    rows = connection.execute(_OUTBOX_OF, {"batch": journal_id})
    return tuple(PendingMessage(row.outbox_id, row.topic, row.payload) for row in rows)


def _batches(store: Store, condition: Any) -> Iterator[Journalled]:
    last = 0
    while True:
        page = (
            select(_JOURNAL)
            .where(condition, _JOURNAL.c.journal_id > last)
            .order_by(_JOURNAL.c.journal_id)
            .limit(_ROWS_AT_ONCE)
        )
        with store.reader.begin() as connection:
            found = [_journalled(row) for row in connection.execute(page)]
        yield from found
        if len(found) < _ROWS_AT_ONCE:
            return
        last = found[-1].journal_id


def _journalled(row: Any) -> Journalled:
    return Journalled(
        row.journal_id,
        Batch(
            batch_id=row.batch_id,
            first_received_s=row.first_received_s,
            last_received_s=row.last_received_s,
            message_count=row.message_count,
            body=row.body,
        ),
    )


def _is_of(frame: Frame, device_id: str | None) -> bool:
    if device_id is None:
        return True
    topic = parse(frame.topic)
    return topic is not None and topic.device_id == device_id


def _remove_in_steps(store: Store, statement: Any) -> int:
    removed = 0
    while True:
        with store.begin() as connection:
            gone = connection.execute(statement).rowcount
        removed += gone
        if gone < _ROWS_AT_ONCE:
            return removed
        time.sleep(_PAUSE_S)
