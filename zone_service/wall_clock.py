"""Whether the time of day was set: told by the clock of the machine that nobody can set.

Silence and staleness are spans of time. They are counted in the time of day, which the journal
holds and a replay has again; so when that is set, what was heard is set with it.
"""

SET_S = 1.0
"""A smaller difference is drift, or a second that was smeared over hours."""


class WallClock:
    """Compares the time of day with the monotonic clock, from one look to the next."""

    def __init__(self, wall_s: float, monotonic_s: float) -> None:
        self._offset_s = wall_s - monotonic_s

    def set_by_s(self, wall_s: float, monotonic_s: float) -> float:
        """Return by how much the time of day was set since the last look; mostly 0."""
        offset_s = wall_s - monotonic_s
        by_s, self._offset_s = offset_s - self._offset_s, offset_s
        return by_s if abs(by_s) > SET_S else 0.0
