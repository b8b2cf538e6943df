"""The order of one device's messages: what is new, what was heard before, what is missing.

``step`` is a pure function of the device's track and one report. A track is small, bounded
whatever a device sends, and serialised by msgspec, so that the order survives a restart.

Sequence numbers count from 0 or 1 within a boot; ``telemetry.sequence`` keeps them. Who has none is
ordered by time; a serial of its messages (``telemetry.counter``) tells who has overtaken another.
"""

import math
import zlib
from enum import StrEnum
from typing import Final

import msgspec

from telemetry import counter
from telemetry.counter import Serials
from telemetry.limits import Limits
from telemetry.movement import moved
from telemetry.report import Report
from telemetry.sequence import Boot, begin, done, grown, is_given_up, is_replay, with_number
from telemetry.ways import SERVER_TIME, Fix, Velocity, velocity_of

MAX_BOOTS: Final = 4
"""Boots remembered: a device that makes up boot ids for ever takes no more room than this."""

RECENT_KEYS: Final = 64
"""Messages without a sequence number that can be told from a repetition."""


class Order(StrEnum):
    """Where a report stands among those of its device."""

    FRESH = "fresh"
    """Newer than all before: it is the live state now."""
    LATE = "late"
    """Not heard before, but older than the live state: for the history only."""
    DUPLICATE = "duplicate"
    """Heard before, and stored: acknowledged again and dropped."""


