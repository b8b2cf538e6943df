"""What a file must have behind it before it goes on."""

from dataclasses import replace

import pytest

from permits.course import (
    StepBarred,
    items,
    one_list,
    opinions_needed,
    require_never_returned,
    require_opinion,
)
from permits.opinion import Opinion, OpinionKind, Verdict
from permits.parameters import Load
from permits.permit import PermitAction, PermitKind
from permits.rule_words import Language
from permits.sheet import Sheet, read_sheet
from permits.time_limits import time_limits
from tests.permits.lives import ROAD_TO_JOINT, draft, lasting, lived, local

A = PermitAction
YEAR = lasting("2026-09-01", "2027-09-01")


@pytest.fixture
def sheet(load: Load) -> Sheet:
    return read_sheet(load("shanghai-default"), load)


def opinion(kind: OpinionKind, at: str) -> Opinion:
    return Opinion("P-7", kind, "lab", "lin", Verdict.UNFAVOURABLE, "the brakes", local(at))


@pytest.mark.requirement("D4b-73")
@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        (PermitKind.ROAD_TEST, {OpinionKind.THIRD_PARTY, OpinionKind.EXPERT}),
        (PermitKind.COMMERCIAL_OPERATION, set()),
        (PermitKind.FLIGHT_ACTIVITY, set()),
    ],
)
def test_whose_opinion_is_needed_is_the_rule_sets(
    sheet: Sheet, kind: PermitKind, needed: set[OpinionKind]
) -> None:
    assert opinions_needed(sheet, kind) == needed


@pytest.mark.requirement("D4b-73")
@pytest.mark.parametrize(
    ("steps", "action", "kind", "chinese"),
    [
        (3, A.START_EXPERT_REVIEW, OpinionKind.THIRD_PARTY, "第三方意见"),
        (4, A.OPEN_JOINT_REVIEW, OpinionKind.EXPERT, "专家评审意见"),
    ],
)
def test_a_file_goes_on_with_the_opinion_that_it_waits_for_given_since_it_was_accepted(
    sheet: Sheet, steps: int, action: PermitAction, kind: OpinionKind, chinese: str
) -> None:
    days = [(each, f"2026-06-0{day} 10:00") for day, each in enumerate(ROAD_TO_JOINT[:steps], 1)]
    case = lived(time_limits(sheet), PermitKind.ROAD_TEST, YEAR, *days)
    other = {OpinionKind.THIRD_PARTY, OpinionKind.EXPERT} - {kind}
    before, another = opinion(kind, "2026-06-02 09:59"), opinion(other.pop(), "2026-06-04 10:00")
    with pytest.raises(StepBarred, match="since it was accepted") as refused:
        require_opinion(case, action, (before, another), sheet)

    require_opinion(case, action, (opinion(kind, "2026-06-02 10:00"),), sheet)
    # Where the rule set asks for none nothing is waited for.
    require_opinion(case, action, (), replace(sheet, parameters={}))
    assert refused.value.slug == f"no-{kind.value.replace('_', '-')}-opinion"
    assert chinese in refused.value.said(Language.CHINESE)


@pytest.mark.requirement("D4b-3")
def test_intake_returns_a_file_once(sheet: Sheet) -> None:
    steps = ((A.SUBMIT, "2026-06-01 10:00"), (A.RETURN_FOR_CORRECTION, "2026-06-02 10:00"))
    limits = time_limits(sheet)
    first = lived(limits, PermitKind.ROAD_TEST, YEAR, steps[0])
    again = lived(limits, PermitKind.ROAD_TEST, YEAR, *steps, (A.SUBMIT, "2026-06-03 10:00"))

    require_never_returned(first, A.RETURN_FOR_CORRECTION)
    with pytest.raises(StepBarred, match="all that is missing is said once"):
        require_never_returned(again, A.RETURN_FOR_CORRECTION)


@pytest.mark.requirement("D4b-3")
def test_what_is_missing_is_one_list_of_items_with_what_the_platform_knows() -> None:
    permit = draft(PermitKind.ROAD_TEST, YEAR)

    def listed(said: str) -> str:
        return one_list(permit, A.ACCEPT, said, ("papers", "a map"))

    assert items("a map\n\n  plates \na map") == ("a map", "plates")
    assert listed("a map\nplates") == "a map\nplates\npapers"
    with pytest.raises(StepBarred, match="at most 100 items"):
        listed("\n".join(map(str, range(100))))
