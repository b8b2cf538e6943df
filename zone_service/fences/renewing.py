"""What each device is to know, made anew when the map, the register or a permit changes.

Beside the worker, which knows nothing of it: in a process of its own, some devices at a time.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from math import inf
from typing import Final, NamedTuple

import structlog
from sqlmodel import Session

from geofence.zone import Zone
from permits.compliance import Grant
from permits.permit import Permit
from telemetry.fences.plan import Encoded
from zone_service.background import nothing
from zone_service.fences.drawings import Drawings
from zone_service.fences.formats import FORMATS, Format
from zone_service.fences.selecting import Concerned, Map, planned
from zone_service.store import fences, permits, registry, zones
from zone_service.store.engine import Store
from zone_service.store.records import Device, Fence, FenceMade, Revisions
from zone_service.store.revisions import revisions
from zone_service.world_loader import grants_by_device

AT_ONCE: Final = 20
"""Devices that are looked at together."""
KEPT_BYTES: Final = 100_000
"""In one transaction, for whose end at the disk the worker waits: 1.5 MB were 80 ms."""
ALIKE_AT_MOST: Final = 256
"""Permits; what is told of each has up to a megabyte."""

_log = structlog.get_logger("zone.fences")


class _Asked(NamedTuple):
    """What a device was last looked at with: of the same nothing else comes."""

    of: Map
    binding: tuple[Grant, ...]


class _Found(NamedTuple):
    """What concerns a device, and what it is told of that."""

    asked: _Asked
    concerned: Concerned
    made: FenceMade | None
    """``None`` where the same concerned it before."""


class Renewing:
    """What was read of the map, the register and the permits, and what came of it for each device."""

    def __init__(self, store: Store, margin_m: float, rest: Callable[[], None] = nothing) -> None:
        """``rest`` is called before each device that is looked at."""
        self._rest = rest
        self._store = store
        self._margin_m = margin_m
        self._seen: Revisions | None = None
        self._zones: dict[str, Zone] = {}
        self._map = Map({})
        self._drawings = Drawings()
        self._permits: Mapping[str, Permit] = {}
        self._granted: Mapping[str, tuple[Grant, ...]] = {}
        self._devices: Mapping[str, Device] = {}
        self._digests: dict[str, str] = {}
        self._concerned: dict[str, Concerned] = {}
        self._asked: dict[str, _Asked] = {}
        self._alike: dict[tuple[str, str], tuple[Concerned, Encoded]] = {}
        """What was last made of a format for those with a permit: most devices share theirs."""
        self._waiting: deque[str] = deque()
        """Who was not looked at since something changed."""
        self._next_edge_s = inf
        """When a permit begins or ends to bind by time alone."""

    @property
    def devices(self) -> Mapping[str, Device]:
        """The devices in service, by their ids."""
        return self._devices

    @property
    def is_done(self) -> bool:
        """Whether every device was looked at since something changed."""
        return not self._waiting

    def look(self, at: datetime, stop: Callable[[], bool] = lambda: False) -> tuple[Fence, ...]:
        """Keep what has changed since the last look, and return the fences that have.

        ``stop`` is asked now and then: who has not had its turn then has it at the next look.
        """
        if self._read(at):
            self._waiting = deque(self._devices)
        changed = list[Fence]()
        while self._waiting:
            some = list(islice(self._waiting, AT_ONCE))
            found = {each: its for each in some if (its := self._found(each, at)) is not None}
            changed += self._keep([its.made for its in found.values() if its.made], at)
            # Only now: while the store is away they wait.
            self._concerned |= {each: its.concerned for each, its in found.items()}
            self._asked |= {each: its.asked for each, its in found.items()}
            for _ in some:
                self._waiting.popleft()
            if stop():
                break
        return tuple(changed)

    def _read(self, at: datetime) -> bool:
        """Read what has changed since it was read last; whether anything has, or a permit's time has come."""
        with self._store.read() as session:
            found = revisions(session)
            if found == self._seen and at.timestamp() < self._next_edge_s:
                return False
            if self._seen is None:
                self._digests = dict(fences.digests(session))
            self._read_map(session, found)
            if self._seen is None or found.registry != self._seen.registry:
                everybody = registry.all_devices(session)
                self._devices = {each.device_id: each for each in everybody if each.active}
                self._asked = {}
            self._permits = {
                each.number: each for each in permits.grants(session, at, self._permits)
            }
        self._granted = grants_by_device(self._permits)
        self._next_edge_s = self._edge_after(at.timestamp())
        self._seen = found
        return True

    def _read_map(self, session: Session, found: Revisions) -> None:
        if self._seen is None or found.zones < self._seen.zones:
            everything = zones.at_revision(session, found.zones).zones
            self._zones = {each.zone_id: each for each in everything}
        elif found.zones > self._seen.zones:
            change = zones.changes(session, self._seen.zones, found.zones)
            self._zones |= {each.zone_id: each for each in change.changed}
            for each in change.withdrawn:
                self._zones.pop(each, None)
        else:
            return
        self._map = Map(self._zones)

    def _edge_after(self, now_s: float) -> float:
        every = (grant for each in self._granted.values() for grant in each if grant.binds)
        return min((each.ends_at_s for each in every if each.ends_at_s > now_s), default=inf)

    def _found(self, device_id: str, at: datetime) -> _Found | None:
        """Return what a device is to know; ``None`` where nothing that it is made of has changed."""
        self._rest()
        device = self._devices[device_id]
        form = FORMATS.get(device.codec)
        asked = _Asked(self._map, _binding(self._granted.get(device_id, ()), at.timestamp()))
        if form is None or not (asked.binding or device_id in self._digests):
            return None
        if self._asked.get(device_id) == asked:
            return None
        found = self._map.concerned(device_id, device.domain.value, asked.binding, self._margin_m)
        if found.is_like(self._concerned.get(device_id)):
            return _Found(asked, found, None)
        return _Found(asked, found, self._made(device_id, found, form))

    def _made(self, device_id: str, found: Concerned, form: Format) -> FenceMade:
        encoded = self._encoded(found, form)
        left_out = tuple((each.of, each.what.value) for each in encoded.left_out)
        return FenceMade(device_id, form.name, encoded.body, left_out, encoded.zone_count)

    def _encoded(self, found: Concerned, form: Format) -> Encoded:
        key = form.name, "/".join(each.permit_number for each in found.grants)
        before = self._alike.get(key)
        if before is not None and before[0].is_told_like(found):
            return before[1]
        plan = planned(found, self._margin_m, self._drawings, is_flat=form.is_flat)
        made = form.encoded(plan)
        if len(self._alike) >= ALIKE_AT_MOST:
            self._alike.clear()
        self._alike[key] = found, made
        return made

    def _keep(self, made: Sequence[FenceMade], at: datetime) -> list[Fence]:
        if not made:
            return []
        with self._store.read() as session:
            found = fences.renewed(session, made, at)
        changed = [each for each in found if self._digests.get(each.device_id) != each.digest]
        for some in _some_at_a_time(changed):
            with self._store.write() as session:
                fences.keep(session, some)
            self._rest()
        self._digests |= {each.device_id: each.digest for each in changed}
        for fence in changed:
            _log.info(
                "fence_made", device_id=fence.device_id, version=fence.version, format=fence.format,
                zones=fence.zone_count, left_out=len(fence.left_out), size_bytes=len(fence.body),
            )  # fmt: skip
        return changed


def _some_at_a_time(made: Sequence[Fence]) -> Iterator[list[Fence]]:
    """Yield fences, a bounded number of bytes at a time, or one."""
    some, length = list[Fence](), 0
    for each in made:
        length += len(each.body)
        if some and length > KEPT_BYTES:
            yield some
            some, length = [], len(each.body)
        some.append(each)
    if some:
        yield some


def _binding(grants: Sequence[Grant], now_s: float) -> tuple[Grant, ...]:
    """Return the permits that bind now, or will: a unit that goes out of reach is told in time."""
    found = (grant for grant in grants if grant.binds and now_s < grant.ends_at_s)
    return tuple(sorted(found, key=lambda each: each.permit_number))
