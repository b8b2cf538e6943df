"""What is issued, changed, suspended, ended or lapses binds the next fix of a vehicle, by a real worker."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import msgspec
import pytest
from shapely import box

from geofence.zone import Area, Volume, Zone, ZoneKind
from permits.department import Department
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.further import Addition, Change
from permits.issuing import Ruling, legal_day
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.plate import Plate
from permits.plating import PlateWanted
from permits.terms import Terms
from permits.transition import Detail
from telemetry.report import Domain
from tests.permits.test_further import LIKE, TESTED
from tests.servers import PAIRS, Pair
from tests.zone_service.running import AWAY, Client, Site, heard, until
from zone_service import bus
from zone_service.clock import now
from zone_service.demo_city import actor, lead_to
from zone_service.demo_votes import reviewer_of
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import documents, matters, permits, register, registry, zones
from zone_service.store.engine import open_store
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    Principal,
    RegisterEntry,
    Role,
)
from zone_service.store.revisions import revisions

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

OLGA = Principal("u-olga", "olga", Role.OPERATOR, "acme")
UNDER = Ruling(shipped_sheet("demonstration"))
HERE = Area(box(AWAY[0] - 0.01, AWAY[1] - 0.01, AWAY[0] + 0.01, AWAY[1] + 0.01))
ROAD = Zone("road", ZoneKind.KEEP_IN, "Road", (Volume(HERE),), domains=frozenset({"road"}))
TO_BE = (
    "issued", "suspended", "ended", "recalled", "lapsing", "lasting", "over", "changed", "added",
)  # fmt: skip
CARS = {name: f"bound-{name}" for name in TO_BE}
FIXES_EVERY_S = 0.05
WITHIN_S = 1.0


@pytest.fixture(params=PAIRS, ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Site]:
    pair: Pair = request.param
    broker = pair.require_broker(request)
    with pair.database(request, tmp_path) as url, closing(open_store(url)) as store:
        store.upgrade()
        with store.write() as session:
            acme = Organisation("acme", "Acme", OrganisationKind.OPERATOR)
            registry.add_organisation(session, PLATFORM, acme, now())
            for car in CARS.values():
                registry.add_device(session, PLATFORM, Device(car, "acme", Domain.ROAD, car), now())
            zones.publish(session, PLATFORM, (ROAD,), now())
        broker.add(*CARS.values())
        running = Site(broker, store, url, tmp_path)
        yield running
        if running.process is not None and running.process.poll() is None:
            running.end(signal.SIGKILL)
        broker.remove(*CARS.values())


def granted(
    site: Site, *cars: str, until_: PermitState = PermitState.ACTIVE, **said: Any
) -> Permit:
    """A permit of some cars, as far as a state."""
    begins = now() - timedelta(hours=1)
    ends = said.pop("valid_to", begins + timedelta(days=9))
    wanted = said.pop("wanted", ())
    given = Terms(frozenset(CARS[car] for car in cars), frozenset({"road"}), begins, ends, **said)
    with site.store.write() as session:
        made = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="acme", terms=given, at=begins
        )
        made = lead_to(session, made, PermitState.AWAITING_PLATE, begins, UNDER)
        if until_ is PermitState.ACTIVE:
            for action, plates in ((PermitAction.ISSUE, wanted), (PermitAction.ACTIVATE, ())):
                made = permits.apply_action(
                    session, actor(action, "acme"), made.number, action, begins, under=UNDER,
                    plates=plates,
                )  # fmt: skip
    return made


def plate(car: str, ends: datetime) -> Plate:
    begins = now() - timedelta(hours=1)
    return Plate(
        CARS[car], f"P{TO_BE.index(car)}", f"LSVNV2187E210000{TO_BE.index(car)}", begins, ends
    )


class Fleet(NamedTuple):
    """Cars that drive by themselves, each by a connection of its own, and who listens."""

    site: Site
    listener: Client
    clients: dict[str, Client]
    sent: dict[str, int]

    def drive(self, *cars: str) -> None:
        """Each says one fix more."""
        for car in cars:
            self.sent[car] += 1
            self.clients[car].say(
                CARS[car], AWAY, self.sent[car], control_mode="AUTONOMOUS",
                operational_status="UNKNOWN",
            )  # fmt: skip

    def until_stored(self, *cars: str) -> None:
        """Wait until what they said is stored: a fix on its way would be judged by what is done now."""
        for car in cars:
            until(partial(self._is_stored, car))

    def _is_stored(self, car: str) -> bool:
        told = heard(self.clients[car], f"zone/down/{CARS[car]}/ack")
        return bool(told) and told[-1]["seq"] == self.sent[car]

    def told(self, car: str, code: str) -> list[dict[str, Any]]:
        found = heard(self.listener, bus.VIOLATION)
        its = [each["violation"] for each in found if each["violation"]["device_id"] == CARS[car]]
        return [each for each in its if each["code"] == code]

    def does(self, number: str, *actions: PermitAction, **said: Any) -> None:
        """Take steps and say so on the bus, as the web process does."""
        with self.site.store.write() as session:
            for action in actions:
                permits.apply_action(
                    session, actor(action, "acme"), number, action, now(), "because", under=UNDER,
                    **said,
                )  # fmt: skip
        self.says_so()

    def says_so(self) -> None:
        with self.site.store.read() as session:
            found = msgspec.json.encode(revisions(session))
        self.listener.mqtt.publish(bus.CHANGED, found, qos=1)

    def asks(self, number: str, kind: MatterKind, about: Change | Addition) -> None:
        """Have something granted under a permit by all departments, and say so on the bus."""
        with self.site.store.write() as session:
            case = matters.begin(
                session, OLGA, number, kind, MatterAction.APPLY, about, now(), under=UNDER
            )
            for department in (Department.INDUSTRY, Department.TRANSPORT, Department.POLICE):
                case = matters.act(
                    session, reviewer_of(department), case.matter.matter_id, MatterAction.CONSENT,
                    now(), under=UNDER,
                )  # fmt: skip
        assert case.matter.state is MatterState.GRANTED
        self.says_so()

    def until_told(self, car: str, code: str, seconds: float = 20.0) -> dict[str, Any]:
        """Drive on until a violation is told of, and return it."""
        deadline = time.monotonic() + seconds
        while not self.told(car, code):
            assert time.monotonic() < deadline, f"{code} of {car} was not told of"
            self.drive(car)
            time.sleep(FIXES_EVERY_S)
        return self.told(car, code)[0]


def at(told: dict[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(told[name])


def until_closed(fleet: Fleet, car: str, code: str) -> datetime:
    """Drive on until a violation is over, and return since when."""

    def is_over() -> bool:
        fleet.drive(car)
        time.sleep(FIXES_EVERY_S)
        return fleet.told(car, code)[-1]["closed_at"] is not None

    until(is_over)
    return at(fleet.told(car, code)[-1], "closed_at")


def registered(site: Site, *cars: str) -> None:
    """Cars of one configuration, the last of which a third party has confirmed."""
    with site.store.write() as session:
        for number, car in enumerate(cars):
            vehicle = replace(TESTED, vin=(TESTED.vin, LIKE.vin)[number])
            entry = RegisterEntry(f"V-{car}", "acme", vehicle, CARS[car])
            register.add(session, PLATFORM, entry, now())
        about = Covered(CoveredKind.VEHICLE, f"V-{cars[-1]}")
        said = Document(
            kind=DocumentKind.SAME_CONFIGURATION, covers=about, issued_by="lab",
            valid_from=legal_day(now()),
        )  # fmt: skip
        made = documents.add(session, PLATFORM, said, now())
        file = StoredFile("ab" * 32, "application/pdf", 7)
        documents.put_file(session, PLATFORM, made.document_id, file, now())


@pytest.mark.requirement("D4b-55", "D4b-12", "D4d-17")
def test_each_step_binds_the_next_fix_within_a_second_and_a_lapse_needs_no_fix(
    site: Site, record_property: Callable[[str, object], None]
) -> None:
    numbers = {car: granted(site, car).number for car in ("suspended", "ended", "changed")}
    registered(site, "changed", "added")
    far = now() + timedelta(days=5)
    numbers["recalled"] = granted(
        site, "recalled", wanted=(PlateWanted(CARS["recalled"], "P8", "LSVNV2187E2100008"),)
    ).number
    numbers["issued"] = granted(site, "issued", until_=PermitState.AWAITING_PLATE).number
    site.start(ZONE_RULE_SET="demonstration")
    until(site.end_of_start)
    lapse = now() + timedelta(seconds=5)
    granted(site, "lapsing", "lasting", plates=(plate("lapsing", lapse), plate("lasting", far)))
    granted(site, "over", valid_to=lapse)
    with site.listener() as listener:
        clients = {car: site.device(CARS[car]) for car in TO_BE}
        opened = {car: each.__enter__() for car, each in clients.items()}
        fleet = Fleet(site, listener, opened, dict.fromkeys(TO_BE, 0))
        try:
            _tell(fleet, numbers, lapse, record_property)
        finally:
            for each in clients.values():
                each.__exit__(None, None, None)


def _tell(
    fleet: Fleet, numbers: dict[str, str], lapse: datetime, record: Callable[[str, object], None]
) -> None:
    took: dict[str, float] = {}
    time.sleep(1.2)  # what was granted a moment ago is known
    fleet.drive(*TO_BE)
    fleet.until_told("issued", "PERMIT_EXPIRED")
    danger = {Detail.GROUND: "SAFETY_RISK"}
    for car, code, action, said in (
        ("suspended", "PERMIT_EXPIRED", PermitAction.SUSPEND, {}),
        ("ended", "PERMIT_EXPIRED", PermitAction.TERMINATE, {"details": danger}),
        ("recalled", "PLATE_EXPIRED_RUN", PermitAction.RECALL_PLATES, {}),
    ):
        fleet.until_stored(car)
        assert fleet.told(car, code) == []
        done = now()
        fleet.does(numbers[car], action, **said)
        told = fleet.until_told(car, code)
        took[car] = (at(told, "opened_at") - done).total_seconds()
    fleet.until_told("added", "PERMIT_EXPIRED")
    done = now()
    fleet.asks(numbers["changed"], MatterKind.ADD_VEHICLES, Addition(("V-added",)))
    took["added"] = (until_closed(fleet, "added", "PERMIT_EXPIRED") - done).total_seconds()
    assert fleet.told("changed", "CONTROL_MODE_NOT_PERMITTED") == []
    done = now()
    fleet.asks(numbers["changed"], MatterKind.CHANGE, Change({"control_modes": ["MANUAL"]}))
    told = fleet.until_told("changed", "CONTROL_MODE_NOT_PERMITTED")
    took["changed"] = (at(told, "opened_at") - done).total_seconds()
    done = now()
    wanted = PlateWanted(CARS["issued"], "P9", "LSVNV2187E2100009")
    fleet.does(numbers["issued"], PermitAction.ISSUE, plates=(wanted,))
    fleet.does(numbers["issued"], PermitAction.ACTIVATE)

    # Who drives on under a permit that came into force breaks nothing from its first fix on.
    took["issued"] = (until_closed(fleet, "issued", "PERMIT_EXPIRED") - done).total_seconds()

    # These have said nothing since the beginning.
    assert fleet.sent["lapsing"] == fleet.sent["over"] == fleet.sent["lasting"] == 1
    until(lambda: fleet.told("lapsing", "PLATE_EXPIRED_RUN"))
    until(lambda: fleet.told("over", "PERMIT_EXPIRED"))
    for car, code in (("lapsing", "PLATE_EXPIRED_RUN"), ("over", "PERMIT_EXPIRED")):
        (told, *_) = fleet.told(car, code)
        took[f"{car}, by time alone"] = (at(told, "opened_at") - lapse).total_seconds()
    assert fleet.told("lasting", "PLATE_EXPIRED_RUN") == []
    record("seconds", json.dumps(took))
    print(took)  # noqa: T201 -- shown with -s
    assert min(took.values()) >= 0.0
    # The machine may be busy: of several that must be quick one may be late.
    late = [each for each in took.values() if each > WITHIN_S]
    assert len(late) <= 1, took
    assert max(took.values()) < 2 * WITHIN_S + 1.0, took
