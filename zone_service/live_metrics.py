"""The live feed's own counts, for Prometheus, read whenever somebody asks."""

from collections.abc import Iterator
from importlib.metadata import version

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from zone_service.live_frames import DOMAIN_MASK, STALE
from zone_service.live_loop import LiveLoop
from zone_service.live_objects import DOMAINS
from zone_service.metrics import DISTRIBUTION


class LiveCollector(Collector):
    """The hub's state as it is at the moment of the question."""

    def __init__(self, live: LiveLoop) -> None:
        self._live = live

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield InfoMetricFamily("zone_build", "This program.", {"version": version(DISTRIBUTION)})
        yield from self._viewers()
        yield from self._devices()
        yield from self._worker()
        yield self._violations()

    def _viewers(self) -> Iterator[Metric]:
        hub = self._live.hub
        clients = GaugeMetricFamily("zone_ws_clients", "Viewers.", labels=["scope"])
        own = sum(viewer.sight.scope is not None for viewer in list(hub.viewers))
        clients.add_metric(["all"], len(hub.viewers) - own)
        clients.add_metric(["organisation"], own)
        yield clients
        dropped = CounterMetricFamily("zone_ws_dropped", "Viewers closed.", labels=["reason"])
        for reason, count in list(hub.counts.dropped.items()):
            dropped.add_metric([reason], count)
        yield dropped
        yield CounterMetricFamily("zone_ws_writes", "Writes to viewers.", hub.counts.frames)
        yield CounterMetricFamily("zone_ws_bytes", "Bytes to viewers.", hub.counts.bytes)

    def _devices(self) -> Iterator[Metric]:
        objects = self._live.hub.objects
        flags = objects.rows["flags"][: objects.count][objects.alive[: objects.count]]
        stale = (flags & STALE) > 0
        online = GaugeMetricFamily("zone_devices_online", "Heard lately.", labels=["domain"])
        for code, domain in enumerate(DOMAINS):
            online.add_metric([domain], int((((flags & DOMAIN_MASK) == code) & ~stale).sum()))
        yield online
        yield GaugeMetricFamily("zone_devices_stale", "Not heard lately.", int(stale.sum()))

    def _worker(self) -> Iterator[Metric]:
        hub, beat = self._live.hub, self._live.last_beat
        yield GaugeMetricFamily("zone_mqtt_connected", "The bus is there.", hub.bus_connected)
        yield GaugeMetricFamily("zone_geofence_version", "Revision of the map.", hub.zones_revision)
        if beat is None:
            return
        yield GaugeMetricFamily("zone_engine_lag_seconds", "Of the worker.", beat.lag_ms / 1000)
        messages = CounterMetricFamily(
            "zone_mqtt_messages",
            "By the worker; committed counts what is kept, also of what was refused.",
            labels=["result"],
        )
        messages.add_metric(["read"], beat.messages)
        messages.add_metric(["committed"], beat.committed)
        for reason, count in beat.refused.items():
            messages.add_metric([f"refused_{reason}"], count)
        yield messages

    def _violations(self) -> Metric:
        ongoing = GaugeMetricFamily("zone_violations_open", "Going on.", labels=["severity"])
        counts: dict[str, int] = {}
        for each in list(self._live.hub.feed.ongoing()):
            counts[str(each["severity"])] = counts.get(str(each["severity"]), 0) + 1
        for severity, count in counts.items():
            ongoing.add_metric([severity], count)
        return ongoing
