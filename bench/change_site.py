"""A worker among many zones, with parked vehicles that speak to it, in one thread with the benchmark.

The broker is pretended: messages fall due, and the word that something has changed comes as soon as
the change is committed, as the web process gives it. What is told to supervisors is noted.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from shapely import Point, Polygon
from sqlalchemy.pool import PoolProxiedConnection

from bench.fence_world import road, side_m, to_degrees, world
from geofence.zone import Area, Restriction, Schedule, Volume, Window, Zone, ZoneKind
from permits.issuing import Ruling
from permits.life_cycle import PermitAction, PermitKind, PermitState
from permits.terms import Terms
from telemetry.ingest import Ingest
from telemetry.report import Domain, Frame
from zone_service import bus, collector, huge_pages
from zone_service.clock import now
from zone_service.demo_city import actor, lead_to
from zone_service.memory import Memory
from zone_service.past_worlds import PastWorlds
from zone_service.recovery import recover
from zone_service.rule_files import text_of
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permits, registry, rule_sets, zones
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind
from zone_service.worker import Worker
from zone_service.worker_process import SWITCH_S
from zone_service.world_loader import load_world
from zone_service.zone_index import ZoneIndex

FloatArray = NDArray[np.float64]
UNDER = Ruling(shipped_sheet("demonstration"))
"""Its instruments go on for good: in the others the procedure for vehicles has run out."""
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
OPERATOR: Final = "bench-operator"
MESSAGES_A_SECOND: Final = 2_000
PACE_S: Final = 0.002
BEFORE_A_TICK_S: Final = 0.3
DEVICES_PER_PERMIT: Final = 50
EVERYBODY_WITHIN_S: Final = 120.0
CODE: Final = "KEEP_OUT_BREACH"
AT_ONCE: Final = "airport"
"""The category of keep-out zones of which the first fix opens a violation, whatever the domain."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the worker, from when it has read to when it asks again."""

    at_s: float
    """When it ended, monotonic."""
    took_ms: float
    core_ms: float
    """Of this thread on a core."""
    messages: int
    """That were read for it."""
    commit_ms: float
    """Until the disk had it, of all commits of the turn."""
    ticked: bool
    """Whether the clock ticked in it: that asks every device, changed or not."""


class Pretended(Ingest):
    """A broker that is always there and delivers what falls due."""

    def __init__(self, names: Sequence[str], places: FloatArray) -> None:
        super().__init__("127.0.0.1", 1, None, None, "bench", ())
        self._names, self._places = names, places
        self._sent = self._seq = self._read_last = 0
        self._began_s = time.monotonic()
        self._returned: tuple[float, float] | None = None
        self.tick_due_s: Callable[[], float] = float
        """When the clock is to tick next."""
        self._ticks_s = 0.0
        self.in_commits_s = 0.0
        """Since the last reading, until the disk had what was committed."""
        self.told: list[Frame] = []
        """What comes at the next reading, beside what falls due."""
        self.turns: list[Turn] = []
        self._to_confirm = list[int]()
        self._tokens = 0
        self.opened: list[tuple[float, str, str | None]] = []
        """Of each violation that was told: when (monotonic), of which device, in which zone."""

    @property
    def connected(self) -> bool:
        return True

    def connect(self) -> None:
        """Nothing to be done."""

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        """Return what is due, after a wait for it."""
        if self._returned is not None:
            (wall_s, core_s), here_s = self._returned, time.perf_counter()
            core_ms = (time.thread_time() - core_s) * 1000
            commit_ms = self.in_commits_s * 1000
            ticked = self.tick_due_s() != self._ticks_s
            wall_ms = (here_s - wall_s) * 1000
            told = Turn(time.monotonic(), wall_ms, core_ms, self._read_last, commit_ms, ticked)
            self.turns.append(told)
        found = [*self._due(max_messages)]
        if not found and not self.told:
            time.sleep(min(max(max_wait_s, 0.0), PACE_S))
            found = [*self._due(max_messages)]
        found += self.told
        self.told, self._read_last = [], len(found)
        self.in_commits_s, self._ticks_s = 0.0, self.tick_due_s()
        self._returned = time.perf_counter(), time.thread_time()
        return found

    def restart(self) -> None:
        """Begin with the messages of now: what fell due meanwhile is left out, and what is noted."""
        self._began_s, self._sent, self._returned = time.monotonic(), 0, None
        self.turns.clear()
        self.opened.clear()

    def _due(self, limit: int) -> Iterator[Frame]:
        due = int((time.monotonic() - self._began_s) * MESSAGES_A_SECOND)
        for _ in range(min(due - self._sent, limit)):
            self._sent += 1
            yield self.message(self._seq % len(self._names))

    def message(self, device: int) -> Frame:
        """Return what a parked vehicle says now."""
        at_s, (longitude, latitude) = time.time(), self._places[device].tolist()
        self._seq += 1
        name = self._names[device]
        said = {
            "schema_version": 1,
            "device_id": name,
            "event_time": datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds"),
            "seq": self._seq,
            "boot_id": "bench",
            "longitude": longitude,
            "latitude": latitude,
            "ground_speed_mps": 0.0,
        }
        return Frame(f"zone/up/{name}/tele", json.dumps(said).encode(), at_s)

    def acknowledge(self, frames: Any) -> None:
        """Nothing to be done."""

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        """Note the violations that supervisors are told of; they are told after the commit."""
        if topic == bus.VIOLATION:
            told = json.loads(payload)
            if told["event"] == "opened" and told["violation"]["code"] == CODE:
                of = told["violation"]
                self.opened.append((time.monotonic(), of["device_id"], of["zone_id"]))
        if qos == 0:
            return None
        self._tokens += 1
        self._to_confirm.append(self._tokens)
        return self._tokens

    def confirmed(self) -> list[int]:
        """Return what was sent since the last turn: a broker has it by then, and the outbox lets it go."""
        done, self._to_confirm = self._to_confirm, []
        return done


