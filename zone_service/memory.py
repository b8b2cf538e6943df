"""What the worker remembers of its devices between batches, and how that survives a crash."""

import struct
import zlib
from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from geofence.fleet import Fleet
from geofence.places import Places
from permits.watch import Watch
from telemetry.report import Report
from telemetry.track import Track
from zone_service.own_corridors import ON_ROUTE, Strayed
from zone_service.store.records import ViolationChange


class DeviceState(msgspec.Struct, array_like=True):
    """One device."""

    number: int
    """Its row in the fleet."""
    track: Track | None = None
    watch: Watch | None = None
    heard_s: float = 0.0
    """Server time of the last message that said something; 0 is never."""
    report: Report | None = None
    """The last fresh report that was no jump."""
    position: tuple[float, float] | None = None
    """The last longitude and latitude that were believed."""
    inside: tuple[int, ...] = ()
    """Slots of the zones that hold it, in the snapshot of the world in use."""
    unknown: tuple[int, ...] = ()
    strayed: Strayed = ON_ROUTE
    """From the corridors of its permits, where it was last seen."""


class _Rows(NamedTuple):
    """Of some devices in the fleet, as they were."""

    number: NDArray[np.int32]
    last: Places
    judged_s: NDArray[np.float64]
    domain: NDArray[np.int8]
    held: list[tuple[int, ...]]


class Undo:
    """What a batch has changed of a memory, as it was before; ticks of the clock not included."""

    __slots__ = (
        "_count",
        "_devices",
        "_fleet_size",
        "_memory",
        "_open",
        "_rows",
        "_strangers",
        "_zones",
    )

    def __init__(self, memory: "Memory") -> None:
        self._memory = memory
        self._count = len(memory.names)
        self._devices: dict[str, DeviceState | None] = {}
        self._rows: list[_Rows] = []
        self._open, self._strangers = memory.open.copy(), memory.strangers.copy()
        self._fleet_size = len(memory.fleet)
        self._zones = memory.fleet.revision, memory.fleet.zone_ids

    def note(self, device_id: str) -> None:
        """Note a device before anything of it changes."""
        if device_id in self._devices:
            return
        known = self._memory.devices.get(device_id)
        self._devices[device_id] = None if known is None else msgspec.structs.replace(known)

    def note_fleet(self, numbers: NDArray[np.int32]) -> None:
        """Note devices of the fleet by their numbers, before they are judged by the zones."""
        fleet = self._memory.fleet
        number = numbers[numbers < self._fleet_size]
        self._rows.append(
            _Rows(
                number,
                fleet.last[number],
                fleet.judged_s[number],
                fleet.domain[number],
                [fleet.held[each] for each in number.tolist()],
            )
        )

    def put_back(self) -> None:
        """Make the memory what it was when this was made."""
        memory = self._memory
        for device_id, before in self._devices.items():
            if before is not None:
                memory.devices[device_id] = before
            else:
                memory.devices.pop(device_id, None)
        del memory.names[self._count :]
        memory.open, memory.strangers = self._open.copy(), self._strangers.copy()
        self._put_fleet_back(memory.fleet)

    def _put_fleet_back(self, fleet: Fleet) -> None:
        fleet.revision, fleet.zone_ids = self._zones
        del fleet.held[self._fleet_size :]
        fleet.last[self._fleet_size :] = fleet.judged_s[self._fleet_size :] = nan
        fleet.domain[self._fleet_size :] = 0
        for rows in reversed(self._rows):
            fleet.last[rows.number] = rows.last
            fleet.judged_s[rows.number] = rows.judged_s
            fleet.domain[rows.number] = rows.domain
            for number, held in zip(rows.number.tolist(), rows.held, strict=True):
                fleet.held[number] = held


@dataclass(slots=True)
class Memory:
    """All devices ever heard, and the episodes that are open."""

    devices: dict[str, DeviceState] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    """Device ids by number."""
    fleet: Fleet = field(default_factory=Fleet)
    strangers: dict[str, Watch] = field(default_factory=dict)
    """Unregistered identities that spoke."""
    pairs: dict[str, Watch] = field(default_factory=dict)
    """Two devices that are or were too close, by ``pair_of``. Only ticks change it."""
    open: dict[str, ViolationChange] = field(default_factory=dict)
    """Open violations by ``device|code|zone``."""
    judged_s: float = 0.0
    """Server time at which everybody was last judged by the hours of the zones."""
    listening_s: float = 0.0
    """Server time since which we have been listening without a break."""

    undo: Undo | None = None
    """Where what a batch changes is noted, if it is."""

    def device(self, device_id: str) -> DeviceState:
        """Return a device's state to be changed, made when it is first heard."""
        if self.undo is not None:
            self.undo.note(device_id)
        known = self.devices.get(device_id)
        if known is None:
            known = self.devices[device_id] = DeviceState(len(self.names))
            self.names.append(device_id)
        return known


def pair_of(one: str, other: str) -> str:
    """Return the name of a pair, whichever of the two comes first."""
    return "|".join(sorted((one, other)))


@dataclass(frozen=True, slots=True)
class _Kept:
    """The form in a checkpoint."""

    devices: dict[str, DeviceState]
    names: list[str]
    fleet: bytes
    strangers: dict[str, Watch]
    pairs: dict[str, Watch]
    open: dict[str, ViolationChange]
    judged_s: float
    listening_s: float


FORMAT = 5
_HEAD = struct.Struct("<HI")
"""Format and checksum, before the packed values."""
HEAD_BYTES = _HEAD.size


class UnreadableCheckpoint(ValueError):
    """A checkpoint that this version cannot read."""


def to_bytes(memory: Memory) -> bytes:
    """Return the memory as a checkpoint."""
    packed = msgspec.msgpack.encode(
        _Kept(
            memory.devices,
            memory.names,
            memory.fleet.to_bytes(),
            memory.strangers,
            memory.pairs,
            memory.open,
            memory.judged_s,
            memory.listening_s,
        )
    )
    return _HEAD.pack(FORMAT, zlib.crc32(packed)) + packed


def from_bytes(body: bytes) -> Memory:
    """Return the memory of a checkpoint.

    Raises:
        UnreadableCheckpoint: another version wrote it, or it is damaged.
    """
    packed = _packed(body)
    try:
        kept = _DECODER.decode(packed)
        fleet = Fleet.from_bytes(kept.fleet)
    except (msgspec.MsgspecError, ValueError) as error:
        msg = f"the checkpoint cannot be read: {error}"
        raise UnreadableCheckpoint(msg) from error
    return Memory(
        kept.devices,
        kept.names,
        fleet,
        kept.strangers,
        kept.pairs,
        kept.open,
        kept.judged_s,
        kept.listening_s,
    )


def _packed(body: bytes) -> memoryview:
    """Return the packed values, if this version wrote them and nothing has changed them since."""
    if len(body) < HEAD_BYTES:
        msg = f"the checkpoint has {len(body)} bytes, expected a head of {HEAD_BYTES}"
        raise UnreadableCheckpoint(msg)
    found, checksum = _HEAD.unpack_from(body)
    if found != FORMAT:
        msg = f"the checkpoint has format {found}, expected {FORMAT}"
        raise UnreadableCheckpoint(msg)
    packed = memoryview(body)[HEAD_BYTES:]
    if zlib.crc32(packed) != checksum:
        msg = "the checkpoint is damaged: its checksum is not that of its content"
        raise UnreadableCheckpoint(msg)
    return packed


_DECODER = msgspec.msgpack.Decoder(_Kept)
