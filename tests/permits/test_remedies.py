"""What can be done against a decision, until which day and where."""

from dataclasses import replace
from datetime import date

import pytest

from permits.matter_states import MatterAction
from permits.permit import Family, PermitAction
from permits.remedies import NO_REMEDIES, remedies, remedy_rules
from permits.remedy_kinds import RemedyKind
from permits.rule_words import Language
from permits.working_calendar import WorkingCalendar
from tests.permits.calendars import YEAR_2026
from tests.permits.lives import local
from zone_service.shipped_rules import shipped_sheet

SHEET = shipped_sheet("shanghai-default")
RULES = remedy_rules(SHEET)
A, K = PermitAction, RemedyKind


def days(
    action: PermitAction | MatterAction, at: str, calendar: WorkingCalendar = YEAR_2026
) -> dict[RemedyKind, date]:
    found = remedies(RULES, calendar, Family.ROAD, action, local(at))
    return {each.way.kind: each.last_day for each in found}


@pytest.mark.requirement("D4b-28")
def test_a_refusal_names_reconsideration_and_litigation_with_their_last_days() -> None:
    # Sixty days after Tuesday 3 March are over on Saturday 2 May, in the holiday that ends on the 5th.
    assert days(A.REJECT, "2026-03-03 23:59") == {
        K.RECONSIDERATION: date(2026, 5, 6), K.LITIGATION: date(2026, 9, 3),
    }  # fmt: skip
    # The day is that of Shanghai, and a month that is shorter ends on its last day.
    assert days(A.REVOKE, "2026-08-31 00:00")[K.RECONSIDERATION] == date(2026, 10, 30)
    assert days(A.REVOKE, "2025-08-31 00:00")[K.LITIGATION] == date(2026, 2, 28)
    assert days(MatterAction.REFUSE, "2026-03-03 10:00") == days(A.REJECT, "2026-03-03 10:00")


@pytest.mark.requirement("D4b-28")
def test_it_says_where_and_by_which_law_in_both_languages() -> None:
    one, other = remedies(RULES, YEAR_2026, Family.ROAD, A.TERMINATE, local("2026-03-03 10:00"))
    assert one.said(Language.ENGLISH) == (
        "administrative reconsideration until 2026-05-06, at the people's government that the department "
        "belongs to (Administrative Reconsideration Law (2023), Art. 20)"
    )
    assert one.said(Language.CHINESE) == (
        "行政复议：最迟于 2026-05-06 向作出决定的部门所属的本级人民政府提出（行政复议法(2023)第20条）"
    )
    assert other.body(Language.CHINESE) == "有管辖权的人民法院"
    (flight, _) = remedies(RULES, YEAR_2026, Family.FLIGHT, A.REJECT, local("2026-03-03 10:00"))
    assert flight.body(Language.ENGLISH) == "the authority above the one that decided"


@pytest.mark.requirement("D4b-28")
def test_what_is_for_the_holder_or_no_decision_has_none() -> None:
    for action in (A.APPROVE, A.RESUME, A.EXTEND_TIME, A.EXPIRE, MatterAction.CONSENT):
        assert days(action, "2026-03-03 10:00") == {}
    bare = {k: v for k, v in SHEET.parameters.items() if not k.startswith("remedies.")}
    assert remedy_rules(replace(SHEET, parameters=bare)) == NO_REMEDIES
