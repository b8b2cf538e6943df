"""The map from the command line, as the platform's administrator: listed, written, cut back."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches

from maps.geojson import write_zones
from zone_service.clock import now
from zone_service.provision import opened
from zone_service.settings import Settings
from zone_service.store import permit_parts, zones
from zone_service.store.errors import InvalidValue
from zone_service.store.records import PLATFORM, ZoneInForce


@dataclass(frozen=True, slots=True)
class Exported:
    """The map in force as a file."""

    zones: int
    revision: int
    geojson: str


def zones_in_force(settings: Settings) -> tuple[ZoneInForce, ...]:
    """Return the zones in force by their ids, each with the change that made it so."""
    with closing(opened(settings)) as store, store.read() as session:
        return zones.all_in_force(session)


def exported(settings: Settings) -> Exported:
    """Return the map in force as GeoJSON that an import reads back to the same zones."""
    with closing(opened(settings)) as store, store.read() as session:
        found = zones.in_force(session)
    text = json.dumps(write_zones(found.zones), ensure_ascii=False, indent=1)
    return Exported(len(found.zones), found.revision, text)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What came of taking zones off the map."""

    revision: int
    permits: tuple[str, ...]
    """The numbers of those that stand and name one of them: whoever is there is outside from then on."""


def withdraw_zones(settings: Settings, zone_ids: Sequence[str]) -> Withdrawn:
    """End zones, all or none.

    Raises:
        InvalidValue: some are not in force; it names each, and what may have been meant.
    """
    with closing(opened(settings)) as store:
        with store.read() as session:
            held = {zone.zone_id for zone in zones.in_force(session).zones}
        if unknown := tuple(_unknown(zone_ids, held)):
            raise InvalidValue(why="unknown zones", found=", ".join(unknown))
        with store.write() as session:
            at = now()
            done = [
                zones.withdraw(session, PLATFORM, zone_id, at)
                for zone_id in dict.fromkeys(zone_ids)
            ]
            return Withdrawn(done[-1], permit_parts.standing_in(session, zone_ids))


def _unknown(zone_ids: Sequence[str], held: Collection[str]) -> Iterator[str]:
    for zone_id in zone_ids:
        if zone_id not in held:
            close = get_close_matches(zone_id, held, n=1)
            yield f"{zone_id!r}" + (f" ({close[0]!r}?)" if close else "")
