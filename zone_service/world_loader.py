"""Worlds made from the store: beside the worker, so that a change never makes it wait."""

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from sqlmodel import Session

from geofence.amend import MOST_AMENDED, caught_up, changed_zones, tidied
from geofence.breath import Breathe, at_once
from geofence.difference import other_slots
from geofence.snapshot import Snapshot, build
from maps.geotiff import read_surface
from maps.surface import Level, Surface
from permits.compliance import Grant
from permits.flights_granted import confirmed
from permits.permit import Permit, PermitState, in_force
from permits.ruleset import RuleSet
from permits.terms import standing
from telemetry.codecs.codec import Codec
from telemetry.codecs.discover import load_codecs
from telemetry.report import Unit
from zone_service import collector
from zone_service.clock import now
from zone_service.grants_compared import Regranted, compared
from zone_service.heights import Heights
from zone_service.own_corridors import OwnCorridors, corridors_of
from zone_service.settings import Settings
from zone_service.store import credentials, history, permits, registry, revisions, rule_sets, zones
from zone_service.store.engine import Store
from zone_service.store.history import DeviceThen
from zone_service.world import Revisions, Subject, World
from zone_service.zone_index import WORTH_KEEPING, ZoneIndex

Upon = Callable[[Snapshot], Snapshot]

Beside = Callable[[frozenset[str]], Mapping[str, RuleSet]]
"""Reads the rules of jurisdictions by the names that permits have of them."""

EDGES_AT_ONCE = 16
"""Of outlines, between two breaths: each takes 0.05 ms."""
PERMITS_AT_ONCE = 64
"""The same of permits that are others, with their devices."""
BREATH_S = 0.001
"""Between two pieces of what is done beside the work, so that it has Python's lock and the core."""


class Devices(NamedTuple):
    """Devices that were read."""

    those: Iterable[DeviceThen]
    beside: World | None = None
    """Where the others are as they were; ``None`` where there are no others."""
    gone: Collection[str] = ()
    """Those of the others that are not there any more."""


def load_world(
    store: Store,
    settings: Settings,
    before: World | None = None,
    *,
    same_zones: bool = False,
    index: ZoneIndex | None = None,
    upon: Upon = lambda zones: zones,
    breathe: Breathe = at_once,
) -> World:
    """Return the world of now; what did not change is taken from the world before.

    ``same_zones``: leave those of the world before, though there be others by now. ``index``:
    where the grid over the zones may be kept, for the first world. ``upon``: asked for the same zones
    as before upon another grid, when some are to be laid upon it. ``breathe``: called between two pieces
    of the work on many zones.
    """
    at = now()
    with store.read() as session:
        found = revisions.revisions(session)
        of_zones = before.revisions.zones if before is not None and same_zones else found.zones
        same_permits = before is not None and before.revisions.permits == found.permits
        made = build_world(
            session,
            settings,
            Revisions(of_zones, found.registry, found.permits),
            before.as_of_s if before is not None and same_permits else at.timestamp(),
            lambda: _devices(session, found.registry, before),
            lambda known: permits.grants(session, at, known),
            like=before,
            beside=lambda names: _rules_beside(session, names, before),
            index=index,
            upon=upon,
            breathe=breathe,
        )
    if before is None or made.zones is not before.zones:
        # Of this time and the next hour, or the first batch would have to look for it. What is
        # in use belongs to another thread, which may ask it at this moment.
        made.zones.volumes.openings.warm(at.timestamp())
    if before is not None:
        _know_edges(before.zones, made.zones, breathe)
    return made


def _know_edges(before: Snapshot, after: Snapshot, breathe: Breathe) -> None:
    """Make what tells how sure a place in a new zone is: else the first verdict by it would wait for that."""
    if before is after:
        return
    for number, slot in enumerate(other_slots(before, after)):
        if slot < len(after.zones):
            after.sureness.know(slot)
        if number % EDGES_AT_ONCE == 0:
            breathe()


def _devices(session: Session, revision: int, before: World | None) -> Devices:
    """Return all devices, or those that have changed since a world before."""
    if before is not None and before.revisions.registry <= revision:
        since = history.devices_since(session, before.revisions.registry, revision)
        return Devices(since.changed, before, since.gone)
    withdrawn = credentials.withdrawn(session)
    return Devices(
        DeviceThen(each, each.active and each.device_id not in withdrawn)
        for each in registry.all_devices(session)
    )


