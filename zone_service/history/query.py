"""What was told in a window: files, segments and the journal, of one moment, each batch from one of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa
from sqlalchemy import Connection

from permits.precision_rules import Coarse
from telemetry import topics
from telemetry.report import Report
from telemetry.service_area import ServiceArea
from zone_service.history.asked import Box, Window
from zone_service.history.files import read_all, read_device, unpacked
from zone_service.history.given import Precision
from zone_service.history.kept import END_MESSAGES, SMALL_ROWS, Kept, Spoken, spoken_of
from zone_service.history.precision import coarsened, widened
from zone_service.history.reading import Reader
from zone_service.history.table import in_area, joined, of_device, of_devices, table_of
from zone_service.history.told import Told
from zone_service.store import history_files, journal
from zone_service.store.engine import Store
from zone_service.store.errors import HistoryLost, HistoryRemoved, InvalidValue, TryLater
from zone_service.store.journal import Behind
from zone_service.store.records import HistorySegment, Journalled

MOST_ROWS: Final = 2_000_000
"""Of one answer, which is in memory: some 500 MB. A device-day at 10 Hz is 864 000."""
DECODED: Final = 3_000_000
"""Of the journal's end, which whoever asks for more than one device decodes, some 9 us each: five minutes of ten
thousand a second, of which one or two are there before they are in a segment."""
LOOKED_THROUGH: Final = 6_000_000
"""Of the journal's end, in which whoever asks for one device finds its messages and decodes them alone: ten
minutes of ten thousand a second."""
AHEAD_S: Final = 300.0
"""Where the end is longer: what a clock so far ahead dates into a window was received before it."""
ROUNDED_S: Final = 0.001
ROUNDED_DEG: Final = 2e-7
"""More than what a row has rounded away, of which an edge could make something else."""
SLICE: Final = 20_000
"""Reports of the journal's end that are made into rows together."""


Tail = Sequence[Spoken] | Behind


@dataclass(frozen=True, slots=True)
class History:
    """The history of one installation, to be asked."""

    store: Store
    folder: Path
    served: ServiceArea | None = None
    decoded: int = DECODED
    looked_through: int = LOOKED_THROUGH
    kept: Kept = field(default_factory=Kept)
    """What it shares with whoever asks after it."""

    def rows_as(
        self,
        asked: Window,
        precision: Precision,
        rules: Coarse,
        whose: frozenset[str] | None = None,
    ) -> pa.Table:
        """Return what was told, with positions as exact as somebody may read them.

        Raises:
            InvalidValue, TryLater, HistoryLost: as ``rows``.
        """
        found = coarsened(
            self.rows(widened(asked, precision, rules), whose=whose), precision, rules
        )
        if precision is Precision.EXACT or asked.box is None:
            return found
        return in_area(found, asked.box, asked.from_ms, asked.until_ms)

    def rows(
        self, asked: Window, most: int = MOST_ROWS, whose: frozenset[str] | None = None
    ) -> pa.Table:
        """Return what was told, by device and event time; ``whose``: by these devices alone.

        Raises:
            InvalidValue: it is more than ``most`` rows.
            TryLater: more of it is in no segment yet than one answer reads, or others read as much.
            HistoryLost: a file that may tell of it is not there, or not as it was.
            HistoryRemoved: of some of it the time is over.
        """
        found, count = [], 0
        for each in self._parts(asked, whose):
            part = each if whose is None else of_devices(each, whose)
            count += part.num_rows
            if count > most:
                raise InvalidValue(why="too much history", most=most)
            found.append(part)
        return joined(found)

    def _parts(self, asked: Window, whose: frozenset[str] | None) -> Iterator[pa.Table]:
        # Bodies within the moment, files behind it: they do not change, and they take the longest.
        with self.store.reader.begin() as connection:
            done = history_files.progress(connection)
            segments = [
                self._segment(connection, each)
                for each in history_files.segments(connection, done, asked.from_ms, asked.until_ms)
                if each.row_count
            ]
            _require_kept(connection, asked)
            files = history_files.files(connection, from_ms=asked.from_ms, until_ms=asked.until_ms)
            tail = self._tail(connection, done.segmented_to, asked)
        for each in files:
            yield from self._of_file(each.name, asked)
        for rows in segments:
            yield from _asked_of(rows, asked)
        yield from self._of_tail(tail, asked, whose)

    def _segment(self, connection: Connection, segment: HistorySegment) -> pa.Table | bytes:
        """Return a segment's rows; of a large one its body, which is read where its device is."""
        if segment.row_count > SMALL_ROWS:
            return history_files.body(connection, segment)
        return self.kept.segment(connection, segment, unpacked)

    def _tail(self, connection: Connection, segmented_to: int, asked: Window) -> Tail:
        """Return what is in no segment: all of it, or of very much what may tell of the window."""
        every = journal.behind(connection, segmented_to)
        if every.messages > END_MESSAGES:
            self.kept.forget_end()
        elif asked.device_id is not None:
            spoken = self.kept.behind(connection, segmented_to)
            if spoken is not None:
                return spoken
        if asked.device_id is None:
            # Which batches, and not what is in them: their bodies are hundreds of megabytes.
            return _needed(connection, every, asked, self.decoded)
        since_s = _needed(connection, every, asked, self.looked_through).since_s
        some = journal.batches_behind(connection, segmented_to, asked.device_id, since_s)
        its = topics.of_device(asked.device_id)
        # Only what it said itself is kept in memory: all of it is a hundred megabytes a minute.
        return [spoken_of(each, asked.device_id, its) for each in some]

    def _of_file(self, name: str, asked: Window) -> Iterator[pa.Table]:
        try:
            yield from _asked_of(self.folder / name, asked)
        except (OSError, pa.ArrowInvalid) as error:
            raise HistoryLost(why="history lost", name=name) from error

    def _of_tail(
        self, tail: Tail, asked: Window, whose: frozenset[str] | None
    ) -> Iterator[pa.Table]:
        if asked.device_id is not None:
            whose = frozenset({asked.device_id})
        told = Reader(self.store, self.served, whose).told(self._batches(tail))
        its = filter(_wanted(asked), told)
        while some := list(islice(its, SLICE)):
            yield _chosen(table_of(some), asked)

    def _batches(self, tail: Tail) -> Iterator[Spoken | Journalled]:
        """Yield the journal's end; of a long one a few batches are in memory at once.

        Raises:
            TryLater: others read a long one, or it has been shortened meanwhile.
        """
        if not isinstance(tail, Behind):
            yield from tail
            return
        with self.kept.reads_end(tail.messages):
            messages = 0
            for each in journal.batches_of(self.store, tail):
                messages += each.batch.message_count
                yield each
        if messages < tail.messages:
            raise TryLater(why="history gone on")


