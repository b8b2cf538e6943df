"""What Ctrl-C does: an exception where something must be tidied up, and else the end at once.

While modules are loaded an exception would come up anywhere: as a traceback through the import
machinery, or, inside an extension module, as an ImportError about something else.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from zone_service import collector

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

EXIT_INTERRUPTED = 130
"""What shells report of a program that Ctrl-C has ended."""
AGAIN_AFTER_S = 0.01


def leave(_number: int = signal.SIGINT, _frame: FrameType | None = None) -> None:
    """End the process here and now, with a line and nothing else."""
    os.write(2, b"interrupted\n")
    os._exit(EXIT_INTERRUPTED)


def leave_at_once() -> None:
    """From here on there is nothing to tidy up."""
    signal.signal(signal.SIGINT, leave)


def tidy_up() -> None:
    """From here on Ctrl-C is a KeyboardInterrupt, as Python has it, and none is lost."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.unraisablehook = deliver_again


def deliver_again(came_up: "UnraisableHookArgs") -> None:
    """Bring up once more, elsewhere, an interrupt that nobody could take where it came up.

    Python says "Exception ignored" of one inside a finaliser, and goes on as if nothing had been.
    """
    if not issubclass(came_up.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(came_up)
        return
    main = threading.main_thread().ident
    later = threading.Timer(AGAIN_AFTER_S, signal.pthread_kill, (main, signal.SIGINT))
    later.daemon = True
    later.start()


@contextmanager
def nothing_begun() -> Iterator[None]:
    """Load within this what a command needs."""
    leave_at_once()
    with collector.at_rest():
        yield
    tidy_up()


@contextmanager
def held() -> Iterator[None]:
    """Within this Ctrl-C waits until the end: for what must be done whole, and takes a moment.

    An interrupt in the middle of a transaction may leave it open, with everybody else locked out.
    """
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if noted:
        raise KeyboardInterrupt


@contextmanager
def interrupted_at_once() -> Iterator[None]:
    """Within this SIGINT and SIGTERM are a KeyboardInterrupt where they come."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def asked_to_stop(stop: Callable[[], None]) -> Iterator[None]:
    """Within this SIGINT and SIGTERM call ``stop``, which returns at once, and nothing else."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stop())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
