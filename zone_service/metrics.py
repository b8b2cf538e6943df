"""What Prometheus may ask. No label has more than some tens of values; never a device."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from zone_service.live_feed import FeedEvent

DISTRIBUTION = "test-zone-platform"
_LATENCIES_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """The counters of one web process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "zone_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "zone_http_request_seconds",
            "Time to answer.",
            ("route",),
            registry=self.registry,
        )
        self.auth_failures = Counter(
            "zone_auth_failures",
            "Credentials that were not valid.",
            ("kind",),
            registry=self.registry,
        )
        self.violation_seconds = Histogram(
            "zone_violation_e2e_seconds",
            "From the device's clock at the fix to the viewers' sockets.",
            buckets=_LATENCIES_S,
            registry=self.registry,
        )

    def sent(self, events: Iterable[FeedEvent], now_s: float) -> None:
        """Note how long openings took to come this far."""
        for each in events:
            told = each.violation.get("trigger_event_time")
            if each.event == "opened" and isinstance(told, str):
                seconds = now_s - datetime.fromisoformat(told).timestamp()
                self.violation_seconds.observe(max(0.0, seconds))

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
