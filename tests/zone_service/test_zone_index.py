"""The file with the grid over the zones: used when it is whole, and ignored when it is not."""

import zlib
from pathlib import Path

import pytest
from shapely import box
from structlog.testing import capture_logs

from geofence.amend import amended
from geofence.snapshot import Snapshot, build
from geofence.zone import Area, Volume, Zone, ZoneKind
from zone_service import zone_index
from zone_service.zone_index import ZoneIndex

COUNT = 220


def square(number: int, width: float = 0.004) -> Zone:
    west, south = 121.0 + 0.005 * (number % 20), 31.0 + 0.005 * (number // 20)
    area = Area(box(west, south, west + width, south + width))
    return Zone(f"zone-{number:03}", ZoneKind.KEEP_OUT, f"Zone {number}", (Volume(area),))


ZONES = [square(number) for number in range(COUNT)]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return build(ZONES, 1)


@pytest.fixture
def index(tmp_path: Path) -> ZoneIndex:
    return ZoneIndex(tmp_path)


def test_what_was_written_is_read(index: ZoneIndex, snapshot: Snapshot) -> None:
    assert index.write(snapshot)
    back = index.read(ZONES, 7)
    assert back is not None
    assert (back.revision, back.zone_ids) == (7, snapshot.zone_ids)
    assert [path.name for path in index.file.parent.iterdir()] == ["zones.index"]


def test_what_was_begun_to_be_read_beside_is_what_is_read(
    index: ZoneIndex, snapshot: Snapshot
) -> None:
    index.write(snapshot)
    index.read_beside()
    assert index._begun is not None
    index._begun.result()
    index.file.unlink()
    back = index.read(ZONES, 7)
    assert back is not None
    assert back.zone_ids == snapshot.zone_ids
    assert index.read(ZONES, 7) is None, "once: nobody else may have the same outlines"


def test_a_damaged_file_that_is_read_beside_is_one_line(
    index: ZoneIndex, snapshot: Snapshot
) -> None:
    index.write(snapshot)
    index.file.write_bytes(index.file.read_bytes()[:-1])
    with capture_logs() as lines:
        index.read_beside()
        assert index.read(ZONES, 1) is None
    assert [each["event"] for each in lines] == ["kept_zones_not_readable"]


def test_a_zone_that_changed_meanwhile_is_laid_anew(index: ZoneIndex, snapshot: Snapshot) -> None:
    index.write(snapshot)
    back = index.read([square(0, 0.002), *ZONES[2:]], 8)
    assert back is not None
    assert len(back.in_force()) == COUNT - 1
    assert back.slots["zone-000"] == COUNT


def test_without_a_file_there_is_nothing_to_be_said(index: ZoneIndex) -> None:
    with capture_logs() as lines:
        assert index.read(ZONES, 1) is None
    assert lines == []


def written(index: ZoneIndex) -> bool:
    if index._writing is not None:
        index._writing.join()
        index._writing = None
        return True
    return False


def test_few_zones_are_not_kept(index: ZoneIndex) -> None:
    index.keep_beside(build(ZONES[: zone_index.WORTH_KEEPING - 1], 1))
    assert not written(index)
    assert list(index.file.parent.iterdir()) == []


def test_it_is_written_again_when_a_start_would_have_much_to_lay(
    index: ZoneIndex, snapshot: Snapshot
) -> None:
    index.keep_beside(snapshot)
    assert written(index)
    changed = [square(number, 0.002) for number in range(COUNT)]
    some = amended(snapshot, changed[:150], [], 2)
    index.keep_beside(some)
    assert not written(index)
    many = amended(some, changed[150:], [], 3)
    index.keep_beside(many)
    assert written(index)
    index.keep_beside(many)
    assert not written(index)


def test_what_a_start_has_found_in_it_is_not_written_again(
    index: ZoneIndex, snapshot: Snapshot
) -> None:
    index.write(snapshot)
    at_the_start = ZoneIndex(index.file.parent)
    back = at_the_start.read([square(0, 0.002), *ZONES[1:]], 2)
    assert back is not None
    at_the_start.keep_beside(back)
    assert not written(at_the_start)


@pytest.mark.parametrize("where", [0, 5, 30, 2_000, 60_000, -1])
def test_a_file_of_which_a_bit_has_turned_is_not_used_and_that_is_one_line(
    index: ZoneIndex, snapshot: Snapshot, where: int
) -> None:
    index.write(snapshot)
    body = bytearray(index.file.read_bytes())
    body[where] ^= 1
    index.file.write_bytes(body)
    with capture_logs() as lines:
        assert index.read(ZONES, 1) is None
    assert [each["event"] for each in lines] == ["kept_zones_not_readable"]


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.5, 0.999])
def test_a_file_that_is_cut_short_is_not_used(
    index: ZoneIndex, snapshot: Snapshot, share: float
) -> None:
    index.write(snapshot)
    body = index.file.read_bytes()
    index.file.write_bytes(body[: int(share * len(body))])
    assert index.read(ZONES, 1) is None


def test_what_is_no_plain_number_is_not_read(
    index: ZoneIndex, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        zone_index,
        "_pieces",
        lambda *_: [_with_head(b'{"made_by":[],"arrays":[["a","|O",[9],0]]}')],
    )
    monkeypatch.setattr(zone_index, "MADE_BY", ())
    index.write(snapshot)
    with pytest.raises(zone_index.Damaged, match="expected plain numbers"):
        zone_index._read(index.file)


def _with_head(head: bytes) -> bytes:
    return zone_index.MAGIC + zone_index.LENGTH.pack(len(head), zlib.crc32(head)) + head


def test_a_file_of_another_version_is_not_used(
    index: ZoneIndex, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.write(snapshot)
    monkeypatch.setattr(zone_index, "MADE_BY", ("zones-2",))
    assert index.read(ZONES, 1) is None


def test_a_directory_that_cannot_be_written_to_costs_nothing_but_the_file(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    assert not ZoneIndex(tmp_path / "not there").write(snapshot)


def test_a_disk_that_is_nearly_full_is_left_to_the_database(
    index: ZoneIndex, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zone_index, "SPARE_ROOM", 1e12)
    assert not index.write(snapshot)
    assert list(index.file.parent.iterdir()) == []
