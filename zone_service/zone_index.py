"""The file in the data directory in which the grid over the zones is kept, so that a start is quick.

It may be missing, old, of another version or damaged: then all is made from the store, and the log
says so. It is written whole under another name, synced and renamed, so it is never half a file.
"""

import json
import os
import shutil
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import structlog
from numpy.typing import NDArray

from geofence.kept import MADE_BY, Kept, OtherZones, Outlines, keep, outlines_of, restored
from geofence.room import Room
from geofence.snapshot import NO_ZONE, Snapshot
from geofence.zone import Zone

NAME: Final = "zones.index"
MAGIC: Final = b"zones-index-1\n"
LENGTH: Final = struct.Struct("<QI")
"""Of the head that follows, and its checksum."""
LONGEST_HEAD: Final = 1 << 28
WORTH_KEEPING: Final = 200
"""Fewer zones are laid as fast as a file is read."""
STALE_SHARE: Final = 0.05
"""Of the zones: a file that lacks fewer of them is not written again, and a start lays those."""
PIECE_BYTES: Final = 4 << 20
"""Synced one after another: a commit of the worker must not wait for the whole file."""
SPARE_ROOM: Final = 3.0
"""Times the size of the file must be free: the database needs the disk more."""

log = structlog.get_logger("zones")


class Damaged(ValueError):
    """What is in the file is not what was written."""


