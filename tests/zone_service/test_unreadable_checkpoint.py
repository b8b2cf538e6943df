"""A real worker that finds no checkpoint it can read is back in seconds, and says what it lost."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.servers import RunningBroker
from tests.zone_service.running import AIRPORT, Site, heard, settle, until
from zone_service.store import violations
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

RECOVERY_S = 10.0


@pytest.fixture
def site(
    mosquitto_broker: RunningBroker, migrated_store_url: str, tmp_path: Path
) -> Iterator[Site]:
    store = open_store(migrated_store_url)
    settle(store, "uav-1")
    mosquitto_broker.add("uav-1")
    found = Site(mosquitto_broker, store, migrated_store_url, tmp_path)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.end(signal.SIGKILL)
    mosquitto_broker.remove("uav-1")
    store.close()


def ongoing(site: Site) -> dict[str, str]:
    with site.store.read() as session:
        return {each.code: each.id for each in violations.open_violations(session, PLATFORM)}


def lose_the_memory(site: Site) -> None:
    """Harm every checkpoint, and take the beginning of the journal away as pruning does."""
    with site.store.begin() as connection:
        connection.execute(text("UPDATE checkpoint SET body = :body"), {"body": b"of another age"})
        connection.execute(text("DELETE FROM journal WHERE journal_id = 1"))


def test_a_worker_without_a_checkpoint_is_back_in_seconds_and_says_what_it_lost(
    site: Site,
) -> None:
    with site.listener() as listener, site.device() as unit:
        site.start()
        until(site.end_of_start)
        for seq in range(1, 6):
            unit.say("uav-1", AIRPORT, seq)
        until(lambda: len(site.stored()) == 5)
        before = ongoing(site)
        site.end(signal.SIGKILL)
        lose_the_memory(site)
        listener.heard.clear()
        began_s = time.monotonic()
        site.start()
        unit.say("uav-1", AIRPORT, 6)
        until(lambda: 6 in site.stored())
        took_s = time.monotonic() - began_s
        until(lambda: heard(listener, "zone/live/heartbeat"))
    beat = heard(listener, "zone/live/heartbeat")[-1]
    assert took_s < RECOVERY_S
    assert beat["degraded"]
    assert "is not remembered" in beat["problem"]
    assert "memory_cut" in (site.data_dir / "worker.log").read_text()
    assert site.stored() == [1, 2, 3, 4, 5, 6]
    assert ongoing(site)["KEEP_OUT_BREACH"] == before["KEEP_OUT_BREACH"]
