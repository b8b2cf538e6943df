"""What class an unmanned aircraft is of, by the thresholds of the rule set, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from permits.condition import Compared, Condition, Fact, Group, Verdict, in_words, judge, leaves
from permits.defined_for_air_and_water import CLASSES
from permits.entries import Aircraft
from permits.rule_words import Language
from permits.sheet import Sheet

ORDER = ("agricultural", *(each for each in CLASSES if each != "agricultural"))
"""An aircraft is of the first class whose condition it meets: each is narrower than the next."""
CLASS_NAMES: Mapping[str, str] = {
    "micro": "微型",
    "light": "轻型",
    "small": "小型",
    "medium": "中型",
    "large": "大型",
    "agricultural": "农用",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One class that was held against the aircraft."""

    name: str
    verdict: Verdict
    condition: Condition
    limits: Mapping[str, Fact]

    def said(self, language: Language) -> str:
        """Return its condition for a person to read."""
        return in_words(self.condition, self.limits, language)


@dataclass(frozen=True, slots=True)
class Classed:
    """The class of an aircraft; ``None`` where what is known of it meets none."""

    name: str | None
    tried: tuple[Tried, ...]
    """Those before it, and itself: this is the reason."""
    rules: str


def classify(aircraft: Aircraft, sheet: Sheet) -> Classed:
    """Return the class of an aircraft under a rule set."""
    facts, tried = facts_of(aircraft), list[Tried]()
    for name in ORDER:
        found = sheet.parameters.get(f"conditions.uav.{name}")
        if found is None or not isinstance(found.value, Compared | Group):
            continue
        limits = limits_of(found.value, sheet)
        verdict = judge(found.value, facts, limits)
        tried.append(Tried(name, verdict, found.value, limits))
        if verdict is Verdict.MET:
            return Classed(name, tuple(tried), sheet.label)
    return Classed(None, tuple(tried), sheet.label)


def facts_of(aircraft: Aircraft) -> dict[str, Fact]:
    """Return what is known of an aircraft, by the names of the facts of conditions."""
    told: dict[str, Fact | None] = {
        "empty_mass_kg": aircraft.empty_mass_kg,
        "takeoff_mass_kg": aircraft.takeoff_mass_kg,
        "speed_kmh": aircraft.max_speed_kmh,
        "height_agl_m": aircraft.max_height_agl_m,
        "radius_m": aircraft.radius_m,
        "keeps_airspace": aircraft.keeps_airspace,
        "can_be_watched": aircraft.can_be_watched,
        "agricultural": aircraft.agricultural,
    }
    return {name: fact for name, fact in told.items() if fact is not None}


def limits_of(condition: Condition, sheet: Sheet) -> dict[str, Fact]:
    """Return the values of the parameters that a condition names."""
    named = (sheet.parameters.get(each.parameter) for each in leaves(condition) if each.parameter)
    return {
        each.key: each.value
        for each in named
        if each is not None and isinstance(each.value, float | bool)
    }
