"""What a schema leaves behind that is taken back: nothing that the program of before cannot read."""

import json

import pytest
from sqlalchemy import text as sql

from permits.permit import PermitAction, PermitKind
from tests.store import city
from tests.store.city import KITE, POLICE
from tests.store.stepping import do, draft
from tests.store.test_matters import CAR, suspend
from tests.store.test_replaced import pair
from zone_service.store.engine import Store

DETAILS_OF_BEFORE = frozenset({"liability", "ground"})
"""What a step in a matter could say at 0051: any other word the program of then refuses to read."""


@pytest.fixture
def city_store(newest_store: Store) -> Store:
    city.settle(newest_store)
    return newest_store


def told_with_steps(store: Store) -> list[dict[str, str]]:
    with store.begin() as connection:
        found = connection.execute(sql("SELECT details FROM matter_event ORDER BY event_id"))
        return [json.loads(each or "{}") for each in found.scalars()]


@pytest.mark.requirement("D4e-4")
def test_a_step_in_a_matter_says_nothing_that_the_program_of_before_does_not_know(
    city_store: Store,
) -> None:
    old, _ = pair(city_store)
    suspend(city_store, old, CAR, at="2026-08-20 10:00")
    do(city_store, POLICE, old, PermitAction.REVOKE, "2026-08-25 10:00")
    assert told_with_steps(city_store)[-1] == {"gone": "PERMIT"}
    city_store.downgrade("0052")
    assert told_with_steps(city_store)[-1] == {"gone": "PERMIT"}
    city_store.downgrade("0051")
    found = told_with_steps(city_store)
    assert {} in found
    assert all(each.keys() <= DETAILS_OF_BEFORE for each in found)


@pytest.mark.requirement("D4b-34")
def test_no_permit_is_left_waiting_to_a_program_that_lets_both_be_in_force(
    city_store: Store,
) -> None:
    old, new = pair(city_store)
    with pytest.raises(RuntimeError, match=f"{new.number} wait to take the place of permits"):
        city_store.downgrade("0052")
    assert city_store.revision_of_schema() is not None
    city_store.require_schema()  # what refuses takes nothing away
    do(city_store, POLICE, old, PermitAction.REVOKE, "2026-08-25 10:00")
    city_store.downgrade("0052")


@pytest.mark.requirement("D4a-24")
def test_no_permit_is_left_of_a_kind_that_the_program_of_before_does_not_know(
    city_store: Store,
) -> None:
    spared = draft(city_store, PermitKind.EXEMPT_FLIGHT, KITE)
    with pytest.raises(RuntimeError, match=f"{spared.number} are of kind EXEMPT_FLIGHT"):
        city_store.downgrade("0060")
    city_store.require_schema()
