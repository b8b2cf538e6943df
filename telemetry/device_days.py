"""What was heard of each device on a day: counted as its reports come, and never counted twice.

A day is counted by the time at which the service received a report, in the local time of the law.
It is a sum over what a device said, so who starts with the sums of a checkpoint and hears again what
came behind it comes to the same ones, and stores them over those of before.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Any, Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from telemetry import day_quality
from telemetry.day_loop import (
    BEFORE,
    BEFORE_QUALITY,
    RECORD,
    TODAY,
    CodeArray,
    FloatArray,
    IntArray,
    begin,
    follow,
)
from telemetry.device_day import DAY_S, DeviceDay
from telemetry.self_check import SelfCheck

UNSAID: Final = -1
LATELY_S: Final = 3_600.0
"""For so long the day before goes into a checkpoint: by then it is stored."""
LEAST_ROOM: Final = 64
_STORED_TO_S: Final = 1e-6
"""A stored time is a microsecond's: what was received by it may be a part of one later."""
_COUNT: Final = struct.Struct("<II")
_PACKED: Final = msgspec.msgpack.Encoder()
_UNPACKED: Final = msgspec.msgpack.Decoder(dict[str, DeviceDay])


class Heard(NamedTuple):
    """New reports of a batch in their order; arrays (n,)."""

    number: IntArray
    received_s: FloatArray
    at_s: FloatArray
    longitude_deg: FloatArray
    latitude_deg: FloatArray
    domain: CodeArray
    mode: CodeArray
    """``OTHERWISE``, ``AUTOMATED`` or ``BY_HAND``."""
    marks: IntArray
    """The bits of ``data_items.lacking``, and ``SKEWED``, ``JUMPED`` and ``STANDING``."""
    delay_s: FloatArray
    """From the unit's own time to receipt; NaN where it has none."""
    accuracy_m: FloatArray
    """Over ground, as it claims; NaN where it does not."""
    lost: IntArray
    """Numbers that were given up with it."""


class Late(NamedTuple):
    """A report that is older than what its device said before."""

    number: int
    received_s: float


class Replayed(NamedTuple):
    """A report under a number that was used for another, or was repeated from long ago."""

    number: int
    received_s: float


class Checked(NamedTuple):
    """What a device said of itself."""

    number: int
    received_s: float
    said: SelfCheck


Told = Heard | Late | Replayed | Checked


class Measure(NamedTuple):
    """By what is counted."""

    silence_s: FloatArray
    """By domain: reports further apart are an interruption."""
    moving_mps: float
    """From here on a device is under way."""
    offset_s: float
    """Local time less UTC."""
    late_after_s: float
    """A report that comes later than this after its own time is late."""
    accuracy_max_m: FloatArray
    """By domain: what claims to be off by more is inaccurate."""
    listening_s: float = -inf
    """Since when we hear what is said, by our clock."""


_FRESH: Final = np.zeros(1, RECORD)
for _name in ("at_s", "received_s", "fix_s", "through_s"):
    _FRESH[_name] = -inf
for _name in SelfCheck.__struct_fields__:
    _FRESH[_name] = UNSAID


