"""What answers share: read once, never out of date, and bounded."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from tests.history.journal import EVER, Place, told
from zone_service.history.files import unpacked
from zone_service.history.kept import ROWS, Kept, Spoken
from zone_service.store import history_files

CAR_1 = replace(EVER, device_id="car-1")


def behind(place: Place, kept: Kept, segmented_to: int = 0) -> Sequence[Spoken] | None:
    with place.store.reader.begin() as connection:
        return kept.behind(connection, segmented_to)


def test_a_batch_is_taken_apart_once(place: Place) -> None:
    kept = Kept()
    place.journal(told(seq=1), told("car-2", seq=1))
    (first,) = behind(place, kept) or ()
    assert sorted(first.on) == ["zone/up/car-1/tele", "zone/up/car-2/tele"]
    place.journal(told(seq=2, after_s=1.0))
    again, second = behind(place, kept) or ()
    assert again is first
    assert [placed for placed, _ in second.on["zone/up/car-1/tele"]] == [0]


def test_what_is_in_a_segment_is_forgotten_and_who_sees_an_older_moment_reads_for_itself(
    place: Place,
) -> None:
    kept = Kept()
    for seq in range(3):
        place.journal(told(seq=seq, after_s=float(seq)))
    assert len(behind(place, kept) or ()) == 3
    assert len(behind(place, kept, 2) or ()) == 1
    assert behind(place, kept, 1) is None
    kept.forget_end()
    assert len(behind(place, kept, 2) or ()) == 1


def test_a_batch_that_cannot_be_read_tells_nothing_and_hides_no_other(place: Place) -> None:
    place.journal(told(seq=1))
    with place.store.begin() as connection:
        connection.exec_driver_sql("UPDATE journal SET body = X'00' WHERE journal_id = 1")
    place.journal(told(seq=2, after_s=1.0))
    assert place.seqs(CAR_1) == [("car-1", 2)]
    assert place.seqs(CAR_1) == [("car-1", 2)]


def test_small_segments_are_read_once_and_the_oldest_make_room(place: Place) -> None:
    kept = Kept()
    for seq in range(2):
        place.journal(told(seq=seq, after_s=float(seq)))
        place.compact()
    with place.store.reader.begin() as connection:
        one, other = history_files.unsealed(connection)
        rows = kept.segment(connection, one, unpacked)
        assert kept.segment(connection, one, unpacked) is rows
        many = pa.concat_tables([rows] * ROWS)
        assert kept.segment(connection, other, lambda _: many) is many
        assert kept.segment(connection, one, unpacked) is not rows
