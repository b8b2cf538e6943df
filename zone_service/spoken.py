"""What was said a moment ago and need not be said again: a device may fail ten times a second."""

MOST = 1000


class Spoken:
    """Remembers for some seconds that something was said."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._said_s: dict[str, float] = {}

    def is_new(self, what: str, now_s: float) -> bool:
        """Tell whether this was not said lately; from now on it was."""
        said_s = self._said_s.get(what)
        if said_s is not None and now_s - said_s < self._seconds:
            return False
        if len(self._said_s) >= MOST:
            self._said_s.clear()
        self._said_s[what] = now_s
        return True