class DeviceDays:
    """Of each device, by its number: the day that goes on, and the one before it.

    Changed in place by the one thread that owns it.
    """

    __slots__ = ("_before", "_changed", "_count", "_stored", "_today")

    def __init__(self, stored: Mapping[str, DeviceDay] | None = None) -> None:
        """``stored``: days by device id, to go on from where what was counted is lost.

        Who is not heard at once goes on from its day whenever it is, after a checkpoint too.
        """
        self._today, self._before = _room(0), _room(0)
        self._changed: CodeArray = np.zeros(0, np.int8)
        self._count = 0
        self._stored = dict(stored or {})

    def __len__(self) -> int:
        return self._count

    def grow(self, names: Sequence[str]) -> None:
        """Make room for these devices, which have their number by their place."""
        count = len(names)
        if count <= self._count:
            return
        if count > len(self._today):
            self._allocate(max(count, 2 * len(self._today), LEAST_ROOM))
        if self._stored:
            for number in range(self._count, count):
                self._go_on_from(number, self._stored.pop(names[number], None))
        self._count = count

    def take(self, told: Iterable[Told], by: Measure) -> None:
        """Add what devices told, in the order in which they did."""
        for each in told:
            match each:
                case Heard():
                    follow(self._today, self._before, self._changed, *each, *by)
                case Late(number=number, received_s=received_s):
                    self._take_late(number, received_s, by)
                case Replayed(number=number, received_s=received_s):
                    self._take_replayed(number, received_s, by)
                case Checked(number=number, received_s=received_s, said=said):
                    self._take_check(number, received_s, said, by)

    def _take_late(self, number: int, received_s: float, by: Measure) -> None:
        one = self._today[number]
        if received_s > one["through_s"]:
            self._begin(number, received_s, by)
            one["reports"] += 1
            one["late"] += 1

    def _take_replayed(self, number: int, received_s: float, by: Measure) -> None:
        """It may be somebody else's, so it is no sign of life: it counts on a day that goes on."""
        one = self._today[number]
        is_today = one["day"] == (received_s + by.offset_s) // DAY_S
        if is_today and received_s > one["through_s"]:
            one["replayed"] += 1
            self._changed[number] |= TODAY

    def _take_check(self, number: int, received_s: float, said: SelfCheck, by: Measure) -> None:
        """What it leaves out stays as it was said before."""
        self._begin(number, received_s, by)
        one = self._today[number]
        for name in SelfCheck.__struct_fields__:
            value = getattr(said, name)
            if value is not None:
                one[name] = value

    def after_setting(self, by_s: float, now_s: float, offset_s: float) -> None:
        """Go with the service's clock, which was set by so much, to ``now_s``.

        A day that lies after the one it is now was of a wrong clock: nothing would be counted until it
        came. The one before it goes on, if it is the one that it is now.
        """
        for kept in (self._today, self._before):
            kept["received_s"] += by_s
            kept["through_s"] += by_s
            kept["at_s"] = np.minimum(kept["at_s"], now_s)
            kept["fix_s"] = np.minimum(kept["fix_s"], now_s)
        self._go_back_to(int((now_s + offset_s) // DAY_S))

    def _go_back_to(self, day: int) -> None:
        today, before, changed = self._today, self._before, self._changed
        ahead = today["day"] > day
        again = ahead & (before["day"] == day)
        for name in (*_COUNTED, *day_quality.COUNTED, "first_s", "last_s"):
            today[name][again] = before[name][again]
        today["day"][ahead] = np.where(again, day, 0)[ahead]
        changed[ahead] &= ~TODAY
        changed[again] |= TODAY
        gone = ahead & (before["day"] >= day)
        before["day"][gone] = 0
        changed[gone] &= ~BEFORE

    def unstored(self, first: int, last: int) -> Iterator[tuple[int, DeviceDay]]:
        """Yield number and day of what has changed of the devices from a number up to another."""
        for number in np.flatnonzero(self._changed[first:last]) + first:
            if self._changed[number] & BEFORE:
                yield int(number), _day(self._before[number])
            if self._changed[number] & TODAY:
                yield int(number), _day(self._today[number])

    def stored(self, first: int, last: int) -> None:
        """Take note that what had changed of these devices is stored."""
        self._changed[first:last] = 0

    def day_of(self, number: int) -> DeviceDay | None:
        """Return the day that goes on of a device; ``None`` before it was heard."""
        one = self._today[number]
        return _day(one) if number < self._count and one["day"] > 0 else None

    def copied(self) -> "DeviceDays":
        """Return the days as they are now, whatever becomes of these."""
        other = DeviceDays(self._stored)
        count = other._count = self._count
        other._today, other._before = self._today[:count].copy(), self._before[:count].copy()
        other._changed = self._changed[:count].copy()
        return other

    def to_bytes(self) -> bytes:
        """Return everything but whether it is stored, for a checkpoint."""
        count = self._count
        today, before = self._today[:count], self._before[:count]
        latest_s = float(today["last_s"].max(initial=0.0))
        lately = (before["day"] > 0) & (latest_s - today["first_s"] <= LATELY_S)
        kept = np.flatnonzero(lately).astype("<i4")
        return b"".join(
            (
                _COUNT.pack(count, len(kept)), today.tobytes(), kept.tobytes(),
                before[kept].tobytes(), _PACKED.encode(self._stored) if self._stored else b"",
            )
        )  # fmt: skip

    @classmethod
    def from_bytes(cls, body: bytes, *, with_quality: bool = True) -> Self:
        """Return the days of ``to_bytes``, none of them taken for stored.

        ``with_quality``: whether it is of a version that counts it.

        Raises:
            ValueError, MsgspecError: it did not write them.
        """
        if not body:
            return cls()
        count, kept = _COUNT.unpack_from(body)
        kind = RECORD if with_quality else BEFORE_QUALITY
        width = kind.itemsize
        end = _COUNT.size + width * count + (4 + width) * kept
        if len(body) < end:
            msg = f"days of {count} devices: found {len(body)} bytes"
            raise ValueError(msg)
        days = cls(_UNPACKED.decode(body[end:]) if len(body) > end else None)
        days._allocate(count)
        days._count, at = count, _COUNT.size
        _fill(days._today, np.frombuffer(body, kind, count, at))
        at += width * count
        numbers = np.frombuffer(body, "<i4", kept, at)
        before = _room(kept)
        _fill(before, np.frombuffer(body, kind, kept, at + 4 * kept))
        days._before[numbers] = before
        days._changed[:] = np.where(days._today["day"] > 0, TODAY, 0)
        days._changed[numbers] |= BEFORE
        return days

    def _begin(self, number: int, received_s: float, by: Measure) -> None:
        """Have a device's day be that of a moment, and the moment in it."""
        begin(self._today, self._before, self._changed, number, received_s, by.offset_s)

    def _allocate(self, room: int) -> None:
        today, before, changed = _room(room), _room(room), np.zeros(room, np.int8)
        count = self._count
        today[:count], before[:count] = self._today[:count], self._before[:count]
        changed[:count] = self._changed[:count]
        self._today, self._before, self._changed = today, before, changed

    def _go_on_from(self, number: int, found: DeviceDay | None) -> None:
        if found is None:
            return
        one = self._today[number]
        for name in (*_COUNTED, "day", "first_s", "last_s"):
            one[name] = getattr(found, name)
        for name in SelfCheck.__struct_fields__:
            value = getattr(found.said, name)
            one[name] = UNSAID if value is None else value
        day_quality.to_record(one, found.quality)
        one["through_s"] = found.last_s + _STORED_TO_S


_COUNTED: Final = (
    "reports", "late", "takeovers", "online_s", "automated_s", "automated_m", "by_hand_s",
    "by_hand_m",
)  # fmt: skip


def _room(count: int) -> NDArray[Any]:
    return np.repeat(_FRESH, count)


def _fill(records: NDArray[Any], found: NDArray[Any]) -> None:
    """Write what was found into records; what it knows nothing of stays as it is."""
    for name in found.dtype.names or ():
        records[name] = found[name]


def _day(one: Any) -> DeviceDay:
    # All of it at once: field by field each would cost as much as all of them.
    each = dict(zip(RECORD.names or (), one.item(), strict=True))
    said = {name: each[name] for name in SelfCheck.__struct_fields__}
    return DeviceDay(
        day=each["day"],
        first_s=each["first_s"],
        last_s=each["last_s"],
        said=SelfCheck.of({name: value for name, value in said.items() if value != UNSAID}),
        quality=day_quality.from_record(each),
        **{name: each[name] for name in _COUNTED},
    )
