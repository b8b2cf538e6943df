"""Why a test of a data link was not passed, for people to read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from permits.link_test import Fault
from permits.rule_words import Language

_WORDS: Final[Mapping[Fault, tuple[str, str]]] = MappingProxyType(
    {
        Fault.NOTHING_HEARD: ("nothing was heard of it", "未收到任何报文"),
        Fault.NOT_ALL_THE_TIME: (
            "it was silent for longer than a device of its class may be",
            "静默时间超过该类设备的允许时长",
        ),
        Fault.ITEMS_MISSING: ("mandatory items were missing", "缺少必报数据项"),
        Fault.SCORE_TOO_LOW: ("the score is too low", "评分不合格"),
        Fault.OTHER_DATUM: (
            "its positions lie on permitted ground only when read in another datum than it declares",
            "其位置只有按另一坐标系解读才落在许可范围内，与所声明的坐标系不符",
        ),
    }
)


def fault_said(fault: Fault, language: Language) -> str:
    """Return it for a person to read."""
    return _WORDS[fault][language is Language.CHINESE]
