"""Why a value of a permit is none, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.rule_words import Language

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "naive": (
            "{name} {found} has no time zone: expected an aware time",
            "{name} {found} 没有时区：应带时区",
        ),
        "order": (
            "valid_to {valid_to} is not after valid_from {valid_from}",
            "valid_to {valid_to} 应晚于 valid_from {valid_from}",
        ),
        "limit": (
            "{name} {found}: expected a finite number above 0, or none",
            "{name} {found}：应为大于 0 的有限数，或不给出",
        ),
        "hours": (
            "hours {start}-{end} say nothing: expected two different times",
            "时段 {start}-{end} 起止相同：应为两个不同的时刻",
        ),
        "days": (
            "days {found}: expected one or more of 0 (Monday) to 6",
            "days {found}：应为 0（周一）至 6 中的一个或多个",
        ),
        "no hours": ("no hours are left: expected some", "没有剩余时段：应至少有一个"),
        "others": (
            "others: expected texts that say something",
            "others：应为有内容的文本",
        ),
        "height": (
            "corridor: height {found} {reference}: expected a finite number and one of {choice}",
            "corridor：高度 {found} {reference}：应为有限数，基准为 {choice} 之一",
        ),
        "half width": (
            "corridor: half_width_m {found}: expected a finite number of metres above 0",
            "corridor：half_width_m {found}：应为大于 0 的有限米数",
        ),
        "places": (
            "corridor: a line of {found} places: expected 2 to {most}",
            "corridor：线有 {found} 个点：应为 2 至 {most} 个",
        ),
        "place": (
            "corridor: line[{index}] is {found}: expected a longitude of -180 to 180 and then a latitude of -90 to 90",
            "corridor：line[{index}] 为 {found}：应先为 -180 至 180 的经度，后为 -90 至 90 的纬度",
        ),
        "one place": (
            "corridor: a line that stays at {found}: expected two places",
            "corridor：线始终在 {found}：应至少有两个不同的点",
        ),
        "not changeable": (
            "change: unknown {found}: expected {choice}",
            "change：未知的 {found}：应为 {choice}",
        ),
    }
)
"""By key: English and Chinese, with the same places to fill."""


def value_words(key: str, language: Language, **filled: object) -> str:
    """Return a sentence in a language."""
    english, chinese = WORDS[key]
    return (chinese if language is Language.CHINESE else english).format(**filled)


class ValueRefused(ValueError):
    """A value that makes no sense; ``why`` is a key of the sentences."""

    def __init__(self, *, why: str, **filled: object) -> None:
        self.why = why
        self.filled = filled
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return value_words(self.why, language, **self.filled)
