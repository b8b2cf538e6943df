"""What each device is to know, made anew when the map, the register or a permit changes.

Beside the worker, which knows nothing of it: in a process of its own, some devices at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

import structlog

from geofence.zone import Zone
from permits.compliance import Grant
from permits.permit import Permit
from telemetry.fences.plan import Encoded
from zone_service.fences.formats import FORMATS
from zone_service.fences.selecting import Concerned, Map, planned
from zone_service.store import fences, permits, registry, zones
from zone_service.store.engine import Store
from zone_service.store.records import Device, Fence, Revisions
from zone_service.store.revisions import revisions
from zone_service.world_loader import grants_by_device

AT_ONCE: Final = 50
"""Devices in one transaction: the worker waits for none that is longer."""

_log = structlog.get_logger("zone.fences")


class _Made(NamedTuple):
    device_id: str
    form: str
    encoded: Encoded


class Renewing:
    """What was read of the map, the register and the permits, and what came of it for each device."""

    def __init__(self, store: Store, margin_m: float) -> None:
        self._store = store
        self._margin_m = margin_m
        self._seen: Revisions | None = None
        self._zones: dict[str, Zone] = {}
        self._map = Map({})
        self._permits: Mapping[str, Permit] = {}
        self._devices: Mapping[str, Device] = {}
        self._digests: dict[str, str] = {}
        self._concerned: dict[str, Concerned] = {}
        self._next_edge_s = float("inf")
        """When a permit begins or ends to bind by time alone."""

    @property
    def devices(self) -> Mapping[str, Device]:
        """The devices in service, by their ids."""
        return self._devices

    def look(self, at: datetime, stop: Callable[[], bool] = lambda: False) -> tuple[Fence, ...]:
        """Keep what has changed since the last look, and return the fences that have.

        Nothing is lost by an end in the middle: who has not had its turn then has it at the next look.
        """
        found = self._read(at)
        if found is None:
            return ()
        changed = list[Fence]()
        making = self._making(at)
        while some := list(islice(making, AT_ONCE)):
            changed += self._keep(some, at)
            if stop():
                return tuple(changed)
        self._seen = found
        return tuple(changed)

    def _read(self, at: datetime) -> Revisions | None:
        """Read what has changed since all was made of what was read; ``None`` where nothing has."""
        with self._store.read() as session:
            found = revisions(session)
            if found == self._seen and at.timestamp() < self._next_edge_s:
                return None
            if self._seen is None:
                self._digests = dict(fences.digests(session))
            if self._seen is None or found.zones < self._seen.zones:
                self._zones = {
                    each.zone_id: each for each in zones.at_revision(session, found.zones).zones
                }
                self._map = Map(self._zones)
            elif found.zones > self._seen.zones:
                change = zones.changes(session, self._seen.zones, found.zones)
                self._zones |= {each.zone_id: each for each in change.changed}
                for each in change.withdrawn:
                    self._zones.pop(each, None)
                self._map = Map(self._zones)
            if self._seen is None or found.registry != self._seen.registry:
                everybody = registry.all_devices(session)
                self._devices = {each.device_id: each for each in everybody if each.active}
            self._permits = {
                each.number: each for each in permits.grants(session, at, self._permits)
            }
        return found

    def _making(self, at: datetime) -> Iterator[_Made]:
        """Yield what devices are to know that is not what they were to know before."""
        now_s = at.timestamp()
        granted = grants_by_device(self._permits)
        every = [grant for each in granted.values() for grant in each]
        edges = (edge for grant in every if grant.binds for edge in (grant.ends_at_s,))
        self._next_edge_s = min((edge for edge in edges if edge > now_s), default=float("inf"))
        for device_id, device in self._devices.items():
            form = FORMATS.get(device.codec)
            binding = _binding(granted.get(device_id, ()), now_s)
            if form is None or not (binding or device_id in self._digests):
                continue
            found = self._map.concerned(device_id, device.domain.value, binding, self._margin_m)
            if found.is_like(self._concerned.get(device_id)):
                continue
            encoded = form.encoded(planned(found, self._margin_m, is_flat=form.is_flat))
            yield _Made(device_id, form.name, encoded)
            self._concerned[device_id] = found

    def _keep(self, made: Sequence[_Made], at: datetime) -> list[Fence]:
        kept = list[Fence]()
        with self._store.write() as session:
            for each in made:
                left_out = [(one.of, one.what.value) for one in each.encoded.left_out]
                kept.append(
                    fences.keep(
                        session,
                        each.device_id,
                        each.form,
                        each.encoded.body,
                        left_out,
                        each.encoded.zone_count,
                        at,
                    )
                )
        changed = [each for each in kept if self._digests.get(each.device_id) != each.digest]
        self._digests |= {each.device_id: each.digest for each in kept}
        for fence in changed:
            _log.info(
                "fence_made", device_id=fence.device_id, version=fence.version, format=fence.format,
                zones=fence.zone_count, left_out=len(fence.left_out), size_bytes=len(fence.body),
            )  # fmt: skip
        return changed


def _binding(grants: Sequence[Grant], now_s: float) -> tuple[Grant, ...]:
    """Return the permits that bind now, or will: a unit that goes out of reach is told in time."""
    found = (grant for grant in grants if grant.binds and now_s < grant.ends_at_s)
    return tuple(sorted(found, key=lambda each: each.permit_number))
