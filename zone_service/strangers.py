"""Unregistered identities that speak: reported, watched, and forgotten when they are gone. Pure.

Anybody may invent identities, as many as a broker lets in. Of those that come within an hour the
first are reported each by its own name and the rest together under one.
"""

from permits import watch as episodes
from permits.cause import Cause
from permits.compliance import Breach
from permits.episode import always
from permits.watch import Watch
from zone_service.decisions import Outcome
from zone_service.episode_record import Scene, record
from zone_service.memory import Memory
from zone_service.world import World

MAX_STRANGERS = 1000
"""Unregistered identities reported by name in an hour: a flood of invented ones must not fill
the memory, the store and the screens."""
OTHERS = "(others)"
"""Under which the rest are reported together. No device can be called that."""
STRANGER_GONE_S = 60.0
"""What was reported of one is closed when it has been quiet for so long."""
STRANGER_KEPT_S = 3600.0
"""Only then is its place another's."""


def watch_stranger(
    memory: Memory,
    world: World,
    device_id: str,
    breach: Breach,
    received_s: float,
    outcome: Outcome,
) -> None:
    """Report an identity that nobody registered, by its own name while there is room."""
    if device_id not in memory.strangers and len(memory.strangers) >= MAX_STRANGERS:
        outcome.counts["strangers_not_watched"] += 1
        device_id = OTHERS
    watch = memory.strangers.get(device_id) or Watch("road")
    memory.strangers[device_id], events = episodes.step(
        watch, (breach,), received_s, world.rules, why=always(Cause.DEVICE_MOVED)
    )
    record(
        memory.open, world, Scene(device_id, None, None, None, None, received_s), events, outcome
    )


def forget_those_gone(memory: Memory, world: World, now_s: float, outcome: Outcome) -> bool:
    """Close what was reported of those that have been quiet; tell whether anything changed."""
    quiet_s = {
        device_id: float("inf") if watch.at_s is None else now_s - watch.at_s
        for device_id, watch in memory.strangers.items()
    }
    quiet = [
        device_id
        for device_id, watch in memory.strangers.items()
        if watch.excursions and quiet_s[device_id] > STRANGER_GONE_S
    ]
    for device_id in quiet:
        memory.strangers[device_id], closed = episodes.end(
            memory.strangers[device_id], now_s, Cause.TIME_PASSED
        )
        record(memory.open, world, Scene(device_id, None, None, None, None, now_s), closed, outcome)
    gone = [device_id for device_id, since_s in quiet_s.items() if since_s > STRANGER_KEPT_S]
    for device_id in gone:
        del memory.strangers[device_id]
    return bool(quiet or gone)
