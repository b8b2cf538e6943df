"""Until when something is insured and inspected: one paper after another, without a gap."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.cover import first_of, lasts_to, papers_of
from permits.document import Covered, Document
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Particulars, VehicleCategory
from permits.validity import Papers
from tests.permits.preconditions import boat, drone, vehicle

D = DocumentKind
ON = date(2026, 7, 1)
BEFORE, NEXT, LATER = date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)
CAR = vehicle().particulars
DEVICE = vehicle(category=VehicleCategory.LOW_SPEED, vin=None, code="L-1").particulars
KITE, BOAT = drone().particulars, boat(10.0).particulars


def policy(begins: date | None, ends: date | None, kind: D = D.LIABILITY_INSURANCE, **said: Any) -> Document:  # fmt: skip
    about = Covered(CoveredKind.VEHICLE, "S-1")
    return Document(kind=kind, covers=about, valid_from=begins, valid_to=ends, **said)


def until(ends: date, *kinds: D) -> list[Document]:
    return [policy(date(2026, 1, 1), ends, each) for each in kinds]


@pytest.mark.parametrize(
    ("documents", "last"),
    [
        ([], BEFORE),
        ([policy(ON, NEXT)], NEXT),
        ([policy(ON, None)], date.max),
        ([policy(None, BEFORE)], BEFORE),
        ([policy(NEXT, LATER)], BEFORE),
        ([policy(NEXT + timedelta(1), LATER), policy(ON, NEXT)], LATER),
        ([policy(NEXT + timedelta(2), LATER), policy(ON, NEXT)], NEXT),
        ([policy(ON, LATER), policy(ON, NEXT)], LATER),
    ],
)
def test_a_cover_lasts_to_its_first_gap(documents: list[Document], last: date) -> None:
    assert lasts_to(documents, ON) == last


days = st.dates(date(2026, 6, 1), date(2026, 8, 1))


@given(st.lists(st.tuples(days, days), max_size=5), days)
def test_each_day_of_a_cover_is_covered_and_the_next_is_not(
    spans: list[tuple[date, date]], on: date
) -> None:
    found = [policy(min(each), max(each)) for each in spans]
    last = lasts_to(found, on)
    for each in range((last - on).days + 1):
        assert any(one.is_valid(on + timedelta(each)) for one in found)
    assert not any(one.is_valid(last + timedelta(1)) for one in found)


@pytest.mark.requirement("D4b-10")
@pytest.mark.parametrize(
    ("particulars", "documents", "papers"),
    [
        (CAR, until(NEXT, D.LIABILITY_INSURANCE, D.COMPULSORY_INSURANCE, D.SAFETY_INSPECTION), Papers(NEXT, NEXT)),
        (CAR, [*until(NEXT, D.COMPULSORY_INSURANCE), *until(LATER, D.GUARANTEE_LETTER)], Papers(NEXT)),
        (CAR, until(NEXT, D.VESSEL_INSPECTION), Papers()),
        (DEVICE, until(NEXT, D.PROPERTY_INSURANCE, D.SAFETY_INSPECTION), Papers(NEXT)),
        (KITE, until(NEXT, D.LIABILITY_INSURANCE, D.SAFETY_INSPECTION), Papers(NEXT)),
        (BOAT, [*until(NEXT, D.LIABILITY_INSURANCE), *until(LATER, D.VESSEL_INSPECTION)], Papers(NEXT, LATER)),
        (BOAT, until(BEFORE, D.LIABILITY_INSURANCE), Papers(BEFORE)),
    ],
)  # fmt: skip
def test_what_moves_rests_on_its_own_papers(
    particulars: Particulars, documents: list[Document], papers: Papers
) -> None:
    assert papers_of(particulars, documents, ON) == papers


def test_what_was_withdrawn_and_not_replaced_covers_no_day() -> None:
    assert papers_of(KITE, [], ON, withdrawn=[D.LIABILITY_INSURANCE]) == Papers(BEFORE)
    assert papers_of(KITE, until(NEXT, D.GUARANTEE_LETTER), ON, withdrawn=[D.LIABILITY_INSURANCE]) == Papers(NEXT)  # fmt: skip


def test_a_policy_for_too_little_does_not_lengthen_what_a_car_is_insured_for() -> None:
    found = [policy(ON, NEXT, amount_cny=5e6), policy(ON, LATER, amount_cny=1.0)]
    assert papers_of(CAR, found, ON, least_cny=5e6) == Papers(NEXT)
    assert papers_of(CAR, found[1:], ON, least_cny=5e6) == Papers(LATER), (
        "its sum is refused elsewhere"
    )


def test_of_several_the_first_to_end_is_told() -> None:
    assert first_of([Papers(NEXT, None), Papers(LATER, LATER)]) == Papers(NEXT, LATER)
    assert first_of([]) == Papers()
