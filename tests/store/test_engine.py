import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Never

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from tests.store.city import ADMINISTRATOR, NOON, POLICE, change, commit
from zone_service.store import audit, engine, journal, registry
from zone_service.store.columns import UtcDateTime, require_plain
from zone_service.store.engine import Store, open_store
from zone_service.store.errors import InvalidValue, NotAllowed
from zone_service.store.records import Organisation, OrganisationKind


def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    nest = Organisation("nest", "Nest", OrganisationKind.OPERATOR)
    with pytest.raises(RuntimeError), store.write() as session:  # noqa: PT012
        registry.add_organisation(session, ADMINISTRATOR, nest, NOON)
        raise RuntimeError
    with store.read() as session:
        assert nest not in registry.organisations(session, ADMINISTRATOR)


def test_a_reading_block_sees_one_moment(store: Store) -> None:
    with store.read() as session:
        before = registry.organisations(session, ADMINISTRATOR)
        with store.write() as other:
            nest = Organisation("nest", "Nest", OrganisationKind.OPERATOR)
            registry.add_organisation(other, ADMINISTRATOR, nest, NOON)
        session.expire_all()
        assert registry.organisations(session, ADMINISTRATOR) == before


class EndedAtOnce:
    """A connection that its server ends before the first word."""

    def __init__(self) -> None:
        self.is_closed = False

    def cursor(self) -> Never:
        raise ConnectionResetError

    def close(self) -> None:
        self.is_closed = True


def test_a_connection_that_ends_before_the_pool_has_it_is_closed() -> None:
    connection = EndedAtOnce()
    with pytest.raises(ConnectionResetError):
        engine._commit_durably(connection, None)
    assert connection.is_closed


def test_a_second_writer_waits_for_the_first(store: Store) -> None:
    order: list[str] = []
    inside = threading.Event()

    def first() -> None:
        with store.write() as session:
            audit.record(session, ADMINISTRATOR, "first", "", NOON)
            registry.add_organisation(
                session, ADMINISTRATOR, Organisation("a1", "", OrganisationKind.OPERATOR), NOON
            )
            inside.set()
            threading.Event().wait(0.2)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(5)
    with store.write() as session:
        registry.add_organisation(
            session, ADMINISTRATOR, Organisation("a2", "", OrganisationKind.OPERATOR), NOON
        )
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


@pytest.mark.parametrize("name", ["a\x00b", "x" * 201, "\ud800"])
def test_text_that_a_database_could_not_hold_is_refused(store: Store, name: str) -> None:
    organisation = Organisation("nest", name, OrganisationKind.OPERATOR)
    with pytest.raises(InvalidValue), store.write() as session:
        registry.add_organisation(session, ADMINISTRATOR, organisation, NOON)


def test_a_key_with_a_nul_byte_is_refused_and_not_an_error_of_the_database(store: Store) -> None:
    with pytest.raises(InvalidValue, match="NUL"), store.read() as session:
        registry.device(session, ADMINISTRATOR, "car\x001")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused(store: Store, value: float) -> None:
    with pytest.raises(InvalidValue, match="expected a finite one"):
        journal.commit_batch(store, commit(change(measured=value)))


@pytest.mark.parametrize("value", ["'NaN'", "'Infinity'", "1e301"])
def test_the_database_itself_refuses_numbers_that_are_not_finite(store: Store, value: str) -> None:
    journal.commit_batch(store, commit(change()))
    # SQLite has no NaN: the word stays text, which is greater than any number.
    with pytest.raises(DBAPIError), store.begin() as connection:
        connection.execute(sql(f"UPDATE violation SET measured = {value}"))


def test_the_database_itself_refuses_words_that_are_not_known(store: Store) -> None:
    with pytest.raises(DBAPIError), store.begin() as connection:
        connection.execute(sql("UPDATE device SET domain = 'space'"))


