"""Whatever state the compaction is in, an answer is the same."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.history.journal import EVER, NOON_S, Place, told
from zone_service.history.asked import Window, day_of
from zone_service.history.kept import AT_ONCE
from zone_service.history.query import History
from zone_service.history.table import table_of
from zone_service.history.told import Told
from zone_service.store import journal
from zone_service.store.engine import Store, open_store
from zone_service.store.errors import HistoryLost, InvalidValue, TryLater
from zone_service.store.records import Journalled

DEVICES = ("car-1", "car-2", "car-3")
NOON_MS = int(NOON_S * 1000)


@dataclass(frozen=True)
class Heard:
    """A report of some device, received some minutes after noon, made some minutes before."""

    device: int
    late_min: int


steps = st.lists(
    st.lists(st.builds(Heard, st.integers(0, 2), st.sampled_from([0, 0, 0, 30, 3000])), min_size=1, max_size=4)
    | st.sampled_from(["compact", "compact in parts", "everything"]),
    min_size=1,
    max_size=12,
)  # fmt: skip
windows = st.builds(
    lambda first, length, device: Window(
        NOON_MS + first * 60_000, NOON_MS + (first + length) * 60_000, device
    ),
    st.integers(-60, 240),
    st.integers(0, 120),
    st.sampled_from([None, *DEVICES]),
)


@pytest.mark.requirement("D4e-14")
@settings(max_examples=12)
@given(steps, st.lists(windows, min_size=1, max_size=3))
def test_any_state_of_the_compaction_gives_the_same_answer(
    history_city: Path, done: Sequence[list[Heard] | str], asked: Sequence[Window]
) -> None:
    with TemporaryDirectory() as folder:
        copied = copy(history_city, folder)
        with closing(open_store(f"sqlite:///{copied}")) as store:
            place = Place(store, Path(folder) / "history")
            expected = _go(place, done)
            assert [(each["device_id"], each["seq"]) for each in place.ask()] == [
                (device, seq) for device, _, seq in expected
            ]
            for each in asked:
                assert place.seqs(each) == [
                    (device, seq)
                    for device, at_ms, seq in expected
                    if each.from_ms <= at_ms < each.until_ms and each.device_id in (None, device)
                ]


def _go(place: Place, done: Sequence[list[Heard] | str]) -> list[tuple[str, int, int]]:
    """Do what is said, 17 minutes apart; return what is expected, in the order of the history."""
    expected: list[tuple[str, int, int]] = []
    seq = 0
    for number, each in enumerate(done):
        if isinstance(each, str):
            if each == "compact in parts":
                place.compact(segment_messages=1, file_rows=2)
            else:
                place.compact(everything=each == "everything")
            assert asked_again(place) == of_car_1(expected)
            continue
        frames = []
        for heard in each:
            seq += 1
            after_min = number * 17
            made_min = after_min - heard.late_min
            device = DEVICES[heard.device]
            frames.append(told(device, after_min * 60.0, seq, made_s=made_min * 60.0))
            expected.append((device, NOON_MS + made_min * 60_000, seq))
        place.journal(*frames)
        assert asked_again(place) == of_car_1(expected)
    return sorted(expected)


def asked_again(place: Place) -> Sequence[tuple[str, int]]:
    """Ask for one device: what is kept for the next question is then of this state."""
    return place.seqs(replace(EVER, device_id="car-1"))


def of_car_1(expected: list[tuple[str, int, int]]) -> list[tuple[str, int]]:
    return [(device, seq) for device, _, seq in sorted(expected) if device == "car-1"]


def test_an_area_is_asked_for_with_its_edges_and_over_the_180th_meridian(place: Place) -> None:
    for seq, (longitude, latitude) in enumerate([(121.5, 31.2), (-179.9, 0.0), (179.9, 0.0)]):
        place.journal(told(seq=seq, longitude=longitude, latitude=latitude, after_s=float(seq)))
    place.journal(told(seq=9, longitude=None, latitude=None, after_s=9.0))
    for _ in range(2):
        for box, found in (
            ((121.5, 31.2, 121.6, 31.3), [0]),
            ((121.4, 31.1, 121.5, 31.2), [0]),
            ((121.50001, 31.2, 121.6, 31.3), []),
            ((179.0, -1.0, -179.0, 1.0), [1, 2]),
            ((-180.0, -90.0, 180.0, 90.0), [0, 1, 2]),
        ):
            asked = Window(0, 2**62, box=box)
            assert [seq for _, seq in place.seqs(asked)] == found
            assert place.seqs(Window(0, 2**62, "car-1", box)) == place.seqs(asked)
        place.compact(everything=True)


def test_an_answer_that_would_not_fit_says_what_would(place: Place) -> None:
    place.journal(*(told(seq=seq, after_s=float(seq)) for seq in range(3)))
    history = History(place.store, place.folder)
    assert history.rows(EVER, 3).num_rows == 3
    with pytest.raises(InvalidValue, match=r"more than 2 reports: expected a shorter time"):
        history.rows(EVER, 2)


@pytest.mark.requirement("D4e-14")
def test_an_area_is_told_whole_however_much_is_in_no_segment_yet(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zone_service.history.kept.LONG_END", 2)
    monkeypatch.setattr("zone_service.store.journal._ROWS_AT_ONCE", 2)
    for number in range(5):
        others = (told(f"car-{other}", seq=number, after_s=float(number)) for other in (2, 3))
        place.journal(
            told(seq=number, after_s=float(number), longitude=121.0 + number / 10), *others
        )
    assert len(place.ask()) == 15
    box = (121.0, 31.0, 121.2, 32.0)
    assert place.seqs(Window(NOON_MS, NOON_MS + 2000, box=box)) == [("car-1", 0), ("car-1", 1)]
    own = place.history().rows(EVER, whose=frozenset({"car-2", "car-3"}))
    assert own.column("seq").to_pylist() == [*range(5), *range(5)]


def test_of_a_long_end_of_the_journal_only_what_a_window_needs_is_read(place: Place) -> None:
    for number in range(4):
        place.journal(told(seq=number, after_s=600.0 * number))
    history = History(place.store, place.folder, decoded=2)
    begins = NOON_MS + 1_200_000
    assert history.rows(Window(begins, begins + 1)).column("seq").to_pylist() == [2]
    # What was received five minutes before it may be of a clock that is ahead.
    with pytest.raises(TryLater, match=r"3 messages from .*12:15.* at most 2 of them: .* later"):
        history.rows(Window(NOON_MS + 900_000, begins + 1))
    place.compact()
    assert history.rows(Window(NOON_MS, begins + 1)).column("seq").to_pylist() == [0, 1, 2]


def test_few_read_a_long_end_of_the_journal_at_once_and_the_others_are_told_so(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zone_service.history.kept.LONG_END", 1)
    place.journal(told(seq=1), told(seq=2, after_s=1.0))
    with ExitStack() as others:
        for _ in range(AT_ONCE):
            others.enter_context(place.kept.reads_end(2))
        with pytest.raises(TryLater, match="ask again in some seconds"):
            place.ask()
        assert len(place.ask(replace(EVER, device_id="car-1"))) == 2
    for _ in range(AT_ONCE + 1):
        assert len(place.ask()) == 2


def test_an_end_that_is_shortened_while_it_is_read_is_asked_for_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.journal(told(seq=1))
    place.journal(told(seq=2, after_s=1.0))

    def shortened(store: Store, which: journal.Behind) -> Iterator[Journalled]:
        yield from list(batches_of(store, which))[1:]

    batches_of = journal.batches_of
    monkeypatch.setattr(journal, "batches_of", shortened)
    with pytest.raises(TryLater, match="into files meanwhile"):
        place.ask()


def test_the_last_of_one_device_is_told_whole_however_much_all_others_say(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zone_service.history.query.END_MESSAGES", 2)
    for number in range(4):
        others = (told(f"car-{other}", seq=number, after_s=float(number)) for other in range(2, 9))
        place.journal(told(seq=number, after_s=float(number)), *others)
    history = History(place.store, place.folder)
    asked = Window(NOON_MS, NOON_MS + 90_000, "car-1")
    assert history.rows(asked).column("seq").to_pylist() == [0, 1, 2, 3]
    bounded = replace(history, looked_through=31)
    with pytest.raises(TryLater, match=r"32 messages from .* at most 31 of them"):
        bounded.rows(asked)


def test_of_the_journal_no_more_becomes_rows_than_was_asked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(some: Sequence[Told]) -> pa.Table:
        made.append(len(some))
        return table_of(some)

    monkeypatch.setattr("zone_service.history.query.table_of", counted)
    monkeypatch.setattr("zone_service.history.query.SLICE", 2)
    place.journal(*(told(seq=seq, after_s=float(seq)) for seq in range(9)), told("car-2"))
    history = History(place.store, place.folder)
    assert history.rows(EVER, whose=frozenset({"car-2"})).num_rows == 1
    assert history.rows(Window(NOON_MS, NOON_MS + 2001), most=4).num_rows == 4
    assert made == [1, 2, 2]
    with pytest.raises(InvalidValue, match="more than 2 reports"):
        history.rows(EVER, most=2)
    assert made[3:] == [2, 2]


def test_a_file_that_is_gone_or_cut_is_named(place: Place) -> None:
    place.journal(told(seq=1))
    place.compact(everything=True)
    (file,) = (place.folder / "reports").rglob("*.parquet")
    for spoil in (lambda: file.write_bytes(b"PAR1"), file.unlink):
        spoil()
        with pytest.raises(HistoryLost, match=r"reports/2026-05-04/12-1-1\.parquet of the history"):
            place.ask()


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_days_at_the_ends_of_the_calendar_are_asked_for_or_refused(day: date) -> None:
    if day == date.max:
        with pytest.raises(InvalidValue, match="another follows"):
            day_of(day, "car-1")
    else:
        asked = day_of(day, "car-1")
        assert asked.until_ms - asked.from_ms == 86_400_000
