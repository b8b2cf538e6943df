"""Grounds on which what was granted is suspended, and those of them that suspend by themselves.

An authority says its ground in words, and may name one of these. What rests on a paper, a plate or a
place stands no longer once that is gone: nobody need decide it, and nobody need know of it first. Which
grounds are automatic is the rule set's.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from permits.rule_words import Language

AUTOMATIC = "suspension.automatic"
"""The key of the grounds that suspend by themselves."""


class SuspensionGround(StrEnum):
    """Why something may not go on."""

    INSURANCE_ENDED = "INSURANCE_ENDED"
    """保险失效: it was withdrawn, or has run out, and no other is there."""
    INSPECTION_LAPSED = "INSPECTION_LAPSED"
    """检验失效"""
    PLATE_EXPIRED = "PLATE_EXPIRED"
    """号牌失效: it has run out, or was announced void."""
    PLACE_CLOSED = "PLACE_CLOSED"
    """路段、空域或水域关闭: the map does not have it any more."""
    LICENCE_ENDED = "LICENCE_ENDED"
    """道路运输经营许可失效: of whoever runs the service; it was withdrawn, or has run out."""
    ACCIDENT = "ACCIDENT"
    """事故: it stops by the accident's own matter, until the reports are accepted."""
    TRAFFIC_VIOLATION = "TRAFFIC_VIOLATION"
    """交通违法"""
    SAFETY_RISK = "SAFETY_RISK"
    """安全隐患"""
    TERMS_BROKEN = "TERMS_BROKEN"
    """违反许可条件"""


WORDS: Mapping[SuspensionGround, tuple[str, str]] = MappingProxyType(
    {
        SuspensionGround.INSURANCE_ENDED: ("the insurance has ended or was withdrawn", "保险失效或已撤回"),
        SuspensionGround.INSPECTION_LAPSED: ("the inspection has lapsed or was withdrawn", "检验失效或已撤回"),
        SuspensionGround.PLATE_EXPIRED: ("the plate is not valid any more", "号牌失效"),
        SuspensionGround.PLACE_CLOSED: ("the segment or area is closed", "路段或区域已关闭"),
        SuspensionGround.LICENCE_ENDED: ("the licence for road transport has ended or was withdrawn", "道路运输经营许可失效或已撤回"),
        SuspensionGround.ACCIDENT: ("an accident", "事故"),
        SuspensionGround.TRAFFIC_VIOLATION: ("traffic violations", "交通违法"),
        SuspensionGround.SAFETY_RISK: ("a risk to safety", "安全隐患"),
        SuspensionGround.TERMS_BROKEN: ("the terms of the permit were broken", "违反许可条件"),
    }
)  # fmt: skip
BY_ITSELF = frozenset(
    {
        SuspensionGround.INSURANCE_ENDED,
        SuspensionGround.INSPECTION_LAPSED,
        SuspensionGround.PLATE_EXPIRED,
        SuspensionGround.PLACE_CLOSED,
        SuspensionGround.LICENCE_ENDED,
    }
)
"""What the platform can see without anybody: no other ground may be automatic."""


def ground_name(ground: SuspensionGround, language: Language) -> str:
    """Return what a ground is called."""
    return WORDS[ground][language is Language.CHINESE]
