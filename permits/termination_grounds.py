"""Grounds on which what was granted is terminated (终止事由): one closed table.

Whoever terminates names one of these and says in words what happened. A rule set may let fewer stand
for a family. Who bears an accident on the road the police find, and who asks to end asks the office that
handles the file.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from permits.rule_words import Language
from permits.states import Family
from permits.transition import AUTHORITIES, POLICE, REVIEWER, Actor


class TerminationGround(StrEnum):
    """Why an activity is ended for good."""

    NOT_AS_DECLARED = "NOT_AS_DECLARED"
    """与申报不符: the vehicle, aircraft or vessel is another than was declared."""
    PLATE_OVER = "PLATE_OVER"
    """号牌到期或被收回"""
    SAFETY_RISK = "SAFETY_RISK"
    """重大安全风险"""
    GRAVE_VIOLATION = "GRAVE_VIOLATION"
    """严重违法: a red light, wrong way, or what is punished by the loss of a licence or detention."""
    GRAVE_ACCIDENT = "GRAVE_ACCIDENT"
    """严重事故: dead or gravely injured people, or a destroyed vehicle."""
    PLACE_CLOSED = "PLACE_CLOSED"
    """路段、空域或水域关闭"""
    HOLDER_ASKED = "HOLDER_ASKED"
    """持有人申请终止"""


_G = TerminationGround
WORDS: Mapping[TerminationGround, tuple[str, str]] = MappingProxyType(
    {
        _G.NOT_AS_DECLARED: ("it is not as was declared", "与申报内容不符"),
        _G.PLATE_OVER: ("its plate has run out or was withdrawn", "号牌到期或被收回"),
        _G.SAFETY_RISK: ("a grave risk to safety", "存在重大安全风险"),
        _G.GRAVE_VIOLATION: ("a grave violation", "严重违法"),
        _G.GRAVE_ACCIDENT: ("a grave accident", "发生严重事故"),
        _G.PLACE_CLOSED: ("the segment or area is closed", "路段或区域已关闭"),
        _G.HOLDER_ASKED: ("its holder asked for it", "持有人申请终止"),
    }
)
_ANYWHERE: Mapping[TerminationGround, frozenset[Actor]] = MappingProxyType(
    {
        _G.NOT_AS_DECLARED: AUTHORITIES,
        _G.SAFETY_RISK: AUTHORITIES,
        _G.GRAVE_VIOLATION: AUTHORITIES,
        _G.GRAVE_ACCIDENT: AUTHORITIES,
        _G.PLACE_CLOSED: AUTHORITIES,
        _G.HOLDER_ASKED: REVIEWER,
    }
)
WHO_MAY: Mapping[Family, Mapping[TerminationGround, frozenset[Actor]]] = MappingProxyType(
    {
        Family.ROAD: MappingProxyType(
            {**_ANYWHERE, _G.PLATE_OVER: AUTHORITIES, _G.GRAVE_ACCIDENT: POLICE}
        ),
        Family.FLIGHT: _ANYWHERE,
        Family.VESSEL: _ANYWHERE,
        Family.RECORD: _ANYWHERE,
        Family.EXEMPT: _ANYWHERE,
    }
)
"""The grounds of each family, and by whom each may be named."""


def termination_ground_name(ground: TerminationGround, language: Language) -> str:
    """Return what a ground is called."""
    return WORDS[ground][language is Language.CHINESE]
