"""The manifest of the history: how far it is, its segments, its files.

Whoever asks reads all three in one moment. The journal goes on behind the segments, and these behind
the files, so that every batch is told of in exactly one of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlmodel import Session

from zone_service.store import audit, road_days
from zone_service.store.engine import Store
from zone_service.store.records import (
    HistoryFile,
    HistoryKind,
    HistoryProgress,
    HistorySegment,
    Principal,
)
from zone_service.store.tables import (
    HistoryFileRow,
    HistoryProgressRow,
    HistorySegmentRow,
    table,
)

_PROGRESS, _SEGMENTS = table(HistoryProgressRow), table(HistorySegmentRow)
_FILES = table(HistoryFileRow)
APART: Final = "-apart"
"""Ends the name of a file of what was dated far from when it was received."""
_TOLD: Final = [each for each in _SEGMENTS.c if each.name != "body"]

# Made once: who asks for the last seconds would spend half of the time on making statements.
_HOW_FAR: Final = select(_PROGRESS)
_IN_WINDOW: Final = (
    select(*_TOLD)
    .where(
        _SEGMENTS.c.last_journal_id > bindparam("sealed"),
        _SEGMENTS.c.from_ms < bindparam("until"),
        _SEGMENTS.c.to_ms >= bindparam("since"),
    )
    .order_by(_SEGMENTS.c.last_journal_id)
)
_BODY: Final = select(_SEGMENTS.c.body).where(_SEGMENTS.c.last_journal_id == bindparam("last"))
_FILES_OF: Final = (
    select(*(each for each in _FILES.c if each.name != "removed_at"))
    .where(
        _FILES.c.kind == bindparam("of_kind"),
        _FILES.c.removed_at.is_(None),
        _FILES.c.from_ms < bindparam("until"),
        _FILES.c.to_ms >= bindparam("since"),
    )
    .order_by(_FILES.c.to_ms, _FILES.c.name)
)

_GONE: Final = select(func.max(_FILES.c.to_ms)).where(
    _FILES.c.kind == bindparam("of_kind"),
    _FILES.c.removed_at.is_not(None),
    _FILES.c.name.not_like(f"%{APART}.parquet"),
    _FILES.c.from_ms < bindparam("until"),
    _FILES.c.to_ms >= bindparam("since"),
)


def progress(connection: Connection) -> HistoryProgress:
    """Return how far the journal has gone into the history."""
    row = connection.execute(_HOW_FAR).one_or_none()
    return HistoryProgress() if row is None else HistoryProgress(row.segmented_to, row.sealed_to)


def sealed_to() -> Any:
    """Select up to which batch the journal is in files."""
    return select(func.coalesce(func.max(_PROGRESS.c.sealed_to), 0)).scalar_subquery()


def put_segment(
    store: Store,
    segment: HistorySegment,
    body: bytes,
    beside: Callable[[Connection], object] = lambda _: None,
) -> bool:
    """Add what the batches behind the last segment told; false where they have one meanwhile.

    ``beside``: what is written in the same transaction.
    """
    with store.begin() as connection:
        done = progress(connection)
        if done.segmented_to >= segment.first_journal_id:
            return False
        connection.execute(insert(_SEGMENTS), asdict(segment) | {"body": body})
        _go_to(connection, HistoryProgress(segment.last_journal_id, done.sealed_to))
        beside(connection)
        return True


def seal(
    store: Store,
    last_journal_id: int,
    files: Sequence[HistoryFile],
    late: Iterable[road_days.DeviceDay] = (),
) -> bool:
    """Note files that hold all up to a batch, in place of the segments; false where it is sealed.

    The segments count no longer; ``forget_sealed`` removes them. ``late``: of which days of devices
    something is in the files that came when they were over.
    """
    with store.begin() as connection:
        done = progress(connection)
        if done.sealed_to >= last_journal_id:
            return False
        if files:
            connection.execute(insert(_FILES), [asdict(each) for each in files])
        road_days.mark(connection, late, is_sqlite=store.is_sqlite)
        _go_to(
            connection, HistoryProgress(max(done.segmented_to, last_journal_id), last_journal_id)
        )
        return True


def forget_sealed(store: Store) -> int:
    """Remove the segments that are in files, one at a time: each may be megabytes."""
    removed = 0
    oldest = select(func.min(_SEGMENTS.c.last_journal_id)).where(
        _SEGMENTS.c.last_journal_id <= sealed_to()
    )
    while True:
        with store.begin() as connection:
            one = delete(_SEGMENTS).where(_SEGMENTS.c.last_journal_id == oldest.scalar_subquery())
            gone = connection.execute(one).rowcount
        if not gone:
            return removed
        removed += gone


def segments(
    connection: Connection, done: HistoryProgress, from_ms: int, until_ms: int
) -> tuple[HistorySegment, ...]:
    """Return the segments that are in no file and may tell of a window, in order."""
    given = {"sealed": done.sealed_to, "since": from_ms, "until": until_ms}
    rows = connection.execute(_IN_WINDOW, given)
    return tuple(HistorySegment(**row._asdict()) for row in rows)


def unsealed(connection: Connection) -> tuple[HistorySegment, ...]:
    """Return all segments that are in no file, those too that tell of nothing, in order."""
    asked = select(*_TOLD).where(_SEGMENTS.c.last_journal_id > sealed_to())
    rows = connection.execute(asked.order_by(_SEGMENTS.c.last_journal_id))
    return tuple(HistorySegment(**row._asdict()) for row in rows)


def body(connection: Connection, segment: HistorySegment) -> bytes:
    """Return the rows of a segment, as they were packed."""
    found: bytes = connection.execute(_BODY, {"last": segment.last_journal_id}).scalar_one()
    return found


def files(
    connection: Connection,
    kind: HistoryKind = HistoryKind.REPORTS,
    from_ms: int = -(2**62),
    until_ms: int = 2**62,
) -> tuple[HistoryFile, ...]:
    """Return the files of a kind that may tell of a window, oldest first."""
    given = {"of_kind": kind.value, "since": from_ms, "until": until_ms}
    rows = connection.execute(_FILES_OF, given)
    return tuple(HistoryFile(**row._asdict() | {"kind": HistoryKind(row.kind)}) for row in rows)


def every_file(connection: Connection) -> tuple[HistoryFile, ...]:
    """Return the files of all kinds."""
    return tuple(each for kind in HistoryKind for each in files(connection, kind))


def removed_until(
    connection: Connection,
    from_ms: int,
    until_ms: int,
    kind: HistoryKind = HistoryKind.REPORTS,
) -> int | None:
    """Return up to when what is of a window is removed, in Unix milliseconds; ``None``: nothing is.

    Frames are of when they were received. Of files apart nobody says that their whole time is gone: a unit with a
    wrong clock would make it years.
    """
    given = {"of_kind": kind.value, "since": from_ms, "until": until_ms}
    found: int | None = connection.execute(_GONE, given).scalar_one()
    return None if found is None else found + 1


def remove(
    session: Session, principal: Principal, files: Sequence[HistoryFile], why: str, at: datetime
) -> None:
    """Say that files are removed; the rows stay, and say what is gone."""
    names = [each.name for each in files]
    session.connection().execute(
        update(_FILES).where(_FILES.c.name.in_(names)).values(removed_at=at)
    )
    for name in names:
        audit.record(session, principal, "history.remove", name, at, why)


def removed_names(connection: Connection) -> frozenset[str]:
    """Return the names of the files that are removed: none of them is to be there."""
    gone = select(_FILES.c.name).where(_FILES.c.removed_at.is_not(None))
    return frozenset(connection.execute(gone).scalars())


class Held(NamedTuple):
    """What the history has of a kind."""

    files: int
    size_bytes: int
    removed: int
    """Files that were removed."""


def held(connection: Connection) -> dict[HistoryKind, Held]:
    """Return how much there is of each kind."""
    is_kept = _FILES.c.removed_at.is_(None)
    asked = select(
        _FILES.c.kind,
        func.count().filter(is_kept),
        func.coalesce(func.sum(_FILES.c.size_bytes).filter(is_kept), 0),
        func.count().filter(~is_kept),
    ).group_by(_FILES.c.kind)
    found = {HistoryKind(kind): Held(*map(int, rest)) for kind, *rest in connection.execute(asked)}
    return {kind: found.get(kind, Held(0, 0, 0)) for kind in HistoryKind}


def names(connection: Connection) -> frozenset[str]:
    """Return the names of all files, those that are removed too."""
    return frozenset(connection.execute(select(_FILES.c.name)).scalars())


def hashes(connection: Connection) -> frozenset[str]:
    """Return the SHA-256 of all files."""
    return frozenset(connection.execute(select(_FILES.c.sha256)).scalars())


def _go_to(connection: Connection, done: HistoryProgress) -> None:
    changed = connection.execute(update(_PROGRESS).values(**asdict(done)))
    if not changed.rowcount:
        connection.execute(insert(_PROGRESS), asdict(done) | {"one": 1})
