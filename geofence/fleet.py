"""What is known of every device between two batches."""

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from geofence.change import Slots
from geofence.following import DOMAIN_BYTE, JUDGED, LATEST_ROW, NO_ROW, NUMBERS_OF_DEVICE
from geofence.held import Held
from geofence.places import AT, LONGITUDE, WIDTH, Places
from geofence.room import lines
from geofence.snapshot import Snapshot

MAGIC: Final = b"fleet-1\n"
LENGTH: Final = struct.Struct("<Q")


class OtherSnapshot(ValueError):
    """The fleet was judged under other zones: rejudge it first."""


class LetIn(NamedTuple):
    """Zones that took a device in where it stood, or may have, when it was judged after its last fix."""

    fix_s: float
    """Of that fix; since another one nothing of it holds."""
    slots: Slots

    def since(self, fix_s: float) -> Slots:
        """Return the slots if the last fix is of that time."""
        return self.slots if self.fix_s == fix_s else ()


class Fleet:
    """The last place of each device and the zones that hold it, by dense device number.

    Arrays that grow with the device numbers; what a fix needs of its device lies in one line of
    the processor's memory, and what holds it in another. A step updates the fleet in place and returns
    it; only the thread that steps may touch it.
    """

    __slots__ = ("held", "let_in", "revision", "rows", "zone_ids")

    def __init__(self) -> None:
        self.revision: int | None = None
        """The revision of the snapshot whose slots ``held`` speaks of."""
        self.zone_ids: tuple[str, ...] = ()
        self.rows: NDArray[np.float64] = lines(0, NUMBERS_OF_DEVICE, np.float64)
        """By device what ``follow`` knows of it; the properties are views of these."""
        self.held = Held()
        """The slots that hold each device, ascending. A zone that has become unknown is still
        here: it was not seen to be left."""
        self.let_in: dict[int, LetIn] = {}
        """By device, of few: whoever moves on has been told of these."""

    @property
    def last(self) -> Places:
        """The last known place of each device; NaN where it was never seen."""
        return self.rows[:, :WIDTH]

    @property
    def judged_s(self) -> NDArray[np.float64]:
        """The time at which each device was last judged."""
        return self.rows[:, JUDGED]

    @property
    def domain(self) -> NDArray[np.int8]:
        """The domain of each device."""
        return self.rows.view(np.int8)[:, DOMAIN_BYTE]

    def __len__(self) -> int:
        return len(self.held)

    def devices(self) -> NDArray[np.intp]:
        """Return the numbers of the devices that were ever seen."""
        return np.flatnonzero(~np.isnan(self.last[: len(self), LONGITUDE]))

    def expect(self, snapshot: Snapshot) -> None:
        """Check that the slots held are this snapshot's; a fleet with no history takes it on.

        Raises ``OtherSnapshot`` otherwise.
        """
        if self.revision is not None and not self.follows(snapshot):
            msg = (
                f"the fleet was judged under zones of revision {self.revision},"
                f" not {snapshot.revision}: rejudge it first"
            )
            raise OtherSnapshot(msg)
        self.revision, self.zone_ids = snapshot.revision, snapshot.zone_ids

    def follows(self, snapshot: Snapshot) -> bool:
        """Tell whether the slots held are this snapshot's."""
        if self.revision != snapshot.revision:
            return False
        # Asked for every batch: ten thousand ids are not compared when they are the same tuple.
        return self.zone_ids is snapshot.zone_ids or self.zone_ids == snapshot.zone_ids

    def grow(self, count: int) -> None:
        """Make room for device numbers below ``count``."""
        if count <= len(self):
            return
        if count > len(self.rows):
            self._allocate(max(count, 2 * len(self.rows), 64))
        self.held.grow(count)

    def _allocate(self, room: int) -> None:
        before, self.rows = self.rows, lines(room, NUMBERS_OF_DEVICE, np.float64)
        self.rows[: len(before)] = before
        self.rows[len(before) :, : JUDGED + 1] = np.nan
        self.rows.view(np.int32)[:, LATEST_ROW] = NO_ROW

    def copied(self) -> "Fleet":
        """Return the fleet as it is now, whatever becomes of this one."""
        other = Fleet()
        other.revision, other.zone_ids = self.revision, self.zone_ids
        other._allocate(len(self.rows))
        other.rows[:], other.held = self.rows, self.held.copied()
        other.let_in = self.let_in.copy()
        return other

    def note_let_in(self, device: int, slots: Slots) -> None:
        """Note zones that took a device in where it stands, or may have."""
        fix_s = float(self.last[device, AT])
        known = self.let_in.get(device)
        before = () if known is None else known.since(fix_s)
        self.let_in[device] = LetIn(fix_s, tuple(sorted({*before, *slots})))

    def to_bytes(self) -> bytes:
        """Return everything as bytes, for a checkpoint."""
        count = len(self)
        header = {
            "revision": self.revision,
            "zone_ids": self.zone_ids,
            "devices": count,
            "let_in": self.let_in,
        }
        text = json.dumps(header).encode()
        arrays = (
            self.last[:count].astype("<f8"),
            self.judged_s[:count].astype("<f8"),
            self.domain[:count],
            self.held.counts().astype("<i4"),
            self.held.flat().astype("<i4"),
        )
        return b"".join((MAGIC, LENGTH.pack(len(text)), text, *(a.tobytes() for a in arrays)))

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Return the fleet that ``to_bytes`` wrote; raises ``ValueError`` for anything else."""
        begin = len(MAGIC) + LENGTH.size
        if not body.startswith(MAGIC) or len(body) < begin:
            msg = f"expected a fleet, got {body[: len(MAGIC)]!r}"
            raise ValueError(msg)
        (length,) = LENGTH.unpack_from(body, len(MAGIC))
        header = json.loads(body[begin : begin + length])
        fleet = cls()
        fleet.revision, fleet.zone_ids = header["revision"], tuple(header["zone_ids"])
        fleet.grow(header["devices"])
        fleet.let_in = _let_in(header.get("let_in", {}))
        fleet._read(memoryview(body)[begin + length :], header["devices"])
        return fleet

    def _read(self, body: memoryview, count: int) -> None:
        widths = (8 * WIDTH * count, 8 * count, count, 4 * count)
        if len(body) < sum(widths):
            msg = f"the fleet is cut short: {len(body)} bytes for {count} devices"
            raise ValueError(msg)
        pieces = []
        for width in widths:
            pieces.append(body[:width])
            body = body[width:]
        last, judged, domain, sizes = pieces
        self.last[:count] = np.frombuffer(last, "<f8").reshape(count, WIDTH)
        self.judged_s[:count] = np.frombuffer(judged, "<f8")
        self.domain[:count] = np.frombuffer(domain, np.int8)
        slots, counts = np.frombuffer(body, "<i4"), np.frombuffer(sizes, "<i4")
        if len(slots) != counts.sum():
            msg = f"the fleet is cut short: {len(slots)} of {counts.sum()} slots held"
            raise ValueError(msg)
        self.held = Held.of(_split(slots, counts))


def _let_in(told: Mapping[str, tuple[float, list[int]]]) -> dict[int, LetIn]:
    return {int(device): LetIn(fix_s, tuple(slots)) for device, (fix_s, slots) in told.items()}


def _split(slots: NDArray[np.int32], counts: NDArray[np.int32]) -> Iterator[Slots]:
    flat, ends = slots.tolist(), np.cumsum(counts).tolist()
    for count, end in zip(counts.tolist(), ends, strict=True):
        yield tuple(flat[end - count : end])
