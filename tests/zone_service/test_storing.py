"""What the database will never take costs itself alone; what may pass with time is waited for."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.kept_engines import kept_store
from tests.store.city import batch, change, commit, frame, refused
from zone_service.store import checkpoints, journal, violations
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM, Outgoing, Refusal, ViolationFilter
from zone_service.storing import commit_what_is_taken, is_refusal

CARS = tuple(f"car-{number}" for number in range(1, 12))
BAD, WORSE = "car-4", "car-9"


@pytest.fixture
def store(migrated_store_url: str) -> Iterator[Store]:
    with kept_store(migrated_store_url) as opened:
        yield opened


def refuse(store: Store, table: str, condition: str) -> None:
    """Let the database refuse rows for good: by a trigger on SQLite, a constraint on PostgreSQL."""
    statement = (
        f"CREATE TRIGGER refuses BEFORE INSERT ON {table} WHEN {condition.replace('$', 'NEW.')} "
        "BEGIN SELECT RAISE(ABORT, 'refused by refuses'); END"
        if store.is_sqlite
        else f"ALTER TABLE {table} ADD CONSTRAINT refuses "
        f"CHECK (NOT ({condition.replace('$', '')})) NOT VALID"
    )
    with store.begin() as connection:
        connection.execute(text(statement))


def open_of(store: Store) -> list[str]:
    with store.read() as session:
        found = violations.page(session, PLATFORM, ViolationFilter())
        return sorted(each.device_id for each in found)


def test_what_the_store_takes_is_one_commit_and_nothing_is_left_out(store: Store) -> None:
    committed, left_out = commit_what_is_taken(store, commit(change("car-1"), change("car-2")))
    assert left_out == ()
    assert [each.seq for each in committed.events] == [1, 2]


def test_violations_that_the_store_refuses_are_found_and_all_others_are_kept(
    store: Store,
) -> None:
    refuse(store, "violation", f"$device_id IN ('{BAD}', '{WORSE}')")
    frames = [frame(device_id, 1000.0 + n) for n, device_id in enumerate(CARS)]
    told = commit(
        *map(change, CARS),
        batch=batch(*frames),
        outbox=tuple(Outgoing(f"zone/down/{each}/alert", b"{}") for each in CARS),
        refusals=(Refusal("car-1", "malformed", 960, 2, b"x"),),
        checkpoint=b"checkpoint",
    )
    committed, left_out = commit_what_is_taken(store, told)
    assert [each.part for each in left_out] == [change(BAD), change(WORSE)]
    assert all("refuses" in each.reason for each in left_out)
    assert open_of(store) == sorted(set(CARS) - {BAD, WORSE})
    assert [each.seq for each in committed.events] == list(range(1, 10))
    assert len(committed.outbox) == len(CARS)
    assert list(journal.history(store)) == frames
    assert [each.count for each in refused(store)] == [2]
    kept = checkpoints.newest(store)
    assert kept is not None
    assert kept.body == b"checkpoint"


@pytest.mark.parametrize(
    ("table", "condition", "kind"),
    [
        ("outbox", "$topic = 'zone/down/car-1/alert'", Outgoing),
        ("refusal", "$reason = 'malformed'", Refusal),
        ("checkpoint", "$journal_id > 0", bytes),
    ],
)
def test_whatever_else_is_refused_is_left_out_alone(
    store: Store, table: str, condition: str, kind: type[object]
) -> None:
    refuse(store, table, condition)
    told = commit(
        change("car-1"),
        batch=batch(frame()),
        outbox=(Outgoing("zone/down/car-1/alert", b"{}"), Outgoing("zone/down/car-2/alert", b"{}")),
        refusals=(Refusal("car-1", "malformed", 960, 2), Refusal("car-1", "too_large", 960, 1)),
        checkpoint=b"checkpoint",
    )
    committed, left_out = commit_what_is_taken(store, told)
    assert [type(each.part) for each in left_out] == [kind]
    assert [each.seq for each in committed.events] == [1]
    assert list(journal.history(store)) == [frame()]
    assert (checkpoints.newest(store) is None) is (kind is bytes)


def test_a_value_that_no_column_can_hold_is_left_out_too(store: Store) -> None:
    nul, surrogate = change("car-2", rule_version="a\x00b"), change("car-3", rule_version="\udc80")
    nan = change("car-4", measured=float("nan"))
    long = change("car-5" + "5" * 200)
    _, left_out = commit_what_is_taken(
        store, commit(change("car-1"), nul, surrogate, nan, long, batch=batch(frame()))
    )
    assert [str(each.part) for each in left_out] == list(map(str, (nul, surrogate, nan, long)))
    assert list(journal.history(store)) == [frame()]


def test_the_same_commit_given_again_has_the_same_result(store: Store) -> None:
    refuse(store, "violation", f"$device_id = '{BAD}'")
    told = commit(*map(change, CARS), batch=batch(frame()))
    first, _ = commit_what_is_taken(store, told)
    again, left_out = commit_what_is_taken(store, told)
    assert again == first
    assert left_out == ()
    assert len(list(journal.history(store))) == 1


def test_what_was_left_out_is_taken_with_its_next_change_once_the_store_would(
    store: Store,
) -> None:
    refuse(store, "violation", f"$device_id = '{BAD}'")
    commit_what_is_taken(store, commit(change(BAD)))
    assert open_of(store) == []
    with store.begin() as connection:
        gone = "TRIGGER refuses" if store.is_sqlite else "CONSTRAINT refuses"
        words = f"DROP {gone}" if store.is_sqlite else f"ALTER TABLE violation DROP {gone}"
        connection.execute(text(words))
    later = replace(change(BAD), measured=14.0)
    committed, left_out = commit_what_is_taken(store, commit(later))
    assert left_out == ()
    assert [(each.event, each.violation.opened_at) for each in committed.events] == [
        ("opened", later.opened_at)
    ]


def test_messages_that_are_refused_by_themselves_are_no_matter_of_one_of_them(
    store: Store,
) -> None:
    refuse(store, "journal", "$message_count > 0")
    with pytest.raises(DBAPIError, match="refuses"):
        commit_what_is_taken(store, commit(change("car-1"), batch=batch(frame())))
    assert open_of(store) == []


def test_parts_that_are_refused_only_together_do_not_hold_up_the_messages(store: Store) -> None:
    if store.is_sqlite:
        condition = "(SELECT count(*) FROM violation) > 0"
        refuse(store, "violation", condition)
    else:
        with store.begin() as connection:
            connection.execute(text("CREATE UNIQUE INDEX refuses ON violation (severity)"))
    _, left_out = commit_what_is_taken(
        store, commit(change("car-1"), change("car-2"), batch=batch(frame()))
    )
    assert len(left_out) == 2
    assert open_of(store) == []
    assert list(journal.history(store)) == [frame()]


def test_a_database_that_is_away_is_waited_for() -> None:
    with closing(open_store("postgresql://nobody@127.0.0.1:1/none")) as away:
        with pytest.raises(OperationalError) as raised:
            commit_what_is_taken(away, commit(change("car-1")))
        assert not is_refusal(raised.value)
