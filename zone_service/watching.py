"""What a device is seen to do, told to its watch; and what comes of it, written down. Pure."""

from collections.abc import Iterable, Mapping

from permits import watch as episodes
from permits.compliance import Breach, Conduct, Grant
from permits.episode import Key, Why
from permits.watch import Watch
from zone_service.decisions import Outcome
from zone_service.doubts import NO_DOUBT, doubtful
from zone_service.episode_record import Scene, record
from zone_service.evidence import NOT_SURE
from zone_service.late_row import with_closed
from zone_service.memory import DeviceState, Memory
from zone_service.rows import Fresh
from zone_service.world import World


def conclude(
    memory: Memory,
    world: World,
    fresh: Fresh,
    conduct: Conduct,
    grant: Grant | None,
    found: tuple[Breach, ...],
    at_s: float,
    outcome: Outcome,
    why: Why,
    untold: frozenset[Key] = NO_DOUBT,
    sure: Mapping[str, float] = NOT_SURE,
) -> None:
    """Let a device's watch see what a fix broke, as it was judged by its permits.

    Of what is ``untold`` nobody can tell with this fix, neither that it goes on nor that it is over.
    ``why`` is as of the episodes, ``sure`` as of a scene.
    """
    device_id = fresh.report.device_id
    device = fresh.device
    scene = Scene(
        device_id,
        fresh.subject.organisation_id,
        grant,
        device.position,
        fresh.report.event_time_s,
        fresh.received_s,
        report=device.report,
        crossed=conduct.crossed_keep_out - conduct.keep_out_inside,
        sure=sure,
    )
    domain = fresh.subject.domain
    unsure = doubtful(world, domain, device, grant, conduct, found) | untold
    watch_device(memory, world, device, scene, found, at_s, outcome, why, domain.value, unsure)


def watch_device(
    memory: Memory,
    world: World,
    device: DeviceState,
    scene: Scene,
    found: Iterable[Breach],
    at_s: float,
    outcome: Outcome,
    why: Why,
    domain: str = "",
    unsure: frozenset[Key] = NO_DOUBT,
) -> None:
    """Let the device's watch see what was broken, and write down what comes of it."""
    watch = device.watch or Watch(domain or world.subjects[scene.device_id].domain.value)
    rules = world.rules_of(scene.grant)
    device.watch, events = episodes.step(watch, found, at_s, rules, scene.position, unsure, why)
    if going_on(watch) != going_on(device.watch):
        outcome.stirred.add(scene.device_id)
    if events:
        device.past = with_closed(device.past, events)
        record(memory.open, world, scene, events, outcome)


def going_on(watch: Watch) -> list[tuple[Key, bool]]:
    """Return what a device breaks, and what of it is a violation."""
    return [(each.key, each.is_open) for each in watch.excursions]
