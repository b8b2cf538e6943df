"""Whether this machine's clock can be believed, by all that can be asked without a network.

Permits go by it, and evidence. It is compared with what cannot be later than now, what was received
before; with the database server's; and with what the kernel knows of its being set by others.
"""

import ctypes
import os
import time

from sqlalchemy.exc import SQLAlchemyError

from zone_service import clock
from zone_service.doctor_findings import Finding, State, Words
from zone_service.store import journal, server
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError

_BUILT_AFTER_YEAR = 2025  # no machine's clock may stand before this program was written
_SAMPLE_S = 0.05
_SLACK_S = 0.25
"""A machine that is busy may do something else between two looks."""
APART_S = 2.0
"""More than an answer takes, and less than a device may be off."""
SET_IT = "set the clock: chrony or systemd-timesyncd"


def wall_clock(store: Store | None) -> Finding:
    """Compare this machine's clock with whatever else knows the time."""
    wall_s, steady_s = clock.unix_s(), clock.monotonic_s()
    time.sleep(_SAMPLE_S)
    apart_s = abs((clock.unix_s() - wall_s) - (clock.monotonic_s() - steady_s))
    now = clock.now()
    found = Words("{now:%Y-%m-%d %H:%M:%S} UTC", now=now)
    if now.year < _BUILT_AFTER_YEAR:
        return Finding("clock", State.FAIL, found, SET_IT)
    if apart_s > _SLACK_S:
        jumped = Words(
            "{found}, {ms:.0f} ms beside the monotonic clock", found=found, ms=apart_s * 1000
        )
        return Finding("clock", State.WARN, jumped, "it is being stepped: let it slew (chrony)")
    if store is None:
        return Finding("clock", State.OK, found)
    return _beside(store, found)


def _beside(store: Store, found: str) -> Finding:
    try:
        newest_s, ahead_s = journal.newest_received_s(store), server.ahead_s(store, clock.unix_s)
    except (SQLAlchemyError, StoreError, OSError):
        return Finding(
            "clock", State.OK, Words("{found}; the store could not be asked", found=found)
        )
    behind_s = 0.0 if newest_s is None else newest_s - clock.unix_s()
    if behind_s > APART_S:
        before = Words(
            "{found}, {seconds:.0f} s before the newest message in the journal",
            found=found,
            seconds=behind_s,
        )
        advice = Words(
            "{advice}; if it was ahead when that was received, wait or ask for help", advice=SET_IT
        )
        return Finding("clock", State.FAIL, before, advice)
    if abs(ahead_s) > APART_S:
        side = "ahead of" if ahead_s > 0 else "behind"
        apart = Words(
            "{found}, the database server's is {seconds:.0f} s {side} it",
            found=found,
            seconds=abs(ahead_s),
            side=side,
        )
        return Finding(
            "clock", State.FAIL, apart, Words("one of the two is wrong: {advice}", advice=SET_IT)
        )
    return Finding("clock", State.OK, found)


class _Timex(ctypes.Structure):
    """``struct timex`` of Linux, up to what is read, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


_UNSYNCHRONISED = 0x40
"""``STA_UNSYNC``."""


def kernel_status() -> tuple[int, float]:
    """Return the kernel's flags of its clock, and by how many seconds it may be off at most.

    Raises:
        OSError: it may not be asked here.
    """
    said = _Timex()
    try:
        ask = ctypes.CDLL(None, use_errno=True).adjtimex
    except AttributeError as error:
        msg = "no adjtimex on this system"
        raise OSError(msg) from error
    if ask(ctypes.byref(said)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return said.status, said.maxerror / 1e6


def synchronisation() -> Finding:
    """Ask the kernel whether somebody keeps its clock right."""
    name = "clock synchronised"
    try:
        status, most_s = kernel_status()
    except OSError as error:
        return Finding(
            name,
            State.UNKNOWN,
            Words("unknown: {error}", error=error),
            "see `timedatectl` on the host",
        )
    if status & _UNSYNCHRONISED:
        return Finding(name, State.WARN, "nobody keeps it right", "run chrony or systemd-timesyncd")
    return Finding(name, State.OK, Words("to within {ms:.0f} ms", ms=most_s * 1000))
