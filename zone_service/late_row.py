"""What is remembered of a device so that its late reports can be judged in their own time.

Small and bounded: the ends of the latest holes in its numbers, the latest violations that closed, and
the row of late reports under judgement.
"""

from math import inf
from typing import Final

import msgspec

from permits.watch import Closed, Event, Excursion, Watch
from telemetry.report import Report
from telemetry.ways import Velocity
from zone_service.store.records import ViolationChange

MAX_HOLES: Final = 4
MAX_SPANS: Final = 8
MAX_GATHERED: Final = 256
"""Late reports of one device; one more, and those there are judged at once."""
MAX_WAITING: Final = 8 * MAX_GATHERED
"""The same, while a row waits for the law of its time."""


class Place(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Where a device was believed to be."""

    longitude_deg: float
    latitude_deg: float
    at_s: float
    accuracy_m: float
    agl_m: float | None = None
    amsl_m: float | None = None
    hae_m: float | None = None
    velocity: Velocity | None = None
    """What it said of its motion there."""


class Hole(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Where numbers were missing: the last place before, and the first behind."""

    before: Place
    after: Place


class Span(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A violation that is over, in device time; the last moment is outside."""

    code: str
    zone_id: str | None
    since_s: float
    until_s: float


class Kept(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A late report that is still to be judged, and its time as ordered by the track."""

    report: Report
    at_s: float
    received_s: float


class LateRow(msgspec.Struct, frozen=True, array_like=True):
    """Late reports of one device that follow each other, and how far their judgement is.

    ``began_s``, ``due_s``, ``heard_s`` and ``asked_s`` are server time.
    """

    reports: tuple[Kept, ...] = ()
    """Gathered, in the order in which they came."""
    due_s: float = inf
    """When those are judged."""
    began_s: float = inf
    """When the first of the row came."""
    heard_s: float = -inf
    """When the latest came."""
    hole: Hole | None = None
    """The hole that it fills, if that is known."""
    place: Place | None = None
    """The last place of the row that was believed."""
    last: Report | None = None
    """The report of that place."""
    watch: Watch | None = None
    open: dict[str, ViolationChange] = {}
    """What it has found that goes on within it, as the open violations of a memory."""
    asks_s: float = inf
    """The moment, in device time, whose law it waits for; infinity where it waits for none."""
    asked_s: float = inf
    """Since when it does."""
    law_s: float | None = None
    """Where a part of it was judged by the law of another time: since when that held."""
    live: tuple[Excursion, ...] = ()
    """How what it found goes on in what is live, as it was last seen to, while that is not settled."""


def with_hole(holes: tuple[Hole, ...], hole: Hole) -> tuple[Hole, ...]:
    """Return the latest holes with one more."""
    return (*holes[1 - MAX_HOLES :], hole)


def with_closed(spans: tuple[Span, ...], events: tuple[Event, ...]) -> tuple[Span, ...]:
    """Return the latest violations that are over, with those that have just closed."""
    closed = tuple(
        Span(each.code.value, each.zone_id, each.since_s, each.until_s)
        for each in events
        if isinstance(each, Closed)
    )
    return (*spans, *closed)[-MAX_SPANS:] if closed else spans
