"""The journal goes into the history whole, once, and whatever happens on the way."""

import os
import shutil
import signal
import warnings
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from telemetry.report import Frame
from tests.history.journal import EVER, NOON_S, Place, told
from tests.store.city import commit
from zone_service.history.asked import Window
from zone_service.history.compaction import STEPS, next_hour
from zone_service.history.files import RAW_SCHEMA, digest, write_raw
from zone_service.history.folder import CompactionRuns, ForeignHistory
from zone_service.store import history_files, journal
from zone_service.store.engine import open_store
from zone_service.store.records import HistoryKind, HistorySegment

ALL = [("car-1", 1), ("car-1", 2), ("car-1", 3), ("drone-1", 9)]


def journalled(place: Place) -> None:
    """Two hours: the first over, the second not."""
    place.journal(told(seq=1), told(seq=2, after_s=1.0), Frame("zone/clock/tick", b"", NOON_S + 1))
    place.journal(told("drone-1", 60.0, 9, made_s=-90_000.0))
    place.journal(told(seq=3, after_s=3600.0))


def files(place: Place) -> list[str]:
    return sorted(
        each.relative_to(place.folder).as_posix() for each in place.folder.rglob("*.parquet*")
    )


def test_an_hour_that_is_over_is_in_files_and_the_one_that_is_not_in_a_segment(
    place: Place,
) -> None:
    journalled(place)
    done = place.compact()
    assert done == (2, 4, 3)
    assert files(place) == [
        "raw/2026-05-04/12-1-2.parquet",
        "reports/2026-05-04/12-1-2-apart.parquet",
        "reports/2026-05-04/12-1-2.parquet",
    ]
    assert place.seqs() == ALL
    with place.store.reader.begin() as connection:
        (left,) = history_files.unsealed(connection)
        (near, apart) = sorted(history_files.files(connection), key=lambda each: -each.from_ms)
    assert (left.first_journal_id, left.row_count) == (3, 1)
    assert (near.row_count, apart.row_count) == (2, 1)
    assert near.sha256 == digest(place.folder / near.name)
    assert {each.stat().st_mode & 0o077 for each in place.folder.rglob("*")} == {0}
    assert near.size_bytes == (place.folder / near.name).stat().st_size
    assert (near.from_ms, near.to_ms) == (NOON_S * 1000, NOON_S * 1000 + 1000)


def test_the_raw_file_has_every_frame_as_it_came(place: Place) -> None:
    journalled(place)
    with place.store.begin() as connection:
        connection.exec_driver_sql("UPDATE journal SET body = X'00' WHERE journal_id = 2")
    place.compact()
    with place.store.reader.begin() as connection:
        (raw,) = history_files.files(connection, HistoryKind.RAW)
    rows = pq.read_table(place.folder / raw.name).to_pylist()
    kept = [
        Frame(each["topic"], each["payload"], each["received_s"], each["qos"])
        for each in rows
        if each["place"] >= 0
    ]
    assert kept == journal.unpack(next(journal.batches_after(place.store, 0)).batch.body)
    (unreadable,) = (each for each in rows if each["place"] < 0)
    assert (unreadable["journal_id"], unreadable["payload"]) == (2, b"\x00")


def test_nobody_else_reads_a_file_even_while_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "raw" / "noon.parquet"
    modes: list[int] = []

    def tables() -> Iterator[pa.Table]:
        modes.extend(each.stat().st_mode & 0o777 for each in file.parent.iterdir())
        yield RAW_SCHEMA.empty_table()

    write_raw(file, tables())
    assert (modes, file.parent.stat().st_mode & 0o777) == ([0o600], 0o700)


