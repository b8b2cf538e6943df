"""What of the history goes, and what stays however full the disk is."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from permits.keeping_rules import KeptFor, longest
from tests.history.journal import NOON_S, Place, told
from tests.store import city
from zone_service.doctor_findings import State
from zone_service.doctor_history import kept_room
from zone_service.history.asked import Window
from zone_service.history.folder import OWNER, ForeignHistory
from zone_service.history.removing import FOR_ROOM, ITS_TIME, Retention
from zone_service.history.retention import (
    DAY_S,
    FOREVER_S,
    Terms,
    free_to_go,
    over,
    terms_of,
    yielding,
)
from zone_service.history_metrics import HistoryCollector
from zone_service.room import Room
from zone_service.settings import Settings
from zone_service.store import history_files, history_holds
from zone_service.store.errors import Conflict, HistoryRemoved, NotAllowed
from zone_service.store.records import HistoryFile, HistoryHold, HistoryKind

NOON = datetime.fromtimestamp(NOON_S, UTC)
REPORTS, RAW = HistoryKind.REPORTS, HistoryKind.RAW
YEAR = KeptFor(positions_months=12, frames_months=6)
PLENTY = Room(900, 1000)
SHORT = Room(0, 10**9)


def a_file(number: int, kind: HistoryKind = REPORTS, size_bytes: int = 100) -> HistoryFile:
    """A file of the hour so many hours after noon."""
    begins_s = NOON_S + number * 3600
    return HistoryFile(
        name=f"{kind}/{number:04}.parquet",
        kind=kind,
        first_journal_id=number,
        last_journal_id=number,
        first_received_s=begins_s,
        last_received_s=begins_s + 3599,
        from_ms=int(begins_s * 1000),
        to_ms=int(begins_s * 1000) + 3_599_000,
        row_count=1,
        size_bytes=size_bytes,
        sha256="",
        sealed_at=NOON,
    )


def a_hold(from_h: float, until_h: float) -> HistoryHold:
    begins, ends = (int((NOON_S + each * 3600) * 1000) for each in (from_h, until_h))
    return HistoryHold("h", begins, ends, "pan", NOON, "case 117")


def names(files: Iterable[HistoryFile]) -> list[str]:
    return [each.name for each in files]


@pytest.mark.requirement("D4e-3")
def test_each_kind_is_kept_for_what_the_rules_ask_at_the_least() -> None:
    terms = terms_of(YEAR, {REPORTS: 30, RAW: 400})
    assert terms.most_s == {REPORTS: 12 * 31 * DAY_S, RAW: 400 * DAY_S}
    assert terms.least_s == {REPORTS: 12 * 31 * DAY_S, RAW: 6 * 31 * DAY_S}
    files = (a_file(0), a_file(0, RAW), a_file(24), a_file(24, RAW))
    assert names(over(files, terms, NOON_S + 372 * DAY_S)) == []
    assert names(over(files, terms, NOON_S + 372 * DAY_S + 3600)) == ["reports/0000.parquet"]
    assert names(over(files, terms, NOON_S + 400 * DAY_S + 3600)) == [
        "reports/0000.parquet", "raw/0000.parquet", "reports/0024.parquet",
    ]  # fmt: skip


@pytest.mark.requirement("D4e-3")
def test_of_several_jurisdictions_the_longest_terms_count_and_one_that_says_nothing_keeps_all() -> (
    None
):
    lingang = KeptFor(positions_months=36, frames_months=3)
    assert longest([YEAR, lingang]) == KeptFor(positions_months=36, frames_months=6)
    assert longest([YEAR, None]) is longest([]) is None


def test_without_a_term_all_is_kept_and_without_rules_nothing_yields() -> None:
    assert terms_of(YEAR, {REPORTS: 0, RAW: 0}).most_s == {REPORTS: FOREVER_S, RAW: FOREVER_S}
    nobody = terms_of(None, {REPORTS: 1, RAW: 1})
    files = (a_file(0), a_file(0, RAW))
    late_s = NOON_S + 9000 * DAY_S
    assert names(over(files, nobody, late_s)) == names(yielding(files, nobody, late_s, 10**9)) == []


@pytest.mark.requirement("D4e-17")
def test_a_hold_keeps_the_frames_too_that_told_of_its_time() -> None:
    # Received five hours after what it tells of.
    late = replace(a_file(5), from_ms=a_file(0).from_ms)
    files = (a_file(0), a_file(0, RAW), a_file(1), a_file(1, RAW), late, a_file(5, RAW))
    assert names(free_to_go(files, [a_hold(0.5, 0.6)], None)) == [
        "raw/0001.parquet", "reports/0001.parquet",
    ]  # fmt: skip
    assert len(free_to_go(files, [a_hold(-2, -1)], None)) == 6


def test_what_a_clip_still_needs_stays() -> None:
    files = (a_file(0, RAW), a_file(1, RAW))
    assert names(free_to_go(files, [], NOON_S + 3700)) == ["raw/0000.parquet"]


@given(st.lists(st.integers(1, 50), max_size=12), st.integers(0, 700))
def test_no_more_yields_than_is_missing_and_frames_before_reports(
    sizes: list[int], missing: int
) -> None:
    files = [a_file(n, kind, size) for n, size in enumerate(sizes) for kind in (REPORTS, RAW)]
    terms = Terms(dict.fromkeys(HistoryKind, DAY_S), dict.fromkeys(HistoryKind, FOREVER_S))
    gone = list(yielding(files, terms, NOON_S + 10 * DAY_S, missing))
    freed = sum(each.size_bytes for each in gone)
    assert freed >= min(missing, 2 * sum(sizes))
    assert sum(each.size_bytes for each in gone[:-1]) < max(missing, 1)
    kinds = [each.kind for each in gone]
    assert kinds == sorted(kinds, key=[RAW, REPORTS].index)


def retention(place: Place, *, least_h: float = 0.0, most_h: float | None = None) -> Retention:
    most_s = FOREVER_S if most_h is None else most_h * 3600
    terms = Terms(dict.fromkeys(HistoryKind, least_h * 3600), dict.fromkeys(HistoryKind, most_s))
    return Retention(place.store, place.folder, terms, free=0.15)


def three_hours(place: Place) -> None:
    for hour in range(3):
        place.journal(told(seq=hour, after_s=hour * 3600.0))
    place.compact(everything=True)


def at(hours: float) -> datetime:
    return datetime.fromtimestamp(NOON_S + hours * 3600, UTC)


def on_the_disk(place: Place) -> list[str]:
    return sorted(each.name.partition("-")[0] for each in place.folder.rglob("*.parquet"))


@pytest.mark.requirement("D4e-3")
def test_a_file_whose_time_is_over_goes_and_who_asks_for_its_time_is_told_so(place: Place) -> None:
    three_hours(place)
    assert retention(place, most_h=24).run(at(24.5), PLENTY) == 2
    assert on_the_disk(place) == ["13", "13", "14", "14"]
    with pytest.raises(HistoryRemoved, match="what was told until 2026-05-04") as removed:
        place.ask(Window(0, 2**62))
    assert removed.value.why == "history removed"
    from_one = int(NOON_S * 1000) + 3_600_000
    assert place.seqs(Window(from_one, 2**62)) == [("car-1", 1), ("car-1", 2)]
    assert retention(place, most_h=24).run(at(24.5), PLENTY) == 0
    with place.store.reader.begin() as connection:
        told_of = connection.exec_driver_sql(
            "SELECT reason FROM audit WHERE action = 'history.remove'"
        )
        assert [each.reason for each in told_of] == [ITS_TIME, ITS_TIME]


def test_what_was_removed_and_lies_there_still_goes_the_next_time_and_is_no_stray(
    place: Place,
) -> None:
    three_hours(place)
    keeping = retention(place, most_h=24)
    (kept,) = (each.read_bytes() for each in place.folder.glob("reports/*/12-*"))
    (path,) = place.folder.glob("reports/*/12-*")
    keeping.run(at(24.5), PLENTY)
    path.write_bytes(kept)  # whoever removed it died before the file went
    place.compact(everything=True)
    assert keeping.run(at(24.5), PLENTY) == 0
    assert not path.exists()
    assert not (place.folder / "strays").exists()


@pytest.mark.requirement("D4e-18")
def test_a_full_disk_takes_what_the_rules_no_longer_ask_for_and_nothing_else(place: Place) -> None:
    three_hours(place)
    keeping = retention(place, least_h=2.5)
    assert keeping.run(at(2.0), SHORT) == 0, "all of it is younger than the rules ask for"
    assert keeping.run(at(3.7), PLENTY) == 0
    assert keeping.run(at(3.7), SHORT) == 4
    assert on_the_disk(place) == ["14", "14"]
    with place.store.reader.begin() as connection:
        told_of = connection.exec_driver_sql(
            "SELECT DISTINCT reason FROM audit WHERE action = 'history.remove'"
        )
        assert [each.reason for each in told_of] == [FOR_ROOM]
        held = history_files.held(connection)
    assert [(each.files, each.removed) for each in held.values()] == [(1, 2), (1, 2)]


@pytest.mark.requirement("D4e-17")
def test_a_hold_is_put_on_and_lifted_by_the_police_with_a_reason(place: Place) -> None:
    three_hours(place)
    with place.store.write() as session:
        hold = held(session)
        with pytest.raises(NotAllowed):
            history_holds.put(session, city.SWIFT, at(0), at(1), "mine", at(2))
    keeping = retention(place, most_h=1)
    assert keeping.run(at(48), SHORT) == 4
    assert on_the_disk(place) == ["13", "13"]
    with place.store.write() as session:
        history_holds.release(session, city.POLICE, hold.hold_id, "case closed", at(48))
        with pytest.raises(Conflict):
            history_holds.release(session, city.POLICE, hold.hold_id, "again", at(48))
    assert keeping.run(at(48), PLENTY) == 2


@pytest.mark.requirement("D4e-17")
def test_a_hold_that_is_put_while_files_go_keeps_those_that_have_not_gone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_hours(place)
    keeping = retention(place, most_h=1)
    found = keeping.going(at(48), PLENTY)
    with place.store.write() as session:
        held(session)
    monkeypatch.setattr(Retention, "going", lambda *_: found)
    assert keeping.run(at(48), PLENTY) == 0, "what goes is found anew by the next run"
    monkeypatch.undo()
    assert keeping.run(at(48), PLENTY) == 4
    assert on_the_disk(place) == ["13", "13"]


def test_in_the_folder_of_another_installation_nothing_is_removed(place: Place) -> None:
    three_hours(place)
    (place.folder / OWNER).write_text("another\n")
    with pytest.raises(ForeignHistory):
        retention(place, most_h=1).run(at(48), PLENTY)
    assert len(on_the_disk(place)) == 6


def held(session: Session) -> HistoryHold:
    return history_holds.put(session, city.POLICE, at(1), at(1.5), "case 117", at(2))


def test_doctor_and_prometheus_tell_whether_there_is_room(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_hours(place)
    settings = Settings(data_dir=tmp_path, history_free=0.5)
    for room, state, said in (
        (Room(60, 100), State.OK, "60% of the disk free, 50% wanted"),
        (Room(10, 10**12), State.FAIL, "may go"),
    ):
        monkeypatch.setattr("zone_service.doctor_history.room_of", lambda _, room=room: room)
        found = kept_room(settings, place.store)
        assert (found.state, said in found.found) == (state, True), found
    collected = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in HistoryCollector(place.store, place.folder).collect()
        for sample in metric.samples
    }
    assert collected["zone_history_files", "raw"] == 3
    assert collected["zone_history_removed_total", "reports"] == 0
    assert 0 < collected["zone_disk_free_ratio",] < 1
