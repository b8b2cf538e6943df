"""What may wait a moment is left for a turn that is short: no message waits for two works in a row.

A turn judges and commits what has come; whatever else the worker does every so often lengthens a turn,
and several of them that fall due together make the longest. Each is put off while its turn is long
already, but not for long: then it is done in whatever turn it is.
"""

SHORT_S = 0.003
"""A turn with some twenty messages takes 2 ms."""
PATIENCE_S = 0.02
"""Nobody notices that positions come so much later, or a look ahead."""


class Leisure:
    """How long the turn is that is done now, and what was put off. Steady seconds."""

    __slots__ = ("_asked_s", "_began_s", "_is_full")

    def __init__(self) -> None:
        self._began_s = 0.0
        self._is_full = False
        self._asked_s: dict[str, float] = {}

    def begin(self, now_s: float) -> None:
        """Begin a turn."""
        self._began_s, self._is_full = now_s, False

    def fill(self) -> None:
        """Have the turn count as long however long it is: some of it is done in parts, to keep it short."""
        self._is_full = True

    @property
    def is_full(self) -> bool:
        """Whether it does, so that its messages are not the reason."""
        return self._is_full

    def spent_s(self, now_s: float) -> float:
        """Return how long the turn has taken so far."""
        return now_s - self._began_s

    def is_left_for(self, work: str, now_s: float, patience_s: float = PATIENCE_S) -> bool:
        """Tell whether a piece of work that is due is to be done in this turn; it waits no longer than that.

        It is asked again each turn until it is.
        """
        asked_s = self._asked_s.setdefault(work, now_s)
        is_long = self._is_full or self.spent_s(now_s) >= SHORT_S
        if is_long and now_s - asked_s < patience_s:
            return False
        del self._asked_s[work]
        return True
