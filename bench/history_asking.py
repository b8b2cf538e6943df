"""Questions to the history, how long their answers take, and whether each is what the fleet told, row for row.

Answers are kept as files of a megabyte or less and held against the fleet afterwards, an hour of it at a time: a
hundred million reports fit into no memory.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.history_fleet import BEGINS_MS, HOUR_S, Drive, Fleet
from bench.quantiles import quantile, rounded
from zone_service.history.asked import Box, Window
from zone_service.history.query import History

SIDE_E7: Final = 30_000
"""Half a side of an area that is asked for: 0.003 degrees, 300 m and so."""
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, and the file of what came."""

    asked: Window
    row: int | None
    """Of the device in the fleet; ``None``: of all."""
    rows: bytes


@dataclass(slots=True)
class Asking:
    """Asks for devices in turn, and for areas, and keeps what came until it is looked at."""

    history: History
    drive: Drive
    tell: Callable[[str], None] = lambda _: None
    _answers: list[Answer] = field(default_factory=list)

    def last(self, count: int, seconds: int) -> Result:
        """Ask so often for the last seconds of a device; return how long it took."""
        first = max(0, self.drive.seconds - seconds)
        return self._times([self._of(number, first, self.drive.seconds) for number in range(count)])

    def spread(self, count: int, seconds: int) -> Result:
        """Ask so often for as many seconds of a device, now earlier and now later in the drive."""
        latest = max(0, self.drive.seconds - seconds)
        firsts = [latest * number // count for number in range(count)]
        return self._times(
            [self._of(number, each, each + seconds) for number, each in enumerate(firsts)]
        )

    def areas(self, count: int, seconds: int) -> Result:
        """Ask so often for all in an area, where somebody was at the time."""
        latest = max(0, self.drive.seconds - seconds)
        firsts = [latest * (number + 1) // count for number in range(count)]
        return self._times([self._in_area(*each, seconds) for each in enumerate(firsts)])

    def wrong(self) -> int:
        """Return how many answers are not what the fleet told; they are forgotten."""
        answers, self._answers = self._answers, []
        wrong: set[int] = set()
        left = [_rows(each.rows).num_rows for each in answers]
        for number in range(self.drive.hours):
            self.tell(f"held against what was told: hour {number + 1} of {self.drive.hours}")
            begins_ms = BEGINS_MS + number * HOUR_S * 1000
            at = [
                place
                for place, each in enumerate(answers)
                if each.asked.from_ms < begins_ms + HOUR_S * 1000
                and begins_ms < each.asked.until_ms
            ]
            hour = self.drive.hour(number) if at else None
            for place in at:
                assert hour is not None
                found = _within(_rows(answers[place].rows), begins_ms)
                left[place] -= found.num_rows
                if not is_same(found, expected(hour, number, answers[place])):
                    wrong.add(place)
        # What is of no hour of the drive nobody told.
        return len(wrong | {place for place, rows in enumerate(left) if rows})

    def _of(self, number: int, first: int, until: int) -> tuple[Window, int]:
        row = number * 37 % self.drive.devices
        return Window(_ms(first), _ms(until), self.drive.names[row]), row

    def _in_area(self, number: int, first: int, seconds: int) -> tuple[Window, None]:
        hour, second = divmod(first, HOUR_S)
        told, row = self.drive.hour(hour).told, number * 37 % self.drive.devices
        east, north = (int(told[each][row, second]) for each in ("longitude_e7", "latitude_e7"))
        sides = east - SIDE_E7, north - SIDE_E7, east + SIDE_E7, north + SIDE_E7
        box: Box = (sides[0] / 1e7, sides[1] / 1e7, sides[2] / 1e7, sides[3] / 1e7)
        return Window(_ms(first), _ms(first + seconds), box=box), None

    def _times(self, asked: Sequence[tuple[Window, int | None]]) -> Result:
        took_ms: list[float] = []
        core_ms: list[float] = []
        rows = 0
        for window, row in asked:
            began_s, began_core_s = time.perf_counter(), time.thread_time()
            found = self.history.rows(window)
            took_ms.append((time.perf_counter() - began_s) * 1000)
            core_ms.append((time.thread_time() - began_core_s) * 1000)
            rows += found.num_rows
            self._answers.append(Answer(window, row, _file(found)))
        took = {
            "ms_p50": rounded(quantile(took_ms, 0.5)),
            "ms_p99": rounded(quantile(took_ms, 0.99)),
            "first_ms": rounded(took_ms[0]),
            "core_ms_p50": rounded(quantile(core_ms, 0.5)),
            "core_ms_p99": rounded(quantile(core_ms, 0.99)),
            "rows": round(rows / len(took_ms)),
        }
        self.tell(f"{len(asked)} answers: {took}")
        return took


def expected(hour: Fleet, number: int, answer: Answer) -> pa.Table:
    """Return what the fleet told of what was asked, in an hour."""
    begins = number * HOUR_S
    first = max(0, (answer.asked.from_ms - BEGINS_MS) // 1000 - begins)
    until = min(hour.seconds, (answer.asked.until_ms - BEGINS_MS) // 1000 - begins)
    if answer.row is not None:
        return hour.table(first, until, slice(answer.row, answer.row + 1))
    table = hour.table(first, until)
    if answer.asked.box is None:
        return table
    west, south, east, north = (round(each * 1e7) for each in answer.asked.box)
    longitude = hour.told["longitude_e7"][:, first:until].ravel()
    latitude = hour.told["latitude_e7"][:, first:until].ravel()
    inside = (west <= longitude) & (longitude <= east) & (south <= latitude) & (latitude <= north)
    return table.take(pa.array(np.flatnonzero(inside)))


def is_same(found: Any, expected: Any) -> bool:
    """Compare all that was told; how a word is coded is no part of it."""
    return bool(_plain(found).equals(_plain(expected)))


def _plain(table: pa.Table) -> pa.Table:
    words = [
        pa.field(each.name, pa.string()) if pa.types.is_dictionary(each.type) else each
        for each in table.schema
    ]
    return table.cast(pa.schema([each.with_nullable(True) for each in words])).combine_chunks()  # noqa: FBT003


def _file(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(_plain(table), sink, compression="zstd")
    return bytes(sink.getvalue())


def _rows(file: bytes) -> pa.Table:
    return pq.read_table(pa.BufferReader(file))


def _within(table: pa.Table, begins_ms: int) -> pa.Table:
    at = table.column("event_time").cast(pa.int64())
    ends_ms = begins_ms + HOUR_S * 1000
    return table.filter(pc.and_(pc.greater_equal(at, begins_ms), pc.less(at, ends_ms)))


def _ms(second: int) -> int:
    return BEGINS_MS + second * 1000
