"""The sets of zones that hold places, made once and shared by all places that they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from geofence.grid import IntArray

Slots = tuple[int, ...]
MOST_REMEMBERED = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Fillings:
    """The sets of volumes that fill cells, by number."""

    slots: tuple[Slots, ...]
    """The zones, ascending, of the volumes that hold whatever is over their ground."""
    first_limited: IntArray
    limited_count: IntArray
    limited: IntArray
    """The volumes that ask for a height or an hour as well, one set's behind the other's."""
    _known: dict[tuple[int, Slots], Slots] = field(default_factory=dict)

    def joined(self, number: int, more: Slots) -> Slots:
        """Return a set with more zones, ascending; the same tuple for the same zones again.

        Remembered: of a thousand fixes nearly all lie in the same few hundred sets.
        """
        found = self._known.get((number, more))
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = tuple(sorted({*self.slots[number], *more}))
            self._known[number, more] = found
        return found

    def with_more(
        self, sets: Sequence[Slots], slot: IntArray, limited: NDArray[np.bool_]
    ) -> "Fillings":
        """Return these with sets behind them; ``slot`` and ``limited`` as for ``fillings``."""
        more = fillings(sets, slot, limited)
        return Fillings(
            self.slots + more.slots,
            np.concatenate((self.first_limited, more.first_limited + len(self.limited))),
            np.concatenate((self.limited_count, more.limited_count)),
            np.concatenate((self.limited, more.limited)),
            self._known,
        )


def fillings(sets: Sequence[Slots], slot: IntArray, limited: NDArray[np.bool_]) -> Fillings:
    """Make them of sets of volumes; ``slot`` and ``limited`` are of each volume."""
    zone_of, is_limited = slot.tolist(), limited.tolist()
    asked = [[volume for volume in each if is_limited[volume]] for each in sets]
    counts = np.array([len(each) for each in asked], np.int64)
    return Fillings(
        tuple(
            tuple(sorted({zone_of[volume] for volume in each if not is_limited[volume]}))
            for each in sets
        ),
        np.cumsum(counts) - counts,
        counts,
        np.array(list(chain.from_iterable(asked)), np.int64),
    )
