"""PostgreSQL goes away under the worker and comes back: nothing acknowledged is lost."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.servers import RunningBroker, RunningPostgres, fresh_database
from tests.zone_service.running import AIRPORT, AWAY, Client, Site, heard, settle, until
from zone_service.sole_worker import SecondWorker, held_database
from zone_service.store.engine import open_store

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'zone_%'"


@pytest.fixture
def postgres() -> Iterator[RunningPostgres]:
    """A server that no other test needs."""
    with RunningPostgres() as running:
        yield running


@contextmanager
def working(postgres: RunningPostgres, broker: RunningBroker, directory: Path) -> Iterator[Site]:
    """A worker that listens."""
    with fresh_database(postgres.url) as url:
        store = open_store(url)
        settle(store, "uav-1")
        broker.add("uav-1")
        site = Site(broker, store, url, directory)
        site.start()
        until(site.end_of_start)
        try:
            yield site
        finally:
            if site.process is not None and site.process.poll() is None:
                site.end(signal.SIGKILL)
            broker.remove("uav-1")
            store.close()


def acknowledged(unit: Client) -> int:
    told = heard(unit, "zone/down/uav-1/ack")
    return int(told[-1]["seq"]) if told else 0


def problem(listener: Client) -> str:
    told = heard(listener, "zone/live/heartbeat")
    return str(told[-1]["problem"]) if told else "not heard yet"


def test_a_database_that_is_stopped_and_started_again_costs_nothing_that_was_acknowledged(
    postgres: RunningPostgres, broker: RunningBroker, tmp_path: Path
) -> None:
    with (
        working(postgres, broker, tmp_path) as site,
        site.listener() as listener,
        site.device() as unit,
    ):
        unit.say("uav-1", AWAY, 1)
        until(lambda: acknowledged(unit) == 1)
        postgres.stop()
        for seq in range(2, 6):
            unit.say("uav-1", AIRPORT, seq)
        until(lambda: "nothing can be stored" in problem(listener))
        assert acknowledged(unit) == 1
        postgres.start()
        unit.say("uav-1", AIRPORT, 6)
        until(lambda: acknowledged(unit) == 6)
        assert site.process is not None
        assert site.process.poll() is None
        assert site.stored() == [1, 2, 3, 4, 5, 6]
        assert site.violations().count("KEEP_OUT_BREACH") == 1
        until(lambda: problem(listener) == "")


def test_connections_that_the_database_ends_again_and_again_cost_nothing(
    postgres: RunningPostgres, broker: RunningBroker, tmp_path: Path
) -> None:
    with working(postgres, broker, tmp_path) as site, site.device() as unit:
        for seq in range(1, 41):
            if seq % 8 == 0:
                postgres.run(TERMINATE)
            unit.say("uav-1", AIRPORT, seq)
            time.sleep(0.02)
        until(lambda: acknowledged(unit) == 40)
        assert site.process is not None
        assert site.process.poll() is None
        assert site.stored() == list(range(1, 41))
        assert site.violations().count("KEEP_OUT_BREACH") == 1
        assert site.end() == 0


def test_a_worker_that_starts_while_the_database_is_away_ends_with_a_word_about_it(
    postgres: RunningPostgres, nats_broker: RunningBroker, tmp_path: Path
) -> None:
    with working(postgres, nats_broker, tmp_path) as site, site.device() as unit:
        site.end(signal.SIGKILL)
        postgres.stop()
        site.start()
        assert site.process is not None
        assert site.process.wait(60) != 0
        said = (tmp_path / "worker.log").read_text()
        postgres.start()
        site.start()
        unit.say("uav-1", AWAY, 1)
        until(lambda: site.stored() == [1])
    assert "connection failed" in said
    assert "Traceback" not in said


def test_whoever_holds_a_database_holds_it_again_however_long_it_was_away(
    postgres: RunningPostgres,
) -> None:
    with fresh_database(postgres.url) as url, closing(open_store(url)) as store:
        with held_database(store) as still, closing(open_store(url)) as another:
            postgres.stop()
            assert [still(), still(), still()] == [True] * 3
            postgres.start()
            assert still()
            with pytest.raises(SecondWorker), held_database(another):
                pass
        with held_database(store):
            pass


def test_whoever_held_a_database_is_told_that_somebody_else_has_taken_it_meanwhile(
    postgres: RunningPostgres,
) -> None:
    with (
        fresh_database(postgres.url) as url,
        closing(open_store(url)) as store,
        closing(open_store(url)) as another,
        held_database(store) as still,
    ):
        postgres.run(TERMINATE)
        with held_database(another):
            assert [still(), still()] == [False] * 2
