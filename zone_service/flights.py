"""What aircraft said last, as arrays: a tick asks all of them at once where they are. Pure.

It follows from what is remembered of the devices and is not kept. Whoever changes those in another
way than by their reports has the flights forgotten, and they are gathered again.
"""

from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geofence.motion import Motion
from zone_service.world import Subject

Said = tuple[float, float | None, float | None, float | None]
"""When it was received, ground speed, track and climb; ``None`` where it does not say."""
NOWHERE: Final[Said] = (-inf, None, None, None)
"""Of a device that does not fly, or of which nobody can tell where."""

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Flights:
    """The last report of each aircraft that is somewhere in the air, by device number."""

    __slots__ = ("_said", "_subjects")

    def __init__(self) -> None:
        self._said: FloatArray = np.zeros((0, len(NOWHERE)))
        self._subjects: Mapping[str, Subject] | None = None

    def are_all_of(self, subjects: Mapping[str, Subject]) -> bool:
        """Tell whether these are all flights there are, if these devices are registered."""
        return self._subjects is subjects

    def forget(self) -> None:
        """Have them gathered anew."""
        self._subjects = None

    def begin(self, subjects: Mapping[str, Subject]) -> None:
        """Begin without any; those of these devices are put in from here on."""
        self._said[:, 0], self._subjects = -inf, subjects

    def put(self, numbers: Sequence[int], said: Sequence[Said]) -> None:
        """Let these devices have said this last; of one that is there twice the later counts."""
        if numbers:
            self._make_room(max(numbers) + 1)
            # What is not said is None there, and becomes a NaN.
            flat = [each for one in said for each in one]
            self._said[numbers] = np.array(flat, np.float64).reshape(len(said), -1)

    def aged(self, now_s: float, longest_s: float) -> tuple[IntArray, FloatArray]:
        """Return the numbers of those that are no older than this, and their ages in seconds."""
        age_s = np.maximum(0.0, now_s - self._said[:, 0])
        number = (age_s <= longest_s).nonzero()[0]
        return number, age_s[number]

    def motion(self, number: IntArray) -> Motion:
        """Return how some of them move."""
        return Motion(*self._said[number, 1:].T)

    def _make_room(self, count: int) -> None:
        more = max(count, 2 * len(self._said), 64) - len(self._said)
        if count > len(self._said):
            self._said = np.concatenate((self._said, np.full((more, len(NOWHERE)), nan)))
            self._said[-more:, 0] = -inf
