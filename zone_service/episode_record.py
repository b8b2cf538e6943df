"""Episodes as the records of violations that the store keeps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from permits.compliance import Grant
from permits.watch import Closed, Event, Opened, Updated
from telemetry.report import Report
from zone_service.decisions import Outcome
from zone_service.evidence import evidence
from zone_service.store.records import ViolationChange, violation_id
from zone_service.world import World

Open = dict[str, ViolationChange]


@dataclass(frozen=True, slots=True)
class Scene:
    """Who did it, under which permit, and which message told."""

    device_id: str
    organisation_id: str | None
    grant: Grant | None
    position: tuple[float, float] | None
    event_time_s: float | None
    """Device time of the message; ``None`` where a tick or a change of the world told."""
    received_s: float
    other_device_id: str | None = None
    """The second of two that came too close."""
    other_organisation_id: str | None = None
    report: Report | None = None
    """The latest fix that was believed, where one told."""
    crossed: frozenset[str] = frozenset()
    """Keep-out zones that the way to it went through."""
    sure: Mapping[str, float] = field(default_factory=dict)
    """How probable it is that it was in some zones, by two fixes: in those that it went through, and
    in those that follow a device."""


def key_of(
    device_id: str, code: str, zone_id: str | None, other_device_id: str | None = None
) -> str:
    """Return what makes an open violation one and the same: who, which rule, where."""
    key = f"{device_id}|{code}|{zone_id or ''}"
    return key if other_device_id is None else f"{key}|{other_device_id}"


def record(
    open_: Open, world: World, scene: Scene, events: Iterable[Event], outcome: Outcome
) -> None:
    """Bring ``open_`` up to date and put every violation that changed into the outcome."""
    for event in events:
        key = key_of(scene.device_id, event.code, event.zone_id, scene.other_device_id)
        match event:
            case Opened():
                open_[key] = _opened(world, scene, event)
                _put(outcome, open_[key])
                outcome.counts["opened"] += 1
            case Updated():
                if key in open_:
                    open_[key] = _updated(open_[key], scene, event)
                    _put(outcome, open_[key])
            case Closed():
                if key in open_:
                    _put(outcome, _closed(open_.pop(key), scene, event))
                    outcome.counts["closed"] += 1


def _put(outcome: Outcome, change: ViolationChange) -> None:
    outcome.changes[change.id] = change


def _opened(world: World, scene: Scene, event: Opened) -> ViolationChange:
    longitude_deg, latitude_deg = event.position or scene.position or (None, None)
    detected, key = moment(scene.received_s), (event.code, event.zone_id)
    told = evidence(
        world, scene.device_id, scene.report, key, scene.grant, scene.crossed, scene.sure
    )
    return ViolationChange(
        id=violation_id(
            scene.device_id, event.code, event.zone_id, event.since_s, scene.other_device_id
        ),
        code=event.code.value,
        severity=event.severity.value,
        device_id=scene.device_id,
        organisation_id=scene.organisation_id,
        permit_number=None if scene.grant is None else scene.grant.permit_number,
        zone_id=event.zone_id,
        opened_at=moment(event.since_s),
        detected_at=detected,
        updated_at=detected,
        closed_at=None,
        longitude_deg=longitude_deg,
        latitude_deg=latitude_deg,
        measured=event.measured,
        limit=event.limit,
        rule_version=world.rules_of(scene.grant).label,
        zone_revision=world.revisions.zones,
        trigger_event_time_s=scene.event_time_s,
        trigger_received_s=scene.received_s,
        other_device_id=scene.other_device_id,
        other_organisation_id=scene.other_organisation_id,
        inside_probability=told.inside_probability,
        height_agl_m=told.height_agl_m,
        opening_cause=None if event.cause is None else event.cause.value,
    )


def _updated(known: ViolationChange, scene: Scene, event: Updated) -> ViolationChange:
    return replace(
        known,
        severity=event.severity.value,
        measured=event.measured,
        limit=event.limit,
        updated_at=moment(scene.received_s),
    )


def _closed(known: ViolationChange, scene: Scene, event: Closed) -> ViolationChange:
    return replace(
        known,
        severity=event.severity.value,
        measured=event.measured,
        limit=event.limit,
        closed_at=moment(max(event.until_s, known.opened_at.timestamp())),
        closing_cause=None if event.cause is None else event.cause.value,
        updated_at=moment(scene.received_s),
    )


def moment(unix_s: float) -> datetime:
    """Return an aware time of Unix seconds."""
    return datetime.fromtimestamp(unix_s, UTC)
