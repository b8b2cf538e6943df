"""The journal, taken into the history: a segment a minute, files by the hour.

Each step may die anywhere and be done again. A segment and how far the segments are is one commit. Files
come before their rows, all rows of an hour and how far the files are is one commit, and what has no row is
put aside by the next run. There is one run at a time, which holds a lock on the folder.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from telemetry.service_area import ServiceArea
from zone_service.background import nothing
from zone_service.history.files import (
    RAW_SCHEMA,
    Written,
    digest,
    packed,
    unpacked,
    write_raw,
    write_reports,
)
from zone_service.history.folder import alone, claim_for, forget_aside, put_aside
from zone_service.history.lateness import late_for_clips
from zone_service.history.reading import Reader, frames_of
from zone_service.history.table import joined, span_ms, table_of
from zone_service.history.told import Told
from zone_service.history.traces import late_days
from zone_service.store import clips_beside, history_files, journal
from zone_service.store.engine import Store
from zone_service.store.records import (
    HistoryFile,
    HistoryKind,
    HistoryProgress,
    HistorySegment,
    Journalled,
)

HOUR_S: Final = 3600.0
SEGMENT_MESSAGES: Final = 50_000
"""Of one segment, whose rows are all in memory: some 100 MB."""
FILE_ROWS: Final = 4_000_000
"""Of one file, likewise: some 1 GB. A larger fleet has several files an hour."""
RAW_ROWS: Final = 50_000
"""Of a group of raw frames, which is in memory at once."""
COMMITTED_S: Final = 300.0
"""What was received in an hour is committed so long after it. What comes later still, because the worker
was behind, makes a further file of the same hour."""
BEFORE_MS: Final = 3_600_000
AFTER_MS: Final = 300_000
"""Events so long before the first receipt of a file, or after its last, go into a file of their own: one
unit with a wrong clock, or that delivers a day late, would widen what every hour reaches over."""

STEPS: Final = (
    "segment_made",
    "segment_stored",
    "reports_written",
    "raw_written",
    "sealed",
    "segments_forgotten",
)
"""At each of these a test lets it die."""

Reach = Callable[[str], None]


class Done(NamedTuple):
    """What one run did."""

    segments: int
    rows: int
    files: int


@dataclass(frozen=True, slots=True)
class Compaction:
    """One run. ``reach`` is told of each step as it is done, ``rest`` is called between pieces of work."""

    store: Store
    folder: Path
    served: ServiceArea | None = None
    reach: Reach = lambda _step: None
    rest: Callable[[], None] = nothing
    segment_messages: int = SEGMENT_MESSAGES
    file_rows: int = FILE_ROWS

    def run(self, at: datetime, *, everything: bool = False) -> Done:
        """Take all of the journal into segments, and every hour that is over into files.

        ``everything``: the hour that is not over as well.

        Raises:
            CompactionRuns: another run has not ended.
            ForeignHistory: the folder is of another installation.
        """
        with alone(self.folder):
            claim_for(self.store, self.folder)
            aside = put_aside(self.folder, self._names(), at)
            segments = rows = files = 0
            # Read once: the worker commits while a segment is made, and the run would never end.
            newest = journal.last_journal_id(self.store)
            while made := self._segment(newest, at):
                segments, rows = segments + 1, rows + made.row_count
            while sealed := self._seal(at, everything=everything):
                files += sealed
            self._forget(aside)
            return Done(segments, rows, files)

    def _segment(self, newest: int, at: datetime) -> HistorySegment | None:
        """Add the next segment, of batches up to one; ``None`` where there are no more."""
        with self.store.reader.begin() as connection:
            done = history_files.progress(connection)
        behind = journal.batches_after(self.store, done.segmented_to)
        due = takewhile(lambda each: each.journal_id <= newest, behind)
        batches = list(_bounded(due, self.segment_messages))
        if not batches:
            return None
        rows = table_of(list(self._told(batches)), self.rest)
        segment = _segment_of(batches, rows)
        body = packed(rows) if segment.row_count else b""
        late = late_for_clips(self.store, rows)
        self.reach("segment_made")
        history_files.put_segment(
            self.store, segment, body, lambda on: clips_beside.note_late(on, late, at)
        )
        self.reach("segment_stored")
        return segment

    def _told(self, batches: Sequence[Journalled]) -> Iterator[Told]:
        reader = Reader(self.store, self.served)
        for each in batches:
            yield from reader.told((each,))
            self.rest()

    def _seal(self, at: datetime, *, everything: bool) -> int:
        """Write the next hour that is over into files; return how many, 0 where there is none."""
        with self.store.reader.begin() as connection:
            unsealed = history_files.unsealed(connection)
            chosen = next_hour(unsealed, self.file_rows, at.timestamp(), everything=everything)
            done = history_files.progress(connection)
            bodies = [history_files.body(connection, each) for each in chosen if each.row_count]
        if not chosen:
            return 0
        rows = joined(unpacked(body) for body in bodies)
        files = list(self._write_reports(chosen, rows, at))
        self.reach("reports_written")
        files.append(self._write_raw(chosen, done, at))
        self.reach("raw_written")
        history_files.seal(self.store, chosen[-1].last_journal_id, files, late_days(rows))
        self.reach("sealed")
        history_files.forget_sealed(self.store)
        self.reach("segments_forgotten")
        return len(files)

    def _write_reports(
        self, chosen: Sequence[HistorySegment], rows: pa.Table, at: datetime
    ) -> Iterator[HistoryFile]:
        begins = chosen[0].first_received_s * 1000 - BEFORE_MS
        ends = max(each.last_received_s for each in chosen) * 1000 + AFTER_MS
        when = rows.column("event_time").cast(pa.int64())
        near = pc.and_(pc.greater_equal(when, int(begins)), pc.less_equal(when, int(ends)))
        for part, its in (
            ("", rows.filter(near)),
            (history_files.APART, rows.filter(pc.invert(near))),
        ):
            if its.num_rows:
                name = _name(HistoryKind.REPORTS, chosen, part)
                written = write_reports(self.folder / name, its)
                yield _file(
                    name, HistoryKind.REPORTS, chosen, span_ms(its), its.num_rows, written, at
                )

    def _write_raw(
        self, chosen: Sequence[HistorySegment], done: HistoryProgress, at: datetime
    ) -> HistoryFile:
        name = _name(HistoryKind.RAW, chosen)
        last = chosen[-1].last_journal_id
        batches = takewhile(
            lambda each: each.journal_id <= last,
            journal.batches_after(self.store, done.sealed_to),
        )
        count = 0

        def tables() -> Iterator[pa.Table]:
            nonlocal count
            for table in _raw(batches):
                count += table.num_rows
                yield table

        written = write_raw(self.folder / name, tables())
        span = (
            int(chosen[0].first_received_s * 1000),
            int(max(each.last_received_s for each in chosen) * 1000),
        )
        return _file(name, HistoryKind.RAW, chosen, span, count, written, at)

    def _names(self) -> frozenset[str]:
        with self.store.reader.begin() as connection:
            return history_files.names(connection)

    def _forget(self, aside: Sequence[Path]) -> None:
        """Remove what was put aside and has been written once more: of a run that died, it is the same."""
        if aside:
            with self.store.reader.begin() as connection:
                kept = history_files.hashes(connection)
            forget_aside(self.folder, [each for each in aside if digest(each) in kept])


def next_hour(
    segments: Sequence[HistorySegment], most_rows: int, at_s: float, *, everything: bool = False
) -> tuple[HistorySegment, ...]:
    """Return the segments that go into the next file: of one hour of receipt that is over.

    It is over when something was received after it, or by the clock, ``at_s``. An hour of too many
    rows goes in parts, and those need not wait for its end. ``everything``: the hour that is not over
    as well.
    """
    chosen: list[HistorySegment] = []
    rows = 0
    for each in segments:
        if chosen and (_hour(each) != _hour(chosen[0]) or rows + each.row_count > most_rows):
            return tuple(chosen)
        chosen.append(each)
        rows += each.row_count
    over = bool(chosen) and (_hour(chosen[0]) + 1) * HOUR_S + COMMITTED_S <= at_s
    return tuple(chosen) if everything or over or rows >= most_rows else ()


def _hour(segment: HistorySegment) -> int:
    return int(segment.last_received_s // HOUR_S)


def _bounded(batches: Iterator[Journalled], most: int) -> Iterator[Journalled]:
    """Yield batches of one hour of receipt, up to so many messages."""
    hour = None
    for each in batches:
        its = int(each.batch.last_received_s // HOUR_S)
        if hour is not None and (its != hour or most <= 0):
            return
        hour = its
        most -= each.batch.message_count + 1
        yield each


def _segment_of(batches: Sequence[Journalled], rows: pa.Table) -> HistorySegment:
    from_ms, to_ms = span_ms(rows)
    return HistorySegment(
        first_journal_id=batches[0].journal_id,
        last_journal_id=batches[-1].journal_id,
        first_received_s=min(each.batch.first_received_s for each in batches),
        last_received_s=max(each.batch.last_received_s for each in batches),
        from_ms=from_ms,
        to_ms=to_ms,
        row_count=rows.num_rows,
    )


def _name(kind: HistoryKind, chosen: Sequence[HistorySegment], part: str = "") -> str:
    """Return a name that no other batches get: of the same ones it is the same at each try."""
    hour = datetime.fromtimestamp(_hour(chosen[0]) * HOUR_S, UTC)
    batches = f"{chosen[0].first_journal_id}-{chosen[-1].last_journal_id}"
    return f"{kind}/{hour:%Y-%m-%d/%H}-{batches}{part}.parquet"


def _file(
    name: str,
    kind: HistoryKind,
    chosen: Sequence[HistorySegment],
    span: tuple[int, int],
    rows: int,
    written: Written,
    at: datetime,
) -> HistoryFile:
    return HistoryFile(
        name=name,
        kind=kind,
        first_journal_id=chosen[0].first_journal_id,
        last_journal_id=chosen[-1].last_journal_id,
        first_received_s=min(each.first_received_s for each in chosen),
        last_received_s=max(each.last_received_s for each in chosen),
        from_ms=span[0],
        to_ms=span[1],
        row_count=rows,
        size_bytes=written.size_bytes,
        sha256=written.sha256,
        sealed_at=at,
    )


def _raw(batches: Iterator[Journalled]) -> Iterator[pa.Table]:
    """Yield the frames of batches as rows, a bounded number at a time."""
    rows: list[dict[str, object]] = []
    for each in batches:
        rows += _raw_rows(each)
        if len(rows) >= RAW_ROWS:
            yield pa.Table.from_pylist(rows, schema=RAW_SCHEMA)
            rows = []
    if rows:
        yield pa.Table.from_pylist(rows, schema=RAW_SCHEMA)


def _raw_rows(each: Journalled) -> list[dict[str, object]]:
    """Return a batch as rows; of one that cannot be read, its body, in place -1."""
    its = {"journal_id": each.journal_id, "batch_id": each.batch.batch_id}
    frames = frames_of(each)
    if frames is None:
        whole = {"topic": "", "payload": each.batch.body, "received_s": each.batch.last_received_s}
        return [its | whole | {"place": -1, "qos": 0, "retained": False}]
    return [
        its
        | {
            "place": place,
            "topic": frame.topic,
            "payload": frame.payload,
            "received_s": frame.received_s,
            "qos": frame.qos,
            "retained": frame.retained,
        }
        for place, frame in enumerate(frames)
    ]
