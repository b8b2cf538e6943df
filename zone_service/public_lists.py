"""What everybody may read: opened roads and areas, permits in force, and what was disclosed beforehand.

Nobody signs in to read it, so it is made once for all who ask and is a few seconds old at most: a
flood of readers costs the database nothing.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from threading import Lock
from typing import Any, Generic, TypeVar

import msgspec
from sqlmodel import Session

from geofence.zone import Corridor, Zone, ZoneKind
from maps.extent import area_m2, length_m
from maps.geojson import write_zones
from permits.permit import PermitKind
from permits.public_disclosure import PublicDisclosure
from permits.public_list import PublicPermit, public_permit
from permits.public_notice import Notice, Subject, SubjectKind
from zone_service.clock import monotonic_s
from zone_service.store import disclosures, notices, permits, registry, zones
from zone_service.store.engine import Store
from zone_service.store.revisions import revision, revisions

FRESH_FOR_S = 5.0
"""A list is at most so old; within it nobody asks the database."""

Listed = TypeVar("Listed")
Made = TypeVar("Made")


class PlaceKind(StrEnum):
    """What was opened."""

    ROAD = "road"
    """道路: for vehicles, along a line."""
    ROUTE = "route"
    """航线: for aircraft or vessels, along a line."""
    AREA = "area"
    """区域"""


@dataclass(frozen=True, slots=True)
class OpenedPlace:
    """A road, route or area that permits are given for."""

    zone_id: str
    kind: PlaceKind
    name: str
    name_zh: str
    category: str
    domains: tuple[str, ...]
    length_km: float | None
    """``None`` where it has none, or it is not known."""
    area_km2: float | None
    source: str
    accuracy: str
    legal_effect: bool
    permits: tuple[str, ...]
    """The numbers of the permits in force that name it."""


@dataclass(frozen=True, slots=True)
class PublicLists:
    """All of it at one moment."""

    places: tuple[OpenedPlace, ...]
    """By their ids."""
    permits: tuple[PublicPermit, ...]
    """By their numbers."""
    features: Mapping[str, tuple[dict[str, Any], ...]]
    """GeoJSON features by the id of their place."""
    etag: str
    """The same lists have the same, whichever process made them."""


@dataclass(frozen=True, slots=True)
class Disclosures:
    """What was disclosed beforehand, at one moment."""

    files: tuple[PublicDisclosure, ...]
    """By their ids."""
    etag: str


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """A notice as everybody reads it."""

    notice_id: str
    notice: Notice
    organisation: str
    """Who published it, by its name; empty where the platform did by law."""
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Notices:
    """Notices in the order in which they were published."""

    notices: tuple[PublicNotice, ...]
    etag: str
    """Of those that are listed at a moment: it moves with the clock, too."""


class Kept(Generic[Made]):
    """Something that is made once for all who ask, and again when what it is made of has moved.

    Safe to share among threads: one makes it while the others wait.
    """

    def __init__(
        self,
        store: Store,
        basis: Callable[[Session], object],
        make: Callable[[Store], Made],
        clock_s: Callable[[], float],
    ) -> None:
        self._store, self._basis, self._make, self._clock_s = store, basis, make, clock_s
        self._lock = Lock()
        self._held: Made | None = None
        self._of: object = None
        self._asked_s = 0.0

    def current(self) -> Made:
        """Return it, at most ``FRESH_FOR_S`` old."""
        with self._lock:
            now_s = self._clock_s()
            if self._held is not None and now_s - self._asked_s < FRESH_FOR_S:
                return self._held
            with self._store.read() as session:
                of = self._basis(session)
            if self._held is None or of != self._of:
                self._held, self._of = self._make(self._store), of
            self._asked_s = now_s
            return self._held


class PublicCache:
    """What everybody may read, each part of it made once for all who ask."""

    def __init__(self, store: Store, clock_s: Callable[[], float] = monotonic_s) -> None:
        self._lists = Kept(store, revisions, lists_of, clock_s)
        self._disclosed = Kept(store, _files, disclosed_of, clock_s)
        self._notices = Kept(store, _notices, notices_of, clock_s)

    def current(self) -> PublicLists:
        """Return the places and the permits, at most ``FRESH_FOR_S`` old."""
        return self._lists.current()

    def disclosed(self) -> Disclosures:
        """Return what was disclosed, at most ``FRESH_FOR_S`` old."""
        return self._disclosed.current()

    def notices(self, at: datetime) -> tuple[PublicNotice, ...]:
        """Return the notices that are listed at a moment; one that was withdrawn a few seconds ago may be among them."""
        return self.listed(at).notices

    def listed(self, at: datetime) -> Notices:
        """Return the same with its tag."""
        held = self._notices.current()
        found = tuple(each for each in held.notices if each.notice.is_listed(at))
        return Notices(found, _etag((held.etag, [each.notice_id for each in found])))

    def knows(self, about: Subject, at: datetime) -> bool:
        """Tell whether everybody may read of something."""
        match about.kind:
            case SubjectKind.NOTICE:
                return any(each.notice_id == about.key for each in self.notices(at))
            case SubjectKind.PLACE:
                return any(each.zone_id == about.key for each in self.current().places)
            case SubjectKind.PERMIT:
                return any(each.number == about.key for each in self.current().permits)


def _notices(session: Session) -> tuple[int, int]:
    return revision(session, "notices"), revision(session, "registry")


def notices_of(store: Store) -> Notices:
    """Return the notices that were not withdrawn, in the order in which they were published."""
    with store.read() as session:
        found = notices.published(session)
        publishers = {each.organisation_id for each in found if each.organisation_id}
        names = registry.names(session, publishers)
    told = tuple(
        PublicNotice(
            each.notice_id,
            each.notice,
            names.get(each.organisation_id or "", each.organisation_id or ""),
            each.published_at,
        )
        for each in found
    )
    return Notices(told, _etag(told))


def _files(session: Session) -> tuple[int, int]:
    """Files of governance count as documents do; an organisation may get another name."""
    return revision(session, "documents"), revision(session, "registry")


def disclosed_of(store: Store) -> Disclosures:
    """Return what was disclosed as the store has it now."""
    with store.read() as session:
        found = disclosures.public(session)
    return Disclosures(found, _etag(found))


def lists_of(store: Store) -> PublicLists:
    """Return the lists as the store has them now."""
    with store.read() as session:
        opened = [zone for zone in zones.in_force(session).zones if is_opened(zone)]
        held = permits.in_force(session)
        names = registry.names(session, {each.holder_id for each in held})
    found = (public_permit(each, names.get(each.holder_id, each.holder_id)) for each in held)
    return made_of(opened, [each for each in found if each is not None])


def is_opened(zone: Zone) -> bool:
    """Tell whether permits are given for a zone: what is around a device moves, and is nobody's to read."""
    return zone.kind is ZoneKind.KEEP_IN and zone.around is None


