"""Who is still to be judged anew where it was last seen, since zones, permits or hours have changed. Pure.

Whatever is here, however it is cut into turns, comes to the same: everybody is judged as of the moment of the
change. Whoever says something new meanwhile is judged by that, and is here no more.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

Held = tuple[tuple[int, ...], tuple[int, ...]]
"""The slots of the zones that hold a device, and of those that may."""


class Was(NamedTuple):
    """Where zones held a device before a change."""

    old: Held
    """As it was judged by them."""
    by_zones: Held
    """By the zones of now, before any hours began or ended."""


class Told(NamedTuple):
    """Whom their permits are asked about whichever zones hold them, by number."""

    regranted: Collection[int] = ()
    """Those whose permits have changed."""
    ruled: Collection[int] = ()
    """Those who are judged by other rules."""


NOBODY: Final = Told()


class Changed(NamedTuple):
    """What has changed, and when."""

    at_s: float
    slots: frozenset[int] = frozenset()
    moving: frozenset[int] = frozenset()
    swapped: bool = True


@dataclass(slots=True)
class Outstanding:
    """Devices by their numbers. A checkpoint is begun only when there are none."""

    at_s: float = 0.0
    """When it changed, the last time: they are judged as of then. Server time."""
    swapped: bool = False
    """Whether zones are others, and not only their hours past."""
    slots: frozenset[int] = frozenset()
    """The zones that have changed: whoever is and was in none of them is not asked about by its permits."""
    others: frozenset[int] = frozenset()
    """Those of them that are others, and not only their hours past."""
    moving: frozenset[int] = frozenset()
    """Those of them that follow a device, as they were or as they are."""
    waiting: set[int] = field(default_factory=set)
    """Who is still to be judged; of those below all others are passed over."""
    unseen: deque[int] = field(default_factory=deque)
    """Of whom it is to be found out which zones hold them, in this order."""
    found: deque[int] = field(default_factory=deque)
    """Of whom that is known, and whom their permits are to be asked about."""
    told: set[int] = field(default_factory=set)
    """Whom their permits are asked about, whichever zones hold them."""
    regranted: set[int] = field(default_factory=set)
    """Those of them whose permits have changed."""
    ruled: set[int] = field(default_factory=set)
    """Those of them who are judged by other rules."""
    looked: set[int] = field(default_factory=set)
    """Of whom it is known which zones hold them now."""
    was: dict[int, Was] = field(default_factory=dict)
    """Which held them before, of those whom other zones hold now."""
    stood: dict[int, Held] = field(default_factory=dict)
    """Which hold those now, where they were, who speak before their turn."""

    def add(self, unseen: Iterable[int], told: Told, changed: Changed) -> None:
        """Have devices judged anew: where they are, and those told of by their permits in any case.

        Whom one change after another concerns comes once, and as of the last; who waited comes first.
        Each is in ``unseen`` once at the most: that may be everybody.
        """
        self.keep_those_who_wait()
        self.looked, self.stood = set(), {}
        asked = dict.fromkeys((*self._left(self.found), *told.regranted, *told.ruled))
        self.told = {*self._left(self.told), *asked}
        self.regranted.update(told.regranted)
        self.ruled.update(told.ruled)
        if self.unseen:
            unseen = dict.fromkeys((*self._left(self.unseen), *unseen))
        self.unseen = deque(unseen)
        self.waiting = set(self.unseen)
        self.found = deque(number for number in asked if number not in self.waiting)
        self.waiting.update(asked)
        self.at_s = changed.at_s
        self.swapped |= changed.swapped
        self.slots |= changed.slots
        self.others |= changed.slots if changed.swapped else frozenset()
        self.moving |= changed.moving

    def keep_those_who_wait(self) -> None:
        """Forget how it was of those who have been judged meanwhile."""
        if not self.waiting:
            self.forget()
            return
        self.regranted &= self.waiting
        self.ruled &= self.waiting
        self.was = {number: was for number, was in self.was.items() if number in self.waiting}

    def _left(self, numbers: Iterable[int]) -> Iterator[int]:
        return (number for number in numbers if number in self.waiting)

    def forget(self) -> None:
        """Nobody is to be judged any more."""
        self.waiting, self.told, self.regranted, self.ruled = set(), set(), set(), set()
        self.looked, self.was, self.stood = set(), {}, {}
        self.unseen, self.found = deque(), deque()
        self.slots = self.others = self.moving = frozenset()
        self.swapped = False

    def note(self, number: int, before: Held, now: Held) -> None:
        """Note which zones hold a device now, and which did when it was last judged."""
        self.looked.add(number)
        known = self.was.get(number)
        old = before if known is None else known.old
        if old == now:
            self.was.pop(number, None)
        else:
            self.was[number] = Was(old, (self._by_zones(0, old, now), self._by_zones(1, old, now)))

    def _by_zones(self, of: int, old: Held, now: Held) -> tuple[int, ...]:
        stayed = (slot for slot in old[of] if slot not in self.others)
        return tuple(sorted({*stayed, *self.others.intersection(now[of])}))

    def next_unseen(self, most: int) -> list[int]:
        """Take out the next of those whose zones are not known."""
        taken = list[int]()
        while self.unseen and len(taken) < most:
            number = self.unseen.popleft()
            if number in self.waiting:
                taken.append(number)
        return taken

    def next_found(self) -> int | None:
        """Take out the next of those who are only to be asked about, if there is one."""
        while self.found:
            number = self.found.popleft()
            if number in self.waiting:
                return number
        return None
