"""What a parameter of a rule set is: its kind, its unit, its bounds and its name in two languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from permits.rule_words import Language


class Kind(StrEnum):
    """What a value is."""

    NUMBER = "number"
    COUNT = "count"
    FLAG = "flag"
    CHOICE = "choice"
    """One of some texts."""
    TEXTS = "texts"
    TIME = "time"
    """A time of day in Asia/Shanghai, ``12:00``."""
    WINDOWS = "windows"
    """Times of day from and to, ``07:30-09:00``."""
    CONDITION = "condition"
    PATTERN = "pattern"
    """How a number of a series is written, ``{year}-{serial:3}``."""


UNITS: Mapping[str, str] = MappingProxyType(
    {
        "1": "",
        "m": "米",
        "km": "公里",
        "km²": "平方公里",
        "km/h": "公里/小时",
        "m/s²": "米/秒²",
        "kg": "千克",
        "s": "秒",
        "min": "分钟",
        "h": "小时",
        "days": "日",
        "working days": "工作日",
        "months": "个月",
        "years": "年",
        "CNY": "元",
        "°": "°",
        "Hz": "赫兹",
        "1/s": "每秒",
        "1/min": "每分钟",
    }
)
"""By its sign: what a unit is called in Chinese."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One parameter, or all whose keys differ in one name alone."""

    key: str
    """A path; ``{domain}``, ``{kind}``, ``{code}`` and the like stand for any of their names."""
    kind: Kind
    english: str
    chinese: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    choice: frozenset[str] = frozenset()
    """Of a text or of each text in a list; empty where any will do."""
    informative: bool = True
    """Whether no code reads it: it is there for people, and for rules that are still to come."""

    def name(self, language: Language) -> str:
        """Return its name, with the places of its key still open."""
        return self.chinese if language is Language.CHINESE else self.english

    def unit_in(self, language: Language) -> str:
        """Return the unit for a person to read."""
        return UNITS.get(self.unit, "") if language is Language.CHINESE else self.unit


def number(
    key: str, unit: str, low: float, high: float, english: str, chinese: str, *, used: bool = False
) -> Definition:
    """Define a number with its unit and bounds, both included."""
    return Definition(key, Kind.NUMBER, english, chinese, unit, low, high, informative=not used)


def count(
    key: str, low: int, high: int, english: str, chinese: str, *, unit: str = "", used: bool = False
) -> Definition:
    """Define a whole number."""
    return Definition(key, Kind.COUNT, english, chinese, unit, low, high, informative=not used)


def flag(key: str, english: str, chinese: str, *, used: bool = False) -> Definition:
    """Define what is true or false."""
    return Definition(key, Kind.FLAG, english, chinese, informative=not used)


def choice(
    key: str, of: Iterable[str], english: str, chinese: str, *, used: bool = False
) -> Definition:
    """Define one of some texts."""
    some = frozenset(of)
    return Definition(key, Kind.CHOICE, english, chinese, choice=some, informative=not used)


def texts(
    key: str, english: str, chinese: str, *, of: Iterable[str] = (), used: bool = False
) -> Definition:
    """Define a list of texts."""
    some = frozenset(of)
    return Definition(key, Kind.TEXTS, english, chinese, choice=some, informative=not used)


def time_of_day(key: str, english: str, chinese: str, *, used: bool = False) -> Definition:
    """Define a time of day in Asia/Shanghai."""
    return Definition(key, Kind.TIME, english, chinese, informative=not used)


def windows(key: str, english: str, chinese: str, *, used: bool = False) -> Definition:
    """Define times of day from and to."""
    return Definition(key, Kind.WINDOWS, english, chinese, informative=not used)


def condition(key: str, english: str, chinese: str, *, used: bool = False) -> Definition:
    """Define a condition over facts."""
    return Definition(key, Kind.CONDITION, english, chinese, informative=not used)


def pattern(key: str, english: str, chinese: str) -> Definition:
    """Define how a number of a series is written."""
    return Definition(key, Kind.PATTERN, english, chinese, informative=False)