class ZoneIndex:
    """The file, and which of the zones in force a start would find in it."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / NAME
        self._kept: dict[str, Zone] = {}
        """What is in the file, by id, as the objects of the snapshot in use."""
        self._writing: threading.Thread | None = None
        self._begun: Future[tuple[Kept, Outlines]] | None = None

    def read_beside(self) -> None:
        """Begin to read the file in a thread of its own, while the zones are read from the store."""
        reader = ThreadPoolExecutor(1, "zone-index-read")
        self._begun = reader.submit(_whole, self.file)
        reader.shutdown(wait=False)

    def read(self, zones: Iterable[Zone], revision: int) -> Snapshot | None:
        """Return a snapshot of the zones with the grid that was kept; ``None`` where that is no use."""
        begun, self._begun = self._begun, None
        try:
            kept, outlines = _whole(self.file) if begun is None else begun.result()
            snapshot = restored(kept, zones, revision, outlines)
        except FileNotFoundError:
            return None
        except OtherZones as error:
            log.info("kept_zones_not_used", file=str(self.file), reason=str(error))
            return None
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            log.warning(
                "kept_zones_not_readable",
                file=str(self.file),
                problem=f"{type(error).__name__}: {error}",
                advice="nothing to do: all zones are made anew, and the file is written again",
            )
            return None
        # Those that are laid anew lie behind those of the file.
        self._kept = _by_id(snapshot.zones[: len(kept.zones)])
        laid = len(snapshot.slots) - len(self._kept)
        log.info("kept_zones_used", file=str(self.file), zones=len(self._kept), laid_anew=laid)
        return snapshot

    def lacks(self, snapshot: Snapshot) -> bool:
        """Tell whether a start would have to lay so many zones that the file is worth writing."""
        zones = snapshot.in_force()
        missing = sum(self._kept.get(zone.zone_id) is not zone for zone in zones)
        return missing >= max(WORTH_KEEPING, STALE_SHARE * len(zones))

    def keep_beside(self, snapshot: Snapshot) -> None:
        """Write the file in a thread of its own where it lacks much, and nobody is writing it."""
        is_writing = self._writing is not None and self._writing.is_alive()
        if not is_writing and self.lacks(snapshot):
            write = threading.Thread(
                target=self.write, args=(snapshot,), name="zone-index", daemon=True
            )
            self._writing = write
            write.start()

    def write(self, snapshot: Snapshot) -> bool:
        """Keep the grid of a snapshot; a disk that refuses costs no more than time."""
        partial = self.file.with_suffix(".partial")
        try:
            _write(partial, keep(snapshot))
            partial.replace(self.file)
        except OSError as error:
            partial.unlink(missing_ok=True)
            log.warning("zones_not_kept", file=str(self.file), problem=str(error))
            return False
        self._kept = _by_id(snapshot.zones)
        return True


def _by_id(zones: Sequence[Zone]) -> dict[str, Zone]:
    return {zone.zone_id: zone for zone in zones if zone is not NO_ZONE}


# --- writing ------------------------------------------------------------------------------------


def _write(path: Path, kept: Kept) -> None:
    arrays = {name: np.ascontiguousarray(array) for name, array in kept.arrays.items()}
    size = sum(array.nbytes for array in arrays.values())
    free = shutil.disk_usage(path.parent).free
    if free < SPARE_ROOM * size:
        msg = f"{free} bytes are free for a file of {size}: expected {SPARE_ROOM:.0f} times as many"
        raise OSError(msg)
    with path.open("wb", buffering=0) as file:
        for piece in _pieces(kept, arrays):
            for start in range(0, len(piece), PIECE_BYTES):
                file.write(piece[start : start + PIECE_BYTES])
                os.fdatasync(file.fileno())


def _pieces(kept: Kept, arrays: dict[str, NDArray[Any]]) -> Iterator[bytes | memoryview]:
    head = json.dumps(
        {
            "made_by": MADE_BY,
            "zones": kept.zones,
            "arrays": [
                (name, array.dtype.str, array.shape, zlib.crc32(_bytes(array)))
                for name, array in arrays.items()
            ],
        }
    ).encode()
    yield MAGIC + LENGTH.pack(len(head), zlib.crc32(head)) + head
    yield from (_bytes(array) for array in arrays.values())


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


# --- reading ------------------------------------------------------------------------------------


def _whole(path: Path) -> tuple[Kept, Outlines]:
    """Read the file, and make of it what need not know the zones of now."""
    kept = _read(path)
    return kept, outlines_of(kept)


def _read(path: Path) -> Kept:
    with path.open("rb") as file:
        told = _head(file)
        if told["made_by"] != list(MADE_BY):
            msg = f"made by {told['made_by']}, expected {list(MADE_BY)}"
            raise OtherZones(msg)
        left = os.fstat(file.fileno()).st_size - file.tell()
        arrays, rooms = {}, {}
        for name, kind, shape, checksum in told["arrays"]:
            room, size = _array(file, name, np.broadcast_to(_plain(kind), shape), checksum, left)
            left -= size
            arrays[name], rooms[name] = room.rows(), room
        return Kept(tuple((zone_id, key) for zone_id, key in told["zones"]), arrays, rooms)


def _head(file: BinaryIO) -> dict[str, Any]:
    begin = file.read(len(MAGIC) + LENGTH.size)
    if len(begin) < len(MAGIC) + LENGTH.size or not begin.startswith(MAGIC):
        msg = f"expected {MAGIC!r}, got {begin[: len(MAGIC)]!r}"
        raise Damaged(msg)
    length, checksum = LENGTH.unpack_from(begin, len(MAGIC))
    head = file.read(min(length, LONGEST_HEAD))
    if len(head) != length or zlib.crc32(head) != checksum:
        msg = "the head is cut short or not what was written"
        raise Damaged(msg)
    found: dict[str, Any] = json.loads(head)
    return found


def _plain(kind: str) -> NDArray[Any]:
    """Return one value of a type, if it is one whose bytes may be read as they are."""
    found = np.dtype(kind)
    if found.hasobject:
        msg = f"expected plain numbers, got {kind}"
        raise Damaged(msg)
    return np.empty((), found)


def _array(
    file: BinaryIO, name: str, like: NDArray[Any], checksum: int, left: int
) -> tuple[Room[Any], int]:
    """Read an array of the size and type of another into a room with more behind it."""
    if like.nbytes > left:
        msg = f"{name} is cut short"
        raise Damaged(msg)
    room, array = Room.unwritten(like)
    body = _bytes(array)
    if file.readinto(body) != len(body) or zlib.crc32(body) != checksum:  # type: ignore[attr-defined]
        msg = f"{name} is not what was written"
        raise Damaged(msg)
    return room, len(body)
