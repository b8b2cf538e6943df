"""What vehicles drove on roads, found from the history of each day that is over.

By itself, behind the compaction: the worker knows nothing of it. A day is matched as a whole, so that neither
redelivery nor how reports came in batches changes anything; whoever dies in between is followed by one that
finds the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import structlog

from permits.issuing import legal_day
from permits.ruleset import RuleSet, judged_by
from zone_service.background import nothing
from zone_service.history.asked import LAW_ZONE, day_of
from zone_service.history.query import History
from zone_service.history.traces import trace_of
from zone_service.mileage import RoadDriven, Roads, driven_on, mode_of, roads_of, tolerance_of
from zone_service.settings import Settings
from zone_service.store import road_days, rule_sets, zones
from zone_service.store.engine import Store
from zone_service.store.errors import HistoryLost, HistoryRemoved, InvalidValue, TryLater
from zone_service.store.road_days import RoadDay

OVER: Final = timedelta(hours=2)
"""So long after midnight the day before is matched: what was on its way then has come."""
AT_ONCE: Final = 100
"""Days of devices in one run, a minute's work at most: the next run goes on."""

log = structlog.get_logger("history")


def mileage_of(settings: Settings, store: Store, rest: Callable[[], None] = nothing) -> "Mileage":
    """Return what finds the mileage of an installation, by the rules that are in force there."""
    with store.read() as session:
        rules = judged_by(rule_sets.sheet_of(session, settings.rule_set))
    return Mileage(History(store, settings.history_dir, settings.served), rules, rest=rest)


@dataclass(frozen=True, slots=True)
class Mileage:
    """Finds what was driven, of one installation."""

    history: History
    rules: RuleSet
    at_once: int = AT_ONCE
    rest: Callable[[], None] = nothing
    """Called between days of devices."""

    def run(self, at: datetime) -> int:
        """Match days that are over, the oldest first; return how many it did."""
        store, done = self.history.store, 0
        with store.reader.begin() as connection:
            due = road_days.due(connection, legal_day(at - OVER), self.at_once)
            vehicles = {each for each, _ in due if road_days.is_vehicle(connection, each)}
        roads = dict[date, Roads]()
        for device_id, day in due:
            if device_id not in vehicles:
                road_days.drop_mark(store, (device_id, day))
                continue
            if day not in roads:
                roads = {day: self._roads_on(day)}
            try:
                found = self._driven(device_id, day, roads[day])
            except TryLater:
                return done
            road_days.keep(store, [RoadDay(device_id, day, at, found)])
            done += 1
            self.rest()
        return done

    def _driven(self, device_id: str, day: date, roads: Roads) -> tuple[RoadDriven, ...] | None:
        """Return what was driven on a day; ``None`` where nobody can tell any more."""
        try:
            rows = self.history.rows(day_of(day, device_id))
        except (HistoryLost, HistoryRemoved, InvalidValue) as error:
            log.warning("day_not_matched", device_id=device_id, day=str(day), error=str(error))
            return None
        trace = trace_of(rows, mode_of(self.rules))
        return driven_on(trace, roads, tolerance_of(self.rules))

    def _roads_on(self, day: date) -> Roads:
        """Return the roads as they were drawn at the end of a day."""
        ends = datetime.combine(day + timedelta(days=1), time(), LAW_ZONE).astimezone(UTC)
        with self.history.store.read() as session:
            return roads_of(zones.at(session, ends).zones)
