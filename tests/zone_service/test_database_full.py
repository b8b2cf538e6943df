"""PostgreSQL's own disk is full, and has room again: the worker waits, loses nothing, goes on."""

import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.servers import RunningBroker, RunningPostgres, fill, fresh_database, roomiest, small_disk
from tests.zone_service.running import AIRPORT, AWAY, Client, Site, heard, settle, until
from zone_service.store.engine import open_store

NOISE = "".join(random.Random(7).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=16_000))
"""PostgreSQL packs what repeats itself."""

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]


@pytest.fixture
def small() -> Iterator[Path]:
    """A disk that holds a cluster and little more, where PostgreSQL's own user may go."""
    with (
        tempfile.TemporaryDirectory(prefix="zone-small-", dir=roomiest()) as folder,
        small_disk(Path(folder), 112) as disk,
    ):
        Path(folder).chmod(0o755)
        yield disk


@contextmanager
def working(postgres: RunningPostgres, broker: RunningBroker, directory: Path) -> Iterator[Site]:
    """A worker that listens."""
    with fresh_database(postgres.url) as url, closing(open_store(url)) as store:
        settle(store, "uav-1")
        broker.add("uav-1")
        site = Site(broker, store, url, directory)
        site.start(ZONE_CHECKPOINT_EVERY_S="1000")
        until(site.end_of_start)
        try:
            yield site
        finally:
            if site.process is not None and site.process.poll() is None:
                site.end(signal.SIGKILL)
            broker.remove("uav-1")


def held_up(listener: Client) -> str:
    told = heard(listener, "zone/live/heartbeat")
    return str(told[-1]["held_up"]) if told else "not heard yet"


def acknowledged(unit: Client) -> int:
    told = heard(unit, "zone/down/uav-1/ack")
    return int(told[-1]["seq"]) if told else 0


def spend_log(postgres: RunningPostgres) -> None:
    """Write to the write-ahead log until it finds no room, which ends the server."""
    written = "pg_logical_emit_message(false, 'zone', repeat('x', 1000000))"
    with pytest.raises(psycopg.OperationalError):
        postgres.run(f"SELECT {written} FROM generate_series(1, 200)")


def spend_nothing(_postgres: RunningPostgres) -> None:
    """Leave the server as it is: its tables are the first to want room."""


def fill_and_free(
    site: Site,
    postgres: RunningPostgres,
    disk: Path,
    spend: Callable[[RunningPostgres], None] = spend_nothing,
) -> str:
    """Speak while the disk is full, then make room; return why the worker stored nothing."""
    with site.listener() as listener, site.device() as unit:
        unit.say("uav-1", AWAY, 1)
        until(lambda: acknowledged(unit) == 1 and not held_up(listener))
        ballast = fill(disk)
        spend(postgres)
        last = 1
        while not (reason := held_up(listener)):
            last += 1
            unit.say("uav-1", AIRPORT, last, note=NOISE)
            assert last < 300, "the disk was not full"
            time.sleep(0.1)
        assert heard(listener, "zone/live/heartbeat")[-1]["degraded"]
        assert acknowledged(unit) < last
        ballast.unlink()
        postgres.revive()
        until(lambda: acknowledged(unit) == last)
        until(lambda: not held_up(listener))
        assert site.process is not None
        assert site.process.poll() is None
    assert site.stored() == list(range(1, last + 1))
    assert site.violations().count("KEEP_OUT_BREACH") == 1
    return reason


def test_tables_that_find_no_room_make_the_worker_wait_and_cost_nothing(
    small: Path, nats_broker: RunningBroker, tmp_path: Path
) -> None:
    with (
        RunningPostgres(small, log_elsewhere=True) as postgres,
        working(postgres, nats_broker, tmp_path) as site,
    ):
        assert "No space left on device" in fill_and_free(site, postgres, small)


def test_a_server_that_a_full_disk_ends_costs_nothing_once_it_is_started_again(
    small: Path, mosquitto_broker: RunningBroker, tmp_path: Path
) -> None:
    """Without room for its write-ahead log PostgreSQL panics: its service manager starts it."""
    with (
        RunningPostgres(small) as postgres,
        working(postgres, mosquitto_broker, tmp_path) as site,
    ):
        said = fill_and_free(site, postgres, small, spend_log)
        assert "connection" in said
