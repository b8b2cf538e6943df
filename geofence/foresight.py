"""Where and when a device will breach a fence if it goes on as it does now.

What is not known makes the answer uncertain, never "no breach".
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.events import WITHDRAWN
from geofence.grid import IntArray
from geofence.motion import Motion, wrapped
from geofence.places import LATITUDE, Places
from geofence.snapshot import Snapshot
from geofence.spans import Spans, joined
from geofence.stays import Stays, stays
from geofence.zone import ZoneKind

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NO_ZONE = WITHDRAWN
"""The slot of a breach that consists in being in none of several zones."""


class BreachKind(IntEnum):
    """Which way the edge is passed."""

    ENTER = 0
    """Outside of the zone now."""
    LEAVE = 1
    """Inside of the zone, or of one of several, now."""


@dataclass(frozen=True, slots=True)
class Breaches:
    """What lies ahead, by row and then earliest first; arrays of shape (m,)."""

    row: IntArray
    slot: IntArray
    """The zone's in the snapshot, or ``NO_ZONE``."""
    kind: NDArray[np.int8]
    """Of ``BreachKind``."""
    in_s: FloatArray
    """Seconds from now: until the breach, or, of one that is not certain, until there may be one."""
    earliest_s: FloatArray
    """Not after ``in_s``: from here on there may be one, for all that is known of the heights."""
    certain: BoolArray
    longitude_deg: FloatArray
    """Where the device will be ``in_s`` from now."""
    latitude_deg: FloatArray

    def __len__(self) -> int:
        return len(self.row)


def foresee(
    snapshot: Snapshot, here: Places, domain: NDArray[np.int8], motion: Motion, horizon_s: float
) -> tuple[Breaches, BoolArray]:
    """Return the breaches within ``horizon_s`` seconds, and for which devices anything is foretold.

    ``here`` (n, 6) are the latest places; ``domain`` (n,) and ``motion`` belong to them. Seconds
    count from the time of each place: to look as far ahead from a place that is 2 s old, ask for
    2 s more. Told are
    every zone that a device is not in and would enter, and every keep-in zone that it is in and
    would leave; whoever only wants keep-out zones picks them by slot. A zone that the device is
    in for all that is known (a height is missing) is told as both, not certain and in 0 s.
    The second value (n,) is False where position, speed or track is unknown or not finite, or
    where the way is longer than ``MOST_REACH_M`` or comes near a pole. An unknown climb leaves
    the heights known for this moment alone. Raises ``ValueError`` for a horizon that is
    negative or not finite.
    """
    ahead = stays(snapshot, here, domain, motion, horizon_s)
    found = breaches(ahead)
    leaving = (found.kind == BreachKind.LEAVE).nonzero()[0]
    slots = np.unique(found.slot[leaving])
    others = [each for each in slots.tolist() if snapshot.zones[each].kind is not ZoneKind.KEEP_IN]
    wanted = np.ones(len(found), np.bool_)
    wanted[leaving] = ~np.isin(found.slot[leaving], others)
    return _picked(found, wanted.nonzero()[0]), ahead.known


def breaches(ahead: Stays) -> Breaches:
    """Return every zone that will be entered or left, of whatever kind."""
    slots = int(ahead.slot.max(initial=0)) + 1
    first = _first_stays(ahead, ahead.row * slots + ahead.slot)
    inside = first.sure_from_s == 0.0
    perhaps = ~inside & (first.may_from_s == 0.0)
    enters = _Turn(first.sure_from_s, first.may_from_s).only(~inside, ahead.horizon_s)
    leaves_surely = np.where(inside, _before(ahead.horizon_s, first.may_until_s), np.inf)
    leaves_perhaps = np.where(inside, first.sure_until_s, np.where(perhaps, 0.0, np.inf))
    leaves = _Turn(leaves_surely, leaves_perhaps).only(
        leaves_perhaps < ahead.horizon_s, ahead.horizon_s
    )
    return _told(ahead, np.divmod(first.owner, slots), enters, leaves)


