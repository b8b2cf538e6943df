"""A recorded run of the worker is replayed to the same violations, whatever changed meanwhile."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from shapely import box

from geofence.zone import Area, Around, Circle, Volume, Zone, ZoneKind
from permits.corridor import OwnCorridor
from permits.issuing import Ruling
from permits.permit import PermitAction, PermitKind, PermitState
from permits.terms import Terms
from telemetry.report import Domain
from tests.servers import RunningBroker
from tests.zone_service.running import AIRPORT, AWAY, Client, Site, until
from zone_service.canonical_events import line
from zone_service.clock import now, unix_s
from zone_service.demo_city import lead_to
from zone_service.replay import Replay, in_words
from zone_service.rule_files import text_of
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import journal, permits, registry, rule_sets, stretch, zones
from zone_service.store.engine import open_store
from zone_service.store.records import (
    PLATFORM,
    Device,
    JudgedBy,
    Organisation,
    OrganisationKind,
    Principal,
    Role,
)

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

UNDER = Ruling(shipped_sheet("demonstration"))
"""Its instruments go on for good: in the others the procedure for vehicles has run out."""
A = PermitAction
SKY = Principal("u-sky", "sam", Role.OPERATOR, "sky")
POLICE = Principal("u-pol", "pan", Role.POLICE, "traffic-police")
HERE = Area(box(AWAY[0] - 0.01, AWAY[1] - 0.01, AWAY[0] + 0.01, AWAY[1] + 0.01))
ROAD = Zone("road", ZoneKind.KEEP_IN, "Road", (Volume(HERE),), domains=frozenset({"road"}))
FAIR = Zone("fair", ZoneKind.KEEP_OUT, "Fair", (Volume(HERE),), domains=frozenset({"air"}))
FIELD = Zone(
    "field",
    ZoneKind.KEEP_OUT,
    "Airfield",
    (Volume(Circle(*AIRPORT, 2000.0)),),
    domains=frozenset({"air"}),
)
ESCORT = Zone("escort", ZoneKind.KEEP_OUT, "Escort", (), around=Around("uav-1", 500.0))
AIR = Domain.AIR
DEVICES = ("uav-1", "uav-2", "uav-3", "car-1")


@pytest.fixture(params=["nats-sqlite", "mosquitto-postgres"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    broker_kind, store_kind = request.param.split("-")
    broker: RunningBroker = request.getfixturevalue(f"{broker_kind}_broker")
    url: str = request.getfixturevalue(f"migrated_{store_kind}_url")
    store = open_store(url)
    with store.write() as session:
        sky = Organisation("sky", "Sky", OrganisationKind.OPERATOR)
        registry.add_organisation(session, PLATFORM, sky, now())
        for device_id, domain in (("uav-1", AIR), ("uav-2", AIR), ("car-1", Domain.ROAD)):
            registry.add_device(session, PLATFORM, Device(device_id, "sky", domain, "One"), now())
        zones.publish(session, PLATFORM, (ROAD, FIELD), now())
    broker.add(*DEVICES)
    found = Site(broker, store, url, tmp_path)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.end(signal.SIGKILL)
    broker.remove(*DEVICES)
    store.close()


def licensed(site: Site) -> str:
    """Give the car its permit for the road."""
    at = now()
    given = Terms(
        frozenset({"car-1"}), frozenset({"road"}), at - timedelta(days=1), at + timedelta(days=9)
    )
    with site.store.write() as session:
        permit = permits.create(
            session, SKY, kind=PermitKind.ROAD_TEST, holder_id="sky", terms=given, at=at
        )
        lead_to(session, permit, PermitState.ACTIVE, at, UNDER)
    return permit.number


def routed(site: Site) -> None:
    """Let the second aircraft fly along a route of its own."""
    at, (longitude, latitude) = now(), AWAY
    route = OwnCorridor(((longitude - 0.01, latitude), (longitude + 0.01, latitude)), 50.0)
    given = Terms(
        frozenset({"uav-2"}), frozenset(), at - timedelta(days=1), at + timedelta(days=9),
        corridor=route,
    )  # fmt: skip
    with site.store.write() as session:
        permit = permits.create(
            session, SKY, kind=PermitKind.FLIGHT_ACTIVITY, holder_id="sky", terms=given, at=at
        )
        lead_to(session, permit, PermitState.AIRBORNE, now(), UNDER)


def settled(site: Site, sent: dict[str, int]) -> None:
    """Wait until everything that was said is stored."""
    last = {f"zone/up/{device_id}/tele": seq for device_id, seq in sent.items()}

    def stored() -> bool:
        told = {frame.topic: frame.payload for frame in journal.history(site.store)}
        return all(f'"seq": {seq},'.encode() in told.get(topic, b"") for topic, seq in last.items())

    until(stored)


class Fleet:
    """Units that say where they are, one after another."""

    def __init__(self, site: Site, units: dict[str, Client]) -> None:
        self.site, self.units = site, units
        self.seq = dict.fromkeys(units, 0)

    def say(self, device_id: str, place: tuple[float, float], times: int = 3) -> None:
        ground = {"operational_status": "GROUND", "height_agl_m": None, "control_mode": "MANUAL"}
        for _ in range(times):
            self.seq[device_id] += 1
            said = ground if device_id == "car-1" else {}
            self.units[device_id].say(device_id, place, self.seq[device_id], **said)

    def settle(self) -> None:
        settled(self.site, {name: seq for name, seq in self.seq.items() if seq})


def swapped(site: Site, times: int) -> None:
    """Wait until the worker has taken over so many worlds."""
    until(lambda: len(stretch.judged_by(site.store, 10**9)) >= times)


def eventful(site: Site, fleet: Fleet) -> None:
    """Breaches, a new zone, a suspended permit, a device that comes and goes, a crash, a restart."""
    number = licensed(site)
    routed(site)
    site.start(ZONE_CHECKPOINT_EVERY_S="1000")
    until(site.end_of_start)
    fleet.say("uav-1", AIRPORT)
    fleet.say("uav-2", AWAY)
    fleet.say("car-1", AWAY)
    fleet.settle()
    with site.store.write() as session:
        zones.put(session, PLATFORM, FAIR, now())
        zones.put(session, PLATFORM, ESCORT, now())
    swapped(site, 2)
    with site.store.write() as session:
        permits.apply_action(session, POLICE, number, A.SUSPEND, now(), "brakes", under=UNDER)
    swapped(site, 3)
    fleet.say("car-1", AWAY)
    with site.store.write() as session:
        registry.add_device(session, PLATFORM, Device("uav-3", "sky", AIR, "New"), now())
    swapped(site, 4)
    fleet.say("uav-1", AIRPORT)
    fleet.say("uav-3", AIRPORT)
    fleet.settle()
    with site.store.write() as session:
        registry.deactivate(session, PLATFORM, "uav-3", now())
    swapped(site, 5)
    fleet.say("uav-1", AWAY)
    fleet.settle()
    site.end(signal.SIGKILL)
    with site.store.write() as session:
        zones.withdraw(session, PLATFORM, "fair", now())
    site.start()
    swapped(site, 6)
    fleet.say("uav-1", AWAY)
    fleet.say("uav-2", AIRPORT)
    fleet.settle()
    assert site.end() == 0


@pytest.mark.requirement("D4e-13")
def test_a_run_with_changes_and_a_crash_is_replayed_to_the_same_violations(site: Site) -> None:
    began_s = unix_s() - 1.0
    with (
        site.device("uav-1") as one,
        site.device("uav-2") as two,
        site.device("uav-3") as three,
        site.device("car-1") as car,
    ):
        fleet = Fleet(site, {"uav-1": one, "uav-2": two, "uav-3": three, "car-1": car})
        eventful(site, fleet)
    settings = Settings(data_dir=site.data_dir, store_url=site.url)
    ended_s = unix_s()
    whole = Replay(site.store, settings, began_s, ended_s)
    assert whole.plan.begin.is_exact
    assert whole.plan.notes == ()
    told = [event for each in whole.run() for event in each.events]
    recorded = [event for _, event in stretch.events_between(site.store, 0, 10**9)]
    assert [line(event) for event in told] == [line(event) for event in recorded]
    assert {event.violation.zone_id for event in told} >= {"fair", "field", "escort", None}
    assert {event.event.value for event in told} >= {"opened", "closed"}
    assert {event.violation.code for event in told} >= {"ROUTE_DEVIATION", "KEEP_OUT_BREACH"}
    typed(site, began_s, ended_s)


def typed(site: Site, began_s: float, ended_s: float) -> None:
    """The same from the shell."""
    times = [in_words(at_s).replace(" UTC", "Z").replace(" ", "T") for at_s in (began_s, ended_s)]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "zone_service", "replay", *times, "--compare"],
        env={"ZONE_DATA_DIR": str(site.data_dir), "ZONE_STORE_URL": site.url, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "no difference\n"), done.stderr
    assert done.stderr.startswith("begins with nothing: all is replayed")


@pytest.mark.requirement("D0-12")
def test_a_running_worker_judges_by_what_was_published_within_a_second(site: Site) -> None:
    site.start()
    until(site.end_of_start)
    text = text_of("shanghai-default").replace('version = "2026.12"', 'version = "ours"')
    with site.store.write() as session:
        draft = rule_sets.prepare(session, text)
        rule_sets.publish(session, PLATFORM, draft, "a test", now())
    at_s = now().timestamp()

    def judged_by() -> list[JudgedBy]:
        return [each.by for each in stretch.judged_by(site.store, 10**9)]

    until(lambda: judged_by()[-1].rules == "shanghai-default@ours")
    # It looks once a second; what is made then takes some hundredths more.
    assert judged_by()[-1].at_s - at_s < 2.0
