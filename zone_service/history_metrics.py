"""How much there is of the history, and how much room, for Prometheus, read whenever somebody asks."""

from collections.abc import Iterator
from pathlib import Path

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from zone_service.room import room_of
from zone_service.store import history_files
from zone_service.store.engine import Store

log = structlog.get_logger("history")


class HistoryCollector(Collector):
    """The manifest of the history and its disk, as they are at the moment of the question."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Yield every metric; where the database is away, those of the disk alone."""
        yield GaugeMetricFamily(
            "zone_disk_free_ratio", "Of the disk of the history.", room_of(self._folder).free
        )
        try:
            with self._store.reader.begin() as connection:
                held = history_files.held(connection)
        except SQLAlchemyError as error:
            log.warning("history_not_counted", error=str(error))
            return
        files = GaugeMetricFamily("zone_history_files", "Files kept.", labels=["kind"])
        size = GaugeMetricFamily("zone_history_bytes", "Bytes of them.", labels=["kind"])
        removed = CounterMetricFamily("zone_history_removed", "Files removed.", labels=["kind"])
        for kind, each in held.items():
            files.add_metric([kind.value], each.files)
            size.add_metric([kind.value], each.size_bytes)
            removed.add_metric([kind.value], each.removed)
        yield from (files, size, removed)