def made_of(opened: Iterable[Zone], listed: Sequence[PublicPermit]) -> PublicLists:
    """Return the lists of zones and permits, both in any order."""
    by_zone = defaultdict(list)
    ordered = tuple(sorted(listed, key=lambda each: each.number))
    for permit in ordered:
        for zone_id in permit.zone_ids:
            by_zone[zone_id].append(permit.number)
    chosen = sorted(opened, key=lambda zone: zone.zone_id)
    places = tuple(_place(zone, tuple(by_zone[zone.zone_id])) for zone in chosen)
    features = {
        zone.zone_id: tuple(_features(zone, place))
        for zone, place in zip(chosen, places, strict=True)
    }
    return PublicLists(places, ordered, features, _etag((places, ordered, features)))


def _etag(told: object) -> str:
    return f'"public-{sha256(msgspec.json.encode(told)).hexdigest()[:32]}"'


def part(
    found: Sequence[Listed], key: Callable[[Listed], str], after: str, limit: int
) -> Sequence[Listed]:
    """Return the items behind a key, of a list in the order of its keys."""
    start = bisect_right(found, after, key=key) if after else 0
    return found[start : start + limit]


def _place(zone: Zone, numbers: tuple[str, ...]) -> OpenedPlace:
    long_m, wide_m2 = length_m(zone), area_m2(zone)
    return OpenedPlace(
        zone_id=zone.zone_id,
        kind=_kind(zone),
        name=zone.name,
        name_zh=zone.name_zh or zone.name,
        category=zone.category,
        domains=tuple(sorted(zone.domains)),
        length_km=None if long_m is None else round(long_m / 1e3, 3),
        area_km2=None if wide_m2 is None else round(wide_m2 / 1e6, 3),
        source=zone.source,
        accuracy=zone.accuracy,
        legal_effect=zone.legal_effect,
        permits=numbers,
    )


def _kind(zone: Zone) -> PlaceKind:
    if not all(isinstance(each.shape, Corridor) for each in zone.volumes):
        return PlaceKind.AREA
    return PlaceKind.ROAD if "road" in zone.domains else PlaceKind.ROUTE


def _features(zone: Zone, place: OpenedPlace) -> Iterator[dict[str, Any]]:
    for feature in write_zones((zone,))["features"]:
        feature["properties"] |= {
            "opened": place.kind.value,
            "length_km": place.length_km,
            "area_km2": place.area_km2,
            "permits": list(place.permits),
        }
        yield feature


def permits_of(
    found: Iterable[PublicPermit], kind: PermitKind | None, zone_id: str | None
) -> tuple[PublicPermit, ...]:
    """Return the permits of a kind and of a place; ``None`` asks for all."""
    return tuple(
        each
        for each in found
        if (kind is None or each.kind is kind) and (zone_id is None or zone_id in each.zone_ids)
    )


def places_of(
    found: Iterable[OpenedPlace], kind: PlaceKind | None, domain: str | None
) -> tuple[OpenedPlace, ...]:
    """Return the places of a kind and of a domain; ``None`` asks for all."""
    return tuple(
        each
        for each in found
        if (kind is None or each.kind is kind) and (domain is None or domain in each.domains)
    )
