"""What a test of a data link shows, and how it answers a precondition."""

from dataclasses import replace

import pytest

from permits.condition import Verdict
from permits.link_test import Fault, Latest, LinkSeen, faults_of, link_test_facts, result_of
from permits.link_test_words import fault_said
from permits.rule_words import Language

GOOD = LinkSeen(reports=600, longest_silence_s=1.0, score=95.0, missing=())
SCORE_MIN, SILENCE_S = 80.0, 60.0
MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


@pytest.mark.requirement("D4b-80")
@pytest.mark.parametrize(
    ("changes", "faults", "result"),
    [
        ({}, (), MET),
        ({"score": 80.0, "longest_silence_s": 60.0}, (), MET),
        ({"score": 79.9}, (Fault.SCORE_TOO_LOW,), NOT_MET),
        ({"longest_silence_s": 60.1}, (Fault.NOT_ALL_THE_TIME,), NOT_MET),
        ({"missing": ("speed",)}, (Fault.ITEMS_MISSING,), NOT_MET),
        ({"other_datum": True}, (Fault.OTHER_DATUM,), NOT_MET),
        ({"reports": 0, "score": None}, (Fault.NOTHING_HEARD,), UNKNOWN),
        ({"score": None}, (), UNKNOWN),
    ],
)
def test_a_device_passes_that_sends_all_the_time_all_that_it_must_and_well_enough(
    changes: dict[str, object], faults: tuple[Fault, ...], result: Verdict
) -> None:
    seen = replace(GOOD, **changes)  # type: ignore[arg-type]
    found = tuple(faults_of(seen, SCORE_MIN, SILENCE_S))
    assert (found, result_of(seen, found)) == (faults, result)


def test_each_fault_is_said_in_both_languages() -> None:
    said = {fault_said(fault, language) for fault in Fault for language in Language}
    assert len(said) == 2 * len(Fault)


@pytest.mark.requirement("D4b-80")
def test_a_test_that_shows_nothing_is_as_if_there_were_none() -> None:
    assert (
        link_test_facts(None) == link_test_facts(Latest(1, UNKNOWN)) == {"link_test_failed": False}
    )
    assert link_test_facts(Latest(1, MET)) == {"link_test_passed": True, "link_test_failed": False}
    assert link_test_facts(Latest(1, NOT_MET)) == {
        "link_test_passed": False, "link_test_failed": True,
    }  # fmt: skip
