"""What the worker remembers of its devices between batches, and how that survives a crash."""

import heapq
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from math import inf, nan
from operator import methodcaller
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from geofence.fleet import Fleet
from geofence.places import Places
from permits.watch import Watch
from telemetry.device_days import DeviceDays
from telemetry.report import Report
from telemetry.track import Track
from telemetry.waiting import Waiting, first_due_s
from zone_service.calm import Calm
from zone_service.flights import Flights
from zone_service.late_row import Hole, LateRow, Span
from zone_service.outstanding import Outstanding
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
    waiting: tuple[Waiting, ...] = ()
    """Reports that have overtaken others, in the order of their numbers."""
    in_vain: int = 0
    """Holes in its numbers that were passed over, one after another."""
    holes: tuple[Hole, ...] = ()
    """The ends of the latest holes in its numbers."""
    past: tuple[Span, ...] = ()
    """The latest of its violations that are over."""
    late: LateRow | None = None
    """Its late reports, under judgement."""
    granted_s: float = -inf
    """When its permits last changed, or any did before it was first heard, by our clock."""
    reported_s: float = -inf
    """The time of ``report`` as its track ordered it: never later than our clock allows."""


class _Rows(NamedTuple):
    """Of some devices in the fleet, as they were."""

    number: NDArray[np.int32]
    last: Places
    judged_s: NDArray[np.float64]
    domain: NDArray[np.int8]
    held: NDArray[np.int32]


class Undo:
    """What a batch has changed of a memory, as it was before; ticks of the clock not included."""

    __slots__ = (
        "_count",
        "_devices",
        "_due",
        "_fleet_size",
        "_memory",
        "_open",
        "_rows",
        "_strangers",
        "_waited",
        "_zones",
    )

    def __init__(self, memory: "Memory") -> None:
        self._memory = memory
        self._count = len(memory.names)
        self._devices: dict[str, DeviceState | None] = {}
        self._waited = set[int]()
        self._rows: list[_Rows] = []
        self._open, self._strangers = memory.open.copy(), memory.strangers.copy()
        self._due = memory.due.copy()
        self._fleet_size = len(memory.fleet)
        self._zones = memory.fleet.revision, memory.fleet.zone_ids

    def note(self, device_id: str) -> None:
        """Note a device before anything of it changes."""
        if device_id in self._devices:
            return
        known = self._memory.devices.get(device_id)
        self._devices[device_id] = None if known is None else msgspec.structs.replace(known)
        if known is not None and known.number in self._memory.outstanding.waiting:
            self._waited.add(known.number)

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
                fleet.held.rows[number],
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
        memory.due = self._due.copy()
        memory.flights.forget()
        memory.outstanding.waiting |= self._waited
        self._put_fleet_back(memory.fleet)

    def _put_fleet_back(self, fleet: Fleet) -> None:
        fleet.revision, fleet.zone_ids = self._zones
        fleet.held.cut(self._fleet_size)
        fleet.last[self._fleet_size :] = fleet.judged_s[self._fleet_size :] = nan
        fleet.domain[self._fleet_size :] = 0
        for rows in reversed(self._rows):
            fleet.last[rows.number] = rows.last
            fleet.judged_s[rows.number] = rows.judged_s
            fleet.domain[rows.number] = rows.domain
            fleet.held.put_back(rows.number, rows.held)


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

    law_s: float = -inf
    """Server time since which everybody is judged by the zones and rules of now."""
    permits_s: float = -inf
    """Server time at which any permits last changed."""
    rules: str = ""
    """What tells the rules that were judged by from others; empty where that was not noted yet."""
    rules_beside: dict[str, str] = field(default_factory=dict)
    """The same of the rules of other jurisdictions, by name."""
    days: DeviceDays = field(default_factory=DeviceDays, repr=False, compare=False)
    """What was heard of each device today."""
    due: list[tuple[float, str]] = field(default_factory=list)
    """When who waits is let go: a heap, in which some are that no longer wait."""
    calm: dict[int, Calm] = field(default_factory=dict, repr=False, compare=False)
    """By number, what ticks have found out of devices; not kept, and never other than anew."""
    flights: Flights = field(default_factory=Flights, repr=False, compare=False)
    """What follows from the devices that fly; not kept either."""
    outstanding: Outstanding = field(default_factory=Outstanding, repr=False, compare=False)
    """Who is still to be judged anew; not kept: a checkpoint is begun when nobody is."""
    undo: Undo | None = None
    """Where what a batch changes is noted, if it is."""

    def device(self, device_id: str) -> DeviceState:
        """Return a device's state to be changed, made when it is first heard."""
        if self.undo is not None:
            self.undo.note(device_id)
        known = self.devices.get(device_id)
        if known is None:
            known = DeviceState(len(self.names), granted_s=self.permits_s)
            self.devices[device_id] = known
            self.names.append(device_id)
        return known

    def let_wait(self, device_id: str, device: DeviceState, waiting: tuple[Waiting, ...]) -> None:
        """Have these reports of a device wait, and no others."""
        device.waiting = waiting
        if waiting:
            heapq.heappush(self.due, (first_due_s(waiting), device_id))

    def next_due_s(self) -> float:
        """Return when the first report that waits is to be let go; infinity if none waits."""
        while self.due:
            due_s, device_id = self.due[0]
            waiting = self.devices[device_id].waiting if device_id in self.devices else ()
            if waiting and first_due_s(waiting) == due_s:
                return due_s
            heapq.heappop(self.due)
        return inf

    def gather_due(self) -> None:
        """Find out again who is let go when."""
        waiting = ((name, each.waiting) for name, each in self.devices.items() if each.waiting)
        self.due = [(first_due_s(those), name) for name, those in waiting]
        heapq.heapify(self.due)


