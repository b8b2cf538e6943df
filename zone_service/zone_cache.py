"""The map in force as clients get it, made once a revision."""

from dataclasses import dataclass
from threading import Lock

import msgspec

from maps.geojson import write_zones
from zone_service.store import zones
from zone_service.store.engine import Store
from zone_service.store.revisions import revision
from zone_service.violation_json import Names


@dataclass(frozen=True, slots=True)
class PublishedMap:
    """One revision of the map."""

    revision: int
    geojson: bytes
    names: dict[str, Names]
    """Zone id → name in English and in Chinese."""

    @property
    def etag(self) -> str:
        """Return the entity tag: the same map has the same."""
        return f'"zones-{self.revision}"'


class ZoneCache:
    """Safe to share among threads: one builds while the others wait for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._held: PublishedMap | None = None

    def current(self) -> PublishedMap:
        """Return the map of now."""
        with self._lock, self._store.read() as session:
            number = revision(session, "zones")
            if self._held is None or self._held.revision != number:
                found = zones.in_force(session)
                self._held = PublishedMap(
                    found.revision,
                    msgspec.json.encode(write_zones(found.zones)),
                    {zone.zone_id: (zone.name, zone.name_zh) for zone in found.zones},
                )
            return self._held
