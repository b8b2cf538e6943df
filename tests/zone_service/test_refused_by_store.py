"""A violation that the database refuses for good holds nobody up, and is told when it is taken."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.servers import PAIRS, Pair
from tests.zone_service.running import AIRPORT, AWAY, Client, Site, heard, settle, until
from zone_service.store import journal, violations
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM, ViolationFilter, ViolationRecord
from zone_service.worker import REFUSED_BY_STORE

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

REFUSED, WELL = "uav-1", "uav-2"


@pytest.fixture(params=PAIRS, ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    pair: Pair = request.param
    broker = pair.require_broker(request)
    with pair.database(request, tmp_path) as url, closing(open_store(url)) as store:
        settle(store, REFUSED, WELL)
        broker.add(REFUSED, WELL)
        running = Site(broker, store, url, tmp_path)
        yield running
        if running.process is not None and running.process.poll() is None:
            running.end(signal.SIGKILL)
        broker.remove(REFUSED, WELL)


def refuse(store: Store) -> None:
    statement = (
        "CREATE TRIGGER refuses BEFORE INSERT ON violation WHEN NEW.device_id = 'uav-1' "
        "BEGIN SELECT RAISE(ABORT, 'refused by refuses'); END"
        if store.is_sqlite
        else "ALTER TABLE violation ADD CONSTRAINT refuses CHECK (device_id <> 'uav-1')"
    )
    with store.begin() as connection:
        connection.execute(text(statement))


def relent(store: Store) -> None:
    dropped = "DROP TRIGGER" if store.is_sqlite else "ALTER TABLE violation DROP CONSTRAINT"
    with store.begin() as connection:
        connection.execute(text(f"{dropped} refuses"))


def breaches(site: Site, device_id: str) -> list[ViolationRecord]:
    with site.store.read() as session:
        asked = ViolationFilter(device_id=device_id, code="KEEP_OUT_BREACH")
        return list(violations.page(session, PLATFORM, asked))


def last_beat(listener: Client) -> dict[str, Any]:
    until(lambda: heard(listener, "zone/live/heartbeat"))
    return heard(listener, "zone/live/heartbeat")[-1]


def acknowledged(unit: Client) -> int:
    return max((said["seq"] for _, said in unit.heard if "seq" in said), default=0)


def test_all_others_go_on_and_what_was_refused_is_told_at_a_start_that_may(site: Site) -> None:
    refuse(site.store)
    with site.listener() as listener, site.device(REFUSED) as bad, site.device(WELL) as good:
        site.start()
        until(site.end_of_start)
        for seq in (1, 2, 3):
            bad.say(REFUSED, AIRPORT, seq)
            good.say(WELL, AIRPORT, seq)
        until(lambda: acknowledged(bad) == acknowledged(good) == 3)
        until(lambda: REFUSED_BY_STORE in last_beat(listener)["problem"])
        beat = last_beat(listener)
        assert beat["degraded"]
        assert not beat["held_up"]
        assert beat["refused"]["internal_error"] >= 1
        assert len(breaches(site, WELL)) == 1
        assert breaches(site, REFUSED) == []
        assert len(list(journal.history(site.store, REFUSED))) == 3

        site.end()
        site.start()
        until(lambda: site.times_listening() == 2)
        good.say(WELL, AWAY, 4)
        until(lambda: acknowledged(good) == 4)

        site.end()
        relent(site.store)
        site.start()
        until(lambda: breaches(site, REFUSED))
        until(lambda: site.times_listening() == 3)
        assert site.end() == 0
    (told,) = breaches(site, REFUSED)
    (other,) = breaches(site, WELL)
    assert abs((told.opened_at - other.opened_at).total_seconds()) < 30
    said = (site.data_dir / "worker.log").read_text()
    assert '"event": "refused_by_store"' in said
    assert '"device_id": "uav-1"' in said
