"""What the web process does at its start and what its clock does to staleness."""

import asyncio
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from permits.permit import PermitAction, PermitKind, PermitState
from tests.store.city import NOON, POLICE, SWIFT, UNDER, cars, later, settle, terms
from zone_service import bus
from zone_service.clock import steady_unix_s, unix_s
from zone_service.demo_city import lead_to
from zone_service.live_frames import STALE
from zone_service.live_loop import LiveLoop
from zone_service.live_sources import Sources
from zone_service.metrics import Metrics
from zone_service.store import journal, permits, registry
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Batch, Commit, ViolationChange
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


def test_after_a_step_in_one_permit_the_feed_reads_that_permit_and_no_other(store: Store) -> None:
    """Whoever takes the next step waits for the thread that reads."""
    settle(store)
    numbers = list[str]()
    for car in cars(3):
        with store.write() as session:
            registry.add_device(
                session, PLATFORM, replace(car, device_id=f"van-{len(numbers)}"), NOON
            )
            given = terms(f"van-{len(numbers)}", valid_from=NOON, valid_to=later(9e8))
            made = permits.create(
                session, SWIFT, kind=PermitKind.ROAD_TEST, holder_id="swift", terms=given, at=NOON
            )
            numbers.append(lead_to(session, made, PermitState.ACTIVE, NOON, UNDER).number)
    sources, read = Sources(store, ZoneCache(store)), list[str]()
    assert {each.permit_number for each in sources.read_directory().values()} >= set(numbers)
    with store.write() as session:
        permits.apply_action(
            session, POLICE, numbers[1], PermitAction.REVOKE, NOON, "because", under=UNDER
        )
    event.listen(
        store.reader,
        "before_cursor_execute",
        lambda _c, _cur, said, given, *_: read.append(f"{said} {given}"),
    )
    again = sources.read_directory()
    assert again == Sources(store, ZoneCache(store)).read_directory()
    whole = [each for each in read if "permit.terms" in each]
    assert [number for number in numbers if number in whole[0]] == [numbers[1]]


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
