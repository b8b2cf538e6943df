"""``zone doctor`` does not believe a clock because it goes: it is compared with what else is known."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.kept_engines import kept_store
from zone_service import clock, doctor_clock
from zone_service.doctor_clock import synchronisation, wall_clock
from zone_service.doctor_findings import Finding, State
from zone_service.store import journal
from zone_service.store.engine import Store, open_store
from zone_service.store.records import Batch, Commit

HOUR_S = 3600.0


@pytest.fixture
def store(migrated_store_url: str) -> Iterator[Store]:
    with kept_store(migrated_store_url) as opened:
        yield opened


def received(store: Store, batch_id: str, at_s: float) -> None:
    batch = Batch(
        batch_id=batch_id,
        first_received_s=at_s,
        last_received_s=at_s,
        message_count=0,
        body=journal.pack(()),
    )
    commit = Commit(
        batch=batch, violations=(), outbox=(), sent_outbox_ids=(), refusals=(), checkpoint=None
    )
    journal.commit_batch(store, commit)


def test_a_clock_that_is_behind_what_was_received_last_is_a_failure(store: Store) -> None:
    assert wall_clock(store).state is State.OK
    received(store, "before", time.time() - 10)
    assert wall_clock(store).state is State.OK
    received(store, "later", time.time() + HOUR_S)
    finding = wall_clock(store)
    assert finding.state is State.FAIL
    assert "3600 s before the newest message in the journal" in finding.found
    assert "chrony" in finding.advice


def test_a_clock_that_was_put_back_is_seen_though_something_was_received_since(
    store: Store,
) -> None:
    received(store, "later", time.time() + HOUR_S)
    received(store, "put back", time.time() - 1)
    assert wall_clock(store).state is State.FAIL


@pytest.mark.parametrize(
    ("by_s", "said"),
    [(-HOUR_S, "3600 s ahead of it"), (HOUR_S, "3600 s behind it")],
)
def test_a_clock_beside_the_database_servers_is_a_failure_that_says_which_way(
    migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch, by_s: float, said: str
) -> None:
    monkeypatch.setattr(clock, "unix_s", lambda: time.time() + by_s)
    with closing(open_store(migrated_postgres_url)) as store:
        finding = wall_clock(store)
    assert finding.state is State.FAIL
    assert said in finding.found


def test_a_store_that_does_not_answer_leaves_the_clock_to_itself(
    postgres_server: str,
) -> None:
    with closing(open_store(f"{postgres_server}/there_is_no_such_database")) as store:
        finding = wall_clock(store)
    assert finding.state is State.OK
    assert "the store could not be asked" in finding.found


def kernel(monkeypatch: pytest.MonkeyPatch, status: int) -> Finding:
    monkeypatch.setattr(doctor_clock, "kernel_status", lambda: (status, 0.0125))
    return synchronisation()


def test_a_clock_that_the_kernel_knows_to_be_kept_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = kernel(monkeypatch, 0x2001)  # STA_PLL, STA_NANO
    assert (finding.state, finding.found) == (State.OK, "to within 12 ms")


def test_a_clock_that_nobody_keeps_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = kernel(monkeypatch, 0x0041)  # STA_PLL, STA_UNSYNC
    assert finding.state is State.WARN
    assert "chrony" in finding.advice


def test_what_the_kernel_does_not_tell_is_unknown_and_not_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuses() -> tuple[int, float]:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(doctor_clock, "kernel_status", refuses)
    finding = synchronisation()
    assert finding.state is State.UNKNOWN
    assert finding.found.startswith("unknown: ")


def test_the_kernel_is_asked_as_it_wants_to_be_asked() -> None:
    """No more is known of a machine that runs the tests than that its answer makes sense."""
    try:
        status, most_s = doctor_clock.kernel_status()
    except OSError:
        return
    assert 0 <= status < 0x10000
    assert 0 <= most_s <= 3600
