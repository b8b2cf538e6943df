"""Devices and permits can be read as they were, for as long as a replay may ask."""

import pytest
from sqlmodel import Session

from permits.permit import PermitAction, PermitKind, PermitState
from telemetry.report import Domain, Frame
from tests import mapped
from tests.store.city import (
    CAR,
    NOON,
    ORGANISATIONS,
    SWIFT,
    batch,
    change,
    commit,
    in_files,
    judged_by,
    later,
    terms,
)
from tests.store.test_permits import activate, do, draft
from zone_service.store import (
    checkpoints,
    credentials,
    history,
    journal,
    permits,
    registry,
    stretch,
)
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Device
from zone_service.store.revisions import revisions


def let_in(store: Store, revision: int) -> dict[str, bool]:
    with store.read() as session:
        return {
            each.device.device_id: each.let_in for each in history.devices_at(session, revision)
        }


def counts(store: Store) -> tuple[int, int]:
    with store.read() as session:
        found = revisions(session)
    return found.registry, found.permits


def test_a_device_is_as_it_was_before_and_after_each_change(store: Store) -> None:
    before, _ = counts(store)
    with store.write() as session:
        registry.add_device(session, SWIFT, Device("car-2", "swift", Domain.ROAD, "Two"), NOON)
    added, _ = counts(store)
    with store.write() as session:
        credentials.issue(session, SWIFT, "car-2", NOON)
    issued, _ = counts(store)
    with store.write() as session:
        credentials.revoke(session, SWIFT, "car-2", NOON)
    revoked, _ = counts(store)
    with store.write() as session:
        registry.deactivate(session, SWIFT, "car-1", NOON)
    out, _ = counts(store)
    others = {"car-1": True, "drone-1": True}
    assert let_in(store, before) == others
    assert let_in(store, added) == others | {"car-2": True}
    assert let_in(store, issued) == others | {"car-2": True}
    assert let_in(store, revoked) == others | {"car-2": False}
    assert let_in(store, out) == {"car-1": False, "drone-1": True, "car-2": False}
    with store.read() as session:
        assert CAR in [each.device for each in history.devices_at(session, revoked)]


def test_many_devices_at_once_are_in_the_history_too(store: Store) -> None:
    fleet = [Device(f"fleet-{n:04}", "swift", Domain.ROAD, "Car") for n in range(3)]
    registry.add_devices(store, SWIFT, fleet, NOON)
    added, _ = counts(store)
    credentials.issue_many(store, SWIFT, ["fleet-0000", "fleet-0001"], NOON)
    credentials.revoke_many(store, PLATFORM, ["fleet-0001"], NOON)
    revoked, _ = counts(store)
    assert let_in(store, added)["fleet-0001"]
    assert not let_in(store, revoked)["fleet-0001"]
    assert let_in(store, revoked)["fleet-0000"]
    registry.remove_devices(store, PLATFORM, ["fleet-0000", "fleet-0001"], NOON)
    removed, _ = counts(store)
    assert let_in(store, revoked)["fleet-0000"]
    assert let_in(store, removed) == {"car-1": True, "drone-1": True, "fleet-0002": True}


def test_a_permit_is_as_it_was_before_and_after_it_is_suspended(store: Store) -> None:
    permit = activate(store, draft(store, terms("car-1")))
    _, active = counts(store)
    do(store, PLATFORM, permit, PermitAction.SUSPEND, "brakes")
    _, suspended = counts(store)
    with store.read() as session:
        (then,) = permits.grants_at(session, active, later(60))
        (now,) = permits.grants_at(session, suspended, later(60))
        assert permits.grants_at(session, 1, later(60)) == ()  # a draft
        assert (now,) == permits.grants(session, later(60))
    assert then == permit
    assert now.state is PermitState.SUSPENDED


@pytest.mark.parametrize(("too_early_s", "is_removed"), [(0.0, True), (1.0, False)])
def test_what_no_batch_that_is_kept_can_ask_for_is_removed_with_the_journal(
    store: Store, too_early_s: float, is_removed: bool
) -> None:
    """Late reports in a batch are judged by what held at most two days before it."""
    registry_then, permits_then = counts(store)
    old = judged_by(registry=registry_then, permits=permits_then)
    memory = {"checkpoint": b"m", "is_mark": True}
    journal.commit_batch(store, commit(batch=batch(batch_id="1"), judged_by=old, **memory))
    with store.write() as session:
        credentials.issue(session, SWIFT, "car-1", NOON)
        credentials.revoke(session, SWIFT, "car-1", NOON)
    registry_now, _ = counts(store)
    new = judged_by(registry=registry_now, permits=permits_then)
    heard = Frame("t", b"", new.at_s + history.LAWS_KEPT_S - too_early_s)
    for number in range(2, 6):
        by = new if number == 2 else None
        kept = batch(heard, batch_id=str(number))
        journal.commit_batch(store, commit(batch=kept, judged_by=by, checkpoint=b"c"))
    history.prune(store)
    assert let_in(store, registry_then)["car-1"]
    assert len(stretch.judged_by(store, 9)) == 2
    in_files(store)
    journal.prune(store, heard.received_s + 1000.0)
    history.prune(store)
    assert ([each.by for each in stretch.judged_by(store, 9)] == [new]) is is_removed
    assert ("car-1" not in let_in(store, registry_then)) is is_removed
    assert not let_in(store, registry_now)["car-1"]
    assert [found.journal_id for found in checkpoints.memories(store, 9)] == [5, 4, 3]


def test_a_commit_given_again_notes_what_is_judged_by_once(store: Store) -> None:
    given = commit(batch=batch(batch_id="b"), judged_by=judged_by(), checkpoint=b"m", is_mark=True)
    assert journal.commit_batch(store, given) == journal.commit_batch(store, given)
    (found,) = stretch.judged_by(store, 9)
    assert found.by == judged_by()


def test_what_was_open_after_a_batch_is_known_though_it_is_over_now(store: Store) -> None:
    opened = journal.commit_batch(store, commit(change()))
    other = journal.commit_batch(store, commit(change(code="OVERSPEED")))
    journal.commit_batch(store, commit(change(closed_at=later(9), updated_at=later(9))))
    codes = [each.code for each in stretch.open_after(store, opened.journal_id)]
    assert codes == ["KEEP_IN_EXIT"]
    codes = [each.code for each in stretch.open_after(store, other.journal_id)]
    assert codes == ["KEEP_IN_EXIT", "OVERSPEED"]
    assert [each.code for each in stretch.open_after(store, 9)] == ["OVERSPEED"]


@pytest.mark.parametrize("kind", ["device", "permit"])
def test_what_was_there_before_there_was_a_history_is_its_first_state(
    empty_store: Store, kind: str
) -> None:
    empty_store.upgrade()
    with empty_store.write() as session:
        _settle(session)
    empty_store.downgrade("0008")
    empty_store.upgrade()
    registry_now, permits_now = counts(empty_store)
    with empty_store.read() as session:
        if kind == "device":
            assert [each.device for each in history.devices_at(session, registry_now)] == [CAR]
        else:
            assert history.permits_at(session, permits_now, (), (), NOON) != ()


def _settle(session: Session) -> None:
    mapped.lay(session, NOON)
    for organisation in ORGANISATIONS:
        registry.add_organisation(session, PLATFORM, organisation, NOON)
    registry.add_device(session, PLATFORM, CAR, NOON)
    given = terms("car-1")
    permits.create(
        session, SWIFT, kind=PermitKind.ROAD_TEST, holder_id="swift", terms=given, at=NOON
    )
