"""Zones for units of the platform's own format: JSON on ``zone/down/<device>/fence``. Pure.

All that a zone has is in it. Where not all fits into a message, those that are nearest and fit go first.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Raw

from telemetry.fences.plan import Allowed, Encoded, LeftOut, Plan, What

MOST_BYTES: Final = 60_000
"""Of a body: a message may have 64 KiB, and its version and topic are in it too."""
TRIED: Final = 3
"""So many messages full of zones are looked at for those that fit: a large map is not written for each device."""
MOST_NAMED: Final = 100
"""Of what was left out; how much there is besides is told as a number."""

_encode = msgspec.json.Encoder().encode


class _Body(msgspec.Struct):
    permits: tuple[Allowed, ...]
    zones: Sequence[Raw]
    left_out: list[LeftOut]
    left_out_besides: int


def encoded(plan: Plan, most_bytes: int = MOST_BYTES) -> Encoded:
    """Return the body of a message, which is the same for the same plan."""
    written = list(_written(plan, most_bytes))
    if len(written) == len(plan.zones):
        body = _body(plan, written, plan.left_out)
        if len(body) <= most_bytes:
            return Encoded(body, tuple(sorted(plan.left_out)), len(written))
    kept = list(_that_fit(written, most_bytes - _length_without_zones(plan)))
    others = plan.zones[: len(written)], plan.zones[len(written) :]
    too_much = [zone for zone, its in zip(others[0], kept, strict=True) if its is None]
    left_out = [LeftOut(zone.zone_id, What.SIZE) for zone in (*too_much, *others[1])]
    left_out = sorted((*plan.left_out, *left_out))
    zones = [each for each in kept if each is not None]
    return Encoded(_body(plan, zones, left_out), tuple(left_out), len(zones))


def _written(plan: Plan, most_bytes: int) -> Iterator[Raw]:
    """Yield zones as they are told, the first ones first, until those that fit by themselves are enough."""
    length = 0
    for zone in plan.zones:
        if length > TRIED * most_bytes:
            return
        yield (raw := Raw(_encode(zone)))
        length += len(raw) if len(raw) < most_bytes else 0


def _that_fit(written: Iterable[Raw], room: int) -> Iterator[Raw | None]:
    """Yield each zone that has room, else ``None``: a large one is passed by for those behind it."""
    for each in written:
        if len(each) < room:
            room -= len(each) + 1
            yield each
        else:
            yield None


def _length_without_zones(plan: Plan) -> int:
    """Return how long a body is at the most before any zone is in it, whichever are left out."""
    could_be = (*plan.left_out, *(LeftOut(zone.zone_id, What.SIZE) for zone in plan.zones))
    lengths = sorted((len(_encode(each)) + 1 for each in could_be), reverse=True)
    head = _encode(_Body(plan.permits, [], [], len(could_be)))
    return len(head) + sum(lengths[:MOST_NAMED])


def _body(plan: Plan, zones: Sequence[Raw], left_out: Iterable[LeftOut]) -> bytes:
    ordered = sorted(left_out)
    named = ordered[:MOST_NAMED]
    return _encode(_Body(plan.permits, zones, named, len(ordered) - len(named)))


def message(body: bytes, version: int) -> bytes:
    """Return the body of a fence with its version before it."""
    return b'{"version":%d,' % version + body[1:]
