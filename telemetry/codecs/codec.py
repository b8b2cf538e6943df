"""What a codec is: bytes of one wire format in, the platform's own words out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final, Protocol

import msgspec

from telemetry.report import Frame, Notice, RefusalReason, Refused, Report, Unit

Outcome = Report | Notice | Refused
"""One thing that a payload said."""

DETAIL_CHARS: Final = 200
"""A refusal is kept with its detail; a hostile payload must not choose how much that is."""


EARLIEST_S: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
LATEST_S: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
"""A clock may be wrong by years and the position still true; outside these it is no time."""

MAX_MESSAGES: Final = 500
"""Of one payload, where several messages may stand in one: a hostile one must not choose how long the
worker is busy with it. Nearly a minute of a unit that reports ten times a second and was away fits."""


class Codec(Protocol):
    """Decodes the payloads of one wire format.

    A codec is pure: no clock, no I/O, no memory of earlier frames. It is found by the entry
    point group ``zone.codecs`` and chosen by what the registry says of the device.
    """

    name: str

    def decode(self, frame: Frame, unit: Unit) -> tuple[Outcome, ...]:
        """Return what the frame says, in the order said; never raises for what a device can send.

        The topic has been parsed, the device is known and active, and the payload is at most
        64 KiB when this is called.
        """
        ...


def refused(unit: Unit, reason: RefusalReason, found: str, expected: str) -> Refused:
    """Return a refusal that names what was found and what was expected, in bounded length."""
    return Refused(
        reason=reason,
        detail=printable(f"found {found[:100]}, expected {expected}"),
        device_id=unit.device_id,
    )


def numbered(said: Outcome, serial: int | None) -> Outcome:
    """Return what a message says; a refusal of it with its serial, so that nobody waits for it."""
    return msgspec.structs.replace(said, serial=serial) if isinstance(said, Refused) else said


def is_time(at_s: float) -> bool:
    """Tell whether Unix seconds may be a device's time: the years 2000 to 2099."""
    return EARLIEST_S <= at_s < LATEST_S


def bounded(
    outcomes: Iterator[Outcome], at_most: int, unit: Unit, what: str
) -> tuple[Outcome, ...]:
    """Return the first outcomes of a payload, and one refusal for all that stands behind them.

    A payload of 64 KiB holds thousands of the smallest messages of a binary format: who fills
    it with them must not keep the others waiting. ``outcomes`` is not drawn any further.
    """
    taken = tuple(islice(outcomes, at_most))
    if next(outcomes, None) is None:
        return taken
    found, expected = f"more than {at_most} {what}", f"at most {at_most} in a payload"
    return (*taken, refused(unit, RefusalReason.TOO_LARGE, found, expected))


def printable(text: str) -> str:
    """Return the text fit for a log line and a database: one line, bounded, no odd marks.

    Line breaks would forge log lines, and a lone surrogate cannot be stored.
    """
    shown = text[:DETAIL_CHARS]
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else "?" for c in shown)
