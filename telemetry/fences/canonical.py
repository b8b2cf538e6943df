"""Zones for units of the platform's own format: JSON on ``zone/down/<device>/fence``. Pure.

All that a zone has is in it. What does not fit into a message is left out from the farthest on.
"""

from typing import Final

import msgspec

from telemetry.fences.plan import Allowed, Encoded, LeftOut, Plan, What, Zone

MOST_BYTES: Final = 60_000
"""Of a body: a message may have 64 KiB, and its version and topic are in it too."""
MOST_NAMED: Final = 100
"""Of what was left out; how much there is besides is told as a number."""

_encode = msgspec.json.Encoder().encode


class _Body(msgspec.Struct):
    permits: tuple[Allowed, ...]
    zones: list[Zone]
    left_out: list[LeftOut]
    left_out_besides: int


def encoded(plan: Plan, most_bytes: int = MOST_BYTES) -> Encoded:
    """Return the body of a message, which is the same for the same plan."""
    left_out, zones = list(plan.left_out), list(plan.zones)
    while True:
        body = _body(plan, zones, left_out)
        if len(body) <= most_bytes or not zones:
            return Encoded(body, tuple(sorted(left_out)), len(zones))
        # By the share that is too much: one at a time would encode a large map a thousand times.
        kept = min(len(zones) - 1, int(len(zones) * most_bytes / len(body)))
        left_out += [LeftOut(zone.zone_id, What.SIZE) for zone in zones[kept:]]
        del zones[kept:]


def _body(plan: Plan, zones: list[Zone], left_out: list[LeftOut]) -> bytes:
    named = sorted(left_out)[:MOST_NAMED]
    return _encode(_Body(plan.permits, zones, named, len(left_out) - len(named)))


def message(body: bytes, version: int) -> bytes:
    """Return the body of a fence with its version before it."""
    return b'{"version":%d,' % version + body[1:]