@pytest.mark.requirement("D4e-4")
@pytest.mark.parametrize("table", ["audit", "permit_event", "violation_event"])
@pytest.mark.parametrize("act", ["UPDATE {} SET reason = ''", "DELETE FROM {}"])
def test_what_was_written_down_cannot_be_changed(store: Store, table: str, act: str) -> None:
    journal.commit_batch(store, commit(change()))
    if table == "permit_event":
        _add_a_permit_event(store)
    act = act.replace("reason", "event") if table == "violation_event" else act
    with pytest.raises(DBAPIError, match="append-only"), store.begin() as connection:
        connection.execute(sql(act.format(table)))


def _add_a_permit_event(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(
            sql(
                "INSERT INTO permit (number, kind, state, holder_id, terms, valid_from, valid_to,"
                " revision, created_at, changed_at, jurisdiction) VALUES ('P', 'X', 'Y', 'swift', '{}',"
                " '2026-01-01', '2026-01-02', 0, '2026-01-01', '2026-01-01', '')"
            )
        )
        connection.execute(
            sql(
                "INSERT INTO permit_event (number, action, before, after, at, by, reason)"
                " VALUES ('P', 'A', 'B', 'C', '2026-01-01', 'x', '')"
            )
        )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    at=st.datetimes(
        min_value=datetime(2000, 1, 1),  # noqa: DTZ001 -- Hypothesis adds the zone
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
    )
)
def test_a_time_comes_back_as_the_same_moment_in_utc(store: Store, at: datetime) -> None:
    with store.write() as session:
        audit.record(session, ADMINISTRATOR, "look", "clock", at)
    with store.read() as session:
        found = audit.entries(session, ADMINISTRATOR, limit=1000)[-1].at
    assert found == at
    assert found.tzinfo is UTC


def test_a_naive_time_is_refused(store: Store) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(InvalidValue, match="no time zone"), store.write() as session:
        audit.record(session, ADMINISTRATOR, "look", "clock", naive)


@given(st.text(max_size=30))
def test_plain_text_is_what_can_be_written_as_utf_8_without_nul(text: str) -> None:
    plain = "\x00" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
    try:
        require_plain(text, 30)
    except InvalidValue:
        assert not plain
    else:
        assert plain


@pytest.mark.requirement("D4e-4")
def test_acts_are_written_down_in_order_and_read_page_by_page(store: Store) -> None:
    with store.write() as session:
        for number in range(3):
            audit.record(session, POLICE, "look", str(number), NOON, "why")
    with store.read() as session:
        first = audit.entries(session, ADMINISTRATOR, limit=9)
        rest = audit.entries(session, ADMINISTRATOR, after=first[-1].audit_id)
        assert [each.subject for each in (*first, *rest)[-3:]] == ["0", "1", "2"]
        assert (rest[-1].actor, rest[-1].reason) == ("pan", "why")
        with pytest.raises(NotAllowed):
            audit.entries(session, POLICE)


def test_a_time_column_turns_any_offset_into_utc() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=8)))
    bound = UtcDateTime().process_bind_param(east, None)  # type: ignore[arg-type]
    assert bound is not None
    assert bound.utcoffset() == timedelta(0)


def test_a_new_file_of_sqlite_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    """It holds what people and devices prove with who they are."""
    file = tmp_path / "made" / "store.sqlite"
    with closing(open_store(f"sqlite:///{file}")) as store:
        store.upgrade()
        with store.read() as session:
            session.connection()
            names = {each.name for each in file.parent.iterdir()}
        assert names == {file.name, f"{file.name}-wal", f"{file.name}-shm"}
        assert {each.stat().st_mode & 0o777 for each in file.parent.iterdir()} == {0o600}
        assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_of_sqlite_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    file.touch()
    file.chmod(0o640)
    with closing(open_store(f"sqlite:///{file}")) as store:
        store.upgrade()
    assert file.stat().st_mode & 0o777 == 0o640
