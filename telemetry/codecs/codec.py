"""What a codec is: bytes of one wire format in, the platform's own words out."""

from typing import Final, Protocol

from telemetry.report import Frame, Notice, RefusalReason, Refused, Report, Unit

Outcome = Report | Notice | Refused
"""One thing that a payload said."""

DETAIL_CHARS: Final = 200
"""A refusal is kept with its detail; a hostile payload must not choose how much that is."""


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


def printable(text: str) -> str:
    """Return the text fit for a log line and a database: one line, bounded, no odd marks.

    Line breaks would forge log lines, and a lone surrogate cannot be stored.
    """
    shown = text[:DETAIL_CHARS]
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else "?" for c in shown)
