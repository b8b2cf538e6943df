"""A small city to test the store with: two operators, a department, the police."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from shapely import LineString, Polygon

from geofence.zone import Area, Circle, Corridor, Volume, Zone, ZoneKind
from permits.issuing import Ruling
from permits.permit import Permit
from permits.review import Choice
from permits.terms import Terms
from telemetry.report import Domain, Frame
from tests import mapped
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import history_files, journal, refusals, registry, reviews
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    Batch,
    Commit,
    Device,
    JudgedBy,
    Organisation,
    OrganisationKind,
    Principal,
    Refusal,
    Role,
    ViolationChange,
    violation_id,
)

UNDER = Ruling(shipped_sheet("demonstration"))
"""Its instruments go on for good: in the others the procedure for vehicles has run out."""
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

ORGANISATIONS = (
    Organisation("swift", "Swift Cars", OrganisationKind.OPERATOR),
    Organisation("kite", "Kite Drones", OrganisationKind.OPERATOR),
    Organisation("transport", "Transport Commission", OrganisationKind.DEPARTMENT, "transport"),
    Organisation("traffic-police", "Traffic Police", OrganisationKind.POLICE),
    Organisation("platform", "Platform", OrganisationKind.PLATFORM),
)
SWIFT = Principal("u-swift", "sam", Role.OPERATOR, "swift")
KITE = Principal("u-kite", "kim", Role.OPERATOR, "kite")
REVIEWER = Principal("u-rev", "rui", Role.REVIEWER, "transport", "transport")
INDUSTRY = Principal("u-ind", "ina", Role.REVIEWER, "industry", "industry")
ATM = Principal("u-atm", "tao", Role.REVIEWER, "atm", "atm")
MSA = Principal("u-msa", "mei", Role.REVIEWER, "msa", "maritime")
POLICE = Principal("u-pol", "pan", Role.POLICE, "traffic-police")
ADMINISTRATOR = Principal("u-adm", "ada", Role.ADMINISTRATOR, "platform")

CAR = Device("car-1", "swift", Domain.ROAD, "Swift 1")
DRONE = Device("drone-1", "kite", Domain.AIR, "Kite 1", codec="dji")


def settle(store: Store) -> None:
    """Register the organisations, a car of Swift's and a drone of Kite's, and map what permits name."""
    with store.write() as session:
        mapped.lay(session, NOON)
        for organisation in ORGANISATIONS:
            registry.add_organisation(session, PLATFORM, organisation, NOON)
        for device in (CAR, DRONE):
            registry.add_device(session, PLATFORM, device, NOON)


def voted(
    store: Store,
    permit: Permit,
    under: Ruling = UNDER,
    at: datetime = NOON,
    last: Choice = Choice.APPROVE,
) -> Permit:
    """Have those of the three departments vote who have not: all but the last approve."""
    with store.read() as session:
        found = reviews.get(session, PLATFORM, permit.number)
    done = {each.voter.name for each in found.rounds[-1].review.votes}
    for who, choice in ((INDUSTRY, Choice.APPROVE), (REVIEWER, Choice.APPROVE), (POLICE, last)):
        if who.username not in done:
            with store.write() as session:
                found = reviews.vote(
                    session, who, permit.number, choice, at, under=under,
                    reason="" if choice is Choice.APPROVE else "why",
                )  # fmt: skip
    return found.permit


def in_files(store: Store) -> None:
    """Let the journal count as taken into files of the history, so that it may be shortened."""
    history_files.seal(store, journal.last_journal_id(store), ())


def cars(count: int) -> list[Device]:
    """More of Swift's cars."""
    return [replace(CAR, device_id=f"fleet-{n:05}", label=f"Car {n}") for n in range(count)]


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def terms(*device_ids: str, **changes: Any) -> Terms:
    given: dict[str, Any] = {
        "device_ids": frozenset(device_ids),
        "zone_ids": frozenset({"road-1"}),
        "valid_from": NOON,
        "valid_to": NOON + timedelta(days=30),
    }
    return Terms(**given | changes)


def road(zone_id: str = "road-1", half_width_m: float = 10.0) -> Zone:
    line = LineString([(121.90, 30.90), (121.92, 30.91)])
    return Zone(
        zone_id, ZoneKind.KEEP_IN, "Ring road", (Volume(Corridor(line, half_width_m)),),
        domains=frozenset({"road"}),
    )  # fmt: skip


def airport(zone_id: str = "airport-1") -> Zone:
    area = Polygon([(121.7, 31.1), (121.9, 31.1), (121.9, 31.2), (121.7, 31.2)])
    volumes = (Volume(Area(area)), Volume(Circle(121.8, 31.15, 5000.0)))
    return Zone(zone_id, ZoneKind.KEEP_OUT, "Airport", volumes, domains=frozenset({"air"}))


def change(device_id: str = "car-1", **changes: Any) -> ViolationChange:
    """An episode of a device that left its road at noon."""
    opened = changes.get("opened_at", NOON)
    code = changes.get("code", "KEEP_IN_EXIT")
    first = ViolationChange(
        id=violation_id(device_id, code, "road-1", opened.timestamp()),
        code=code,
        severity="major",
        device_id=device_id,
        organisation_id={"car-1": "swift", "drone-1": "kite"}.get(device_id),
        permit_number="RT-1",
        zone_id="road-1",
        opened_at=opened,
        detected_at=later(1),
        updated_at=later(1),
        closed_at=None,
        longitude_deg=121.9,
        latitude_deg=30.9,
        measured=12.5,
        limit=10.0,
        rule_version="shanghai-default/1",
        zone_revision=1,
        trigger_event_time_s=NOON.timestamp(),
        trigger_received_s=NOON.timestamp() + 0.1,
        inside_probability=0.97,
        height_agl_m=60.0,
        opening_cause="device_moved",
    )
    return replace(first, **changes)


def frame(device_id: str = "car-1", received_s: float = 1000.0) -> Frame:
    return Frame(f"zone/up/{device_id}/tele", b'{"x":1}', received_s, qos=1)


def batch(*frames: Frame, batch_id: str | None = None) -> Batch:
    times = [each.received_s for each in frames] or [1000.0]
    return Batch(batch_id or uuid4().hex, min(times), max(times), len(frames), journal.pack(frames))


def refused(store: Store) -> tuple[Refusal, ...]:
    """Everything that was refused, newest minute first."""
    with store.read() as session:
        return refusals.page(session, PLATFORM, limit=1000)


def commit(*changes: ViolationChange, **given: Any) -> Commit:
    return Commit(batch=given.pop("batch", None) or batch(), violations=changes, **given)


def judged_by(**changes: int) -> JudgedBy:
    return JudgedBy(
        at_s=1000.0,
        as_of_s=999.0,
        zone_revision=0,
        registry_revision=changes.get("registry", 0),
        permit_revision=changes.get("permits", 0),
        rule_set="shanghai-default",
        rules="shanghai-default@1",
        rules_digest="d",
        is_start=True,
    )
