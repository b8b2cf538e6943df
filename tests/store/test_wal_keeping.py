"""The write-ahead log of SQLite is emptied beside the work, and stays small."""

import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from tests.store.city import batch, commit
from zone_service.store import journal, wal_keeping
from zone_service.store.engine import Store, open_store
from zone_service.store.wal_keeping import WalKeeping

MANY = 300


def fill(store: Store, first: int, count: int = MANY) -> None:
    for number in range(first, first + count):
        journal.commit_batch(store, commit(batch=batch(batch_id=str(number))))


def log_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///") + "-wal")


def test_the_log_is_written_from_its_beginning_again(migrated_sqlite_url: str) -> None:
    with closing(open_store(migrated_sqlite_url)) as store:
        fill(store, 0)
        size = log_of(migrated_sqlite_url).stat().st_size
        for round_number in range(1, 5):
            wal_keeping.empty(store)
            fill(store, round_number * MANY)
        assert log_of(migrated_sqlite_url).stat().st_size < 1.5 * size
        assert len(list(journal.batches_after(store, 0))) == 5 * MANY


def test_somebody_who_reads_an_older_state_makes_no_writer_wait(migrated_sqlite_url: str) -> None:
    with closing(open_store(migrated_sqlite_url)) as store, store.reader.connect() as reader:
        fill(store, 0, 3)
        seen = text("SELECT count(*) FROM journal")
        before = reader.execute(seen).scalar_one()
        fill(store, 3, 3)
        began_s = time.monotonic()
        wal_keeping.empty(store)
        fill(store, 6, 3)
        assert time.monotonic() - began_s < 2.0
        assert reader.execute(seen).scalar_one() == before
        # Left as it was found: whoever takes this connection next waits as long as ever.
        with store.reader.connect() as other:
            assert other.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 10_000


def test_the_thread_does_it_by_itself_until_it_is_closed(migrated_sqlite_url: str) -> None:
    with closing(open_store(migrated_sqlite_url)) as store:
        keeping = WalKeeping(store, every_s=0.01)
        fill(store, 0)
        keeping.close()
        # All is in the database itself: without its log a copy holds every batch.
        wal_keeping.empty(store)
        file = Path(migrated_sqlite_url.removeprefix("sqlite:///"))
        copy = file.with_name("copy.sqlite")
        copy.write_bytes(file.read_bytes())
        assert copy.stat().st_size > 0
        with closing(open_store(f"sqlite:///{copy}")) as again:
            assert len(list(journal.batches_after(again, 0))) == MANY


def test_postgresql_needs_none_of_it(migrated_postgres_url: str) -> None:
    with closing(open_store(migrated_postgres_url)) as store:
        WalKeeping(store, every_s=0.01).close()


def test_a_commit_that_did_not_wait_for_the_disk_leaves_the_others_durable(
    migrated_sqlite_url: str,
) -> None:
    with closing(open_store(migrated_sqlite_url)) as store:
        with store.begin_unsynced() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 1
        with store.begin() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2


def test_of_postgresql_too(migrated_postgres_url: str) -> None:
    asked = text("SHOW synchronous_commit")
    with closing(open_store(migrated_postgres_url)) as store:
        with store.begin_unsynced() as connection:
            assert connection.execute(asked).scalar_one() == "off"
        with store.begin() as connection:
            assert connection.execute(asked).scalar_one() == "on"
