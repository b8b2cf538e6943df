import threading

import pytest

from tests.store.city import (
    ADMINISTRATOR,
    KITE,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    change,
    commit,
    later,
)
from zone_service.store import audit, journal, violations
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.records import (
    Handling,
    Principal,
    ViolationEventKind,
    ViolationFilter,
)

CAR, DRONE, STRANGER = change("car-1"), change("drone-1"), change("stranger")


@pytest.fixture(autouse=True)
def three_episodes(store: Store) -> None:
    """Swift's, Kite's, and one of a device that nobody registered."""
    journal.commit_batch(store, commit(CAR, DRONE, STRANGER))


def test_violations_come_newest_first_page_by_page(store: Store) -> None:
    with store.read() as session:
        first = violations.page(session, POLICE, limit=2)
        rest = violations.page(session, POLICE, after=first[-1].opened_seq)
        ids = [each.id for each in (*first, *rest)]
        assert ids == [STRANGER.id, DRONE.id, CAR.id]
        with pytest.raises(InvalidValue):
            violations.page(session, POLICE, limit=1001)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (ViolationFilter(device_id="car-1"), {CAR.id}),
        (ViolationFilter(organisation_id="kite"), {DRONE.id}),
        (ViolationFilter(zone_id="road-1", code="KEEP_IN_EXIT"), {CAR.id, DRONE.id, STRANGER.id}),
        (ViolationFilter(code="OVERSPEED"), set()),
        (ViolationFilter(permit_number="RT-2"), set()),
        (ViolationFilter(handling=Handling.ACKNOWLEDGED), {DRONE.id}),
        (ViolationFilter(is_open=False), {CAR.id}),
        (ViolationFilter(is_open=True), {DRONE.id, STRANGER.id}),
        (ViolationFilter(opened_from=NOON, opened_to=later(1)), {CAR.id, DRONE.id, STRANGER.id}),
        (ViolationFilter(opened_to=NOON), set()),
    ],
)
def test_violations_can_be_asked_for(store: Store, asked: ViolationFilter, found: set[str]) -> None:
    journal.commit_batch(store, commit(change("car-1", closed_at=later(9))))
    with store.write() as session:
        violations.acknowledge(session, POLICE, DRONE.id, 1, "", NOON)
    with store.read() as session:
        assert {each.id for each in violations.page(session, POLICE, asked)} == found


@pytest.mark.parametrize(
    ("principal", "seen"),
    [
        (SWIFT, [CAR.id]),
        (KITE, [DRONE.id]),
        (REVIEWER, [CAR.id, DRONE.id, STRANGER.id]),
        (POLICE, [CAR.id, DRONE.id, STRANGER.id]),
        (ADMINISTRATOR, [CAR.id, DRONE.id, STRANGER.id]),
    ],
)
def test_operators_see_their_own_and_those_who_supervise_see_all(
    store: Store, principal: Principal, seen: list[str]
) -> None:
    with store.read() as session:
        assert [each.id for each in violations.open_violations(session, principal)] == seen
        told = violations.events_since(session, principal, 0)
        assert [each.violation.id for each in told] == seen


def test_a_violation_is_taken_in_hand_and_resolved(store: Store) -> None:
    with store.write() as session:
        taken = violations.acknowledge(session, POLICE, CAR.id, 1, "patrol 7", later(60))
    assert (taken.seq, taken.event) == (4, ViolationEventKind.ACKNOWLEDGED)
    assert (taken.violation.handled_by, taken.violation.note) == ("pan", "patrol 7")
    with store.write() as session:
        done = violations.resolve(session, ADMINISTRATOR, CAR.id, 2, "towed away", later(90))
    assert (done.seq, done.violation.handling) == (5, Handling.RESOLVED)
    assert (done.violation.note, done.violation.updated_at) == ("towed away", later(90))
    with store.read() as session:
        assert violations.get(session, SWIFT, CAR.id) == done.violation
        acts = [each.action for each in audit.entries(session, ADMINISTRATOR)]
    assert acts[-2:] == ["violation.acknowledged", "violation.resolved"]


@pytest.mark.parametrize("nothing", ["", "  "])
def test_nothing_is_resolved_without_saying_how(store: Store, nothing: str) -> None:
    with pytest.raises(InvalidValue, match="note"), store.write() as session:
        violations.resolve(session, POLICE, CAR.id, 1, nothing, NOON)


def test_what_is_resolved_while_it_goes_on_stays_among_the_open_ones(store: Store) -> None:
    with store.write() as session:
        violations.resolve(session, POLICE, CAR.id, 1, "the driver was told", NOON)
    with store.read() as session:
        ongoing = violations.open_violations(session, POLICE)
    assert [each.id for each in ongoing if each.handling is Handling.RESOLVED] == [CAR.id]


def test_what_ended_and_is_not_resolved_is_found_and_counted(store: Store) -> None:
    left = ViolationFilter(is_open=False, is_resolved=False)
    journal.commit_batch(
        store, commit(change("car-1", closed_at=later(9)), change("drone-1", closed_at=later(9)))
    )
    with store.write() as session:
        violations.acknowledge(session, POLICE, CAR.id, 2, "", NOON)
        violations.resolve(session, POLICE, DRONE.id, 2, "a warning", NOON)
    with store.read() as session:
        assert [each.id for each in violations.page(session, POLICE, left)] == [CAR.id]
        assert violations.number(session, POLICE, left) == 1
        assert violations.number(session, KITE, left) == 0
        assert violations.number(session, POLICE) == 3
        assert violations.number(session, POLICE, ViolationFilter(is_resolved=True)) == 1


