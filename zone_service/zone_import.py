"""A file of zones, or one zone: checked whole, and put in force whole or not at all."""

from collections.abc import Container, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from geofence import validity
from geofence.said import Said
from geofence.zone import Zone
from maps import geojson
from maps.findings import Problem, Weight
from telemetry.report import Datum
from zone_service.clock import now
from zone_service.provision import opened
from zone_service.settings import Settings
from zone_service.store import zones as zone_store
from zone_service.store.engine import Store
from zone_service.store.place_changes import without_place
from zone_service.store.records import PLATFORM, MapChange, Principal, ZonePut
from zone_service.store.zones import Prepared


@dataclass(frozen=True, slots=True)
class Checked:
    """The zones of a file, and everything that is wrong with it."""

    zones: tuple[Zone, ...]
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> bool:
        """Whether something keeps the file out; warnings do not."""
        return any(problem.weight is Weight.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import."""

    zones: int
    problems: tuple[Problem, ...]
    refused: bool
    revision: int | None = None
    """Of the map that is in force now; ``None`` where nothing was changed."""
    change: MapChange | None = None
    """From what was in force; ``None`` where nobody knows."""
    permits: tuple[str, ...] = ()
    """The numbers of those that stand and have lost a place by it, or would."""


def check(body: bytes, datum: Datum | None) -> Checked:
    """Read a GeoJSON file and look at every zone in it."""
    read = geojson.read_zones(body, datum)
    return Checked(read.zones, (*read.problems, *_invalid(read.zones)))


def check_one(zone_id: str, body: bytes, datum: Datum | None) -> Checked:
    """Read one zone from a GeoJSON feature or a collection of its volumes, and look at it."""
    read = geojson.read_zone(body, datum)
    return Checked(
        read.zones, (*read.problems, *_others(zone_id, read.zones), *_invalid(read.zones))
    )


def _others(zone_id: str, zones: Sequence[Zone]) -> Iterator[Problem]:
    for zone in zones:
        if zone.zone_id != zone_id:
            yield Problem(
                f"zone {zone.zone_id}: zone_id",
                Said("expected {zone_id}, as was asked for", {"zone_id": zone_id}),
            )


def _invalid(zones: Sequence[Zone]) -> Iterator[Problem]:
    for zone in zones:
        for problem in validity.problems(zone):
            yield Problem(f"zone {zone.zone_id}: {problem.path}", problem.said)


@dataclass(frozen=True, slots=True)
class Becoming:
    """How the map in force becomes another one."""

    change: MapChange
    permits: tuple[str, ...]
    """The numbers of those that stand and lose a place by it (``place_changes.without_place``)."""


def becoming(store: Store, checked: Checked, *, keep_others: bool = False) -> Becoming:
    """Return how the map would become that of a file that was not refused."""
    prepared = zone_store.prepare(checked.zones)
    with store.read() as session:
        return _becoming(session, checked, prepared, keep_others=keep_others)


def _becoming(
    session: Session, checked: Checked, prepared: Prepared, *, keep_others: bool
) -> Becoming:
    change = zone_store.change_to(session, prepared, keep_others=keep_others)
    redrawn = set(change.changed)
    drawn = (each for each in checked.zones if each.zone_id in redrawn)
    return Becoming(change, without_place(session, change.ended, drawn))


def put_in_force(
    store: Store, principal: Principal, checked: Checked, at: datetime, *, keep_others: bool = False
) -> tuple[int, Becoming]:
    """Replace the map by the zones of a file that was not refused; return its revision, and how it became.

    ``keep_others``: zones that the file does not name stay. The worker's own commits wait for the
    transaction, so all that takes long is done before it.
    """
    prepared = zone_store.prepare(checked.zones)
    with store.write() as session:
        done = _becoming(session, checked, prepared, keep_others=keep_others)
        return zone_store.publish(session, principal, prepared, at, keep_others=keep_others), done


def put_one_in_force(
    store: Store,
    principal: Principal,
    checked: Checked,
    at: datetime,
    *,
    expected: Container[int] | None = None,
) -> tuple[ZonePut, tuple[str, ...]]:
    """Add or replace the one zone of a body that was not refused, prepared like a whole map.

    Returned are also the numbers of the permits that lose a place by it.
    """
    prepared = zone_store.prepare(checked.zones)
    with store.write() as session:
        losing = without_place(session, (), checked.zones)
        return zone_store.put(session, principal, prepared, at, expected=expected), losing


def import_zones(
    settings: Settings, body: bytes, datum: Datum | None, *, dry_run: bool
) -> Imported:
    """Do both, as the platform's administrator."""
    checked = check(body, datum)
    if checked.refused:
        return Imported(len(checked.zones), checked.problems, refused=True)
    if dry_run:
        return _imported(checked, _would_become(settings, checked))
    with closing(opened(settings)) as store:
        revision, done = put_in_force(store, PLATFORM, checked, now())
    return _imported(checked, done, revision)


def _imported(checked: Checked, done: Becoming | None, revision: int | None = None) -> Imported:
    return Imported(
        len(checked.zones),
        checked.problems,
        refused=False,
        revision=revision,
        change=None if done is None else done.change,
        permits=() if done is None else done.permits,
    )


def _would_become(settings: Settings, checked: Checked) -> Becoming | None:
    """Return how the map would become another; a file can be checked where there is no platform yet, too."""
    if not settings.store_url and not (settings.data_dir / "zone.sqlite").is_file():
        return None
    with closing(opened(settings)) as store:
        return becoming(store, checked)
