"""How long the history takes to answer, and how small it is.

``python -m bench.history`` fills it with a day of 115 cars at 1 Hz, ten million reports: all but the last two
minutes in hourly files, a minute in a segment, and a minute in the journal. Then it asks for the last 90 s, for
ten minutes and for the day of one device after another, over all three. No figure counts unless every
answer is what the cars told. See ``bench/README.md``.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from bench import machine
from bench.history_fleet import BEGINS_MS, Fleet, drive
from bench.quantiles import quantile, rounded
from telemetry.report import Domain
from zone_service import logs
from zone_service.history.asked import Window
from zone_service.history.compaction import Compaction
from zone_service.history.files import write_reports
from zone_service.history.query import History
from zone_service.history.table import span_ms
from zone_service.store import history_files, journal, registry
from zone_service.store.engine import Store, open_store
from zone_service.store.records import (
    PLATFORM,
    Batch,
    Commit,
    Device,
    HistoryFile,
    HistoryKind,
    Organisation,
    OrganisationKind,
)

HOUR_S: Final = 3600
MINUTE_S: Final = 60
AT: Final = datetime(2026, 11, 27, tzinfo=UTC)
Result = dict[str, Any]


def fill(store: Store, folder: Path, fleet: Fleet) -> Result:
    """Put what a fleet told into files, a segment and the journal; return how large the files are."""
    register(store, fleet)
    in_files = fleet.seconds - 2 * MINUTE_S
    began_s = time.perf_counter()
    files = [
        _file(folder, fleet, first, min(first + HOUR_S, in_files))
        for first in range(0, in_files, HOUR_S)
    ]
    took_s = time.perf_counter() - began_s
    _begin_journal_at(store, in_files)
    history_files.seal(store, in_files, files)
    for second in range(in_files, in_files + MINUTE_S):
        commit(store, fleet, second)
    # As of the end of the drive: later its last hour would be over, and the minute in a file.
    ends_s = BEGINS_MS / 1000 + fleet.seconds
    Compaction(store, folder).run(datetime.fromtimestamp(ends_s, UTC))
    for second in range(in_files + MINUTE_S, fleet.seconds):
        commit(store, fleet, second)
    rows = sum(each.row_count for each in files)
    size_bytes = sum(each.size_bytes for each in files)
    return {"bytes_a_row": round(size_bytes / rows, 2), "written_rows_s": round(rows / took_s)}


def register(store: Store, fleet: Fleet) -> None:
    """Register each car of a fleet."""
    with store.write() as session:
        operator = Organisation("fleet", "Fleet", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, operator, AT)
        for name in fleet.names:
            device = Device(name, "fleet", Domain.ROAD, name)
            registry.add_device(session, PLATFORM, device, AT)


def _file(folder: Path, fleet: Fleet, first: int, until: int) -> HistoryFile:
    table = fleet.table(first, until)
    name = f"reports/{first:06}.parquet"
    written = write_reports(folder / name, table)
    from_ms, to_ms = span_ms(table)
    return HistoryFile(
        name, HistoryKind.REPORTS, first + 1, until, from_ms / 1000, to_ms / 1000, from_ms, to_ms,
        table.num_rows, written.size_bytes, written.sha256, AT,
    )  # fmt: skip


def _begin_journal_at(store: Store, journal_id: int) -> None:
    """Let the next batch have the number behind this one."""
    with store.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO journal (journal_id, batch_id, first_received_s, last_received_s,"
            f" message_count, body) VALUES ({journal_id}, 'before', 0, 0, 0, X'920190')"
        )


def commit(store: Store, fleet: Fleet, second: int, **more: Any) -> None:
    """Commit what a fleet told in a second as one batch, with what came of it."""
    frames = list(fleet.frames(second))
    times = [each.received_s for each in frames]
    batch = Batch(f"s{second}", min(times), max(times), len(frames), journal.pack(frames))
    journal.commit_batch(store, Commit(batch=batch, **more))


class Asking:
    """Asks for devices in turn, and holds each answer against what they told."""

    def __init__(self, history: History, fleet: Fleet) -> None:
        self._history = history
        self._fleet = fleet
        self.wrong = 0

    def times(self, count: int, seconds: int) -> Result:
        """Ask so often for the last seconds of a device; return how long it took."""
        first = max(0, self._fleet.seconds - seconds)
        took_ms = [self._ask(number, first) for number in range(count)]
        return {
            "ms_p50": rounded(quantile(took_ms, 0.5)),
            "ms_p99": rounded(quantile(took_ms, 0.99)),
            "first_ms": rounded(took_ms[0]),
        }

    def _ask(self, number: int, first: int) -> float:
        row = number * 37 % len(self._fleet.names)
        asked = Window(
            BEGINS_MS + first * 1000,
            BEGINS_MS + self._fleet.seconds * 1000,
            self._fleet.names[row],
        )
        began_s = time.perf_counter()
        found = self._history.rows(asked)
        took_ms = (time.perf_counter() - began_s) * 1000
        expected = self._fleet.table(first, self._fleet.seconds, slice(row, row + 1))
        self.wrong += not is_same(found, expected)
        return took_ms


def is_same(found: Any, expected: Any) -> bool:
    """Compare all that was told; how a word is coded is no part of it."""
    return bool(_plain(found).equals(_plain(expected)))


def _plain(table: pa.Table) -> pa.Table:
    words = [
        pa.field(each.name, pa.string()) if pa.types.is_dictionary(each.type) else each
        for each in table.schema
    ]
    return table.cast(pa.schema([each.with_nullable(True) for each in words])).combine_chunks()  # noqa: FBT003


def measure(devices: int, seconds: int, count: int) -> Result:
    """Fill, ask and compare."""
    fleet = drive(devices, seconds)
    with tempfile.TemporaryDirectory(prefix="zone-bench-") as directory:
        store = open_store(f"sqlite:///{Path(directory) / 'zone.sqlite'}")
        store.upgrade()
        folder = Path(directory) / "history"
        size = fill(store, folder, fleet)
        asking = Asking(History(store, folder), fleet)
        asks: Sequence[tuple[str, int, int]] = (
            ("last_90_s", 90, count),
            ("ten_minutes", 600, count),
            ("device_day", seconds, max(1, count // 5)),
        )
        told = {name: asking.times(times, length) for name, length, times in asks}
        store.close()
    rows = devices * seconds
    return told | size | {"rows": rows, "wrong": asking.wrong, "machine": machine.describe()}


def measure_end(devices: int, seconds: int, count: int) -> Result:
    """Ask for the last 90 s of devices of which nothing is in a segment yet, beside all that others said.

    Before the first minute is taken in, or while that is slow: ten thousand messages a second are
    600 000 a minute.
    """
    fleet = drive(devices, seconds)
    with tempfile.TemporaryDirectory(prefix="zone-bench-") as directory:
        store = open_store(f"sqlite:///{Path(directory) / 'zone.sqlite'}")
        store.upgrade()
        register(store, fleet)
        for second in range(seconds):
            commit(store, fleet, second)
        asking = Asking(History(store, Path(directory) / "history"), fleet)
        told = asking.times(count, 90)
        store.close()
    return told | {"messages": devices * seconds, "wrong": asking.wrong}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--devices", type=int, default=115)
    parser.add_argument("--seconds", type=int, default=86_400)
    parser.add_argument("--asks", type=int, default=500)
    parser.add_argument(
        "--end-devices", type=int, default=10_000, help="heard in a minute; 0: none"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    given = _arguments().parse_args(argv)
    logs.configure("WARNING")
    measured = measure(given.devices, given.seconds, given.asks)
    if given.end_devices:
        end = measure_end(given.end_devices, MINUTE_S, max(1, given.asks // 10))
        measured |= {"journal_end": end, "wrong": measured["wrong"] + end["wrong"]}
    if given.json:
        print(json.dumps(measured))
    else:
        for name, value in measured.items():
            print(f"{name}  {value}")
    return 1 if measured["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
