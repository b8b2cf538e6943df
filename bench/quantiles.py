"""Order statistics of latencies."""

from collections.abc import Sequence


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value that ``share`` of all are at or below; ``None`` for no values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def rounded(value: float | None, digits: int = 2) -> float | None:
    """Round what is known."""
    return None if value is None else round(value, digits)
