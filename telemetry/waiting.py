"""The reorder window: a report that has overtaken another waits a moment for it.

Only a hole in the numbers of the boot that speaks, or in the serials of its messages, makes a report
wait. So a device in order never does, nor one that sends neither, nor one that was away: what is missing
of it is more than can be on its way. Pure: who waits is in the arguments, and the time is the caller's.
"""

from bisect import bisect_right
from typing import Final

import msgspec

from telemetry.report import Report
from telemetry.track import Seen, Track

MAX_WAITING: Final = 64
"""A device that counts on without ever filling its holes takes no more room than this."""

MAX_HOLE: Final = 64
"""Numbers: more of them are not overtaken within a moment, they were never sent or are in a buffer."""

MAX_IN_VAIN: Final = 3
"""Holes in a row with nothing between them that followed or filled one: this device does not count by
ones, or loses most of what it says, and need not be waited for."""


class Waiting(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A report that waits for a number before its own."""

    seq: int
    """Of its sequence, or what its serial stands for."""
    report: Report
    received_s: float
    due_s: float
    """When it waits no longer."""
    digest: int


def is_worth_waiting(track: Track | None, report: Report, seen: Seen, in_vain: int) -> bool:
    """Tell whether what is missing right before a report may still be on its way.

    ``track`` is the one without the report, ``seen`` what it is if it is taken now, ``in_vain`` how
    many holes in a row were passed over.
    """
    if not 0 < seen.gap <= MAX_HOLE or in_vain >= MAX_IN_VAIN or track is None:
        return False
    if report.seq is None:
        return track.serials is not None
    return bool(track.boots) and track.boots[0].boot_id == report.boot_id


def highest(track: Track | None, report: Report) -> int:
    """Return the highest number of those that a report is counted among; -1 before the first."""
    if track is None:
        return -1
    if report.seq is None:
        return -1 if track.serials is None else track.serials.upto
    return track.boots[0].runs[-1][1] if track.boots else -1


def with_one(waiting: tuple[Waiting, ...], one: Waiting) -> tuple[Waiting, ...]:
    """Return those who wait with one more, in the order of their numbers.

    A number that is used for something else stands behind the first: it is told from it later.
    """
    at = bisect_right(waiting, one.seq, key=_seq)
    return (*waiting[:at], one, *waiting[at:])


def following(high: int, waiting: tuple[Waiting, ...]) -> int:
    """Return how many of those who wait, from the first, miss no number before their own."""
    for count, each in enumerate(waiting):
        if each.seq > high + 1:
            return count
        high = max(high, each.seq)
    return len(waiting)


def overdue(waiting: tuple[Waiting, ...], now_s: float) -> int:
    """Return how many of those who wait are let go: up to the last that is due, and who follows it."""
    count = max((at for at, each in enumerate(waiting, 1) if each.due_s <= now_s), default=0)
    if not count:
        return 0
    return count + following(waiting[count - 1].seq, waiting[count:])


def first_due_s(waiting: tuple[Waiting, ...]) -> float:
    """Return when the first of those who wait is let go."""
    return min(each.due_s for each in waiting)


def _seq(each: Waiting) -> int:
    return each.seq