def killed_at(place: Place, step: str) -> None:
    """Run a compaction in a process that is killed when it comes to a step."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        with suppress(BaseException), closing(open_store(place.store.url)) as store:
            Place(store, place.folder).compact(
                reach=lambda at: os.kill(os.getpid(), signal.SIGKILL) if at == step else None
            )
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.requirement("D4e-14")
def test_killed_at_any_step_it_loses_nothing_and_has_nothing_twice(place: Place) -> None:
    for number, step in enumerate(STEPS):
        hours = 3600.0 * 2 * number
        place.journal(told(seq=2 * number, after_s=hours), told("drone-1", hours, number))
        place.journal(told(seq=2 * number + 1, after_s=hours + 3600.0))
        place.store.close()
        killed_at(place, step)
        expected = [("car-1", seq) for seq in range(2 * number + 2)]
        expected += [("drone-1", seq) for seq in range(number + 1)]
        assert place.seqs() == expected, step
        place.compact()
        assert place.seqs() == expected, step
        with place.store.reader.begin() as connection:
            assert set(files(place)) == history_files.names(connection), step


@pytest.mark.requirement("D4e-15")
def test_the_journal_keeps_what_is_in_no_file_yet(place: Place) -> None:
    journalled(place)
    for number in range(4):
        journal.commit_batch(place.store, commit(checkpoint=bytes([number])))
    assert journal.prune(place.store, 1e12) == 0
    place.compact(at_s=0.0)
    assert journal.prune(place.store, 1e12) == 3
    assert place.seqs() == ALL


def test_another_run_is_refused_while_one_is_at_work(place: Place) -> None:
    journalled(place)

    def another(_step: str) -> None:
        with pytest.raises(CompactionRuns, match="another run is at work"):
            place.compact()

    place.compact(reach=another)
    assert place.compact() == (0, 0, 0)


def test_a_fleet_too_large_for_a_file_an_hour_gets_several(place: Place) -> None:
    for number in range(6):
        place.journal(told(seq=number, after_s=float(number)))
    assert place.compact(segment_messages=1, file_rows=2).files == 2 * 3
    assert place.seqs() == [("car-1", seq) for seq in range(6)]


def segment(number: int, received_s: float, rows: int = 1) -> HistorySegment:
    return HistorySegment(number, number, received_s, received_s, 0, 0, rows)


def test_an_hour_is_over_when_something_came_after_it_or_five_minutes_later() -> None:
    first, second, third = segment(1, 10.0), segment(2, 3599.0), segment(3, 3600.0)
    assert next_hour((), 10, 1e9) == ()
    assert next_hour((first, second), 10, 3899.9) == ()
    assert next_hour((first, second), 10, 3900.0) == (first, second)
    assert next_hour((first, second, third), 10, 0.0) == (first, second)
    assert next_hour((first, second), 10, 0.0, everything=True) == (first, second)
    assert next_hour((first, second), 2, 0.0) == (first, second)
    assert next_hour((first, segment(2, 11.0, 9), third), 9, 0.0) == (first,)


def test_a_window_has_its_first_moment_and_not_its_last(place: Place) -> None:
    journalled(place)
    for _ in range(2):
        noon = int(NOON_S * 1000)
        assert place.seqs(Window(noon, noon + 1000)) == [("car-1", 1)]
        assert place.seqs(Window(noon + 1, noon + 1001, "car-1")) == [("car-1", 2)]
        assert place.seqs(Window(0, noon, "car-1")) == []
        assert place.seqs(Window(0, noon)) == [("drone-1", 9)]
        place.compact()
    assert place.seqs(EVER) == ALL


def test_a_run_ends_and_seals_while_the_worker_goes_on(place: Place) -> None:
    journalled(place)
    came = 0

    def commit_another(step: str) -> None:
        nonlocal came
        if step == "segment_stored" and came < 9:
            came += 1
            place.journal(told("car-2", 3600.0 + came, came))

    done = place.compact(reach=commit_another)
    assert (done.segments, done.files) == (2, 3)
    assert place.compact() == (1, came, 0)


def test_half_a_file_of_a_run_that_died_goes_with_the_next(place: Place) -> None:
    journalled(place)
    place.compact()
    half = place.folder / "reports" / "2026-05-04" / "12-9-9.parquet.part"
    half.write_bytes(b"half")
    place.compact()
    assert not half.exists()
    assert len(files(place)) == 3


def test_files_that_an_older_database_knows_nothing_of_are_put_aside_whole(
    place: Place, history_city: Path, tmp_path: Path
) -> None:
    journalled(place)
    place.compact()
    held = sorted(digest(place.folder / each) for each in files(place))
    older = shutil.copy(history_city, tmp_path / "older.sqlite")
    with closing(open_store(f"sqlite:///{older}")) as store:
        restored = Place(store, place.folder)
        restored.journal(told("car-2", 5.0, 7))
        journalled(restored)
        restored.compact(everything=True)
        assert restored.seqs() == [*ALL[:3], ("car-2", 7), ALL[3]]
        with store.reader.begin() as connection:
            known = history_files.names(connection)
    aside = [each for each in files(place) if each not in known]
    assert all(each.startswith("strays/") for each in aside)
    assert sorted(digest(place.folder / each) for each in aside) == held


def test_the_folder_of_another_installation_is_refused_and_left_as_it_is(place: Place) -> None:
    journalled(place)
    place.compact()
    held = files(place)
    note = place.folder / "installation"
    assert note.stat().st_mode & 0o077 == 0
    note.write_text("another\n")
    place.store.close()
    with pytest.raises(ForeignHistory, match="the history of another installation"):
        place.compact()
    assert files(place) == held