class Track(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All that is remembered of one device's messages."""

    at_s: float
    """Time of the live state: device time, but never later than ours allows."""
    received_s: float
    """When the live state was received."""
    longitude_deg: float | None
    latitude_deg: float | None
    """The latest position that was believed; a report without one leaves it, and so does a jump."""
    fix_at_s: float
    accuracy_m: float
    skewed: bool
    """Whether the device's clock was wrong when it last spoke."""
    boots: tuple[Boot, ...]
    """The one that speaks now first."""
    keys: tuple[tuple[float, int], ...]
    """Event time and digest of the latest messages that had no sequence number."""
    forgotten_s: float
    """Event time up to which such keys have been forgotten."""
    doubted: Fix | None = None
    """The latest fix, where that was a jump."""
    velocity: Velocity | None = None
    """What was said of the motion at the position above."""
    contrary: int = 0
    """How much it contradicts itself, by ``telemetry.movement``."""
    serials: Serials | None = None
    """Of its messages, if they have any."""


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What a report is, given those before it."""

    order: Order
    gap: int = 0
    """Sequence numbers, or serials, missing right before this one."""
    jump: bool = False
    """Further from where the device was than it can have moved, or than it says that it has, and no
    fix before it was near: a bad fix or a false one, and not to be judged by."""
    skew_s: float | None = None
    """Device time minus ours, where that is more than allowed."""
    replayed: bool = False
    """A number used twice for different things, or repeated from long ago."""
    previous: tuple[float, float, float] | None = None
    """Longitude, latitude and time of the last fix that was believed, if the line from it means
    anything."""
    at_s: float = 0.0
    """The report's time as ordered here: rules over time count by this."""
    lost: int = 0
    """Sequence numbers given up with this report, after long waiting."""


_NOTHING: Final = Track(
    at_s=-math.inf,
    received_s=-math.inf,
    longitude_deg=None,
    latitude_deg=None,
    fix_at_s=-math.inf,
    accuracy_m=0.0,
    skewed=False,
    boots=(),
    keys=(),
    forgotten_s=-math.inf,
)
_ENCODER: Final = msgspec.msgpack.Encoder()


def fingerprint(report: Report) -> int:
    """Return a digest of what a report says that is ever judged, the same in every process.

    With the serial of its message, if it has one: who says something again says it under the same.
    """
    said = zlib.crc32(
        _ENCODER.encode(
            (
                report.event_time_s,
                report.longitude_deg,
                report.latitude_deg,
                report.altitude_hae_m,
                report.altitude_msl_m,
                report.height_ato_m,
                report.height_agl_m,
                report.altitude_baro_m,
                report.ground_speed_mps,
                report.vertical_speed_mps,
                report.track_deg,
                report.heading_deg,
                report.control_mode,
                report.operational_status,
            )
        )
    )
    return said if report.serial is None else zlib.crc32(report.serial.to_bytes(2, "big"), said)


# A member of an enumeration is looked up at each use, which costs as much as a comparison of
# positions; these are used for every message.
FRESH: Final = Order.FRESH
LATE: Final = Order.LATE
DUPLICATE: Final = Order.DUPLICATE


def step(
    track: Track | None,
    report: Report,
    received_s: float,
    limits: Limits,
    digest: int | None = None,
) -> tuple[Track, Seen]:
    """Return the track with this report in it, and what the report is.

    ``track`` is None for a device never heard before. Positions of one device must be in one
    datum: convert before, or the change of datum is a jump of half a kilometre. ``digest``
    tells two contents apart and is taken of the report unless given.
    A duplicate leaves the track as it is.
    """
    before = _NOTHING if track is None else track
    said = fingerprint(report) if digest is None else digest
    at_s = report.event_time_s
    skew_s: float | None = at_s - received_s
    if -limits.max_skew_s <= at_s - received_s <= limits.max_skew_s:
        skew_s = None
    elif at_s > received_s:
        # A clock in the future must not freeze the device once it is set right.
        at_s = received_s
    if report.time_source is SERVER_TIME:
        skew_s = None
    if report.seq is None:
        return _without_number(before, report, received_s, limits, said, at_s, skew_s)
    return _with_number(before, report, report.seq, received_s, limits, said, at_s, skew_s)


def contiguous_of(track: Track, boot_id: str | None) -> tuple[str | None, int] | None:
    """Return a boot's id and the highest number up to which all of it was seen, or None.

    This is what a device is told to have been stored. None while the beginning of the boot is
    missing: a device whose buffer is being replayed must not drop it. Numbers given up after
    long waiting count as done. The boot may have ended: its buffer is replayed after the restart.
    """
    return next((done(boot) for boot in track.boots if boot.boot_id == boot_id), None)


def number_of(track: Track | None, report: Report) -> int | None:
    """Return the number that tells who has overtaken whom: of its sequence, else by its serial."""
    if report.seq is not None or report.serial is None:
        return report.seq
    return counter.number_of(None if track is None else track.serials, report.serial)


def begins_anew(track: Track | None, report: Report) -> bool:
    """Tell whether a report is the first of a counter that was set back: newer, under an old serial.

    By our own time a repetition would be newer too.
    """
    if track is None or report.serial is None or report.time_source is SERVER_TIME:
        return False
    if report.event_time_s <= track.at_s:
        return False
    return counter.is_below(track.serials, counter.number_of(track.serials, report.serial))


def with_serial(track: Track, serial: int) -> Track:
    """Return the track with the serial of a message that is no report."""
    if track.serials is None:
        return track
    number = counter.number_of(track.serials, serial)
    if counter.is_below(track.serials, number):
        return track  # said again, or the counter was set back: the next report tells
    return msgspec.structs.replace(track, serials=counter.with_other(track.serials, number))


def after_setting(track: Track, by_s: float, now_s: float) -> Track:
    """Return the track after the service's own clock was set by so much, to ``now_s``.

    What was noted by that clock moves with it. A device's own time stays, unless it would now be
    in the future.
    """
    return msgspec.structs.replace(
        track,
        at_s=min(track.at_s, now_s),
        received_s=track.received_s + by_s,
        fix_at_s=min(track.fix_at_s, now_s),
        doubted=None if track.doubted is None else _not_after(track.doubted, now_s),
        boots=tuple(
            msgspec.structs.replace(boot, progress_s=boot.progress_s + by_s) for boot in track.boots
        ),
    )


def _not_after(doubted: Fix, now_s: float) -> Fix:
    return msgspec.structs.replace(doubted, at_s=min(doubted.at_s, now_s))


def _with_number(
    before: Track,
    report: Report,
    seq: int,
    received_s: float,
    limits: Limits,
    said: int,
    at_s: float,
    skew_s: float | None,
) -> tuple[Track, Seen]:
    boots = before.boots
    # The boot that speaks now is nearly always the one that spoke before.
    is_first = bool(boots) and boots[0].boot_id == report.boot_id
    place = 0 if is_first else _place_of(boots, report.boot_id)
    if place < 0:
        boot, gap, lost = begin(report.boot_id, seq, said, received_s), 0, 0
        # A restarted device with a clock that was never right is new all the same.
        newest = at_s > before.at_s or before.skewed
    else:
        old = boots[place]
        runs = None if is_given_up(old, seq) else with_number(old.runs, seq)
        if runs is None:
            replayed = is_replay(old, seq, said, limits.replay_distance)
            return before, Seen(DUPLICATE, skew_s=skew_s, replayed=replayed, at_s=at_s)
        high = old.runs[-1][1]
        gap = seq - high - 1 if seq > high else 0
        newest = at_s > before.at_s or (place == 0 and seq > high)
        returned = received_s - before.received_s > limits.max_gap_s
        boot, lost = grown(
            old, runs, (seq, said), received_s, limits.give_up_after_s, returned=returned
        )
    boots = (boot, *boots[1:]) if place == 0 else _kept(boots, place, boot, newest=newest)
    if newest:
        return _advance(before, report, received_s, limits, at_s, skew_s, boots, gap, lost)
    late = msgspec.structs.replace(before, boots=boots)
    return late, Seen(LATE, skew_s=skew_s, at_s=at_s, lost=lost)


def _without_number(
    before: Track,
    report: Report,
    received_s: float,
    limits: Limits,
    said: int,
    at_s: float,
    skew_s: float | None,
) -> tuple[Track, Seen]:
    key = (report.event_time_s, said)
    if key in before.keys or _was_heard_without_serial(before, report):
        return before, Seen(DUPLICATE, skew_s=skew_s, at_s=at_s)
    serials, gap = before.serials, 0
    if report.serial is not None:
        serials, gap = _counted(before, report, report.serial)
    if at_s >= before.at_s or _has_waited(before, report, at_s):
        return _advance(
            before, report, received_s, limits, at_s, skew_s, before.boots, gap, 0, key, serials
        )
    if report.event_time_s <= before.forgotten_s and _may_be_repeated(before, report):
        # Too old to be told from a repetition. Stored rather than lost, and said aloud.
        return before, Seen(LATE, skew_s=skew_s, replayed=True, at_s=at_s)
    keys, forgotten_s = _remembered(before, key)
    late = msgspec.structs.replace(before, keys=keys, forgotten_s=forgotten_s, serials=serials)
    return late, Seen(LATE, gap, skew_s=skew_s, at_s=at_s)


def _was_heard_without_serial(before: Track, report: Report) -> bool:
    """Tell whether a message was heard when serials were not kept yet: its digest had none."""
    if before.serials is not None or report.serial is None or not before.keys:
        return False
    said = fingerprint(msgspec.structs.replace(report, serial=None))
    return (report.event_time_s, said) in before.keys


def _has_waited(before: Track, report: Report, at_s: float) -> bool:
    """Tell whether a report is only older because its time is ours, and another was waited for.

    By when they came, who has overtaken is older than who was overtaken; the serial tells. Positions of
    one message have the same.
    """
    if report.serial is None or before.serials is None:
        return False
    if at_s == report.event_time_s and report.time_source is not SERVER_TIME:
        return False
    return counter.number_of(before.serials, report.serial) >= before.serials.upto


def _counted(before: Track, report: Report, serial: int) -> tuple[Serials, int]:
    """Return the serials with that of a report, and how many are missing right before it."""
    number = counter.number_of(before.serials, serial)
    if begins_anew(before, report):
        return counter.begun_anew(number), 0
    missing = counter.missing_before(before.serials, number)
    return counter.with_report(before.serials, number), missing


def _may_be_repeated(before: Track, report: Report) -> bool:
    """Tell whether an old message may have come before; one whose serial is new has not."""
    if report.serial is None:
        return True
    return counter.is_below(before.serials, counter.number_of(before.serials, report.serial))


def _advance(
    before: Track,
    report: Report,
    received_s: float,
    limits: Limits,
    at_s: float,
    skew_s: float | None,
    boots: tuple[Boot, ...],
    gap: int,
    lost: int,
    key: tuple[float, int] | None = None,
    serials: Serials | None = None,
) -> tuple[Track, Seen]:
    """Make a report the live state."""
    if at_s < before.at_s:
        # Newer by its number, older by a clock that was set back: time goes on at our pace.
        at_s = before.at_s + max(0.0, received_s - before.received_s)
    keys, forgotten_s = (
        (before.keys, before.forgotten_s) if key is None else _remembered(before, key)
    )
    longitude_deg, latitude_deg = report.longitude_deg, report.latitude_deg
    if longitude_deg is None or latitude_deg is None:
        track = Track(
            at_s, received_s, before.longitude_deg, before.latitude_deg, before.fix_at_s,
            before.accuracy_m, skew_s is not None, boots, keys, forgotten_s, before.doubted,
            before.velocity, before.contrary, serials,
        )  # fmt: skip
        return track, Seen(FRESH, gap, skew_s=skew_s, at_s=at_s, lost=lost)
    accuracy_m = report.horizontal_accuracy_m
    if accuracy_m is None:
        accuracy_m = limits.default_accuracy_m
    velocity = velocity_of(report, at_s)
    fix = Fix(longitude_deg, latitude_deg, at_s, accuracy_m, velocity)
    previous: tuple[float, float, float] | None = None
    jump, contrary = False, before.contrary
    if before.longitude_deg is not None and before.latitude_deg is not None:
        believed = Fix(
            before.longitude_deg, before.latitude_deg, before.fix_at_s,
            before.accuracy_m, before.velocity,
        )  # fmt: skip
        follows, jump, contrary = moved(believed, before.doubted, fix, contrary, limits)
        if follows:
            previous = (before.longitude_deg, before.latitude_deg, before.fix_at_s)
    if jump:
        track = Track(
            at_s, received_s, before.longitude_deg, before.latitude_deg, before.fix_at_s,
            before.accuracy_m, skew_s is not None, boots, keys, forgotten_s, fix,
            before.velocity, contrary, serials,
        )  # fmt: skip
        return track, Seen(FRESH, gap, jump=True, skew_s=skew_s, at_s=at_s, lost=lost)
    track = Track(
        at_s, received_s, longitude_deg, latitude_deg, at_s,
        accuracy_m, skew_s is not None, boots, keys, forgotten_s, None, velocity, contrary,
        serials,
    )  # fmt: skip
    return track, Seen(FRESH, gap, False, skew_s, False, previous, at_s, lost)  # noqa: FBT003


def _place_of(boots: tuple[Boot, ...], boot_id: str | None) -> int:
    for place, boot in enumerate(boots):
        if boot.boot_id == boot_id:
            return place
    return -1


def _kept(boots: tuple[Boot, ...], place: int, boot: Boot, *, newest: bool) -> tuple[Boot, ...]:
    """Return the boots with one that is new, or another than the first changed; who speaks now stands first."""
    if not boots:
        return (boot,)
    others = boots if place < 0 else boots[:place] + boots[place + 1 :]
    if newest:
        return (boot, *others)[:MAX_BOOTS]
    return (others[0], boot, *others[1:])[:MAX_BOOTS]


def _remembered(
    before: Track, key: tuple[float, int]
) -> tuple[tuple[tuple[float, int], ...], float]:
    """Return the latest keys with one more, and the time up to which keys are forgotten."""
    if len(before.keys) < RECENT_KEYS:
        return (*before.keys, key), before.forgotten_s
    return (*before.keys[1:], key), max(before.forgotten_s, before.keys[0][0])
