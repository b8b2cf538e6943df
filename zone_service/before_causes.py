"""What a replay tells of causes, held against a record that goes back to when nobody kept them. Pure.

The version that was the first to keep causes took over what the one before it knew: what was going on had no
cause, nor had what was about to be over, and by which rules was judged was not noted. A replay from before that
start knows all of it, and to know it is no difference.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Final

from zone_service.canonical_events import CLOSING, OPENING, differing
from zone_service.store.records import JudgedFrom, ViolationEvent

AHEAD_S: Final = 60.0
"""Farther ahead of ours no clock of a device is believed, so nothing is dated later than that."""


class BeforeCauses:
    """Which causes of a record say nothing, though they were kept."""

    def __init__(self, since: Callable[[], JudgedFrom | None]) -> None:
        """``since``: the start of the worker that kept them first, ``None`` where all that is recorded has them."""
        self._ask = since
        self._of_the_start = set[str]()
        """What was told with that start: it did not know which rules were others, nor since when."""

    @cached_property
    def _since(self) -> JudgedFrom | None:
        # It takes a look through the feed, and hardly ever is there a cause that differs.
        return self._ask()

    def differing(
        self, journal_id: int, one: ViolationEvent, other: ViolationEvent
    ) -> tuple[str, ...]:
        """Return the names of what differs between what was told with a batch and what is now."""
        return tuple(
            name for name in differing(one, other) if not self._says_nothing(name, journal_id, one)
        )

    def _says_nothing(self, name: str, journal_id: int, one: ViolationEvent) -> bool:
        if name not in {OPENING, CLOSING} or self._since is None:
            return False
        violation = one.violation
        if journal_id == self._since.journal_id:
            self._of_the_start.add(violation.id)
            return True
        if name == OPENING and violation.id in self._of_the_start:
            return True
        at = violation.opened_at if name == OPENING else violation.closed_at
        is_of_before = at is not None and at.timestamp() <= self._since.by.at_s + AHEAD_S
        return is_of_before and getattr(violation, name) is None
