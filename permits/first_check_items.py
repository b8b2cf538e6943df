"""What a first self-check may be asked to show, and under which keys a rule set says so."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from permits.rule_words import Language
from permits.states import Family

PASSED: Final = "passed"
"""That the unit itself says that its own check was passed; the others are seen in its reports."""
WITHIN: Final = "activation.heard_within_min"
ITEMS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "clock": ("the right time", "准确时间"),
        "position": ("its position", "位置"),
        "speed": ("its speed", "速度"),
        "control_mode": ("its control mode", "控制模式"),
        "operational_status": ("whether it is in the air or under way", "运行状态"),
        PASSED: ("its own check", "设备自检结果"),
    }
)
"""By name: what it is called in English and in Chinese."""


def items_key(family: Family | str) -> str:
    """Return under which key a rule set says what a first self-check must show."""
    return f"activation.self_check.{family}"


def items_named(items: Iterable[str], language: Language) -> str:
    """Return items for a person to read."""
    chosen, chinese = frozenset(items), language is Language.CHINESE
    return ("、" if chinese else ", ").join(
        names[chinese] for each, names in ITEMS.items() if each in chosen
    )