def test_nothing_is_taken_in_hand_on_an_old_sight_of_it(store: Store) -> None:
    journal.commit_batch(store, commit(change("car-1", measured=99.0)))
    with pytest.raises(Conflict, match="at revision 2, not 1"), store.write() as session:
        violations.acknowledge(session, POLICE, CAR.id, 1, "", NOON)


def test_what_is_resolved_is_not_taken_in_hand_again(store: Store) -> None:
    with store.write() as session:
        violations.resolve(session, POLICE, CAR.id, 1, "a tree on the road", NOON)
    for act in (violations.acknowledge, violations.resolve):
        with pytest.raises(Conflict, match="resolved already, by pan"), store.write() as session:
            act(session, POLICE, CAR.id, 2, "again", NOON)


@pytest.mark.parametrize("principal", [SWIFT, REVIEWER])
def test_violations_are_handled_by_the_police(store: Store, principal: Principal) -> None:
    with pytest.raises(NotAllowed), store.write() as session:
        violations.acknowledge(session, principal, CAR.id, 1, "", NOON)


def test_of_two_who_take_it_at_once_one_has_it(store: Store) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def take() -> None:
        ready.wait()
        try:
            with store.write() as session:
                violations.acknowledge(session, POLICE, CAR.id, 1, "mine", NOON)
            outcomes.append("mine")
        except Conflict:
            outcomes.append("not mine")

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["mine", "not mine"]
    with store.read() as session:
        assert violations.last_seq(session) == 4


def test_a_note_that_cannot_be_stored_is_refused_and_moves_nothing(store: Store) -> None:
    with pytest.raises(InvalidValue), store.write() as session:
        violations.acknowledge(session, POLICE, CAR.id, 1, "a\x00b", NOON)
    with store.read() as session:
        assert violations.last_seq(session) == 3


def test_unknown_ones_are_not_found(store: Store) -> None:
    with pytest.raises(NotFound), store.read() as session:
        violations.get(session, POLICE, "0" * 32)


# -- of two devices

BOTH = change("car-1", id="both", other_device_id="drone-1", other_organisation_id="kite")


@pytest.fixture
def too_close(store: Store) -> None:
    """Swift's car and Kite's drone."""
    journal.commit_batch(store, commit(BOTH))


@pytest.mark.requirement("D4d-21")
@pytest.mark.usefixtures("too_close")
@pytest.mark.parametrize(("principal", "alone"), [(SWIFT, CAR.id), (KITE, DRONE.id)])
def test_a_violation_of_two_devices_is_seen_by_both_operators(
    store: Store, principal: Principal, alone: str
) -> None:
    with store.read() as session:
        assert violations.get(session, principal, BOTH.id).other_device_id == "drone-1"
        assert [each.id for each in violations.page(session, principal)] == [BOTH.id, alone]
        assert violations.number(session, principal) == 2
        assert {each.id for each in violations.open_violations(session, principal)} == {
            BOTH.id, alone
        }  # fmt: skip
        assert violations.by_id(session, principal, [BOTH.id]).keys() == {BOTH.id}
        told = violations.events_since(session, principal, 0)
        assert [each.violation.id for each in told] == [alone, BOTH.id]
        assert len(violations.events_of(session, principal, BOTH.id)) == 1


@pytest.mark.usefixtures("too_close")
def test_a_page_of_what_is_ones_own_and_of_two_devices_goes_on_where_it_ended(store: Store) -> None:
    journal.commit_batch(store, commit(change("car-1", id="later", opened_at=later(9))))
    with store.read() as session:
        first = violations.page(session, SWIFT, limit=2)
        rest = violations.page(session, SWIFT, after=first[-1].opened_seq, limit=2)
    assert [each.id for each in (*first, *rest)] == ["later", BOTH.id, CAR.id]


@pytest.mark.usefixtures("too_close")
def test_nobody_else_sees_a_violation_of_two(store: Store) -> None:
    third = Principal("u-x", "xi", KITE.role, "third")
    with store.read() as session:
        assert violations.page(session, third) == ()
        with pytest.raises(NotFound):
            violations.get(session, third, BOTH.id)


@pytest.mark.usefixtures("too_close")
@pytest.mark.parametrize(
    ("principal", "asked", "found"),
    [
        (POLICE, ViolationFilter(device_id="drone-1"), {DRONE.id, BOTH.id}),
        (POLICE, ViolationFilter(organisation_id="kite"), {DRONE.id, BOTH.id}),
        (KITE, ViolationFilter(organisation_id="kite"), {DRONE.id, BOTH.id}),
        (KITE, ViolationFilter(organisation_id="swift"), set()),
        (SWIFT, ViolationFilter(organisation_id="kite"), set()),
    ],
)
def test_a_violation_of_two_is_found_by_either_and_tells_no_operator_whose_the_other_is(
    store: Store, principal: Principal, asked: ViolationFilter, found: set[str]
) -> None:
    with store.read() as session:
        assert {each.id for each in violations.page(session, principal, asked)} == found
        assert violations.number(session, principal, asked) == len(found)


@pytest.mark.usefixtures("too_close")
@pytest.mark.parametrize("principal", [SWIFT, KITE])
def test_neither_operator_handles_a_violation_of_two(store: Store, principal: Principal) -> None:
    for handle in (violations.acknowledge, violations.resolve):
        with pytest.raises(NotAllowed), store.write() as session:
            handle(session, principal, BOTH.id, 1, "seen", NOON)
