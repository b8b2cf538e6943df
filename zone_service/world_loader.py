"""Worlds made from the store: beside the worker, so that a change never makes it wait."""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

from geofence.snapshot import build
from geofence.zone import Zone
from maps.geotiff import read_surface
from maps.surface import Level, Surface
from permits.compliance import Grant
from permits.permit import Permit
from permits.ruleset import RuleSet, parse
from telemetry.codecs.codec import Codec
from telemetry.codecs.discover import load_codecs
from telemetry.report import Unit
from zone_service.clock import now
from zone_service.heights import Heights
from zone_service.own_corridors import NO_CORRIDORS, corridors_of
from zone_service.settings import Settings
from zone_service.store import credentials, permits, registry, revisions, zones
from zone_service.store.engine import Store
from zone_service.store.history import DeviceThen
from zone_service.world import Revisions, Subject, World


def load_rules(name: str) -> RuleSet:
    """Return a rule set that ships with the platform.

    Raises:
        RuleSetError: it is not well formed.
        FileNotFoundError: there is none of this name.
    """
    return parse(_rule_text(name), _rule_text)


def _rule_text(name: str) -> str:
    return (resources.files("permits") / "rulesets" / f"{name}.toml").read_text("utf-8")


def load_world(store: Store, settings: Settings, before: World | None = None) -> World:
    """Return the world of now; what did not change is taken from the world before."""
    at = now()
    with store.read() as session:
        found = revisions.revisions(session)
        withdrawn = credentials.withdrawn(session)
        return build_world(
            settings,
            Revisions(found.zones, found.registry, found.permits),
            at.timestamp(),
            lambda: zones.in_force(session).zones,
            [
                DeviceThen(each, each.active and each.device_id not in withdrawn)
                for each in registry.all_devices(session)
            ],
            permits.grants(session, at),
            like=before,
        )


def build_world(
    settings: Settings,
    revisions: Revisions,
    as_of_s: float,
    map_of: Callable[[], Sequence[Zone]],
    devices: Iterable[DeviceThen],
    granted: Iterable[Permit],
    *,
    like: World | None = None,
    rules: RuleSet | None = None,
) -> World:
    """Return a world; what did not change since the one that it is like is taken from that."""
    same_zones = like is not None and like.revisions.zones == revisions.zones
    known, permits_now = tuple(devices), tuple(granted)
    if rules is None:
        rules = load_rules(settings.rule_set) if like is None else like.rules
    return World(
        revisions=revisions,
        zones=like.zones if same_zones and like is not None else build(map_of(), revisions.zones),
        units={each.device.device_id: _unit(each) for each in known},
        subjects={
            each.device_id: Subject(each.device_id, each.organisation_id, each.domain, each.label)
            for each, _ in known
            if each.active
        },
        grants=grants_by_device(permits_now),
        rules=rules,
        codecs=_codecs() if like is None else like.codecs,
        heights=heights_of(settings) if like is None else like.heights,
        corridors=corridors_of(permits_now, NO_CORRIDORS if like is None else like.corridors),
        as_of_s=as_of_s,
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


def grants_by_device(granted: Iterable[Permit]) -> dict[str, tuple[Grant, ...]]:
    """Return the permits that name each device."""
    found: dict[str, list[Grant]] = defaultdict(list)
    for permit in granted:
        grant = Grant(permit.number, permit.kind, permit.state, permit.terms)
        for device_id in permit.terms.device_ids:
            found[device_id].append(grant)
    return {device_id: tuple(grants) for device_id, grants in found.items()}


class WorldLoader:
    """A thread that makes a new world when it is asked to, and gives it away.

    The geometries of a world belong to whoever took it: the thread keeps only what is never
    asked about geometry (``before`` is handed to it for the parts that are plain values; zones
    that did not change stay the worker's own, untouched).
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._asked: queue.SimpleQueue[World | None] = queue.SimpleQueue()
        self._made: queue.SimpleQueue[World | Exception] = queue.SimpleQueue()
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="world-loader", daemon=True)
        self._thread.start()

    def ask(self, before: World) -> None:
        """Have a new world made, unless one is being made."""
        if not self._busy:
            self._busy = True
            self._asked.put(before)

    def take(self) -> World | None:
        """Return the new world if it is ready.

        Raises:
            Exception: what went wrong while it was made; the old world stays in use.
        """
        try:
            made = self._made.get_nowait()
        except queue.Empty:
            return None
        self._busy = False
        if isinstance(made, Exception):
            raise made
        return made

    def close(self) -> None:
        """End the thread."""
        self._asked.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (before := self._asked.get()) is not None:
            try:
                self._made.put(load_world(self._store, self._settings, before))
            except Exception as error:
                self._made.put(error)
