"""What the live feed reads from the store, and in which words. Called in threads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from permits.permit import Permit, in_force
from permits.precision_rules import PROPOSED, Coarse
from zone_service.clock import now
from zone_service.history.given import Precision, precision_of
from zone_service.live_feed import FeedEvent
from zone_service.live_objects import Described
from zone_service.live_viewer import Sight
from zone_service.store import permits, proofs, registry, violations
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    Device,
    Principal,
    Proof,
    Revisions,
    ViolationEvent,
    ViolationRecord,
)
from zone_service.store.revisions import revisions
from zone_service.store.roles import SEES_ALL
from zone_service.violation_json import violation_json
from zone_service.zone_cache import ZoneCache


def _proposed(_: Session) -> Coarse:
    return PROPOSED


@dataclass(frozen=True, slots=True)
class Beginning:
    """The feed at one moment."""

    seq: int
    ongoing: tuple[ViolationRecord, ...]
    revisions: Revisions


class Sources:
    """The live feed's questions to the store."""

    def __init__(
        self, store: Store, zones: ZoneCache, precision: Callable[[Session], Coarse] = _proposed
    ) -> None:
        self._store = store
        self._precision = precision
        self._zones = zones
        self.directory: Mapping[str, Described] = {}
        """As last read: for the labels in violations."""
        self._devices: tuple[Device, ...] = ()
        self._registry = -1
        self._granted: dict[str, Permit] = {}

    def beginning(self) -> Beginning:
        """Return where the feed stands and what is going on, of one and the same moment."""
        with self._store.read() as session:
            return Beginning(
                violations.last_seq(session),
                violations.open_violations(session, PLATFORM),
                revisions(session),
            )

    def revisions(self) -> Revisions:
        """Return what has changed, as counts."""
        with self._store.read() as session:
            return revisions(session)

    def read_directory(self) -> Mapping[str, Described]:
        """Return what viewers are told of each device.

        Every step in a permit asks for it, and who takes the next one waits for this thread to let go of
        Python's lock: so what has not changed is not read again.
        """
        with self._store.read() as session:
            found = revisions(session).registry
            if found != self._registry:
                self._devices, self._registry = registry.all_devices(session), found
            granted = permits.grants(session, now(), self._granted)
        self._granted = {permit.number: permit for permit in granted}
        numbers = permit_numbers(granted)
        self.directory = {
            device.device_id: Described(
                device.organisation_id,
                device.label,
                device.domain.value,
                numbers.get(device.device_id),
            )
            for device in self._devices
        }
        return self.directory

    def events_since(self, seq: int) -> tuple[FeedEvent, ...]:
        """Return the events after a number."""
        with self._store.read() as session:
            found = violations.events_since(session, PLATFORM, seq)
        told = self.violations(each.violation for each in found)
        return tuple(
            FeedEvent(each.seq, each.event.value, violation)
            for each, violation in zip(found, told, strict=True)
        )

    def event(self, event: ViolationEvent) -> FeedEvent:
        """Return an event in the words of the feed."""
        (told,) = self.violations((event.violation,))
        return FeedEvent(event.seq, event.event.value, told)

    def violations(self, records: Iterable[ViolationRecord]) -> list[dict[str, object]]:
        """Return violations in the words of every interface; asks the store once for them all."""
        names = self._zones.current().names
        return [violation_json(each, self._labels(each), names) for each in records]

    def _labels(self, violation: ViolationRecord) -> Mapping[str, str]:
        asked = (violation.device_id, violation.other_device_id or "")
        return {each: self.directory[each].label for each in asked if each in self.directory}

    def standing(self, asked: frozenset[Proof]) -> Mapping[Proof, Sight]:
        """Return what may be seen by now on each session and token that still holds."""
        at = now()
        with self._store.read() as session:
            found = proofs.standing(session, asked, at)
            rules = self._precision(session)
        proofs.keep_awake(self._store, found, at)
        return {each: _sight_of(principal, rules) for each, principal in found.items()}

    def sight_of(self, principal: Principal) -> Sight:
        """Return what somebody may be told, and how exactly: by role, as of what is kept."""
        with self._store.read() as session:
            return _sight_of(principal, self._precision(session))


def _sight_of(principal: Principal, rules: Coarse) -> Sight:
    is_department = precision_of(principal.role) is Precision.DEPARTMENT
    return Sight(scope_of(principal), rules.department_decimals if is_department else None)


def scope_of(principal: Principal) -> str | None:
    """Return the organisation that somebody may see; ``None`` sees all."""
    return None if principal.role in SEES_ALL else principal.organisation_id


def permit_numbers(granted: tuple[Permit, ...]) -> dict[str, str]:
    """Return the permit of each device; one in force before one that is not."""
    ordered = sorted(granted, key=lambda permit: in_force(permit.state))
    return {device_id: permit.number for permit in ordered for device_id in permit.terms.device_ids}