def build_world(
    session: Session,
    settings: Settings,
    revisions: Revisions,
    as_of_s: float,
    devices: Callable[[], Devices],
    granted: Callable[[Mapping[str, Permit]], Iterable[Permit]],
    *,
    like: World | None = None,
    rules: RuleSet | None = None,
    beside: Beside = lambda _: {},
    index: ZoneIndex | None = None,
    upon: Upon = lambda zones: zones,
    breathe: Breathe = at_once,
) -> World:
    """Return a world; what did not change since the one that it is like is taken from that.

    ``devices`` and ``granted`` read what holds at the revisions; the latter is given the permits
    that are known, by number. ``beside`` reads the rules of the jurisdictions that permits name.
    """
    if rules is None:
        rules = _rules(session, settings.rule_set, revisions, like)
    units, subjects = _registered(revisions, devices, like)
    permits_now = _permits(revisions, as_of_s, granted, like)
    of_others = beside(frozenset(each.jurisdiction for each in permits_now.values()) - {""})
    grants, others = _granted(permits_now, of_others, like, breathe)
    return World(
        revisions=revisions,
        zones=_zones(session, revisions.zones, like, index, upon, breathe),
        units=units,
        subjects=subjects,
        grants=grants,
        rules=rules,
        codecs=_codecs() if like is None else like.codecs,
        heights=heights_of(settings) if like is None else like.heights,
        service_area=settings.served,
        corridors=_corridors(permits_now, like),
        as_of_s=as_of_s,
        granted=permits_now,
        beside=of_others,
        regranted=others,
        like=like,
    )


def _rules(session: Session, name: str, revisions: Revisions, like: World | None) -> RuleSet:
    """Return the rules in force; a version never changes, so those of the same label are the same.

    Whoever publishes some moves the count of the permits.
    """
    if like is not None and like.revisions.permits == revisions.permits:
        return like.rules
    label = rule_sets.label_in_force(session, name)
    if like is not None and like.rules.label == label:
        return like.rules
    return rule_sets.rules_of(session, label)


def _rules_beside(
    session: Session, names: Collection[str], like: World | None
) -> Mapping[str, RuleSet]:
    """Return the rules in force of some names; those of the same label are the same objects."""
    known = {} if like is None else like.beside
    labels = {name: rule_sets.label_in_force(session, name) for name in names}
    return {
        name: known[name]
        if name in known and known[name].label == label
        else rule_sets.rules_of(session, label)
        for name, label in labels.items()
    }


def _zones(
    session: Session,
    revision: int,
    like: World | None,
    index: ZoneIndex | None,
    upon: Upon,
    breathe: Breathe,
) -> Snapshot:
    """Return the zones of a revision; those that are the same are the same objects in their slots.

    So who is concerned by a change is told from the two maps alone, in a run as in a replay.
    """
    if like is None:
        if index is not None:
            index.read_beside()
        found = zones.at_revision(session, revision).zones
        kept = None if index is None else index.read(found, revision)
        return build(found, revision) if kept is None else kept
    if like.revisions.zones == revision:
        return like.zones
    change = zones.changes(session, like.revisions.zones, revision, breathe)
    return changed_zones(upon(like.zones), change.changed, change.withdrawn, revision, breathe)


def _registered(
    revisions: Revisions, devices: Callable[[], Devices], like: World | None
) -> tuple[Mapping[str, Unit], Mapping[str, Subject]]:
    if like is not None and like.revisions.registry == revisions.registry:
        return like.units, like.subjects
    read = devices()
    units = {} if read.beside is None else dict(read.beside.units)
    subjects = {} if read.beside is None else dict(read.beside.subjects)
    for device_id in read.gone:
        units.pop(device_id, None)
        subjects.pop(device_id, None)
    for then in read.those:
        device = then.device
        units[device.device_id] = _unit(then)
        subjects.pop(device.device_id, None)
        if device.active:
            subjects[device.device_id] = Subject(
                device.device_id, device.organisation_id, device.domain, device.label
            )
    return units, subjects


def _permits(
    revisions: Revisions,
    as_of_s: float,
    granted: Callable[[Mapping[str, Permit]], Iterable[Permit]],
    like: World | None,
) -> Mapping[str, Permit]:
    same = like is not None and like.revisions.permits == revisions.permits
    if like is not None and same and like.as_of_s == as_of_s:
        return like.granted
    return {each.number: each for each in granted({} if like is None else like.granted)}


def _granted(
    found: Mapping[str, Permit],
    beside: Mapping[str, RuleSet],
    like: World | None,
    breathe: Breathe = at_once,
) -> tuple[Mapping[str, tuple[Grant, ...]], Regranted]:
    if like is None:
        return grants_by_device(found, beside), Regranted()
    if found is like.granted and not _other_rules(beside, like):
        return like.grants, Regranted()
    return regranted(found, like, beside, breathe)