PLACE = "zone-00000"
"""Where all permits hold; nobody who is parked outside is accused."""


def peaceful(zone: Zone) -> Zone:
    """Return a zone of the fence benchmark as a speed limit: it accuses nobody who is parked.

    Without its margin, of which nothing is kept beside the grid: a start makes each anew.
    """
    return replace(zone, kind=ZoneKind.SPEED_LIMIT, speed_limit_mps=20.0, exit_margin_m=0.0)


def _from(opens: datetime) -> Schedule:
    """Return hours that begin at a time of day, and end an hour before it on the next."""
    here = opens.astimezone(SHANGHAI)
    ends = (here - timedelta(hours=1)).time()
    return Schedule((Window(frozenset(range(7)), here.time(), ends),))


def keep_out(zone_id: str, area: Polygon, schedule: Schedule | None = None) -> Zone:
    """Return a zone in which a parked vehicle is a violation at once, unless its permit lifts it."""
    return Zone(
        zone_id,
        ZoneKind.KEEP_OUT,
        zone_id,
        (Volume(Area(area), schedule=schedule),),
        domains=frozenset({"road"}),
        category=AT_ONCE,
        restriction=Restriction.REQ_AUTHORIZATION,
    )


class Site:
    """A worker on a database of its own, that knows all devices."""

    def __init__(self, directory: Path, count: int, devices: int) -> None:
        chance = np.random.default_rng(3)
        self._chance = chance
        # As the process of the worker does.
        huge_pages.do_without()
        sys.setswitchinterval(SWITCH_S)
        self.places_m = chance.uniform(0.0, side_m(count), (devices, 2))
        self.places = to_degrees(self.places_m)
        self.names = [f"car-{number:05d}" for number in range(devices)]
        # What is measured is the change: checkpoints come at a time of their own.
        self.settings = Settings(data_dir=directory, checkpoint_every_s=1e6)
        self.store = open_store(self.settings.database)
        self.store.upgrade()
        self.permits = self._settle(count)
        self.index = ZoneIndex(directory)
        began_s = time.perf_counter()
        world_ = load_world(self.store, self.settings)
        self.cold_s = time.perf_counter() - began_s
        self.broker = Pretended(self.names, self.places)
        self._time_commits()
        self.worker = Worker(
            self.settings, self.store, self.broker, world_, Memory(), is_first=True
        )
        self.broker.tick_due_s = lambda: self._tick_due_s
        self.worker.start()
        self._hear_everybody()

    def _time_commits(self) -> None:
        """Have the broker know how long this thread waits for its commits."""
        dialect, ours = self.store.writer.dialect, threading.get_ident()
        commit = dialect.do_commit

        def timed(connection: PoolProxiedConnection) -> None:
            began_s = time.perf_counter()
            commit(connection)
            if threading.get_ident() == ours:
                self.broker.in_commits_s += time.perf_counter() - began_s

        dialect.do_commit = timed  # type: ignore[method-assign, assignment]

    def _settle(self, count: int) -> list[str]:
        """Fill the store; return the permits, of which each lifts the zone around its first device."""
        at = now()
        firsts = range(0, len(self.names), DEVICES_PER_PERMIT)
        self.lifted = {f"lifted-{first:05d}": self.around(first) for first in firsts}
        lifted = [keep_out(zone_id, area) for zone_id, area in self.lifted.items()]
        place, *others = world(count - len(lifted), side_m(count)).zones
        map_ = [
            replace(peaceful(place), zone_id=PLACE, kind=ZoneKind.KEEP_IN, speed_limit_mps=None),
            *map(peaceful, others),
            *lifted,
        ]
        with self.store.write() as session:
            zones.publish(session, PLATFORM, map_, at)
            operator = Organisation(OPERATOR, OPERATOR, OrganisationKind.OPERATOR)
            registry.add_organisation(session, PLATFORM, operator, at)
        made = [Device(name, OPERATOR, Domain.ROAD, name) for name in self.names]
        registry.add_devices(self.store, PLATFORM, made, at, with_credentials=False)
        return [self._permit(first, at) for first in firsts]

    def _permit(self, first: int, at: datetime) -> str:
        # Those of other permits who stand in the zone by chance may do so too.
        terms = Terms(
            device_ids=frozenset(self.names[first : first + DEVICES_PER_PERMIT]),
            zone_ids=frozenset({PLACE}),
            exempt_zone_ids=frozenset(self.lifted),
            valid_from=at - timedelta(days=1),
            valid_to=at + timedelta(days=30),
        )
        with self.store.write() as session:
            made = permits.create(
                session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id=OPERATOR, terms=terms, at=at
            )
            lead_to(session, made, PermitState.ACTIVE, at, UNDER)
        return made.number

    def _act(self, session: Any, number: str, action: PermitAction) -> None:
        who = actor(action, OPERATOR)
        permits.apply_action(session, who, number, action, now(), reason="bench", under=UNDER)

    def around(self, device: int) -> Polygon:
        """Return a strip of road in which a device stands."""
        return road(self._chance, self.places_m[device])

    def within(self, area: Polygon) -> set[str]:
        """Return the devices in an area, by plain geometry: what must come of it."""
        west, south, east, north = area.bounds
        longitude, latitude = self.places.T
        near = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
        return {
            self.names[device]
            for device in near.nonzero()[0].tolist()
            if not area.distance(Point(self.places[device]))
        }

    def _hear_everybody(self) -> None:
        self.broker.told = [self.broker.message(number) for number in range(len(self.names))]
        end_s = time.monotonic() + EVERYBODY_WITHIN_S
        while self.broker.told or len(self.worker.memory.devices) < len(self.names):
            self.worker.turn()
            if time.monotonic() > end_s:
                heard = len(self.worker.memory.devices)
                msg = f"of {len(self.names)} devices {heard} were heard"
                raise RuntimeError(msg)

    # --- what is done to it ---------------------------------------------------------------------

    def put(self, zone: Zone) -> None:
        """Publish a zone, or another form of it."""
        with self.store.write() as session:
            zones.put(session, PLATFORM, zone, now())

    def put_rules(self, number: int) -> None:
        """Publish the next version of the rules, by which every device is judged anew."""
        told = text_of(self.settings.rule_set)
        numbered = re.sub(r'(?m)^version = ".*"$', f'version = "bench-{number}"', told, count=1)
        with self.store.write() as session:
            draft = rule_sets.prepare(
                session, numbered.replace("max_skew_s = 5", f"max_skew_s = {6 + number}")
            )
            rule_sets.publish(session, PLATFORM, draft, "bench", now())

    def put_many(self, areas: Mapping[str, Polygon], opens: datetime | None = None) -> None:
        """Publish many zones at once; with hours that begin at a moment of today, or without."""
        hours = None if opens is None else _from(opens)
        made = [keep_out(zone_id, area, hours) for zone_id, area in areas.items()]
        prepared = zones.prepare(made)
        with self.store.write() as session:
            zones.publish(session, PLATFORM, prepared, now(), keep_others=True)

    def withdraw(self, zone_id: str) -> None:
        """Withdraw a zone."""
        with self.store.write() as session:
            zones.withdraw(session, PLATFORM, zone_id, now())

    def act(self, number: str, action: PermitAction) -> None:
        """Do something with a permit."""
        with self.store.write() as session:
            self._act(session, number, action)

    def say_changed(self) -> None:
        """Give the worker the word that something has changed, as the web process does."""
        self.broker.told.append(Frame(bus.CHANGED, b"{}", time.time()))

    def turn_for(self, seconds: float) -> None:
        """Turn for a while, and on until the next tick is some time away."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s or self._tick_due_s - time.time() < BEFORE_A_TICK_S:
            self.worker.turn()

    @property
    def _tick_due_s(self) -> float:
        return self.worker._tick_due_s  # noqa: SLF001 -- a tick is no part of a change

    def turn_until(self, at_s: float) -> None:
        """Turn until a moment, Unix seconds."""
        while time.time() < at_s:
            self.worker.turn()

    def end(self) -> None:
        """Let the worker end as it does when it is told to."""
        self.worker.stopping = True
        self.worker.run()

    def start_again_s(self) -> float:
        """Return how long a start takes until it could connect, with the grid that is kept."""
        began_s = time.perf_counter()
        with collector.at_rest():
            world_ = load_world(self.store, self.settings, index=ZoneIndex(self.settings.data_dir))
            found = recover(self.store, world_, PastWorlds(self.store, self.settings))
        took_s = time.perf_counter() - began_s
        if len(found.memory.devices) != len(self.names) or found.problems or found.changes:
            msg = f"a start found {len(found.memory.devices)} devices, {found.problems}"
            raise RuntimeError(msg)
        return took_s

    @property
    def cache_bytes(self) -> int:
        """The size of the file in which the grid is kept; 0 without one."""
        file = self.index.file
        return file.stat().st_size if file.exists() else 0

    def close(self) -> None:
        """Let go of the database."""
        with suppress(Exception):
            self.store.close()
