"""Everything that a batch is judged by: zones, permits, devices and rules at one moment.

A ``World`` never changes. When the registry, the permits or the zones change, a new one is made
beside the worker and swapped in by one assignment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geofence.snapshot import Snapshot
from geofence.zone import Restriction, Zone, ZoneKind
from permits.compliance import Grant
from permits.permit import Permit
from permits.ruleset import RuleSet
from telemetry.codecs.codec import Codec
from telemetry.report import Domain, Unit
from telemetry.track import SPEED_MARGIN, Limits
from zone_service.following import Following
from zone_service.heights import Heights
from zone_service.own_corridors import NO_CORRIDORS, OwnCorridors
from zone_service.permitted import Permitted, permitted


@dataclass(frozen=True, slots=True)
class Revisions:
    """Which state of the zones, the registry and the permits a world was made from."""

    zones: int = 0
    registry: int = 0
    permits: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """A registered device as the judgement sees it."""

    device_id: str
    organisation_id: str
    domain: Domain
    label: str = ""
    """What people call it."""


@dataclass(frozen=True, slots=True)
class Places:
    """The zones that hold a point, by what they ask for."""

    allowed: frozenset[str]
    keep_out: frozenset[str]
    """Those that restrict, that is: a zone without a restriction keeps nobody out."""
    speed_limits: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class World:
    """What holds now. Built and warmed by one thread, then owned by the worker's."""

    revisions: Revisions
    zones: Snapshot
    units: Mapping[str, Unit]
    subjects: Mapping[str, Subject]
    grants: Mapping[str, tuple[Grant, ...]]
    """The permits that name a device, in force or lately so; no entry is no permit."""
    rules: RuleSet
    codecs: Mapping[str, Codec]
    heights: Heights = field(default_factory=Heights)
    corridors: OwnCorridors = NO_CORRIDORS
    """Those that permits have of their own."""
    moving_mps: float = 0.5
    """A standing receiver shows less than this; from here on a vehicle is under way."""
    as_of_s: float = 0.0
    """When the permits were read: those that had ended long before are not among them."""
    granted: Mapping[str, Permit] = field(default_factory=dict, repr=False)
    """The permits behind ``grants`` by number, so that the next world reads only what changed."""
    limits: Mapping[Domain, Limits] = field(init=False)
    categories: Mapping[str, str] = field(init=False)
    """Category by zone id."""
    slots: Mapping[str, int] = field(init=False)
    """Of the snapshot, by zone id."""
    keep_out: frozenset[str] = field(init=False)
    """The zones that restrict, whether or not a permit lifts them."""
    authorisable: frozenset[str] = field(init=False)
    """The keep-out zones that a permit lifts by naming them."""
    following: Following = field(init=False)
    """The zones that follow a device."""
    index_of_following: Mapping[str, int] = field(init=False)
    """Their places among those, by zone id."""
    zone_names: Mapping[str, tuple[str | None, str | None]] = field(init=False)
    """Names in English and Chinese by zone id."""
    labels: Mapping[str, str] = field(init=False)
    """What people call a device, by its id."""
    is_keep_out: NDArray[np.bool_] = field(init=False, repr=False, compare=False)
    """By slot, whether the zone is one of ``keep_out``."""
    _places: dict[tuple[int, ...], Places] = field(default_factory=dict, repr=False)
    """Remembered answers: a fleet keeps to few combinations of zones."""
    _permitted: dict[str, Permitted] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        limits = {domain: limits_of(self.rules, domain) for domain in Domain}
        object.__setattr__(self, "limits", limits)
        in_force = self.zones.in_force()
        categories = {zone.zone_id: zone.category for zone in in_force}
        object.__setattr__(self, "categories", categories)
        object.__setattr__(self, "slots", self.zones.slots())
        restricting = (zone.zone_id for zone in in_force if _keeps_out(zone))
        object.__setattr__(self, "keep_out", frozenset(restricting))
        is_keep_out = np.array([each in self.keep_out for each in self.zones.zone_ids], np.bool_)
        object.__setattr__(self, "is_keep_out", is_keep_out)
        liftable = (zone.zone_id for zone in in_force if _may_be_lifted(zone))
        object.__setattr__(self, "authorisable", frozenset(liftable))
        self._lay_out_following()
        names = {zone.zone_id: (zone.name, zone.name_zh) for zone in in_force}
        object.__setattr__(self, "zone_names", names)
        labels = {each.device_id: each.label or each.device_id for each in self.subjects.values()}
        object.__setattr__(self, "labels", labels)

    def _lay_out_following(self) -> None:
        domains = {each.device_id: each.domain for each in self.subjects.values()}
        ages = {domain: self.rules.foresight[domain].max_age_s for domain in Domain}
        following = Following.of(self.zones.zones, domains, ages)
        ids = {self.zones.zone_ids[slot]: at for at, slot in enumerate(following.slots)}
        object.__setattr__(self, "following", following)
        object.__setattr__(self, "index_of_following", ids)

    def is_older_than(self, other: "World") -> bool:
        """Whether the other one knows of a later change."""
        mine, theirs = self.revisions, other.revisions
        return (
            mine.zones < theirs.zones
            or mine.registry < theirs.registry
            or mine.permits < theirs.permits
        )

    def places(self, slots: tuple[int, ...]) -> Places:
        """Sort the zones of some slots by what they ask for."""
        known = self._places.get(slots)
        if known is None:
            known = self._places[slots] = self._sort(slots)
        return known

    def permitted(self, device_id: str, now_s: float) -> Permitted:
        """Return where the permits that bind a device now let it be."""
        known = self._permitted.get(device_id)
        if known is None or not known.from_s <= now_s < known.until_s:
            grants = self.grants.get(device_id, ())
            known = self._permitted[device_id] = permitted(grants, self.slots, now_s)
        return known

    def _sort(self, slots: tuple[int, ...]) -> Places:
        # Of two limits that are alike the first counts: not that of the zone that was drawn first.
        found = (self.zones.zones[slot] for slot in slots)
        zones = sorted(found, key=lambda zone: zone.zone_id)
        return Places(
            allowed=frozenset(zone.zone_id for zone in zones if zone.kind is ZoneKind.KEEP_IN),
            keep_out=frozenset(zone.zone_id for zone in zones if _keeps_out(zone)),
            speed_limits=tuple(
                (zone.zone_id, zone.speed_limit_mps)
                for zone in zones
                if zone.kind is ZoneKind.SPEED_LIMIT and zone.speed_limit_mps is not None
            ),
        )


def _keeps_out(zone: Zone) -> bool:
    return zone.kind is ZoneKind.KEEP_OUT and zone.restriction is not Restriction.NO_RESTRICTION


def _may_be_lifted(zone: Zone) -> bool:
    """Tell whether a permit that names the zone lifts it."""
    match zone.restriction:
        case Restriction.REQ_AUTHORIZATION | Restriction.CONDITIONAL:
            return zone.kind is ZoneKind.KEEP_OUT
        case Restriction.PROHIBITED | Restriction.NO_RESTRICTION:
            return False


def limits_of(rules: RuleSet, domain: Domain) -> Limits:
    """Return what the rules take for plausible of a class; the track has a margin of its own."""
    return Limits(
        max_speed_mps=rules.max_speed_mps[domain] * rules.jump_factor / SPEED_MARGIN,
        max_skew_s=rules.max_skew_s,
        reorder_window_s=rules.reorder_window_s,
        default_accuracy_m=rules.default_accuracy_m[domain],
    )