def _other_rules(beside: Mapping[str, RuleSet], like: World) -> frozenset[str]:
    """Return the jurisdictions that had other rules, or none here, in a world."""
    return frozenset(name for name, rules in beside.items() if like.beside.get(name) is not rules)


def _corridors(granted: Mapping[str, Permit], like: World | None) -> OwnCorridors:
    if like is None:
        return corridors_of(granted.values())
    return (
        like.corridors
        if granted is like.granted
        else corridors_of(granted.values(), like.corridors)
    )


def _codecs() -> Mapping[str, Codec]:
    return load_codecs()


def _unit(then: DeviceThen) -> Unit:
    # The credential too: a broker that somebody else runs may let in whom we no longer would.
    # The device stays a subject, or its operator could end what is open about it by withdrawing.
    device, let_in = then
    return Unit(
        device_id=device.device_id,
        codec=device.codec,
        wire_id=device.wire_id,
        datum=device.datum,
        active=let_in,
    )


def heights_of(settings: Settings) -> Heights:
    """Return the surfaces that the settings name; a file is read, which may take seconds.

    Raises:
        SurfaceUnreadable: a file cannot be used.
    """
    return Heights(
        _surface(settings.terrain_amsl_m, settings.terrain_file),
        _surface(settings.geoid_hae_m, settings.geoid_file),
    )


def _surface(level_m: float | None, file: Path | None) -> Surface | None:
    if file is not None:
        return read_surface(file)
    return None if level_m is None else Level(level_m)


NO_RULES: Mapping[str, RuleSet] = MappingProxyType({})


def grants_by_device(
    granted: Mapping[str, Permit], beside: Mapping[str, RuleSet] = NO_RULES
) -> dict[str, tuple[Grant, ...]]:
    """Return the permits that name each device; ``granted`` has them by number.

    ``beside``: the rules of other jurisdictions than that of the installation, by their names.
    """
    found: dict[str, list[Grant]] = defaultdict(list)
    for permit in granted.values():
        for device_id, grant in _grants(permit, beside.get(permit.jurisdiction)):
            found[device_id].append(grant)
    return {device_id: tuple(grants) for device_id, grants in found.items()}


def regranted(
    granted: Mapping[str, Permit],
    like: World,
    beside: Mapping[str, RuleSet] = NO_RULES,
    breathe: Breathe = at_once,
) -> tuple[dict[str, tuple[Grant, ...]], Regranted]:
    """Return the same, and the devices of which it differs from what a world has.

    The others have what they had. ``breathe`` is called between two pieces of the work on many permits.
    """
    before, found = like.granted, dict(like.grants)
    others = {number for number in before if granted.get(number) is not before[number]}
    others |= granted.keys() - before.keys()
    if changed := _other_rules(beside, like):
        others |= {number for number, each in granted.items() if each.jurisdiction in changed}
    more: dict[str, list[Grant]] = defaultdict(list)
    for number in others:
        for permit in filter(None, (before.get(number), granted.get(number))):
            for device_id in permit.terms.device_ids:
                more[device_id] = []
    for count, number in enumerate(others & granted.keys()):
        if count % PERMITS_AT_ONCE == 0:
            breathe()
        its = granted[number]
        for device_id, grant in _grants(its, beside.get(its.jurisdiction)):
            more[device_id].append(grant)
    for device_id, new in more.items():
        kept = [each for each in found.get(device_id, ()) if each.permit_number not in others]
        found[device_id] = tuple(sorted((*kept, *new), key=lambda each: each.permit_number))
        if not found[device_id]:
            del found[device_id]
    return found, compared(like.grants, found, more, breathe)


def _grants(permit: Permit, rules: RuleSet | None) -> Iterator[tuple[str, Grant]]:
    """Yield the grant of each device: one and the same for all, but for those that bear a plate.

    One that is suspended by itself is granted what it would be if the whole permit were.
    """
    alike = Grant(permit.number, permit.kind, permit.state, standing(permit.terms), rules=rules)
    halted = permit.terms.suspended_device_ids if in_force(permit.state) else frozenset[str]()
    stopped = replace(alike, state=PermitState.SUSPENDED) if halted else alike
    plates = {plate.device_id: plate for plate in permit.terms.plates}
    for device_id in permit.terms.device_ids:
        plate = plates.get(device_id)
        if device_id in halted:
            yield device_id, stopped
        elif plate is None:
            yield device_id, confirmed(alike, device_id)
        else:
            begins_s, ends_s = plate.valid_from.timestamp(), plate.valid_to.timestamp()
            # One that ends with its permit goes on with it while a renewal is not decided.
            its_own = ends_s < permit.terms.valid_to_s
            ends_s = ends_s if its_own else alike.ends_at_s
            yield device_id, replace(alike, plated_from_s=begins_s, plated_to_s=ends_s)


