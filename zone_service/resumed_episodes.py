"""A memory that was lost, begun again from the violations that the store has open.

Where no checkpoint can be read, only the latest part of the journal is replayed. What began before
it is known from the store: a violation that is open there stays open, and ends by its own rule,
whether or not its device is heard again.
"""

from collections.abc import Iterable
from dataclasses import fields

from permits.cause import Cause
from permits.violation import Severity, ViolationCode
from permits.watch import Excursion, Position, Watch
from zone_service.episode_record import key_of
from zone_service.memory import Memory, pair_of
from zone_service.store.records import ViolationChange, ViolationRecord
from zone_service.world import World


def begun_again(world: World, ongoing: Iterable[ViolationRecord]) -> Memory:
    """Return a memory that knows nothing but what is going on."""
    memory = Memory()
    for violation in ongoing:
        if violation.other_device_id is not None:
            pair = pair_of(violation.device_id, violation.other_device_id)
            memory.pairs[pair] = Watch("air", None, (_excursion(world, violation),))
        elif violation.device_id in world.subjects:
            _resume(memory, world, violation)
        elif violation.code == ViolationCode.UNREGISTERED_DEVICE:
            _resume_stranger(memory, world, violation)
        else:
            continue  # its device left the register: the start closes it
        change = _as_change(violation)
        key = key_of(change.device_id, change.code, change.zone_id, change.other_device_id)
        memory.open[key] = change
    return memory


def _resume(memory: Memory, world: World, violation: ViolationRecord) -> None:
    device = memory.device(violation.device_id)
    domain = world.subjects[violation.device_id].domain.value
    watch = device.watch or Watch(domain)
    device.watch = Watch(domain, excursions=(*watch.excursions, _excursion(world, violation)))


def _resume_stranger(memory: Memory, world: World, violation: ViolationRecord) -> None:
    heard_s = violation.updated_at.timestamp()
    memory.strangers[violation.device_id] = Watch("road", heard_s, (_excursion(world, violation),))


def _excursion(world: World, violation: ViolationRecord) -> Excursion:
    since_s = violation.opened_at.timestamp()
    return Excursion(
        code=ViolationCode(violation.code),
        zone_id=violation.zone_id,
        since_s=since_s,
        last_s=since_s,
        samples=1,
        position=_position(violation),
        severity=Severity(violation.severity),
        measured=violation.measured,
        limit=violation.limit,
        detail="",
        category=world.categories.get(violation.zone_id or "", ""),
        is_open=True,
        told_s=since_s,
        cause=None if violation.opening_cause is None else Cause(violation.opening_cause),
    )


def _position(violation: ViolationRecord) -> Position | None:
    if violation.longitude_deg is None or violation.latitude_deg is None:
        return None
    return violation.longitude_deg, violation.latitude_deg


def _as_change(violation: ViolationRecord) -> ViolationChange:
    return ViolationChange(**{each.name: getattr(violation, each.name) for each in _FIELDS})


_FIELDS = fields(ViolationChange)