def _needed(connection: Connection, every: Behind, asked: Window, most: int) -> Behind:
    """Return what of the journal's end is read: all, or where that is too much what a window needs.

    Raises:
        TryLater: that is too much as well.
    """
    if every.messages <= most:
        return every
    needed = journal.behind(connection, every.after, asked.from_ms / 1000 - AHEAD_S)
    if needed.messages > most:
        since = datetime.fromtimestamp(asked.from_ms / 1000, UTC)
        raise TryLater(why="history taken in", found=needed.messages, since=since, most=most)
    return needed


def _wanted(asked: Window) -> Callable[[Told], bool]:
    """Make what tells of a report whether it may be asked for, which costs less than to make a row of it.

    Rows have the last word: they are rounded, and an area is chosen by what is told.
    """
    from_s, until_s = asked.from_ms / 1000 - ROUNDED_S, asked.until_ms / 1000 + ROUNDED_S
    box = asked.box

    def is_wanted(told: Told) -> bool:
        within = from_s <= told.report.event_time_s <= until_s
        return within and (box is None or _may_be_in(told.report, box))

    return is_wanted


def _may_be_in(report: Report, box: Box) -> bool:
    longitude_deg, latitude_deg = report.longitude_deg, report.latitude_deg
    if longitude_deg is None or latitude_deg is None:
        return False
    west, south, east, north = box
    if not south - ROUNDED_DEG <= latitude_deg <= north + ROUNDED_DEG:
        return False
    beyond, before = longitude_deg >= west - ROUNDED_DEG, longitude_deg <= east + ROUNDED_DEG
    return beyond and before if west <= east else beyond or before


def _require_kept(connection: Connection, asked: Window) -> None:
    gone_ms = history_files.removed_until(connection, asked.from_ms, asked.until_ms)
    if gone_ms is not None:
        until = datetime.fromtimestamp(gone_ms / 1000, UTC)
        raise HistoryRemoved(why="history removed", until=until)


def _asked_of(source: Path | pa.Table | bytes, asked: Window) -> Iterator[pa.Table]:
    if isinstance(source, pa.Table):
        yield _chosen(source, asked)
        return
    if asked.device_id is not None:
        for part in read_device(source, asked.device_id, asked.from_ms, asked.until_ms):
            yield in_area(part, asked.box, asked.from_ms, asked.until_ms) if asked.box else part
        return
    for part in read_all(source, asked.from_ms, asked.until_ms, asked.box):
        yield in_area(part, asked.box, asked.from_ms, asked.until_ms)


def _chosen(table: pa.Table, asked: Window) -> pa.Table:
    if asked.device_id is not None:
        table = of_device(table, asked.device_id, asked.from_ms, asked.until_ms)
        if asked.box is None:
            return table
    return in_area(table, asked.box, asked.from_ms, asked.until_ms)
