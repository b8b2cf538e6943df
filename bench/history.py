"""How long the history takes to answer, and how small it is.

``python -m bench.history`` fills it with a day of 115 cars at 1 Hz, ten million reports (``--rows 100000000``: ten days):
all but the last two minutes in hourly files, a minute in a segment, and a minute in the journal. Then it asks for
the last 90 s, for ten minutes and for the day of one device after another, over all three, for days before and for
areas. No figure counts unless every answer is what the cars told. See ``bench/README.md``.
"""

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench import machine
from bench.history_asking import Asking
from bench.history_fleet import BEGINS_MS, HOUR_S, Drive, Fleet
from telemetry.report import Domain
from zone_service import logs
from zone_service.history.compaction import FILE_ROWS, Compaction
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

MINUTE_S: Final = 60
DAY_S: Final = 86_400
ROOM_A_ROW_BYTES: Final = 20
"""Of the disk, and some more than it was ever found to take."""
AT: Final = datetime(2026, 11, 27, tzinfo=UTC)
Result = dict[str, Any]


class Place(NamedTuple):
    """Where a history is, and how whoever waits for it is told how far it is."""

    store: Store
    folder: Path
    tell: Callable[[str], None]


def fill(place: Place, drive_: Drive) -> Result:
    """Put what a fleet told into files, a segment and the journal; return how large the files are."""
    store, folder = place.store, place.folder
    register(store, drive_)
    in_files = drive_.seconds - 2 * MINUTE_S
    began_s = time.perf_counter()
    files: list[HistoryFile] = []
    for number in range(drive_.hours):
        hour = drive_.hour(number)
        files += _files(folder, hour, number, min(hour.seconds, in_files - number * HOUR_S))
        _tell(place, files, number + 1, drive_.hours, time.perf_counter() - began_s)
    took_s = time.perf_counter() - began_s
    _begin_journal_at(store, in_files)
    history_files.seal(store, in_files, files)
    # Its last hour may begin within the last two minutes, so that they are made as one piece.
    newest = Newest(drive_)
    for second in range(in_files, in_files + MINUTE_S):
        newest.commit(store, second)
    # As of the end of the drive: later its last hour would be over, and the minute in a file.
    ends_s = BEGINS_MS / 1000 + drive_.seconds
    Compaction(store, folder).run(datetime.fromtimestamp(ends_s, UTC))
    for second in range(in_files + MINUTE_S, drive_.seconds):
        newest.commit(store, second)
    rows = sum(each.row_count for each in files)
    size_bytes = sum(each.size_bytes for each in files)
    return {
        "files": len(files),
        "bytes_a_row": round(size_bytes / rows, 2),
        "made_s": round(took_s, 1),
        "made_rows_s": round(rows / took_s),
    }


class Newest:
    """The seconds of a drive, one after another, with the hour that they are of."""

    def __init__(self, drive_: Drive) -> None:
        self._drive = drive_
        self._hour = -1, drive_.hour(0)

    def commit(self, store: Store, second: int) -> None:
        """Commit what was told in a second."""
        number, within = divmod(second, HOUR_S)
        if self._hour[0] != number:
            self._hour = number, self._drive.hour(number)
        commit(store, self._hour[1], within)


def _tell(place: Place, files: Sequence[HistoryFile], hour: int, hours: int, took_s: float) -> None:
    rows = sum(each.row_count for each in files) / 1e6
    size_gb = sum(each.size_bytes for each in files) / 1e9
    place.tell(f"hour {hour} of {hours}: {rows:.1f} M rows, {size_gb:.2f} GB, {took_s:.0f} s")


def register(store: Store, fleet: Fleet | Drive) -> None:
    """Register each car of a fleet."""
    with store.write() as session:
        operator = Organisation("fleet", "Fleet", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, operator, AT)
        for name in fleet.names:
            device = Device(name, "fleet", Domain.ROAD, name)
            registry.add_device(session, PLATFORM, device, AT)


