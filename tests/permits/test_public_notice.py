"""Notices: when they are listed, what may not be published, and how plates are announced void."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from permits.public_notice import (
    NOTICE_KINDS,
    SUBJECT_KINDS_ZH,
    Notice,
    NoticeKind,
    Subject,
    SubjectKind,
    faults,
    notice_kind_name,
    plates_void,
)
from permits.rule_words import Language

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
LATER = NOON + timedelta(days=1)


def notice(valid_to: datetime | None = LATER) -> Notice:
    return Notice(
        kind=NoticeKind.ROAD_CLOSED, title="Closed", title_zh="关闭", text="It is closed.",
        text_zh="已关闭。", valid_from=NOON, valid_to=valid_to,
    )  # fmt: skip


@pytest.mark.requirement("D4e-9")
def test_a_notice_is_listed_from_its_first_moment_until_its_end_or_for_good() -> None:
    second = timedelta(seconds=1)
    assert [notice().is_listed(at) for at in (NOON - second, NOON, LATER - second, LATER)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert notice(None).is_listed(LATER + timedelta(days=9999))


def test_a_notice_that_ends_before_it_begins_is_not_published() -> None:
    assert faults(notice()) == faults(notice(None)) == ()
    (found,) = faults(notice(NOON))
    assert found.path == "valid_to"


@pytest.mark.requirement("D4e-9")
def test_nobody_announces_plates_void_by_hand() -> None:
    (found,) = faults(replace(notice(), kind=NoticeKind.PLATE_VOID))
    assert (found.path, found.expected) == ("kind", "no plates by hand")


def test_every_kind_has_its_name_in_both_languages() -> None:
    assert set(NOTICE_KINDS) == set(NoticeKind)
    for kind in NoticeKind:
        assert len({notice_kind_name(kind, language) for language in Language}) == 2
    assert set(SUBJECT_KINDS_ZH) == set(SubjectKind)


@pytest.mark.requirement("D4b-33", "D4e-9")
def test_plates_are_announced_void_by_their_numbers_each_language_apart() -> None:
    told = plates_void(("沪A0001试", "沪A0002试"), "RT-1", NOON)
    assert told.kind is NoticeKind.PLATE_VOID
    assert told.about == Subject(SubjectKind.PERMIT, "RT-1")
    assert told.title == "Temporary plates void: 沪A0001试, 沪A0002试"
    assert told.title_zh == "临时行驶车号牌作废：沪A0001试、沪A0002试"
    assert told.text == "The temporary plates 沪A0001试, 沪A0002试 of permit RT-1 are void."
    assert told.text_zh == "许可 RT-1 的临时行驶车号牌 沪A0001试、沪A0002试 已作废。"


@pytest.mark.requirement("D4b-33")
def test_of_many_plates_as_many_are_named_as_there_is_room_for_and_how_many_more_there_are() -> (
    None
):
    longest = [f"{at:016}" for at in range(1000)]
    told = plates_void(longest, "P" * 64, NOON)
    for title, text in ((told.title, told.text), (told.title_zh, told.text_zh)):
        assert len(title) <= 200
        assert len(text) <= 4000
        assert longest[4] in title
        assert longest[149] in text
        assert longest[5] not in title
        assert longest[150] not in text
        assert "995" in title
        assert "850" in text
