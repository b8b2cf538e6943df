"""Everything that a batch is judged by: zones, permits, devices and rules at one moment.

A ``World`` never changes. When the registry, the permits or the zones change, a new one is made
beside the worker and swapped in by one assignment.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field

import numpy as np
from numpy.typing import NDArray

from geofence.difference import moving_slots
from geofence.snapshot import NO_ZONE, Snapshot
from geofence.zone import ZoneKind
from permits.compliance import Grant
from permits.permit import Permit
from permits.ruleset import RuleSet
from telemetry.codecs.codec import Codec
from telemetry.limits import Limits
from telemetry.report import Domain, Unit
from telemetry.service_area import ServiceArea
from telemetry.speakers import Speakers
from telemetry.ways import SPEED_MARGIN
from zone_service.following import Following
from zone_service.grants_compared import NO_OTHERS, ByOthers, Regranted
from zone_service.heights import Heights
from zone_service.own_corridors import NO_CORRIDORS, OwnCorridors
from zone_service.permitted import Permitted, permitted
from zone_service.untroubled import Untroubled
from zone_service.zone_facts import ZoneFacts, keeps_out


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
    service_area: ServiceArea | None = None
    corridors: OwnCorridors = NO_CORRIDORS
    """Those that permits have of their own."""
    moving_mps: float = 0.5
    """A standing receiver shows less than this; from here on a vehicle is under way."""
    as_of_s: float = 0.0
    """When the permits were read: those that had ended long before are not among them."""
    granted: Mapping[str, Permit] = field(default_factory=dict, repr=False)
    """The permits behind ``grants`` by number, so that the next world reads only what changed."""
    beside: Mapping[str, RuleSet] = field(default_factory=dict, repr=False)
    """The rules of other jurisdictions that permits are of, by the names that those have of them."""
    regranted: Regranted = field(default=Regranted(), repr=False)
    """Whose grants may be others than in the world that this one was made of."""
    like: InitVar["World | None"] = None
    """The world that this one was made of: what is the same is not worked out again."""
    limits: Mapping[Domain, Limits] = field(init=False)
    by_others: ByOthers = field(init=False, repr=False)
    """Whom the rules of other jurisdictions judge."""
    rules_digest: str = field(init=False, repr=False)
    """What tells the rules from others of the same name and version."""
    told_beside: tuple[tuple[str, str, str], ...] = field(init=False, repr=False)
    """The rules of other jurisdictions: name, version and what tells each from others."""
    slots: Mapping[str, int] = field(init=False)
    """Of the snapshot, by zone id."""
    zone_facts: ZoneFacts = field(init=False, repr=False)
    categories: Mapping[str, str] = field(init=False)
    """Category by zone id."""
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
    speakers: Speakers = field(init=False, repr=False, compare=False)
    """Who speaks canonical JSON: what is known of the topics that were heard."""
    is_keep_out: NDArray[np.bool_] = field(init=False, repr=False, compare=False)
    """By slot, whether the zone is one of ``keep_out``."""
    untroubled: dict[int, Untroubled] = field(init=False, repr=False, compare=False)
    """By a device's number, who broke nothing when it was last asked whole: one for all worlds that were
    made one of another."""
    itself: object = field(init=False, default_factory=object, repr=False, compare=False)
    """What it goes by, for those who remember what they found in it."""
    _places: dict[tuple[int, ...], Places] = field(init=False, default_factory=dict, repr=False)
    """Remembered answers: a fleet keeps to few combinations of zones."""
    _permitted: dict[str, Permitted] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self, like: "World | None") -> None:
        self._lay_out_rules(like)
        object.__setattr__(self, "untroubled", {} if like is None else like.untroubled)
        object.__setattr__(self, "slots", self.zones.slots)
        same_units = like is not None and like.units is self.units and like.codecs is self.codecs
        speakers = like.speakers if like and same_units else Speakers(self.units, self.codecs)
        object.__setattr__(self, "speakers", speakers)
        facts = (
            ZoneFacts.of(self.zones)
            if like is None
            else like.zone_facts.amended(like.zones, self.zones)
        )
        object.__setattr__(self, "zone_facts", facts)
        object.__setattr__(self, "categories", facts.categories)
        object.__setattr__(self, "keep_out", facts.keep_out)
        object.__setattr__(self, "authorisable", facts.authorisable)
        object.__setattr__(self, "zone_names", facts.names)
        object.__setattr__(self, "is_keep_out", facts.is_keep_out)
        self._lay_out_following(like)
        same_devices = like is not None and like.subjects is self.subjects
        object.__setattr__(
            self, "labels", like.labels if like and same_devices else _labels(self.subjects)
        )

    def _lay_out_rules(self, like: "World | None") -> None:
        limits = {domain: limits_of(self.rules, domain) for domain in Domain}
        object.__setattr__(self, "limits", limits)
        # Whoever notes a world must not work it out: that took a millisecond of the turn of a change.
        known = like.rules_digest if like and like.rules is self.rules else digest_of(self.rules)
        object.__setattr__(self, "rules_digest", known)
        object.__setattr__(self, "told_beside", self._tell_beside(like))
        object.__setattr__(self, "by_others", self._tell_others(like))

    def _tell_beside(self, like: "World | None") -> tuple[tuple[str, str, str], ...]:
        known = {} if like is None else {name: digest for name, _, digest in like.told_beside}
        return tuple(
            (
                name,
                rules.label,
                known[name] if like and like.beside.get(name) is rules else digest_of(rules),
            )
            for name, rules in sorted(self.beside.items())
        )

    def _tell_others(self, like: "World | None") -> ByOthers:
        if not self.beside:
            return NO_OTHERS
        if like is not None and self.grants is like.grants and like.beside:
            return like.by_others
        if like is not None and self.regranted.before is like.grants and like.beside:
            return like.by_others.amended(self.grants, self.regranted.device_ids)
        return ByOthers.of(self.grants)

    def _lay_out_following(self, like: "World | None") -> None:
        same = like is not None and like.subjects is self.subjects and like.rules is self.rules
        # Where no zone follows a device, it is nothing to them who is registered.
        same = same or (like is not None and not like.following.slots)
        if like is not None and same and not moving_slots(like.zones, self.zones):
            object.__setattr__(self, "following", like.following)
            object.__setattr__(self, "index_of_following", like.index_of_following)
            return
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

    def rules_of(self, grant: Grant | None) -> RuleSet:
        """Return by which rules it is judged what is done under a permit, or without one."""
        return self.rules if grant is None or grant.rules is None else grant.rules

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
        # Who has passed a zone nobody knows how high may speak of it when it is gone.
        found = (zone for slot in slots if (zone := self.zones.zones[slot]) is not NO_ZONE)
        zones = sorted(found, key=lambda zone: zone.zone_id)
        return Places(
            allowed=frozenset(zone.zone_id for zone in zones if zone.kind is ZoneKind.KEEP_IN),
            keep_out=frozenset(zone.zone_id for zone in zones if keeps_out(zone)),
            speed_limits=tuple(
                (zone.zone_id, zone.speed_limit_mps)
                for zone in zones
                if zone.kind is ZoneKind.SPEED_LIMIT and zone.speed_limit_mps is not None
            ),
        )


def _labels(subjects: Mapping[str, Subject]) -> dict[str, str]:
    return {each.device_id: each.label or each.device_id for each in subjects.values()}


def digest_of(rules: RuleSet) -> str:
    """Return what tells two rule sets apart of which somebody forgot to raise the version."""
    said = sorted((key, repr(each.value)) for key, each in rules.parameters.items())
    return hashlib.sha256(repr(said).encode()).hexdigest()


def limits_of(rules: RuleSet, domain: Domain) -> Limits:
    """Return what the rules take for plausible of a class; the track has a margin of its own."""
    return Limits(
        max_speed_mps=rules.max_speed_mps[domain] * rules.jump_factor / SPEED_MARGIN,
        max_acceleration_mps2=rules.max_acceleration_mps2.get(domain, math.inf),
        max_skew_s=rules.max_skew_s,
        reorder_window_s=rules.reorder_window_s,
        default_accuracy_m=rules.default_accuracy_m[domain],
    )
