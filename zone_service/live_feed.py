"""The feed of violations in the order of its numbers, whatever order it arrived in."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Violation = Mapping[str, Any]
"""The JSON object that every interface shows."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One numbered line of the feed."""

    seq: int
    event: str
    violation: Violation


class Feed:
    """Numbers have no gaps, so a missing one is known; later ones wait until it has come."""

    def __init__(self, seq: int, ongoing: Iterable[Violation], *, kept: int = 10_000) -> None:
        self.seq = seq
        """All up to this number was told."""
        self._ongoing: dict[str, Violation] = {}
        """Violations that have not closed, by id."""
        self._of: dict[str, dict[str, Violation]] = {}
        """The same, by device and id: one of two devices is there twice."""
        for violation in ongoing:
            self._keep(violation)
        self._recent: deque[FeedEvent] = deque(maxlen=kept)
        self._waiting: dict[int, FeedEvent] = {}

    @property
    def has_gap(self) -> bool:
        """Whether events wait for one that did not come; it is to be read from the store."""
        return bool(self._waiting)

    def take(self, events: Iterable[FeedEvent]) -> tuple[FeedEvent, ...]:
        """Take events in any order and return those whose turn has come, each only once."""
        for event in events:
            if event.seq > self.seq:
                self._waiting[event.seq] = event
        return tuple(self._due())

    def _due(self) -> Sequence[FeedEvent]:
        due = []
        while (event := self._waiting.pop(self.seq + 1, None)) is not None:
            self.seq = event.seq
            self._apply(event)
            due.append(event)
        return due

    def _apply(self, event: FeedEvent) -> None:
        self._recent.append(event)
        if event.violation["closed_at"] is None:
            self._keep(event.violation)
        else:
            self._forget(event.violation)

    def _keep(self, violation: Violation) -> None:
        self._ongoing[violation["id"]] = violation
        for device_id in devices_of(violation):
            self._of.setdefault(device_id, {})[violation["id"]] = violation

    def _forget(self, violation: Violation) -> None:
        self._ongoing.pop(violation["id"], None)
        for device_id in devices_of(violation):
            mine = self._of.get(device_id, {})
            mine.pop(violation["id"], None)
            if not mine:
                self._of.pop(device_id, None)

    def ongoing(self) -> Iterator[Violation]:
        """Yield every violation that has not closed."""
        yield from self._ongoing.values()

    def ongoing_of(self, device_id: str) -> tuple[Violation, ...]:
        """Return what a device is breaking now."""
        return tuple(self._of.get(device_id, {}).values())

    def violators(self) -> tuple[str, ...]:
        """Return every device that is in a violation now."""
        return tuple(self._of)

    def after(self, seq: int) -> tuple[FeedEvent, ...] | None:
        """Return what was told after a number; ``None`` when that is longer ago than is kept."""
        if seq > self.seq or seq < 0:
            return None
        if seq < self.seq and (not self._recent or self._recent[0].seq > seq + 1):
            return None
        missed = self.seq - seq
        start = len(self._recent) - missed
        return tuple(self._recent[index] for index in range(start, len(self._recent)))


def devices_of(violation: Violation) -> tuple[str, ...]:
    """Return the one device of a violation, or the two that came too close."""
    second = violation["other_device_id"]
    return (violation["device_id"],) if second is None else (violation["device_id"], second)
