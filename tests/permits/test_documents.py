"""What a document must state, and until when it counts."""

from dataclasses import replace
from datetime import date
from typing import Any, get_type_hints

import pytest

from permits.document import Covered, Document, faults
from permits.document_kinds import COVERED_NAMES, KINDS, CoveredKind, DocumentKind, Stated
from permits.paper_words import PapersRefused
from permits.rule_words import Language

CAR = Covered(CoveredKind.VEHICLE, "car-1")
MAY_4 = date(2026, 5, 4)
INSURANCE = Document(
    kind=DocumentKind.LIABILITY_INSURANCE,
    covers=CAR,
    number="P-1",
    issued_by="PICC",
    valid_from=date(2026, 1, 1),
    valid_to=date(2026, 12, 31),
    amount_cny=5e6,
)


def said(document: Document, language: Language = Language.ENGLISH) -> list[str]:
    return [each.said(language) for each in faults(document, MAY_4)]


@pytest.mark.requirement("D1-1")
def test_a_document_that_states_all_that_its_kind_asks_has_no_fault() -> None:
    assert faults(INSURANCE, MAY_4) == ()


@pytest.mark.requirement("D1-1")
def test_all_that_is_missing_is_told_at_once_in_both_languages() -> None:
    bare = Document(kind=DocumentKind.LIABILITY_INSURANCE, covers=CAR, number="")
    assert said(bare) == [
        "number is missing: expected the number that the document bears",
        "issued_by is missing: expected who issued it",
        "valid_from is missing: expected its first day, such as 2026-05-04",
        "valid_to is missing: expected its last day, such as 2027-05-03",
        "amount_cny is missing: expected the sum in CNY, above 0",
    ]
    assert said(bare, Language.CHINESE)[4] == "缺少 amount_cny：应为大于 0 的金额（元）"


def test_a_document_is_about_what_its_kind_may_be_about() -> None:
    wrong = replace(INSURANCE, covers=Covered(CoveredKind.PERSON, "p-1"))
    (english,), (chinese,) = said(wrong), said(wrong, Language.CHINESE)
    assert english == (
        "covers.kind is person: expected what a liability insurance is about: "
        "aircraft, vehicle, vessel"
    )
    assert "vehicle（车辆）" in chinese


@pytest.mark.parametrize("amount", [0.0, -1.0, float("nan"), float("inf")])
def test_a_sum_is_a_number_above_nothing(amount: float) -> None:
    assert [each.path for each in faults(replace(INSURANCE, amount_cny=amount), MAY_4)] == [
        "amount_cny"
    ]


@pytest.mark.requirement("D1-1")
def test_its_last_day_belongs_to_its_validity_and_the_day_after_does_not() -> None:
    assert faults(INSURANCE, date(2026, 12, 31)) == ()
    (late,) = faults(INSURANCE, date(2027, 1, 1))
    assert late.said(Language.ENGLISH) == (
        "valid_to is 2026-12-31: expected a document that is still valid on 2027-01-01"
    )
    assert late.said(Language.CHINESE) == "valid_to 为 2026-12-31：应为2027-01-01 仍有效的文件"


def test_a_document_may_begin_later_but_not_end_before_it_begins() -> None:
    assert faults(replace(INSURANCE, valid_from=date(2026, 12, 1)), MAY_4) == ()
    turned = replace(INSURANCE, valid_from=date(2027, 1, 1))
    assert said(turned) == [
        "valid_to is 2026-12-31: expected a day not before valid_from, 2027-01-01"
    ]


def test_what_has_no_end_outlasts_everything() -> None:
    report = Document(kind=DocumentKind.THIRD_PARTY_REPORT, covers=CAR, valid_from=MAY_4)
    assert report.is_valid(date(2099, 1, 1))
    assert not report.is_valid(date(2026, 5, 3))
    assert report.outlasts(date(2099, 1, 1))
    assert INSURANCE.outlasts(date(2026, 12, 31))
    assert not INSURANCE.outlasts(date(2027, 1, 1))


def test_every_kind_has_two_names_and_something_to_be_about() -> None:
    assert set(KINDS) == set(DocumentKind)
    assert set(COVERED_NAMES) == set(CoveredKind)
    for kind, each in KINDS.items():
        assert each.about, kind
        assert each.english.isascii(), kind
        assert not each.chinese.isascii(), kind
    assert set(Stated) <= set(get_type_hints(Document))


def test_a_refusal_says_all_its_faults() -> None:
    refused = PapersRefused(*faults(replace(INSURANCE, number=None, issued_by=None), MAY_4))
    assert "; issued_by is missing" in str(refused)
    assert "；" not in refused.said(Language.CHINESE).replace("：", "")


# --- every kind, each in every way that it can be wrong


def good(kind: DocumentKind, **said: Any) -> Document:
    """A document of a kind that states all it must, and what it may."""
    states: dict[Stated, Any] = {
        Stated.NUMBER: "7",
        Stated.ISSUED_BY: "an office",
        Stated.VALID_FROM: date(2026, 1, 1),
        Stated.VALID_TO: MAY_4,
        Stated.AMOUNT_CNY: 5e6,
        Stated.GRADE: "C1",
    }
    asked = KINDS[kind].must | KINDS[kind].may
    told: dict[str, Any] = {each.value: states.get(each, 1.0) for each in sorted(asked)}
    about = {"covers": Covered(min(KINDS[kind].about), "key-1")}
    return Document(kind=kind, **about | told | said)


def wrong_at(document: Document) -> list[str]:
    return [each.path for each in faults(document, MAY_4)]


@pytest.mark.requirement("D1-1")
@pytest.mark.parametrize("kind", DocumentKind)
def test_each_kind_is_taken_when_it_says_what_it_must_and_refused_for_whatever_else(
    kind: DocumentKind,
) -> None:
    document, about = good(kind), KINDS[kind].about
    assert wrong_at(document) == []
    for other in CoveredKind:
        found = wrong_at(replace(document, covers=Covered(other, "key-1")))
        assert found == ([] if other in about else ["covers.kind"])
    for each in KINDS[kind].must:
        assert wrong_at(good(kind, **{each.value: None})) == [each]
    for each in KINDS[kind].may:
        assert wrong_at(good(kind, **{each.value: None})) == []
        assert wrong_at(good(kind, **{each.value: 0.0})) == []
        assert wrong_at(good(kind, **{each.value: -1.0})) == [each]
    for each in {Stated.AMOUNT_CNY, Stated.TRAINING_H, Stated.REMOTE_H} & KINDS[kind].must:
        for amount in (0.0, -1.0, float("nan"), float("inf")):
            assert wrong_at(good(kind, **{each.value: amount})) == [each]
    begins = date(2026, 1, 1)
    assert wrong_at(good(kind, valid_from=begins, valid_to=date(2026, 5, 3))) == ["valid_to"]
    assert wrong_at(good(kind, valid_from=date(2026, 5, 5), valid_to=MAY_4)) == ["valid_to"]


@pytest.mark.parametrize(
    "kind", [each for each in DocumentKind if each is not DocumentKind.DRIVING_RECORD]
)
def test_what_a_driving_record_says_is_said_by_nothing_else(kind: DocumentKind) -> None:
    refused = faults(good(kind, clean_cycles=3.0, clean_years=1.0), MAY_4)
    assert [each.path for each in refused] == ["clean_cycles", "clean_years"]
    assert "expected nothing of the kind" in refused[0].said(Language.ENGLISH)
    assert "此类文件不载明此项" in refused[0].said(Language.CHINESE)
