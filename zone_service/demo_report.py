"""What a demonstration showed: its violations against its script, and its figures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulators.scenario import ExpectedBreach


@dataclass(slots=True)
class Told:
    """One violation as the live feed told it."""

    violation: Mapping[str, Any]
    opened_s: float
    """Seconds from the start of the play until the feed had it."""
    latency_ms: float | None
    """From the publishing of the message that showed it; ``None`` where no message did."""
    closed: bool = False


@dataclass(slots=True)
class Demonstration:
    """Collected while it runs."""

    expected: Sequence[ExpectedBreach]
    told: dict[str, Told] = field(default_factory=dict)
    published: int = 0
    received: int = 0
    committed: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    recordings: str = ""
    """Which recorded payloads were played, for people."""

    def missing(self) -> list[ExpectedBreach]:
        """Return the scripted breaches that were due and were not reported in time."""
        return [
            each
            for each in self.expected
            if each.latest_s <= self.seconds
            and not any(self._is(told, each) for told in self._in_time(each))
        ]

    def unscripted(self) -> list[Told]:
        """Return the violations that nobody scripted."""
        return [
            told
            for told in self.told.values()
            if not any(self._is(told, each) for each in self.expected)
        ]

    def _in_time(self, expected: ExpectedBreach) -> list[Told]:
        return [told for told in self.told.values() if told.opened_s <= expected.latest_s]

    @staticmethod
    def _is(told: Told, expected: ExpectedBreach) -> bool:
        found = told.violation
        return (found["code"], found["device_id"]) == (expected.code, expected.device_id)

    @property
    def passed(self) -> bool:
        """Whether everything that was scripted was reported, and nothing else."""
        return not self.missing() and not self.unscripted()

    def summary(self) -> dict[str, Any]:
        """Return everything as plain data."""
        latencies = sorted(
            told.latency_ms for told in self.told.values() if told.latency_ms is not None
        )
        return {
            "seconds": round(self.seconds, 1),
            "recordings": self.recordings,
            "messages": {
                "published": self.published,
                "received": self.received,
                "committed": self.committed,
                "refused": dict(self.refused),
            },
            "violations": [_line(told) for told in self.told.values()],
            "latency_ms": {"p50": _quantile(latencies, 0.5), "p99": _quantile(latencies, 0.99)},
            "missing": [f"{each.code} of {each.device_id}" for each in self.missing()],
            "unscripted": [
                f"{told.violation['code']} of {told.violation['device_id']}"
                for told in self.unscripted()
            ],
            "passed": self.passed,
        }

    def as_json(self) -> str:
        """Return the summary as text."""
        return json.dumps(self.summary(), indent=2, ensure_ascii=False) + "\n"


def _line(told: Told) -> dict[str, Any]:
    found = told.violation
    return {
        "code": found["code"],
        "device": found["device_id"],
        "zone": found["zone_id"],
        "opened": found["opened_at"],
        "closed": found["closed_at"],
        "latency_ms": None if told.latency_ms is None else round(told.latency_ms, 2),
    }


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
