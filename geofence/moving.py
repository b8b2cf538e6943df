"""Zones that move with a device: around an emergency vehicle, or a load that is escorted.

Between its last place and this one each device moves evenly, by its own clock: before and after
it stands. A device and a zone that pass each other between two fixes meet on the way.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.events import WITHDRAWN, Cause, EventKind, ZoneEvent
from geofence.fixes import DOMAIN_CODES
from geofence.grid import IntArray
from geofence.judge import Bands, Presence, bands, between_heights
from geofence.motion import apart_m, wrapped
from geofence.nearby import near
from geofence.places import AT, HEIGHTS, LONGITUDE, WIDTH, Places, known
from geofence.spans import while_not_negative
from geofence.zone import HeightBand, ZoneKind

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

REACH_SLACK = 1.001
"""A degree is not as long in the middle of a way as at its ends."""


@dataclass(frozen=True, slots=True)
class MovingZone:
    """All places within ``radius_m`` of a device, itself left out."""

    zone_id: str
    kind: ZoneKind
    device: int
    """The number of the device that carries it."""
    radius_m: float
    band: HeightBand = field(default_factory=HeightBand)
    domains: frozenset[str] = frozenset({"road", "air", "water"})
    """Whom it concerns."""


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """What is known between two looks: the last places, and who is in which zone."""

    last: Places = field(default_factory=lambda: np.zeros((0, WIDTH)))
    """By device number; NaN where a device was never seen."""
    zones: tuple[MovingZone, ...] = ()
    held: frozenset[tuple[str, int]] = frozenset()
    """Pairs of a zone and a device in it. One of which nobody knows any more is still here: it
    was not seen to leave."""


@dataclass(frozen=True, slots=True)
class Accompanied:
    """Who is in which moving zone; pairs of a slot (the zone's place in the list) and a device."""

    inside: tuple[tuple[int, int], ...]
    unknown: tuple[tuple[int, int], ...]
    """Near enough, now or on the way, but a height that decides is not known."""
    unplaced: tuple[int, ...]
    """The zones whose device has no known place: nobody can tell who is in them."""
    events: tuple[ZoneEvent, ...]
    """By device, then by slot. Their ``row`` is the device's number."""


def accompany(
    company: Company,
    zones: tuple[MovingZone, ...],
    now: Places,
    domain: NDArray[np.int8],
    way: BoolArray,
) -> tuple[Company, Accompanied]:
    """Judge the latest places against the zones around them; return what to remember.

    ``now`` (n, 6) has the latest place of each device by its number, also of those that have
    not moved; a row that is not known (NaN) is judged in nothing and changes nothing.
    ``domain`` (n,). ``way`` (n,) is False after a gap or a jump: then the place counts, but not
    the way to it. A distance of just the radius is inside, and so is each limit of height.

    Enter, exit, cross and first inside mean what they mean for a zone that stands, and are told
    at the device's place, a crossing where the device then is. A zone that begins (its device is
    first seen, or it is new) is entered and one that is withdrawn is left with the cause
    ``zone_changed``; and so is one whose own move explains it alone. Raises ``ValueError`` when
    a zone's id is there twice, its radius is not positive and finite, or its device has no row.
    """
    _refuse(zones, len(now))
    here = np.where(known(now)[:, None], now, np.nan)
    last = np.full((len(now), WIDTH), np.nan)
    last[: len(company.last)] = company.last[: len(now)]
    look = _Look(zones, last, here, domain, way & _seen(last) & _seen(here))
    met = _met(look)
    events, held = _changes(look, met, company)
    # Whoever was in the zone before is seen to have left it: what was on the way is no question.
    perhaps = {pair for pair in met.perhaps if _name(look, pair) not in company.held}
    kept = np.where(_seen(here)[:, None], here, last)
    done = Accompanied(
        tuple(sorted(met.inside)),
        tuple(sorted(met.unknown | perhaps)),
        tuple(slot for slot, zone in enumerate(zones) if np.isnan(here[zone.device, LONGITUDE])),
        tuple(sorted(events, key=lambda event: (event.device, event.slot, event.kind))),
    )
    return replace(company, last=kept, zones=zones, held=held), done


def _name(look: "_Look", pair: tuple[int, int]) -> tuple[str, int]:
    return look.zones[pair[0]].zone_id, pair[1]


class _Look(NamedTuple):
    zones: tuple[MovingZone, ...]
    last: Places
    here: Places
    domain: NDArray[np.int8]
    way: BoolArray


def _refuse(zones: tuple[MovingZone, ...], count: int) -> None:
    if len({zone.zone_id for zone in zones}) < len(zones):
        msg = f"expected every zone once, got {sorted(zone.zone_id for zone in zones)}"
        raise ValueError(msg)
    for zone in zones:
        if not 0.0 < zone.radius_m < np.inf or not 0 <= zone.device < count:
            msg = f"expected a radius and one of {count} devices, got {zone}"
            raise ValueError(msg)


def _seen(places: Places) -> BoolArray:
    return np.asarray(~np.isnan(places[:, LONGITUDE]), np.bool_)


# --- who meets which zone -----------------------------------------------------------------------


class _Met(NamedTuple):
    inside: set[tuple[int, int]]
    """Pairs of a slot and a device."""
    unknown: set[tuple[int, int]]
    crossed: dict[tuple[int, int], float]
    """The moment at which a pair that is apart again first met."""
    perhaps: set[tuple[int, int]]
    """Pairs that are apart again and may have met."""


class _Pairs(NamedTuple):
    """Pairs of a zone and a device that may meet; arrays of shape (m,)."""

    slot: IntArray
    device: IntArray
    carrier: IntArray
    radius_m: FloatArray


def _met(look: _Look) -> _Met:
    pairs, limits = _candidates(look), bands([zone.band for zone in look.zones])
    apart = _apart(look.here, look.here, pairs)
    close = np.hypot(apart[:, 0], apart[:, 1]) <= pairs.radius_m
    level = between_heights(limits, pairs.slot, look.here[pairs.device, HEIGHTS])
    presence = np.where(close, level, Presence.OUTSIDE)
    listed = list(zip(pairs.slot.tolist(), pairs.device.tolist(), strict=True))
    on_way = (presence == Presence.OUTSIDE) & look.way[pairs.device] & look.way[pairs.carrier]
    rows = on_way.nonzero()[0]
    surely_s, perhaps_s = _passages(look, limits, _Pairs(*(each[rows] for each in pairs)))
    inside = {listed[row] for row in (presence == Presence.INSIDE).nonzero()[0].tolist()}
    unknown = {listed[row] for row in (presence == Presence.UNKNOWN).nonzero()[0].tolist()}
    passed = rows.tolist(), surely_s.tolist(), perhaps_s.tolist()
    crossed, perhaps = {}, set()
    for row, sure_s, may_s in zip(*passed, strict=True):
        if np.isfinite(sure_s):
            crossed[listed[row]] = sure_s
        elif np.isfinite(may_s):
            perhaps.add(listed[row])
    return _Met(inside, unknown, crossed, perhaps)


def _candidates(look: _Look) -> _Pairs:
    """Whatever two do on their ways, they do within half of them of their middles."""
    carrier = np.array([zone.device for zone in look.zones], np.int64)
    radius_m = np.array([zone.radius_m for zone in look.zones], np.float64)
    middle, half_m = look.here[:, :2].copy(), np.zeros(len(look.here))
    start, end = look.last[look.way, :2], look.here[look.way, :2]
    way_m = apart_m(start, end)
    half_m[look.way] = np.hypot(way_m[:, 0], way_m[:, 1]) / 2.0 * REACH_SLACK
    middle[look.way] = _between(start, end, np.full(len(start), 0.5))
    found = near(middle[carrier], radius_m * REACH_SLACK + half_m[carrier], middle, half_m)
    slot, device = found.first, found.second
    bits = [sum(1 << DOMAIN_CODES[domain] for domain in zone.domains) for zone in look.zones]
    concerned = (np.array(bits, np.int64)[slot] >> look.domain[device]) & 1 == 1
    concerned &= device != carrier[slot]
    slot, device = slot[concerned], device[concerned]
    return _Pairs(slot, device, carrier[slot], radius_m[slot])


def _between(start: FloatArray, end: FloatArray, share: FloatArray) -> FloatArray:
    """Places (m, 2) on the shorter way from start to end."""
    way = end - start
    way[:, LONGITUDE] = wrapped(way[:, LONGITUDE])
    there: FloatArray = start + share[:, None] * way
    there[:, LONGITUDE] = wrapped(there[:, LONGITUDE])
    return there


def _apart(devices: Places, carriers: Places, pairs: _Pairs) -> FloatArray:
    return apart_m(carriers[pairs.carrier, :2], devices[pairs.device, :2])


# --- on the way ---------------------------------------------------------------------------------


def _passages(look: _Look, limits: Bands, pairs: _Pairs) -> tuple[FloatArray, FloatArray]:
    """When pairs first meet on their ways, surely and for all that is known; else infinity."""
    moments_s = np.sort(
        np.stack(
            [at[row, AT] for at in (look.last, look.here) for row in (pairs.device, pairs.carrier)]
        ),
        axis=0,
    )
    surely_s, perhaps_s = np.full((2, len(pairs.slot)), np.inf)
    for from_s, to_s in pairwise(moments_s):
        one, other = _at(look, pairs, from_s, ends=False), _at(look, pairs, to_s, ends=True)
        share, sure = _first_within(limits, pairs, one, other)
        met_s = np.where(np.isnan(share), np.inf, from_s + share * (to_s - from_s))
        perhaps_s = np.fmin(perhaps_s, met_s)
        surely_s = np.fmin(surely_s, np.where(sure, met_s, np.inf))
    return surely_s, perhaps_s


class _Spot(NamedTuple):
    """Where devices are at a moment: seen from their zone's middle (m, 2), and heights (m, 3)."""

    apart_m: FloatArray
    heights_m: FloatArray


def _at(look: _Look, pairs: _Pairs, at_s: FloatArray, *, ends: bool) -> _Spot:
    share = _share(look, pairs.device, at_s, ends=ends)
    carried = _share(look, pairs.carrier, at_s, ends=ends)
    place = _between(look.last[pairs.device, :2], look.here[pairs.device, :2], share)
    middle = _between(look.last[pairs.carrier, :2], look.here[pairs.carrier, :2], carried)
    start, end = look.last[pairs.device, HEIGHTS], look.here[pairs.device, HEIGHTS]
    return _Spot(apart_m(middle, place), start + share[:, None] * (end - start))


def _share(look: _Look, device: IntArray, at_s: FloatArray, *, ends: bool) -> FloatArray:
    """How much of its way each device has gone; one whose clock stood still goes in no time."""
    start_s, end_s = look.last[device, AT], look.here[device, AT]
    lasts_s = end_s - start_s
    moved = np.divide(
        at_s - start_s, lasts_s, out=(at_s >= end_s).astype(np.float64), where=lasts_s > 0.0
    )
    # Of a piece that begins when such a device jumps, the jump is part.
    at_once = (lasts_s <= 0.0) & (at_s == end_s) & (not ends)
    return np.clip(np.where(at_once, 0.0, moved), 0.0, 1.0)


def _first_within(
    limits: Bands, pairs: _Pairs, one: _Spot, other: _Spot
) -> tuple[FloatArray, BoolArray]:
    """The first share of a piece within radius and band, NaN for none; and whether it is sure."""
    move = other.apart_m - one.apart_m
    square, half = np.sum(move**2, axis=1), np.sum(one.apart_m * move, axis=1)
    rest = np.sum(one.apart_m**2, axis=1) - pairs.radius_m**2
    root = half**2 - square * rest
    with np.errstate(all="ignore"):
        wide = np.sqrt(np.where(root >= 0.0, root, np.nan))
        begin = np.where(square > 0.0, np.fmax((-half - wide) / square, 0.0), 0.0)
        end = np.where(square > 0.0, np.fmin((-half + wide) / square, 1.0), 1.0)
    met = np.where(square > 0.0, root >= 0.0, rest <= 0.0)
    sure: BoolArray = np.ones(len(begin), np.bool_)
    pair = np.arange(len(begin))
    for limit_m, column, sign in (
        (limits.lower_m[pairs.slot], limits.lower_column[pairs.slot], 1.0),
        (limits.upper_m[pairs.slot], limits.upper_column[pairs.slot], -1.0),
    ):
        limited = np.isfinite(limit_m)
        first = np.where(limited, sign * (one.heights_m[pair, column] - limit_m), 1.0)
        last = np.where(limited, sign * (other.heights_m[pair, column] - limit_m), 1.0)
        begin, end = while_not_negative(first, last - first, begin, end)
        sure &= ~np.isnan(first) & ~np.isnan(last)
    return np.where(met & (begin <= end), begin, np.nan), sure


# --- what changed -------------------------------------------------------------------------------


def _changes(
    look: _Look, met: _Met, company: Company
) -> tuple[list[ZoneEvent], frozenset[tuple[str, int]]]:
    slots = {zone.zone_id: slot for slot, zone in enumerate(look.zones)}
    new = {slot for slot, zone in enumerate(look.zones) if zone not in company.zones}
    before = {(slots.get(zone_id, WITHDRAWN), zone_id, device) for zone_id, device in company.held}
    was = {(slot, device) for slot, _, device in before}
    events = [_entered(look, slot, device, new) for slot, device in sorted(met.inside - was)]
    events += [
        _crossed(look, slot, device, at_s)
        for (slot, device), at_s in sorted(met.crossed.items())
        if (slot, device) not in was and slot not in new
    ]
    held = {_name(look, pair) for pair in met.inside}
    for slot, zone_id, device in sorted(before):
        if slot == WITHDRAWN:
            place = look.here[device] if _is_seen(look.here, device) else look.last[device]
            events.append(_told(EventKind.EXIT, WITHDRAWN, zone_id, device, place, changed=True))
        elif (slot, device) in met.unknown or not _both_seen(look, slot, device):
            held.add((zone_id, device))
        elif (slot, device) not in met.inside:
            changed = slot in new or _had_it_stood(look, slot, device) is Presence.OUTSIDE
            place = look.here[device]
            events.append(_told(EventKind.EXIT, slot, zone_id, device, place, changed=changed))
    return events, frozenset(held)


def _entered(look: _Look, slot: int, device: int, new: set[int]) -> ZoneEvent:
    zone, place = look.zones[slot], look.here[device]
    if not _is_seen(look.last, device):
        return _told(EventKind.FIRST_INSIDE, slot, zone.zone_id, device, place, changed=False)
    begins = slot in new or not _is_seen(look.last, zone.device)
    changed = begins or _had_it_stood(look, slot, device) is Presence.INSIDE
    return _told(EventKind.ENTER, slot, zone.zone_id, device, place, changed=changed)


def _crossed(look: _Look, slot: int, device: int, at_s: float) -> ZoneEvent:
    start, end = look.last[[device]], look.here[[device]]
    share = _share(look, np.array([device]), np.array([at_s]), ends=True)
    place = np.array([*_between(start[:, :2], end[:, :2], share)[0], at_s])
    stood = bool((start[0, :2] == end[0, :2]).all())
    return _told(EventKind.CROSS, slot, look.zones[slot].zone_id, device, place, changed=stood)


def _told(
    kind: EventKind, slot: int, zone_id: str, device: int, place: FloatArray, *, changed: bool
) -> ZoneEvent:
    cause = Cause.ZONE_CHANGED if changed else Cause.DEVICE_MOVED
    longitude, latitude, at_s = place[:3].tolist()
    return ZoneEvent(kind, device, device, slot, zone_id, at_s, longitude, latitude, cause)


def _had_it_stood(look: _Look, slot: int, device: int) -> Presence:
    """Where a device would be now if only the zone had moved."""
    zone = look.zones[slot]
    way_m = apart_m(look.here[[zone.device], :2], look.last[[device], :2])
    if np.hypot(*way_m[0]) > zone.radius_m:
        return Presence.OUTSIDE
    limits, heights_m = bands([zone.band]), look.last[[device], HEIGHTS]
    return Presence(int(between_heights(limits, np.zeros(1, np.int64), heights_m)[0]))


def _is_seen(places: Places, device: int) -> bool:
    return not np.isnan(places[device, LONGITUDE])


def _both_seen(look: _Look, slot: int, device: int) -> bool:
    return _is_seen(look.here, device) and _is_seen(look.here, look.zones[slot].device)