def pair_of(one: str, other: str) -> str:
    """Return the name of a pair, whichever of the two comes first."""
    return "|".join(sorted((one, other)))


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is in a checkpoint before the devices."""

    names: list[str]
    fleet: bytes
    strangers: dict[str, Watch]
    pairs: dict[str, Watch]
    open: dict[str, ViolationChange]
    judged_s: float
    listening_s: float
    law_s: float = -inf
    permits_s: float = -inf
    days: bytes = b""
    rules: str = ""
    rules_beside: dict[str, str] = field(default_factory=dict)


FORMAT = 14
_WITH_QUALITY = frozenset({FORMAT})
_READ_ON = frozenset({6, 7, 8, 9, 10, 11, 12, 13, FORMAT})
"""Those before lack what has a default: nothing waited in 6, nothing late was judged in 7, in 8
not by the law of its time, days were not counted in 9, in 10 neither serials nor what a device
said of its motion, in 11 nothing tells why it began, in 12 neither when a report was said nor by which rules of other
jurisdictions was judged, and in 13 no quality of a day was counted."""
_HEAD = struct.Struct("<H")
"""The format."""
_LENGTH = struct.Struct("<I")
"""Of each of the packed values between head and tail."""
_TAIL = struct.Struct("<I")
"""The checksum of all before it."""
_LEAST_BYTES = _HEAD.size + _TAIL.size
DEVICES_AT_ONCE = 100
"""Are packed without a pause: a fifth of a millisecond."""


class UnreadableCheckpoint(ValueError):
    """A checkpoint that this version cannot read."""


def copied(memory: Memory) -> Memory:
    """Return the memory as it is now, whatever becomes of the other.

    What a device holds is only ever replaced, so the devices themselves are all that is copied.
    """
    return replace(
        memory,
        devices=dict(zip(memory.devices, _copies(memory.devices.values()), strict=True)),
        names=memory.names.copy(),
        fleet=memory.fleet.copied(),
        strangers=memory.strangers.copy(),
        pairs=memory.pairs.copy(),
        open=memory.open.copy(),
        days=memory.days.copied(),
        due=memory.due.copy(),
        calm={},
        flights=Flights(),
        outstanding=Outstanding(),
        undo=None,
    )


def _copies(devices: Iterable[DeviceState]) -> Iterator[DeviceState]:
    # By way of ``copy.copy`` it takes four times as long.
    return map(methodcaller("__copy__"), devices)


def to_bytes(memory: Memory) -> bytes:
    """Return the memory as a checkpoint."""
    return b"".join(pieces(memory))


def pieces(memory: Memory) -> Iterator[bytes]:
    """Yield the memory as a checkpoint piece by piece, each made when it is asked for.

    Meanwhile the memory must not change.
    """
    checksum = 0
    for piece in _before_the_tail(memory):
        checksum = zlib.crc32(piece, checksum)
        yield piece
    yield _TAIL.pack(checksum)


def _before_the_tail(memory: Memory) -> Iterator[bytes]:
    yield _HEAD.pack(FORMAT)
    yield _with_length(
        _Kept(
            memory.names,
            memory.fleet.to_bytes(),
            memory.strangers,
            memory.pairs,
            memory.open,
            memory.judged_s,
            memory.listening_s,
            memory.law_s,
            memory.permits_s,
            memory.days.to_bytes(),
            memory.rules,
            memory.rules_beside,
        )
    )
    for devices in _some_at_once(memory.devices.values()):
        yield _with_length(devices)


def _some_at_once(devices: Iterable[DeviceState]) -> Iterator[list[DeviceState]]:
    left = iter(devices)
    while some := list(islice(left, DEVICES_AT_ONCE)):
        yield some


def _with_length(value: object) -> bytes:
    packed = msgspec.msgpack.encode(value)
    return _LENGTH.pack(len(packed)) + packed


def from_bytes(body: bytes) -> Memory:
    """Return the memory of a checkpoint.

    Raises:
        UnreadableCheckpoint: another version wrote it, or it is damaged.
    """
    first, *more = packed(body)
    try:
        kept = _KEPT.decode(first)
        fleet = Fleet.from_bytes(kept.fleet)
        with_quality = format_of(body) in _WITH_QUALITY
        days = DeviceDays.from_bytes(kept.days, with_quality=with_quality)
        devices = [_timed(device) for packed in more for device in _DEVICES.decode(packed)]
    except (msgspec.MsgspecError, ValueError) as error:
        msg = f"the checkpoint cannot be read: {error}"
        raise UnreadableCheckpoint(msg) from error
    memory = Memory(
        {kept.names[device.number]: device for device in devices},
        kept.names,
        fleet,
        kept.strangers,
        kept.pairs,
        kept.open,
        kept.judged_s,
        kept.listening_s,
        kept.law_s,
        kept.permits_s,
        kept.rules,
        kept.rules_beside,
        days,
    )
    memory.gather_due()
    return memory


def _timed(device: DeviceState) -> DeviceState:
    """Give a report the time of its track where its own was not noted: mostly it is the last."""
    if device.reported_s == -inf and device.report is not None and device.track is not None:
        device.reported_s = device.track.at_s
    return device


def format_of(body: bytes) -> int:
    """Return the number of the format that a checkpoint is in."""
    found: int = _HEAD.unpack_from(body)[0]
    return found


def packed(body: bytes) -> list[memoryview]:
    """Return the packed values, if this version wrote them and nothing has changed them since."""
    if len(body) < _LEAST_BYTES:
        msg = f"the checkpoint has {len(body)} bytes, expected a head and a tail of {_LEAST_BYTES}"
        raise UnreadableCheckpoint(msg)
    found = format_of(body)
    if found not in _READ_ON:
        msg = f"the checkpoint has format {found}, expected {FORMAT}"
        raise UnreadableCheckpoint(msg)
    end = len(body) - _TAIL.size
    if _TAIL.unpack_from(body, end) != (zlib.crc32(memoryview(body)[:end]),):
        msg = "the checkpoint is damaged: its checksum is not that of its content"
        raise UnreadableCheckpoint(msg)
    return list(_by_length(memoryview(body)[_HEAD.size : end]))


def _by_length(body: memoryview) -> Iterator[memoryview]:
    while body:
        (length,) = _LENGTH.unpack_from(body)
        yield body[_LENGTH.size : _LENGTH.size + length]
        body = body[_LENGTH.size + length :]


_KEPT = msgspec.msgpack.Decoder(_Kept)
_DEVICES = msgspec.msgpack.Decoder(list[DeviceState])
