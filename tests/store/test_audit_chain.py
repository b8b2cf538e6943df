"""Nobody changes, takes out or puts in an entry of the audit unseen."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.permits.lives import local
from tests.store.city import ADMINISTRATOR, SWIFT
from zone_service.store import audit
from zone_service.store.audit_chain import GENESIS, Break, Broken, Verified, verify
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed
from zone_service.store.held import held

AT = local("2026-12-01 10:00")


def did(store: Store, *actions: str) -> None:
    with store.write() as session:
        for action in actions:
            audit.record(session, SWIFT, action, "P-1", AT, "because 因为")


def takes_back(store: Store) -> None:
    with store.write() as session:
        audit.record(session, SWIFT, "never", "P-1", AT)
        session.flush()
        raise ZeroDivisionError


def verified(store: Store) -> Verified:
    with store.read() as session:
        return verify(session, ADMINISTRATOR)


def tampered(store: Store, *statements: str) -> None:
    """Do what the database refuses, as somebody does who owns it."""
    on = "" if store.is_sqlite else " ON audit"
    kept = ("update", "delete") if store.is_sqlite else ("change",)
    guards = [f"DROP TRIGGER IF EXISTS audit_refuses_{each}{on}" for each in (*kept, "unchained")]
    with store.begin() as connection:
        for each in (*guards, *statements):
            connection.execute(text(each))


@pytest.mark.requirement("D4e-7")
def test_an_entry_carries_the_hash_of_the_one_before_and_what_was_taken_back_leaves_no_gap(
    store: Store,
) -> None:
    before = verified(store)
    assert before.breaks == ()
    did(store, "a", "b")
    with pytest.raises(ZeroDivisionError):
        takes_back(store)
    request = held(store)  # of which a part is taken back
    with request.write() as session:
        audit.record(session, SWIFT, "c", "P-1", AT)
    with pytest.raises(ZeroDivisionError):
        takes_back(request)
    request.commit()
    old = "INSERT INTO audit (at, actor, action, subject, reason) SELECT at, actor, action, subject, reason FROM audit"
    for statement, why in (("DELETE FROM audit", "append-only"), (old, "outside its chain")):
        with pytest.raises(DatabaseError, match=why), store.begin() as connection:
            connection.execute(text(statement))
    did(store, "d")
    found = verified(store)
    assert (found.entries, found.breaks) == (before.entries + 4, ())
    assert found.head not in {before.head, GENESIS}
    with store.read() as session:
        asked = [verify(session, ADMINISTRATOR, each).holds for each in (found.head, "0f" * 32)]
    assert asked == [True, False]
    with store.read() as session, pytest.raises(NotAllowed):
        verify(session, SWIFT)


@pytest.mark.requirement("D4e-7")
def test_of_many_who_write_at_once_each_has_a_place(store: Store) -> None:
    before = verified(store).entries
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: did(store, f"w{number}", f"x{number}"), range(8)))
    assert verified(store).entries == before + 16
    assert verified(store).breaks == ()


@pytest.mark.requirement("D4e-7")
def test_what_is_done_to_an_entry_is_found_at_its_place(store: Store) -> None:
    did(store, *"abcdefghij")
    first = verified(store).entries - 9
    tampered(
        store,
        f"UPDATE audit SET reason = 'other' WHERE seq = {first}",
        f"UPDATE audit SET actor = 'eve' WHERE seq = {first + 2}",
        f"DELETE FROM audit WHERE seq = {first + 4}",
        f"UPDATE audit SET seq = NULL WHERE seq = {first + 6}",
        f"DELETE FROM audit WHERE seq > {first + 8}",
    )
    did(store, "goes on")
    loose = Break(Broken.ADDED, id_of(store))
    found = verified(store).breaks
    assert found == (
        Break(Broken.CHANGED, first), Break(Broken.CHANGED, first + 2),
        Break(Broken.MISSING, first + 4), Break(Broken.MISSING, first + 6),
        Break(Broken.MISSING, first + 9), loose,
    )  # fmt: skip
    tampered(
        store,
        f"DELETE FROM audit WHERE seq > {first + 8}",
        "INSERT INTO audit (at, actor, action, subject, reason) SELECT at, actor, 'forged', subject, "
        f"reason FROM audit WHERE seq = {first + 1}",
    )
    *_, one, other, end = verified(store).breaks
    assert (one, other.what, end) == (loose, Broken.ADDED, Break(Broken.CUT_SHORT, first + 10))


def id_of(store: Store) -> int:
    with store.read() as session:
        asked = text("SELECT audit_id FROM audit WHERE seq IS NULL AND action = 'g'")
        return int(session.connection().execute(asked).scalar_one())
