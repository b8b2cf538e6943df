"""The items of data and the parts of their quality that a rule set may name, for people to read."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from permits.rule_words import Language

ITEMS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "control_mode": ("control mode", "控制模式"),
        "position": ("position", "位置"),
        "speed": ("speed", "速度"),
        "direction": ("direction", "航向"),
        "altitude": ("altitude above the ellipsoid", "大地高"),
        "relative_height": ("height above take-off or ground", "相对高度"),
        "vertical_speed": ("vertical speed", "垂直速度"),
        "operational_status": ("operational status", "运行状态"),
        "horizontal_accuracy": ("horizontal accuracy", "水平精度"),
        "vertical_accuracy": ("vertical accuracy", "垂直精度"),
        "own_time": ("time by its own clock", "自带时间戳"),
    }
)
"""By the name of ``telemetry.data_items``: what it is called in English and in Chinese."""

PARTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "items": ("mandatory items", "必报数据项"),
        "rate": ("rate", "上报频率"),
        "gaps": ("gaps", "连续性"),
        "lateness": ("lateness", "时延"),
        "clock": ("clock", "时钟"),
        "accuracy": ("accuracy", "定位精度"),
        "jumps": ("jumps", "位置跳变"),
    }
)
"""By the name of ``telemetry.quality_score``, likewise."""


def items_named(items: Iterable[str], language: Language) -> str:
    """Return items for a person to read, in their own order."""
    chosen, chinese = frozenset(items), language is Language.CHINESE
    return ("、" if chinese else ", ").join(
        names[chinese] for each, names in ITEMS.items() if each in chosen
    )


def part_named(part: str, language: Language) -> str:
    """Return a part of the score for a person to read."""
    return PARTS[part][language is Language.CHINESE]
