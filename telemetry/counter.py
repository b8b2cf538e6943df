"""A counter in the head of each message that wraps, counts other messages too and begins anew at will.

JT/T 808 has one of 16 bits. It tells in what order messages were said that came within a moment, and no
more: a hole in it is no loss, and a number that was heard before is no repetition. Kept as numbers that do
not wrap, in runs as those of ``telemetry.sequence``.
"""

from typing import Final

import msgspec

from telemetry.sequence import Runs, with_number

MODULUS: Final = 65_536
MOST_RUNS: Final = 16
"""More holes than these are forgotten, the lowest first: nobody waits for them any more."""


class Serials(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was heard of one counter."""

    upto: int
    """Up to here nobody is waited for: reports were taken, and what else was said right behind them."""
    runs: Runs
    """First and last of each run that was heard. Above ``upto`` are messages that have overtaken
    reports."""


def number_of(serials: Serials | None, serial: int) -> int:
    """Return the number that a serial stands for: of those that it may be, the nearest to what was heard."""
    if serials is None:
        return MODULUS + serial
    half = MODULUS // 2
    return serials.upto + (serial - serials.upto + half) % MODULUS - half


def missing_before(serials: Serials | None, number: int) -> int:
    """Return how many numbers are missing right before one; none before the first that was heard."""
    if serials is None or number <= serials.upto + 1:
        return 0
    heard = sum(
        min(high, number - 1) - low + 1 for low, high in serials.runs if serials.upto < low < number
    )
    return number - serials.upto - 1 - heard


def is_below(serials: Serials | None, number: int) -> bool:
    """Tell whether a number is below what was heard, and in none of the holes that are known."""
    if serials is None or number >= serials.upto:
        return False
    return number < serials.runs[0][0] or _run_of(serials.runs, number) is not None


def with_report(serials: Serials | None, number: int) -> Serials:
    """Return the serials with that of a report: what is missing before it is not waited for any more."""
    if serials is None:
        return Serials(number, ((number, number),))
    return _followed(max(serials.upto, number), _heard(serials.runs, number))


def with_other(serials: Serials, number: int) -> Serials:
    """Return the serials with that of a message that is no report.

    One that has overtaken reports must not hide that they are missing.
    """
    return _followed(serials.upto, _heard(serials.runs, number))


def begun_anew(number: int) -> Serials:
    """Return the serials of a counter that was set back: its numbers lie beyond all that were."""
    return with_report(None, number + MODULUS)


def _heard(runs: Runs, number: int) -> Runs:
    return (with_number(runs, number) or runs)[-MOST_RUNS:]


def _followed(upto: int, runs: Runs) -> Serials:
    """Go on over what was heard right behind."""
    run = _run_of(runs, upto + 1)
    return Serials(upto if run is None else run[1], runs)


def _run_of(runs: Runs, number: int) -> tuple[int, int] | None:
    return next((run for run in runs if run[0] <= number <= run[1]), None)