def _files(folder: Path, hour: Fleet, number: int, until: int) -> Iterator[HistoryFile]:
    """Write an hour as the compaction does: one of very many rows goes in parts."""
    step = max(1, FILE_ROWS // len(hour.names))
    for first in range(0, until, step):
        yield _file(folder, hour, (number * HOUR_S, first, min(first + step, until)))


def _file(folder: Path, fleet: Fleet, which: tuple[int, int, int]) -> HistoryFile:
    begins, first, until = which
    table = fleet.table(first, until)
    name = f"reports/{begins // 86_400:04}/{begins + first:08}.parquet"
    written = write_reports(folder / name, table)
    from_ms, to_ms = span_ms(table)
    return HistoryFile(
        name, HistoryKind.REPORTS, begins + first + 1, begins + until, from_ms / 1000, to_ms / 1000,
        from_ms, to_ms, table.num_rows, written.size_bytes, written.sha256, AT,
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


def measure(
    devices: int, seconds: int, count: int, tell: Callable[[str], None] = lambda _: None
) -> Result:
    """Fill, ask and compare.

    Raises:
        NoRoom: the disk has not got what it takes.
    """
    drive_ = Drive(devices, seconds)
    began = machine.load()
    with tempfile.TemporaryDirectory(prefix="zone-bench-") as directory:
        require_room(Path(directory), devices * seconds)
        with closing(open_store(f"sqlite:///{Path(directory) / 'zone.sqlite'}")) as store:
            store.upgrade()
            place = Place(store, Path(directory) / "history", tell)
            size = fill(place, drive_)
            told, wrong = ask(place, drive_, count)
    return told | size | {
        "rows": devices * seconds,
        "devices": devices,
        "wrong": wrong,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load": [began, machine.load()],
        "machine": machine.describe(),
    }  # fmt: skip


def ask(place: Place, drive_: Drive, count: int) -> tuple[Result, int]:
    """Ask all there is to ask; return how long it took, and how many answers were wrong."""
    asking = Asking(History(place.store, place.folder), drive_, place.tell)
    day_s, few = min(drive_.seconds, DAY_S), max(1, count // 5)
    place.tell("asking")
    told = {
        "last_90_s": asking.last(count, 90),
        "ten_minutes": asking.last(count, 600),
        "device_day": asking.last(few, day_s),
        "earlier_day": asking.spread(few, day_s),
        "area_ten_minutes": asking.areas(few, 600),
    }
    return told, asking.wrong()


class NoRoom(Exception):
    """The disk has not got what it takes."""


def require_room(folder: Path, rows: int) -> None:
    """Refuse what would fill the disk.

    Raises:
        NoRoom: it would.
    """
    needed = rows * ROOM_A_ROW_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        msg = f"{rows} rows take up to {needed / 1e9:.1f} GB of {folder}: {free / 1e9:.1f} GB are free (TMPDIR is another)"
        raise NoRoom(msg)


def measure_end(devices: int, seconds: int, count: int) -> Result:
    """Ask where nothing is in a segment yet: for the last 90 s of devices, and for areas.

    Before the first minute is taken in, or while that is slow: ten thousand messages a second are
    600 000 a minute.
    """
    drive_ = Drive(devices, seconds)
    with (
        tempfile.TemporaryDirectory(prefix="zone-bench-") as directory,
        closing(open_store(f"sqlite:///{Path(directory) / 'zone.sqlite'}")) as store,
    ):
        store.upgrade()
        register(store, drive_)
        fleet = drive_.hour(0)
        for second in range(seconds):
            commit(store, fleet, second)
        asking = Asking(History(store, Path(directory) / "history"), drive_)
        told = asking.last(count, 90)
        areas = asking.areas(max(1, count // 10), min(seconds, 30))
        wrong = asking.wrong()
    return told | {"area": areas, "messages": devices * seconds, "wrong": wrong}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--devices", type=int, default=115)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=int, default=DAY_S, help="that they drive")
    length.add_argument("--rows", type=int, help="in all, which says how long they drive")
    parser.add_argument("--asks", type=int, default=500)
    parser.add_argument(
        "--end-devices", type=int, default=10_000, help="heard in a minute; 0: none"
    )
    return parser


def _progress(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    given = _arguments().parse_args(argv)
    logs.configure("WARNING")
    seconds = given.seconds if given.rows is None else given.rows // given.devices
    measured = measure(given.devices, seconds, given.asks, _progress)
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
