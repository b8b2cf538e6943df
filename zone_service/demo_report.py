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
    """By the worker, as far as it told; one that comes again after a crash counts twice."""
    committed: int = 0
    """Refused ones are kept and count among them."""
    refused: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    begun_after_ready_s: float = 0.0
    """How long after the page was ready the play began: its units have to connect."""
    recordings: str = ""
    """Which recorded payloads were played, for people."""

    def missing(self) -> list[ExpectedBreach]:
        """Return the scripted breaches that were due and were not reported in time."""
        return [
            each
            for each in self.expected
            if each.latest_s <= self.seconds
            and not any(told.opened_s <= each.latest_s for told in self._reports_of(each))
        ]

    def unscripted(self) -> list[Told]:
        """Return the violations that nobody scripted, or that were reported more than once."""
        scripted = {id(told) for each in self.expected for told in self._reports_of(each)}
        return [told for told in self.told.values() if id(told) not in scripted]

    def _reports_of(self, expected: ExpectedBreach) -> list[Told]:
        """Return the reports that the script asks for: one, and one more for each round."""
        found: list[Told] = []
        for told in sorted(self.told.values(), key=lambda told: told.opened_s):
            if _is(told, expected) and (not found or _is_due_again(told, found[-1], expected)):
                found.append(told)
        return found

    @property
    def unaccounted(self) -> int:
        """How many messages were published and not committed; below 0 where it is the reverse."""
        return self.published - self.committed

    @property
    def passed(self) -> bool:
        """Whether what was scripted was reported once, nothing else was, and no message was lost."""
        return not (self.missing() or self.unscripted() or self.unaccounted)

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
                "unaccounted": self.unaccounted,
            },
            "violations": [_line(told, self.begun_after_ready_s) for told in self.told.values()],
            "latency_ms": {"p50": _quantile(latencies, 0.5), "p99": _quantile(latencies, 0.99)},
            "missing": [_named(each.code, each.device_id, each.zone_id) for each in self.missing()],
            "unscripted": [
                _named(*(told.violation[key] for key in ("code", "device_id", "zone_id")))
                for told in self.unscripted()
            ],
            "passed": self.passed,
        }

    def as_json(self) -> str:
        """Return the summary as text."""
        return json.dumps(self.summary(), indent=2, ensure_ascii=False) + "\n"


def _is(told: Told, expected: ExpectedBreach) -> bool:
    found = told.violation
    named = (found["code"], found["device_id"], found["zone_id"])
    return named == (expected.code, expected.device_id, expected.zone_id)


def _is_due_again(told: Told, before: Told, expected: ExpectedBreach) -> bool:
    again_after_s = expected.again_after_s
    return again_after_s is not None and told.opened_s - before.opened_s >= again_after_s


def _named(code: str, device_id: str, zone_id: str | None) -> str:
    return f"{code} of {device_id}" + (f" at {zone_id}" if zone_id else "")


def _line(told: Told, begun_after_ready_s: float) -> dict[str, Any]:
    found = told.violation
    return {
        "code": found["code"],
        "device": found["device_id"],
        "zone": found["zone_id"],
        "opened": found["opened_at"],
        "closed": found["closed_at"],
        "latency_ms": None if told.latency_ms is None else round(told.latency_ms, 2),
        "after_ready_s": round(begun_after_ready_s + told.opened_s, 1),
    }


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
