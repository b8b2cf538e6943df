"""What a department announces to everybody (公告), in English and in Chinese."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from permits.paper_words import Fault, fault
from permits.rule_words import Language

TITLE_NAMES, TEXT_NAMES = 5, 150
"""Plates that are named in a title and in a text: with 16 letters each the one stays within the 200 letters
and the other within the 4 000 that they have."""


class NoticeKind(StrEnum):
    """What is announced."""

    ROAD_OPENED = "ROAD_OPENED"
    """道路、区域开放"""
    ROAD_CLOSED = "ROAD_CLOSED"
    """道路、区域关闭"""
    PLATE_VOID = "PLATE_VOID"
    """号牌作废: of a plate that nobody has handed back. The act that ends it publishes it, and nobody by hand."""
    REPORT_PUBLISHED = "REPORT_PUBLISHED"
    """报告发布"""
    SUSPENSION = "SUSPENSION"
    """暂停"""
    ANSWER = "ANSWER"
    """公众意见答复: the answer to what somebody of the public said, without a word of theirs."""
    OTHER = "OTHER"
    """其他公告"""


class SubjectKind(StrEnum):
    """What a notice, or what somebody of the public says, is about."""

    NOTICE = "notice"
    """公告"""
    PLACE = "place"
    """开放的道路、航线或区域"""
    PERMIT = "permit"
    """许可"""


@dataclass(frozen=True, slots=True)
class Subject:
    """One notice, opened place or permit, by its id or number."""

    kind: SubjectKind
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One announcement; both languages say the same."""

    kind: NoticeKind
    title: str
    title_zh: str
    text: str
    text_zh: str
    valid_from: datetime
    """It is listed from then on."""
    valid_to: datetime | None = None
    """The first moment at which it is not; ``None``: until it is withdrawn."""
    about: Subject | None = None

    def is_listed(self, at: datetime) -> bool:
        """Tell whether everybody may read it at a moment."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


SUBJECT_KINDS_ZH: Mapping[SubjectKind, str] = MappingProxyType(
    {SubjectKind.NOTICE: "公告", SubjectKind.PLACE: "开放区域", SubjectKind.PERMIT: "许可"}
)
NOTICE_KINDS: Mapping[NoticeKind, tuple[str, str]] = MappingProxyType(
    {
        NoticeKind.ROAD_OPENED: ("opened to tests", "道路、区域开放"),
        NoticeKind.ROAD_CLOSED: ("closed to tests", "道路、区域关闭"),
        NoticeKind.PLATE_VOID: ("plates announced void", "号牌作废"),
        NoticeKind.REPORT_PUBLISHED: ("report published", "报告发布"),
        NoticeKind.SUSPENSION: ("suspension", "暂停"),
        NoticeKind.ANSWER: ("answer to the public", "公众意见答复"),
        NoticeKind.OTHER: ("notice", "其他公告"),
    }
)


def notice_kind_name(kind: NoticeKind, language: Language) -> str:
    """Return what a kind of notices is called."""
    return NOTICE_KINDS[kind][language is Language.CHINESE]


def faults(notice: Notice) -> tuple[Fault, ...]:
    """Return all that is wrong with a notice of somebody's; empty if it may be published."""
    return tuple(_faults(notice))


def _faults(notice: Notice) -> Iterator[Fault]:
    if notice.kind is NoticeKind.PLATE_VOID:
        yield fault("kind", notice.kind.value, "no plates by hand")
    if notice.valid_to is not None and notice.valid_to <= notice.valid_from:
        yield fault(
            "valid_to", notice.valid_to.isoformat(), "after", begins=notice.valid_from.isoformat()
        )


def plates_void(plates: Sequence[str], number: str, at: datetime) -> Notice:
    """Return the notice that plates are void which nobody has handed back (公告作废).

    The words are always the same: what the police wrote beside the act may name people, and stays on record.
    As many plates are named as there is room for, with how many more there are.
    """
    title, text = (_named(plates, most, Language.ENGLISH) for most in (TITLE_NAMES, TEXT_NAMES))
    title_zh, text_zh = (
        _named(plates, most, Language.CHINESE) for most in (TITLE_NAMES, TEXT_NAMES)
    )
    return Notice(
        kind=NoticeKind.PLATE_VOID,
        title=f"Temporary plates void: {title}",
        title_zh=f"临时行驶车号牌作废：{title_zh}",
        text=f"The temporary plates {text} of permit {number} are void.",
        text_zh=f"许可 {number} 的临时行驶车号牌 {text_zh} 已作废。",
        valid_from=at,
        about=Subject(SubjectKind.PERMIT, number),
    )


def _named(plates: Sequence[str], most: int, language: Language) -> str:
    """Return the first of some plates, at most ``most``, and how many more there are."""
    is_chinese, more = language is Language.CHINESE, len(plates) - most
    told = ("、" if is_chinese else ", ").join(plates[:most])
    if more <= 0:
        return told
    return f"{told} 等（另有 {more} 副）" if is_chinese else f"{told} and {more} more"