def departures(ahead: Stays, row: IntArray, slot: IntArray) -> Breaches:
    """Return when devices leave the last of the zones that they may be in, told as ``NO_ZONE``.

    ``row`` and ``slot`` (k,) are pairs of a device and a zone that it may be in. Going over from
    one to the next is no breach. Who is in none of them now has left them in 0 s. Devices of
    which nothing is foretold are not told.
    """
    slots = int(max(ahead.slot.max(initial=0), slot.max(initial=0))) + 1
    allowed = np.isin(ahead.row * slots + ahead.slot, row * slots + slot)
    devices = np.unique(row)
    devices = devices[ahead.known[devices]]
    first = _first_stays(ahead.picked(allowed), ahead.row[allowed])
    at = np.searchsorted(first.owner, devices)
    listed = np.isin(devices, first.owner)
    sure, may = np.zeros(len(devices)), np.zeros(len(devices))
    held = at[listed]
    sure[listed] = np.where(first.may_from_s[held] == 0.0, first.may_until_s[held], 0.0)
    may[listed] = np.where(first.sure_from_s[held] == 0.0, first.sure_until_s[held], 0.0)
    leaves = _Turn(_before(ahead.horizon_s, sure), may).only(may < ahead.horizon_s, ahead.horizon_s)
    nothing = _Turn(sure, may).only(np.zeros(len(devices), np.bool_), ahead.horizon_s)
    return _told(ahead, (devices, np.full(len(devices), NO_ZONE)), nothing, leaves)


def _before(horizon_s: float, until_s: FloatArray) -> FloatArray:
    """The ends of stays that end before the horizon does; infinity for the others."""
    return np.where(until_s < horizon_s, until_s, np.inf)


class _First(NamedTuple):
    """The first stay of each owner, and the first sure one (infinite where there is none)."""

    owner: IntArray
    may_from_s: FloatArray
    may_until_s: FloatArray
    sure_from_s: FloatArray
    sure_until_s: FloatArray


def _first_stays(ahead: Stays, owner: IntArray) -> _First:
    gap_s, every = ahead.gap_s[ahead.row], Spans(owner, ahead.from_s, ahead.until_s)
    may = _first_each(joined(every, gap_s))
    sure = _first_each(joined(every.only(ahead.sure), gap_s[ahead.sure]))
    sure_from_s, sure_until_s = np.full((2, len(may.owner)), np.inf)
    at = np.searchsorted(may.owner, sure.owner)
    sure_from_s[at], sure_until_s[at] = sure.from_s, sure.until_s
    return _First(may.owner, may.from_s, may.until_s, sure_from_s, sure_until_s)


def _first_each(spans: Spans) -> Spans:
    first = np.ones(len(spans.owner), np.bool_)
    first[1:] = spans.owner[1:] != spans.owner[:-1]
    return spans.only(first)


class _Turn(NamedTuple):
    """When something happens surely, and from when on it may; infinite where it does not."""

    surely_s: FloatArray
    perhaps_s: FloatArray

    def only(self, wanted: BoolArray, horizon_s: float) -> "_Turned":
        at = (wanted & (self.perhaps_s <= horizon_s)).nonzero()[0]
        return _Turned(at, self.surely_s[at], self.perhaps_s[at])


class _Turned(NamedTuple):
    at: IntArray
    surely_s: FloatArray
    perhaps_s: FloatArray


def _told(
    ahead: Stays, pairs: tuple[IntArray, IntArray], enters: _Turned, leaves: _Turned
) -> Breaches:
    at, surely_s, perhaps_s = (np.concatenate(each) for each in zip(enters, leaves, strict=True))
    kind = np.repeat(
        np.array((BreachKind.ENTER, BreachKind.LEAVE), np.int8), (len(enters.at), len(leaves.at))
    )
    row, slot = pairs[0][at], pairs[1][at]
    certain = np.isfinite(surely_s)
    in_s = np.where(certain, surely_s, perhaps_s)
    where = ahead.here[row, :2] + ahead.velocity_deg[row] * in_s[:, None]
    told = Breaches(
        row, slot, kind, in_s, perhaps_s, certain, wrapped(where[:, 0]), where[:, LATITUDE]
    )
    return _picked(told, np.lexsort((kind, slot, in_s, row)))


def _picked(told: Breaches, which: IntArray) -> Breaches:
    return Breaches(*(getattr(told, name)[which] for name in told.__slots__))
