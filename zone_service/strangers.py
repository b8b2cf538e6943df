"""Unregistered identities that speak: reported, watched, and forgotten when they are gone. Pure."""

from permits import watch as episodes
from permits.compliance import Breach
from permits.watch import Watch
from zone_service.decisions import Outcome
from zone_service.episode_record import Scene, record
from zone_service.memory import Memory
from zone_service.world import World

MAX_STRANGERS = 1000
"""Unregistered identities watched at once: a flood of invented ids must not fill the memory."""
STRANGER_GONE_S = 60.0


def watch_stranger(
    memory: Memory,
    world: World,
    device_id: str,
    breach: Breach,
    received_s: float,
    outcome: Outcome,
) -> None:
    """Report an identity that nobody registered, unless too many are watched already."""
    watch = memory.strangers.get(device_id)
    if watch is None:
        if len(memory.strangers) >= MAX_STRANGERS:
            outcome.counts["strangers_not_watched"] += 1
            return
        watch = Watch("road")
    memory.strangers[device_id], events = episodes.step(watch, (breach,), received_s, world.rules)
    record(
        memory.open, world, Scene(device_id, None, None, None, None, received_s), events, outcome
    )


def forget_those_gone(memory: Memory, world: World, now_s: float, outcome: Outcome) -> bool:
    """Close what was reported of those that have been quiet; tell whether there were any."""
    gone = [
        device_id
        for device_id, watch in memory.strangers.items()
        if watch.at_s is None or now_s - watch.at_s > STRANGER_GONE_S
    ]
    for device_id in gone:
        _, closed = episodes.end(memory.strangers.pop(device_id), now_s)
        record(memory.open, world, Scene(device_id, None, None, None, None, now_s), closed, outcome)
    return bool(gone)
