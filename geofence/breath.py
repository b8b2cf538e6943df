"""Pauses in work that is done beside somebody who must not wait for Python's lock."""

from collections.abc import Callable

Breathe = Callable[[], None]
"""Called between two pieces of such work, each about a millisecond long."""


def at_once() -> None:
    """Take no breath."""
