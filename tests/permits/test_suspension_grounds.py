"""What of a permit stands no longer by itself, and when nothing of it does."""

from dataclasses import replace
from datetime import date

import pytest

from permits.corridor import OwnCorridor
from permits.lapsed_grounds import Rested, halts, is_whole, said_of, together
from permits.matter import Suspension
from permits.plate import Plate
from permits.rule_words import Language
from permits.states import Family
from permits.suspension_grounds import AUTOMATIC, BY_ITSELF, SuspensionGround
from permits.termination_checks import grounds_of
from permits.termination_grounds import WHO_MAY, TerminationGround, termination_ground_name
from permits.terms import Terms
from permits.transition import AUTHORITIES
from permits.validity import Papers
from tests.permits.lives import lasting, local
from zone_service.shipped_rules import shipped_sheet

SHEET = shipped_sheet("shanghai-default")
G = SuspensionGround
AT = local("2026-08-10 00:00")
DAY = date(2026, 8, 10)
TWO = replace(
    lasting("2026-07-01", "2027-01-01"),
    device_ids=frozenset({"a", "b"}), zone_ids=frozenset({"north", "south"}),
    transfer_zone_ids=frozenset({"way"}),
)  # fmt: skip


def found(terms: Terms = TWO, *closed: str, **papers: Papers) -> list[tuple[str, Suspension]]:
    rested = Rested(AT, DAY, papers, frozenset(closed))
    return [(each.ground, each.parts) for each in halts(terms, rested, SHEET)]


@pytest.mark.requirement("D4b-26")
def test_a_vehicle_stands_on_the_last_day_of_its_papers_and_not_on_the_next() -> None:
    last = Papers(insured_to=date(2026, 8, 10), inspected_to=date(2026, 8, 9))
    over = Papers(insured_to=date(2026, 8, 9))
    assert found(a=last, b=Papers()) == [(G.INSPECTION_LAPSED, Suspension(frozenset("a")))]
    assert found(a=over, b=Papers()) == [(G.INSURANCE_ENDED, Suspension(frozenset("a")))]
    assert found(a=Papers(), stranger=over) == []


@pytest.mark.requirement("D4b-26")
def test_without_a_licence_for_the_service_nothing_of_it_goes_on() -> None:
    ended = Rested(AT, DAY, licence_ended=True)
    (halt,) = halts(TWO, ended, SHEET)
    assert (halt.ground, is_whole(TWO, halt.parts)) == (G.LICENCE_ENDED, True)


def plate(device_id: str, number: str, ends: str) -> Plate:
    return Plate(device_id, number, "", local("2026-07-01"), local(ends))


@pytest.mark.requirement("D4b-26")
def test_a_plate_that_another_follows_is_not_missed_and_what_bore_none_is_not() -> None:
    plates = (
        plate("a", "A1", "2026-08-01"), plate("a", "A2", "2026-12-01"), plate("b", "B1", "2026-08-10"),
    )  # fmt: skip
    assert found(replace(TWO, plates=plates)) == [(G.PLATE_EXPIRED, Suspension(frozenset("b")))]
    assert found() == []
    back = Rested(AT, DAY, handed_back=frozenset({"B1"}))
    assert halts(replace(TWO, plates=plates), back, SHEET) == (), "it was given up"


@pytest.mark.requirement("D4b-26")
def test_a_place_that_is_gone_is_suspended_and_the_whole_where_nothing_is_left() -> None:
    closed = Suspension(frozenset(), frozenset({"south", "way"}))
    assert found(TWO, "south", "way", "elsewhere") == [(G.PLACE_CLOSED, closed)]
    assert not is_whole(TWO, closed)
    nowhere = Suspension(frozenset(), frozenset({"north", "south"}))
    assert is_whole(TWO, nowhere)
    line = OwnCorridor(((121.9, 30.9), (121.91, 30.91)), 10.0)
    assert not is_whole(replace(TWO, corridor=line), nowhere), "its route is its own"
    assert is_whole(TWO, Suspension(frozenset("ab")))
    assert not is_whole(TWO, Suspension(frozenset("a")))


@pytest.mark.requirement("D4b-26")
def test_which_grounds_suspend_by_themselves_is_the_rule_sets_and_is_said_in_both_languages() -> (
    None
):
    over = Papers(insured_to=date(2026, 8, 9), inspected_to=date(2026, 8, 9))
    rested = Rested(AT, DAY, {"a": over, "b": over}, frozenset())
    both = halts(TWO, rested, SHEET)
    assert together(both) == Suspension(frozenset("ab"))
    assert (
        said_of(both[0])
        == "the insurance has ended or was withdrawn: a, b / 保险失效或已撤回: a, b"
    )
    parameters = dict(SHEET.parameters)
    named = replace(parameters[AUTOMATIC], value=("INSPECTION_LAPSED", "SAFETY_RISK"))
    less = replace(SHEET, parameters=parameters | {AUTOMATIC: named})
    assert [each.ground for each in halts(TWO, rested, less)] == [G.INSPECTION_LAPSED]
    del parameters[AUTOMATIC]
    assert halts(TWO, rested, replace(SHEET, parameters=parameters)) == ()
    assert set(SHEET.parameters[AUTOMATIC].value) == {str(each) for each in BY_ITSELF}  # type: ignore[arg-type]


@pytest.mark.requirement("D4b-39")
def test_every_ground_of_a_termination_has_its_names_and_somebody_who_may_name_it() -> None:
    for language in Language:
        assert len({termination_ground_name(each, language) for each in TerminationGround}) == 7
    for family, its in WHO_MAY.items():
        assert all(may and may <= AUTHORITIES for may in its.values())
        assert grounds_of(SHEET, family).items() <= its.items()
        assert (TerminationGround.PLATE_OVER in its) == (family is Family.ROAD)
    fewer = replace(SHEET.parameters["termination.road"], value=("SAFETY_RISK",))
    narrow = replace(SHEET, parameters={**SHEET.parameters, "termination.road": fewer})
    assert [*grounds_of(narrow, Family.ROAD)] == ["SAFETY_RISK"]
