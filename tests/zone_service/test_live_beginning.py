"""What the web process does at its start and what its clock does to staleness."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from zone_service import bus
from zone_service.clock import steady_unix_s, unix_s
from zone_service.live_frames import STALE
from zone_service.live_loop import LiveLoop
from zone_service.live_sources import Sources
from zone_service.metrics import Metrics
from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.records import Batch, Commit, ViolationChange
from zone_service.zone_cache import ZoneCache

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def opened(number: int) -> ViolationChange:
    return ViolationChange(
        id=f"v{number}", code="KEEP_OUT_BREACH", severity="critical", device_id=f"uav-{number}",
        organisation_id=None, permit_number=None, zone_id=None,
        opened_at=AT + timedelta(seconds=number), detected_at=AT, updated_at=AT, closed_at=None,
        longitude_deg=None, latitude_deg=None, measured=None, limit=None, rule_version="r",
        zone_revision=1, trigger_event_time_s=None, trigger_received_s=None,
    )  # fmt: skip


def commit(store: Store, count: int) -> None:
    changes = tuple(opened(number) for number in range(count))
    batch = Batch("b", 0.0, 0.0, 0, journal.pack(()))
    journal.commit_batch(store, Commit(batch=batch, violations=changes))


@pytest.mark.parametrize("count", [1, 60])
def test_the_start_asks_the_store_as_often_with_many_open_violations_as_with_one(
    store: Store, count: int
) -> None:
    commit(store, count)
    asked: list[str] = []
    event.listen(
        store.reader, "before_cursor_execute", lambda _c, _cursor, said, *_: asked.append(said)
    )
    loop = LiveLoop(Sources(store, ZoneCache(store)), Metrics())
    asyncio.run(loop.begin())
    assert len(list(loop.hub.feed.ongoing())) == count
    assert len(asked) < 20


def test_missed_events_are_read_in_as_few_queries(store: Store) -> None:
    commit(store, 60)
    sources = Sources(store, ZoneCache(store))
    asked: list[str] = []
    event.listen(
        store.reader, "before_cursor_execute", lambda _c, _cursor, said, *_: asked.append(said)
    )
    assert len(sources.events_since(0)) == 60
    assert len(asked) < 10


@pytest.mark.parametrize("by_s", [3600.0, -3600.0])
def test_the_time_of_day_may_be_set_and_nothing_grows_stale_or_stays_fresh_for_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, by_s: float
) -> None:
    loop = LiveLoop(Sources(store, ZoneCache(store)), Metrics())
    asyncio.run(loop.begin())
    hub = loop.hub
    told: dict[str, Any] = {"t": 1, "objects": [["car-1", 121.5, 31.2, None, 0]]}
    loop.take(bus.DELTA, json.dumps(told).encode())
    really = time.time
    monkeypatch.setattr(time, "time", lambda: really() + by_s)
    assert abs(unix_s() - steady_unix_s() - by_s) < 60.0
    hub.objects.age(steady_unix_s())
    assert not hub.objects.rows["flags"][0] & STALE
    hub.objects.age(steady_unix_s() + hub.limits.stale_after_s + 1.0)
    assert hub.objects.rows["flags"][0] & STALE
