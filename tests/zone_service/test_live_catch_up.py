"""The web process finds out from the heartbeat that the worker committed more than it told."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping

import pytest

from zone_service import bus, live_loop
from zone_service.live_feed import FeedEvent
from zone_service.live_loop import LiveLoop
from zone_service.live_sources import Beginning, Sources
from zone_service.metrics import Metrics
from zone_service.store.records import Revisions, ViolationRecord

REVISIONS = Revisions(1, 1, 1)


class Committed(Sources):
    """A store whose feed has as many events as the test says."""

    def __init__(self) -> None:
        self.last = 0

    def revisions(self) -> Revisions:
        """Return what never changes."""
        return REVISIONS

    def read_directory(self) -> Mapping[str, object]:  # type: ignore[override]
        """Return nobody."""
        return {}

    def beginning(self) -> Beginning:
        """Return an empty feed."""
        return Beginning(0, (), REVISIONS)

    def violations(self, records: Iterable[ViolationRecord]) -> list[dict[str, object]]:
        """Return none: nothing is going on."""
        return []

    def events_since(self, seq: int) -> tuple[FeedEvent, ...]:
        """Return what was committed."""
        return tuple(_opened(number) for number in range(seq + 1, self.last + 1))


def _opened(seq: int) -> FeedEvent:
    violation = {
        "id": f"v{seq}",
        "device_id": "car-1",
        "organisation_id": "acme",
        "other_device_id": None,
        "other_organisation_id": None,
        "closed_at": None,
    }
    return FeedEvent(seq, "opened", violation)


def beat(seq: int) -> bytes:
    said = {"t": 1, "messages": 0, "degraded": False, "zones_revision": 1, "seq": seq}
    return json.dumps(said).encode()


def test_a_heartbeat_that_is_ahead_of_the_feed_has_the_store_read_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker that died between commit and announcement told nobody; its successor counts on."""
    monkeypatch.setattr(live_loop, "LOOK_S", 100.0)
    assert asyncio.run(_seconds_until_caught_up(lambda: beat(2))) < 50.0


def test_a_heartbeat_that_is_not_ahead_costs_no_look_at_the_store() -> None:
    assert asyncio.run(_seconds_until_caught_up(lambda: beat(0))) > 1.0


async def _seconds_until_caught_up(said: Callable[[], bytes]) -> float:
    sources = Committed()
    loop = LiveLoop(sources, Metrics())
    await loop.begin()
    running = asyncio.create_task(loop.run())
    await asyncio.sleep(0.3)
    sources.last = 2
    began_s = time.monotonic()
    loop.take(bus.HEARTBEAT, said())
    while loop.hub.feed.seq < 2:
        await asyncio.sleep(0.01)
    took_s = time.monotonic() - began_s
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return took_s
