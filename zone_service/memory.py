"""What the worker remembers of its devices between batches, and how that survives a crash."""

import struct
import zlib
from dataclasses import dataclass, field

import msgspec

from geofence.fleet import Fleet
from permits.watch import Watch
from telemetry.report import Report
from telemetry.track import Track
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
    """The last fresh report."""
    position: tuple[float, float] | None = None
    """The last known longitude and latitude."""
    inside: tuple[int, ...] = ()
    """Slots of the zones that hold it, in the snapshot of the world in use."""
    unknown: tuple[int, ...] = ()


@dataclass(slots=True)
class Memory:
    """All devices ever heard, and the episodes that are open."""

    devices: dict[str, DeviceState] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    """Device ids by number."""
    fleet: Fleet = field(default_factory=Fleet)
    strangers: dict[str, Watch] = field(default_factory=dict)
    """Unregistered identities that spoke."""
    open: dict[str, ViolationChange] = field(default_factory=dict)
    """Open violations by ``device|code|zone``."""
    judged_s: float = 0.0
    """Server time at which everybody was last judged by the hours of the zones."""
    listening_s: float = 0.0
    """Server time since which we have been listening without a break."""

    def device(self, device_id: str) -> DeviceState:
        """Return a device's state, made when it is first heard."""
        known = self.devices.get(device_id)
        if known is None:
            known = self.devices[device_id] = DeviceState(len(self.names))
            self.names.append(device_id)
        return known


@dataclass(frozen=True, slots=True)
class _Kept:
    """The form in a checkpoint."""

    devices: dict[str, DeviceState]
    names: list[str]
    fleet: bytes
    strangers: dict[str, Watch]
    open: dict[str, ViolationChange]
    judged_s: float
    listening_s: float


FORMAT = 3
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
