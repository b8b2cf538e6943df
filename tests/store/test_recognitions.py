"""Bundles that were recognised: kept as they were written, and counting as long as they may."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from permits.recognition import RecognisedFacts
from permits.states import PermitKind
from tests.recognition.bundles import CAR, JIANGSU, NOON, bundle, told, trusted
from tests.store.city import ADMINISTRATOR, INDUSTRY, KITE, REVIEWER, SWIFT
from zone_service.store import audit, recognitions, register, trust_lists
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, NotAllowed, NotFound, Stale
from zone_service.store.records import Principal, Recognition, RegisterEntry

pytestmark = pytest.mark.requirement("D6-3")
DAY = timedelta(days=1)
REVOKED = "revoked_at = 2026-12-02T00:00:00Z\n"


def list_of(more: str = "") -> str:
    key = trusted()
    return (
        f'[[keys]]\nkey_id = "{key.key_id}"\npublic = "{key.public}"\njurisdiction = "jiangsu"\n'
        f'issuer = "{key.issuer}"\nissuer_zh = "{key.issuer_zh}"\n'
        f"valid_from = {key.valid_from}\nvalid_to = {key.valid_to}\n{more}"
    )


def trust(store: Store, more: str = "", **expected: Any) -> int:
    with store.write() as session:
        return trust_lists.publish(
            session, ADMINISTRATOR, list_of(more), "key of Jiangsu", NOON, **expected
        ).number


def keep(store: Store, who: Principal = REVIEWER, digest: str = "0" * 64, **said: Any) -> Recognition:  # fmt: skip
    with store.write() as session:
        return recognitions.keep(session, who, bundle(**said), digest, JIANGSU.key_id, NOON)


@pytest.fixture
def city(store: Store) -> Store:
    """A city that trusts Jiangsu and has the car on its register."""
    trust(store)
    with store.write() as session:
        entry = RegisterEntry("swift-1", "swift", CAR, "car-1")
        register.add(session, ADMINISTRATOR, entry, NOON)
    return store


def facts(store: Store, at: Any = NOON) -> RecognisedFacts | None:
    with store.read() as session:
        return recognitions.recognised_facts(session, "car-1", at)


def test_what_was_told_is_recognised_of_the_vehicle_that_moves_with_a_device(city: Store) -> None:
    assert facts(city) is None
    kept = keep(city)

    found = facts(city)
    assert found is not None
    assert (found.automated_km, found.takeovers) == (1620.5, 3)
    assert found.stages == {PermitKind.ROAD_TEST}
    assert found.issuers == ("jiangsu",)
    with city.read() as session:
        assert recognitions.get(session, REVIEWER, kept.recognition_id) == kept
        assert recognitions.recognised_facts(session, "drone-1", NOON) is None
        last = audit.entries(session, ADMINISTRATOR, limit=1000)[-1]
    assert (last.action, last.actor, last.subject) == (
        "recognition.import",
        REVIEWER.username,
        "jiangsu-000012",
    )


def test_it_counts_until_its_end_and_not_at_it(city: Store) -> None:
    keep(city)
    end = bundle().valid_to

    assert facts(city, end - timedelta(microseconds=1)) is not None
    assert facts(city, end) is None


def test_the_newest_of_an_issuer_counts_and_an_older_one_is_not_taken(city: Store) -> None:
    keep(city)
    with pytest.raises(Conflict, match="no newer"):
        keep(city, digest="1" * 64, issued_at=bundle().issued_at - DAY)
    with pytest.raises(Conflict, match="no newer"):
        keep(city, digest="1" * 64)
    more = told(driven=replace(told().driven, automated_km=1700.0))
    keep(city, digest="2" * 64, bundle_id="b", issued_at=NOON - DAY / 2, vehicles=(more,))

    found = facts(city)
    assert found is not None
    assert (found.automated_km, found.bundles) == (1700.0, ("b",))


def test_what_another_issuer_tells_adds_up(city: Store) -> None:
    keep(city)
    keep(city, digest="1" * 64, bundle_id="anhui-1", issuer="anhui")

    found = facts(city)
    assert found is not None
    assert found.automated_km == 2 * 1620.5


def test_a_vehicle_with_other_software_is_not_the_one_that_was_tested(city: Store) -> None:
    keep(city)
    with city.write() as session:
        other = replace(CAR, software_version="3.2.0")
        register.amend(session, SWIFT, "swift-1", other, NOON)

    assert facts(city) is None


def test_what_a_key_has_signed_counts_no_more_once_it_is_revoked(city: Store) -> None:
    keep(city)
    trust(city, REVOKED)

    assert facts(city, NOON) is not None
    assert facts(city, NOON + DAY) is None


def test_who_was_told_of_what_is_seen_by_departments_and_by_its_operator(city: Store) -> None:
    keep(city)
    with city.read() as session:
        seen = {
            who.username: len(recognitions.page(session, who)) for who in (REVIEWER, SWIFT, KITE)
        }
        with pytest.raises(NotFound):
            recognitions.get(session, KITE, 1)
        by_vin = recognitions.page(session, REVIEWER, vin=CAR.vin, issuer="jiangsu")
        nobody = recognitions.page(session, REVIEWER, vin="X" * 17)
        after = recognitions.page(session, REVIEWER, after=by_vin[0].recognition_id)
        files = list(recognitions.kept_files(session))
    assert seen == {REVIEWER.username: 1, SWIFT.username: 1, KITE.username: 0}
    assert (len(by_vin), nobody, after) == (1, (), ())
    assert files == [each.file for each in told().papers]


def test_how_many_vehicles_were_recognised_in_a_time_is_counted_once_each(city: Store) -> None:
    keep(city)
    keep(city, digest="1" * 64, bundle_id="anhui-1", issuer="anhui")
    with city.read() as session:
        counted = [
            recognitions.vehicles_between(session, *times)
            for times in ((NOON, NOON + DAY), (NOON - DAY, NOON), (NOON + DAY, NOON + 2 * DAY))
        ]
    assert counted == [1, 0, 0]


def test_reviewers_and_administrators_recognise_and_nobody_else(city: Store) -> None:
    with pytest.raises(NotAllowed):
        keep(city, SWIFT)


def test_versions_of_the_trust_list_follow_each_other(store: Store) -> None:
    with store.read() as session:
        assert trust_lists.in_force(session) == trust_lists.BEFORE_THE_FIRST
    assert trust(store, expected=range(1)) == 1
    with pytest.raises(Stale, match="moved on"):
        trust(store, expected=range(1))
    assert trust(store, REVOKED, expected={1}) == 2
    with store.read() as session:
        assert trust_lists.in_force(session).number == 2
        before = trust_lists.version(session, 1)
        assert trust_lists.version(session, 3) is None
    assert before is not None
    assert before.text == list_of()
    with pytest.raises(NotAllowed), store.write() as session:
        trust_lists.publish(session, INDUSTRY, list_of(), "why", NOON)
