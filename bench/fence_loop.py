"""The hot path of the fence benchmark in one thread, each of its stages timed.

A batch of messages is read as columns, by what reads the worker's, the columns become fixes in track
order, the fences judge them, and each fix is looked up in its device's own corridor. What is
read off the results for the oracle is read when the clock stands.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from bench.fence_oracle import Event
from bench.fence_tracks import Tracks, device_id
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.personal import NO_FENCES, PersonalFences, amended
from geofence.snapshot import Snapshot
from geofence.step import step
from telemetry import canonical_loop
from telemetry.codecs.codec import Codec
from telemetry.codecs.discover import load_codecs
from telemetry.columns import Columns, read
from telemetry.decode import decode
from telemetry.report import Frame, Refused, Unit
from telemetry.speakers import Speakers

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
MAX_GAP_S: Final = 60.0
"""The worker's own: after longer the straight line between two fixes says nothing."""


class Personal(Protocol):
    """The stage that judges each fix by the outline that its own device must stay in."""

    def inside(
        self, device: NDArray[np.int32], longitude_deg: FloatArray, latitude_deg: FloatArray, /
    ) -> BoolArray:
        """Tell for each fix whether it is in its device's corridor; all arrays are (n,)."""
        ...


def own_corridors(outlines: Sequence[Polygon]) -> PersonalFences:
    """Return the platform's own stage, with the outlines of the devices in their order."""
    return amended(NO_FENCES, dict(enumerate(outlines)))


class NoCorridors:
    """Nobody has a corridor of its own."""

    def inside(
        self, device: NDArray[np.int32], longitude_deg: FloatArray, latitude_deg: FloatArray
    ) -> BoolArray:
        """Tell that every fix is where it may be."""
        return np.ones(len(device), np.bool_)


@dataclass(frozen=True, slots=True)
class Registry:
    """What decoding needs to know of the devices."""

    units: Mapping[str, Unit]
    numbers: Mapping[str, int]
    domain: NDArray[np.int8]
    codecs: Mapping[str, Codec]


def registry(tracks: Tracks) -> Registry:
    """Return the registration of all devices of the tracks."""
    names = [device_id(device) for device in range(tracks.devices)]
    return Registry(
        {name: Unit(device_id=name) for name in names},
        {name: number for number, name in enumerate(names)},
        tracks.domain,
        load_codecs(),
    )


class Order:
    """The times of the devices' last fixes: what is late would be dropped, and look fast."""

    def __init__(self, devices: int) -> None:
        self.last_s = np.full(devices, -np.inf)
        self.last_row = np.zeros(devices, np.int64)
        self.late = 0

    def crossing(self, device: NDArray[np.int32], at_s: FloatArray) -> BoolArray:
        """Count late fixes, and tell from which the way to the last one may be judged."""
        before_s = self.last_s[device]
        rows = np.arange(len(device))
        self.last_row[device] = rows
        if (self.last_row[device] != rows).any():
            order = np.argsort(device, kind="stable")
            again = np.flatnonzero(device[order[1:]] == device[order[:-1]])
            before_s[order[again + 1]] = at_s[order[again]]
        self.late += int((at_s <= before_s).sum())
        self.last_s[device] = at_s
        return np.asarray(at_s - before_s <= MAX_GAP_S, np.bool_)


class Cost(NamedTuple):
    """Seconds that a batch took, by stage."""

    decode_s: float
    """From bytes to columns."""
    rows_s: float
    """From columns to fixes, and their order."""
    step_s: float
    personal_s: float

    @property
    def all_s(self) -> float:
        return self.decode_s + self.rows_s + self.step_s + self.personal_s


@dataclass(slots=True)
class Seen:
    """What the engine said of a run of batches."""

    events: list[Event] = field(default_factory=list)
    in_corridor: list[BoolArray] = field(default_factory=list)
    refused: int = 0
    left: int = 0
    """Messages that only the plain decoder takes. They are not judged: the benchmark has none."""
    late: int = 0


class Loop:
    """The path from messages to verdicts, with the memory that it needs. For one thread."""

    def __init__(
        self, snapshot: Snapshot, known: Registry, personal: Personal | None = None
    ) -> None:
        self.snapshot = snapshot
        self.known = known
        self.personal = personal or NoCorridors()
        self.fleet = Fleet()
        self.speakers = Speakers(known.units, known.codecs)
        self.numbers = np.empty(0, np.int32)
        """The device number of each speaker, by its row."""
        self.order = Order(len(known.domain))
        self.seen = Seen()
        self.done = 0
        """Fixes so far: the number of the next one."""

    def take(self, frames: Sequence[Frame]) -> Cost:
        """Judge messages."""
        begin = time.perf_counter()
        columns = self._columns(frames)
        decoded = time.perf_counter()
        fixes = self._rows(columns)
        rows = time.perf_counter()
        return self._judge(fixes, Cost(decoded - begin, rows - decoded, 0.0, 0.0))

    def take_fixes(self, fixes: Fixes) -> Cost:
        """Judge what has been decoded before."""
        begin = time.perf_counter()
        self.order.crossing(fixes.device, fixes.at_s)
        return self._judge(fixes, Cost(0.0, time.perf_counter() - begin, 0.0, 0.0))

    def _judge(self, fixes: Fixes, cost: Cost) -> Cost:
        begin = time.perf_counter()
        self.fleet, judged = step(self.fleet, self.snapshot, fixes)
        # They are made when they are read, and belong to the verdict.
        events, _, _ = list(judged.events), list(judged.inside), list(judged.unknown)
        stepped = time.perf_counter()
        held = self.personal.inside(fixes.device, fixes.longitude_deg, fixes.latitude_deg)
        end = time.perf_counter()
        first, self.done = self.done, self.done + len(fixes)
        self.seen.events.extend(
            Event(each.kind, each.device, each.slot, first + each.row) for each in events
        )
        self.seen.in_corridor.append(held)
        self.seen.late = self.order.late
        return cost._replace(step_s=stepped - begin, personal_s=end - stepped)

    def _columns(self, frames: Sequence[Frame]) -> Columns:
        columns = read(frames, self.speakers)
        for place in np.flatnonzero(~columns.taken).tolist():
            said = decode(frames[place], self.known.units, self.known.codecs)
            self.seen.refused += sum(isinstance(each, Refused) for each in said)
            self.seen.left += not any(isinstance(each, Refused) for each in said)
        return columns

    def _rows(self, columns: Columns) -> Fixes:
        taken = columns.taken
        whole = columns.numbers if taken.all() else columns.numbers[taken]
        # What stands behind the heights is no matter of the fences.
        numbers = np.ascontiguousarray(whole[:, : canonical_loop.AGL + 1].T)
        device = self._devices()[columns.rows[taken]]
        at_s = numbers[canonical_loop.EVENT_TIME]
        return Fixes(
            device=device,
            longitude_deg=numbers[canonical_loop.LONGITUDE],
            latitude_deg=numbers[canonical_loop.LATITUDE],
            at_s=at_s,
            agl_m=numbers[canonical_loop.AGL],
            amsl_m=numbers[canonical_loop.MSL],
            hae_m=numbers[canonical_loop.HAE],
            domain=self.known.domain[device],
            crossing=self.order.crossing(device, at_s),
        )

    def _devices(self) -> NDArray[np.int32]:
        """Return the device number of each speaker, those included that were heard just now."""
        known, heard = len(self.numbers), self.speakers.device_ids
        if known < len(heard):
            new = [self.known.numbers[device_id] for device_id in heard[known:]]
            self.numbers = np.concatenate((self.numbers, np.array(new, np.int32)))
        return self.numbers