class Made(NamedTuple):
    """A new world, and the one that it was made of."""

    before: World
    world: World


class WorldLoader:
    """A thread that makes a new world when it is asked to, and gives it away.

    The geometries of a world belong to whoever took it: the thread keeps only what is never
    asked about geometry (``before`` is handed to it for the parts that are plain values; the
    outlines of zones that did not change stay the worker's own, untouched).
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        first: World,
        index: ZoneIndex | None = None,
        breathe: Breathe = at_once,
    ) -> None:
        """``first`` is the world in use, ``index`` where the grid over its zones is kept.

        ``breathe``: called between two pieces of work on many zones.
        """
        self._store = store
        self._settings = settings
        self._index = index
        self._breathe = breathe
        self._not_kept = 0
        """So many zones have changed since it was last asked whether the grid is worth keeping."""
        self._keep(first)
        self._asked: queue.SimpleQueue[World | None] = queue.SimpleQueue()
        self._made: queue.SimpleQueue[Made | Exception] = queue.SimpleQueue()
        self._tidied: queue.SimpleQueue[Made] = queue.SimpleQueue()
        self._tidying: threading.Thread | None = None
        self._laid: Snapshot | None = None
        """What was laid out anew, and no world was made upon yet."""
        self.busy = False
        """Whether a world is being made."""
        self.asked_meanwhile = False
        """Whether one was asked for that may be newer than that."""
        self._thread = threading.Thread(target=self._run, name="world-loader", daemon=True)
        self._thread.start()

    def ask(self, before: World) -> None:
        """Have a new world made, unless one is being made."""
        self.asked_meanwhile = self.busy
        if not self.busy:
            self.busy = True
            self._asked.put(before)

    def take(self) -> Made | None:
        """Return the new world if it is ready.

        Raises:
            Exception: what went wrong while it was made; the old world stays in use.
        """
        try:
            made = self._made.get_nowait()
        except queue.Empty:
            return None
        self.busy = False
        if isinstance(made, Exception):
            raise made
        return made

    def take_tidied(self) -> Made | None:
        """Return a world that is the same as one that was given, its grid laid out anew, if it is ready."""
        try:
            return self._tidied.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """End the thread."""
        self._asked.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (before := self._asked.get()) is not None:
            try:
                # What is made lives on; to look at it meanwhile would hold up the worker.
                with collector.at_rest():
                    made = load_world(
                        self._store,
                        self._settings,
                        before,
                        upon=self._upon_what_was_laid,
                        breathe=self._breathe,
                    )
            except Exception as error:
                self._made.put(error)
                continue
            self._made.put(Made(before, made))
            if made.zones is not before.zones:
                self._keep_in_time(made, before)
                self._tidy_beside(made)

    def _upon_what_was_laid(self, zones: Snapshot) -> Snapshot:
        """Return the same zones upon a grid that was laid out anew meanwhile, if there is one."""
        laid, self._laid = self._laid, None
        if laid is None or laid is zones or len(other_slots(laid, zones)) > MOST_AMENDED:
            return zones
        return caught_up(laid, zones)

    def _tidy_beside(self, made: World) -> None:
        """Gather out of a grid what many changes left there, in a thread of its own.

        A change does not wait for that: it goes upon the grid as it is. The one after it is made upon
        the new one, with what has changed meanwhile.
        """

        def tidy() -> None:
            snapshot = tidied(made.zones, lambda: time.sleep(BREATH_S))
            if snapshot is not None:
                self._laid = snapshot
                self._tidied.put(Made(made, replace(made, zones=snapshot, like=made)))

        if self._tidying is None or not self._tidying.is_alive():
            self._tidying = threading.Thread(target=tidy, name="zones-tidied", daemon=True)
            self._tidying.start()

    def _keep_in_time(self, made: World, before: World) -> None:
        """Keep the grid when many zones have changed: to ask each what the file has of it takes a while."""
        self._not_kept += len(other_slots(before.zones, made.zones))
        if self._not_kept >= WORTH_KEEPING:
            self._not_kept = 0
            self._keep(made)

    def _keep(self, made: World) -> None:
        if self._index is not None:
            self._index.keep_beside(made.zones)
