"""What became of everything that came to a gateway: for its log, for Prometheus, for the refusals' list."""

from collections import Counter
from collections.abc import Iterator
from threading import Lock

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from telemetry.gateways.wire import Drop, Dropped
from telemetry.report import RefusalReason
from zone_service.store.records import Refusal

MOST_NAMED = 200
"""Rows in a minute of who only says who it is: invented numbers must not fill the table of refusals."""
OTHERS = "(others)"

_REASONS = {
    Dropped.MALFORMED: RefusalReason.MALFORMED,
    Dropped.BAD_CHECKSUM: RefusalReason.BAD_CHECKSUM,
    Dropped.TOO_LARGE: RefusalReason.TOO_LARGE,
    Dropped.UNKNOWN_UNIT: RefusalReason.UNKNOWN_DEVICE,
    Dropped.NOT_AUTHENTICATED: RefusalReason.REVOKED_DEVICE,
    Dropped.WRONG_UNIT: RefusalReason.WRONG_DEVICE,
    Dropped.UNSUPPORTED: RefusalReason.UNSUPPORTED,
    Dropped.INCOMPLETE: RefusalReason.MALFORMED,
    Dropped.UNIT_GONE: RefusalReason.UNKNOWN_DEVICE,
}
"""What is a matter of who sent it; the others are a matter of this process."""


class Counts:
    """Of one gateway, since it started. Its collector may be asked from another thread."""

    def __init__(self, name: str, *, hears_strangers: bool = False) -> None:
        """``hears_strangers``: those that nobody registered are counted under one name together."""
        self.name = name
        self._most_named = 0 if hears_strangers else MOST_NAMED
        self.said: Counter[str] = Counter()
        """``received``, ``stored``, ``connections``: what went well."""
        self.dropped: Counter[Dropped] = Counter()
        self.connections = 0
        self.waiting = 0
        """Messages that are not stored yet."""
        self._refusals: dict[tuple[str, str, int], Refusal] = {}
        self._named: set[tuple[str, Dropped]] = set()
        self._minute_s = 0
        self._lock = Lock()

    def drop(self, drop: Drop, now_s: float) -> None:
        """Count what was dropped, and note it where people look for what was refused."""
        if drop.count == 0:
            return
        self.dropped[drop.reason] += drop.count
        reason = _REASONS.get(drop.reason)
        if reason is None or not drop.subject:
            return
        with self._lock:
            minute_s = int(now_s // 60 * 60)
            key = (self._name(drop, minute_s), reason.value, minute_s)
            before = self._refusals.get(key)
            count, sample = (0, drop.sample) if before is None else (before.count, before.sample)
            self._refusals[key] = Refusal(*key, count + drop.count, sample)

    def _name(self, drop: Drop, minute_s: int) -> str:
        """Return under whose name it is kept: a device's, or one that is only claimed on this wire."""
        if not drop.is_claimed:
            return drop.subject
        if minute_s != self._minute_s:
            # By the minute and not by the note: there are twelve notes in one, and each adds its rows.
            self._minute_s, self._named = minute_s, set()
        claimed = drop.subject, drop.reason
        if claimed not in self._named and len(self._named) >= self._most_named:
            return f"{self.name} {OTHERS}"
        self._named.add(claimed)
        return f"{self.name} {drop.subject}"

    def refusals(self) -> tuple[Refusal, ...]:
        """Return what was noted since last asked."""
        with self._lock:
            found, self._refusals = tuple(self._refusals.values()), {}
        return found

    def put_back(self, refusals: tuple[Refusal, ...]) -> None:
        """Take back what could not be stored."""
        with self._lock:
            for each in refusals:
                key = (each.subject, each.reason, each.minute_s)
                new = self._refusals.get(key)
                count = each.count + (0 if new is None else new.count)
                self._refusals[key] = Refusal(*key, count, each.sample)

    def in_numbers(self) -> dict[str, int]:
        """Return all of it for a line of the log."""
        dropped = {f"dropped_{each.value}": count for each, count in self.dropped.items()}
        return {**self.said, **dropped, "open": self.connections, "waiting": self.waiting}


class Told(Collector):
    """The same for Prometheus; never a unit's name."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield what is counted."""
        name, counts = self._counts.name, self._counts
        messages = CounterMetricFamily(
            "zone_gateway_messages", "What became of what came.", labels=("wire", "result")
        )
        for said in ("received", "stored"):
            messages.add_metric((name, said), counts.said[said])
        for reason in Dropped:
            messages.add_metric((name, f"dropped_{reason.value}"), counts.dropped[reason])
        yield messages
        for what, help_, value in (
            ("connections", "Connections that are open.", counts.connections),
            ("waiting", "Messages that are not stored yet.", counts.waiting),
        ):
            gauge = GaugeMetricFamily(f"zone_gateway_{what}", help_, labels=("wire",))
            gauge.add_metric((name,), value)
            yield gauge


def collected(counts: Counts) -> CollectorRegistry:
    """Return a registry of a gateway's own."""
    made = CollectorRegistry()
    made.register(Told(counts))
    return made
