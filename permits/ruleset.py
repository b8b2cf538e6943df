"""Rule sets: every number and list that the law, a comparator or we ourselves have set.

A rule set is a TOML text. Each value in it says where it comes from, by itself or by the
``basis`` of its table; a rule set may extend another, and a value keeps the origin of the text
that gave it. A decision stores ``RuleSet.label``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from permits.life_cycle import Family, PermitKind
from permits.parameters import (
    Extension,
    Instrument,
    Load,
    Parameter,
    RuleSetError,
    Sheet,
    Status,
    read_sheet,
)
from permits.violation import RAISED, Severity, ViolationCode

__all__ = [
    "DOMAINS",
    "Extension",
    "Foresight",
    "Instrument",
    "Parameter",
    "Rule",
    "RuleSet",
    "RuleSetError",
    "Separation",
    "Status",
    "latest_end",
    "may_issue",
    "parse",
    "refusals",
]

DOMAINS = ("road", "air", "water")
MOST_SAMPLES = 60
MOST_CONFIDENCE = 0.99
"""More than this no fix at an edge would ever reach."""
BY_OUTLINE = frozenset(
    {
        ViolationCode.KEEP_OUT_BREACH,
        ViolationCode.KEEP_IN_EXIT,
        ViolationCode.AUTO_OUTSIDE_AUTHORISED,
    }
)
"""The codes that are seen by being inside or outside an outline alone: of them a fix may be doubted."""
_MPS_PER_KMH = 1 / 3.6


@dataclass(frozen=True, slots=True)
class Rule:
    """When a violation of one code opens and closes, how grave it is and who hears of it."""

    severity: Severity
    opens_after_s: float
    """Device time for which it must last; for silence, server time."""
    samples: int
    """Fixes that must show it, of the latest ``of_samples``."""
    of_samples: int
    """The same number: one after another."""
    confidence: float
    """How probable it must be, by the accuracy that a fix claims, that it shows what it seems to;
    else it is no sample. 0 where a fix is believed as it is."""
    closes_after_s: float
    """Device time for which it must be over."""
    dedupe_s: float
    """One that opens again within this time is marked as a repeat."""
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foresight:
    """How far ahead the devices of a domain are asked what they will break."""

    horizon_s: float
    max_age_s: float
    """Of the last fix: from an older one nothing is foretold."""


@dataclass(frozen=True, slots=True)
class Separation:
    """How far aircraft must stay apart: closer than both minima at once is lost."""

    horizontal_m: float
    vertical_m: float
    head_on_s: float
    """Two that approach on opposite courses in one corridor and would be too close within this time
    are head-on."""
    opposite_within_deg: float
    """How far from exactly opposite courses may be."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in force. Speeds in metres a second, whatever the text counts in."""

    rule_set_id: str
    version: str
    jurisdiction: str
    max_height_agl_m: float
    """For flights without an approved top of their own."""
    max_skew_s: float
    reorder_window_s: float
    """For which a report waits for one with a number before its own; 0 is never."""
    overspeed_margin_mps: float
    overspeed_margin_ratio: float
    """The larger of this part of the limit and the margin above is let pass."""
    overspeed_critical_ratio: float
    """Beyond this part above the limit, overspeed is critical."""
    update_every_s: float
    """A violation that gets worse is told of at most this often."""
    max_speed_mps: Mapping[str, float]
    """By domain: the most that a class can go, for the jump gate."""
    jump_factor: float
    default_accuracy_m: Mapping[str, float]
    """By domain: of a fix that does not say it; the radius that holds 95 % of the error."""
    least_accuracy_m: Mapping[str, float]
    """By domain: a fix that claims to be better is not believed in this."""
    foresight: Mapping[str, Foresight]
    """By domain."""
    separation: Separation
    automated_modes: frozenset[str]
    by_hand_modes: frozenset[str]
    always_permitted_modes: Mapping[str, frozenset[str]]
    """By domain: what no permit need name, since safety may ask for it at any moment."""
    period_cap_months: Mapping[PermitKind, int]
    rules: Mapping[tuple[ViolationCode, str, str], Rule]
    """By code, domain and category of zone (empty for all)."""
    instruments: Mapping[str, Instrument]
    extensions: Mapping[str, Extension]
    parameters: Mapping[str, Parameter]
    """Every value by its key, with its origin."""
    doubts: bool = field(init=False)
    """Whether any rule asks how sure a fix is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "doubts", any(rule.confidence for rule in self.rules.values()))

    @property
    def label(self) -> str:
        """Identity and version, as decisions store it."""
        return f"{self.rule_set_id}@{self.version}"

    def rule(self, code: ViolationCode, domain: str, category: str = "") -> Rule:
        """Return the rule for a domain and, where there is one, for a category of zone."""
        found = self.rules.get((code, domain, category))
        return self.rules[code, domain, ""] if found is None else found


def refusals(rules: RuleSet, on: date, family: Family | None = None) -> tuple[str, ...]:
    """Return why nothing may be issued on a day, for a person to read; empty if it may.

    Without a family the instruments of all families count.
    """
    families = frozenset(Family) if family is None else frozenset({family})
    return tuple(
        problem
        for instrument in rules.instruments.values()
        if instrument.families & families
        for problem in _not_in_force(instrument, rules.extensions.get(instrument.key), on)
    )


def may_issue(rules: RuleSet, on: date, family: Family | None = None) -> bool:
    """Tell whether every instrument that permits rest on is in force or extended on a day."""
    return not refusals(rules, on, family)


def latest_end(rules: RuleSet, kind: PermitKind, start: datetime) -> datetime | None:
    """Return the latest end of a permit that starts then; ``None`` where no cap is set."""
    months = rules.period_cap_months.get(kind)
    if months is None:
        return None
    years, month = divmod(start.month - 1 + months, 12)
    return _same_day(start, start.year + years, month + 1)


def parse(text: str, load: Load | None = None) -> RuleSet:
    """Return the rule set that a TOML text describes.

    ``load`` gives the text of the rule set that this one extends, by its id.

    Raises:
        RuleSetError: names the key, what was found and what was expected.
    """
    sheet = read_sheet(text, load)
    _refuse_unknown(sheet)
    return RuleSet(
        rule_set_id=sheet.rule_set_id,
        version=sheet.version,
        jurisdiction=sheet.jurisdiction,
        max_height_agl_m=sheet.number("height.max_agl_m", 1, 1000),
        max_skew_s=sheet.number("clock.max_skew_s", 0.5, 600),
        reorder_window_s=sheet.number("reorder.window_s", 0, 5),
        overspeed_margin_mps=sheet.number("overspeed.margin_kmh", 0, 30) * _MPS_PER_KMH,
        overspeed_margin_ratio=sheet.number("overspeed.margin_ratio", 0, 1),
        overspeed_critical_ratio=sheet.number("overspeed.critical_ratio", 0, 10),
        update_every_s=sheet.number("episodes.update_every_s", 0, 600),
        max_speed_mps={
            domain: sheet.number(f"jump.{domain}.max_speed_kmh", 1, 1500) * _MPS_PER_KMH
            for domain in DOMAINS
        },
        jump_factor=sheet.number("jump.factor", 1, 10),
        default_accuracy_m=_accuracies(sheet, "default_m"),
        least_accuracy_m=_accuracies(sheet, "least_m"),
        foresight={
            domain: Foresight(
                sheet.number(f"foresight.{domain}.horizon_s", 0, 600),
                sheet.number(f"foresight.{domain}.max_age_s", 1, 60),
            )
            for domain in DOMAINS
        },
        separation=Separation(
            horizontal_m=sheet.number("separation.horizontal_m", 1, 10_000),
            vertical_m=sheet.number("separation.vertical_m", 1, 1000),
            head_on_s=sheet.number("separation.head_on_s", 0, 300),
            opposite_within_deg=sheet.number("separation.opposite_within_deg", 0, 90),
        ),
        automated_modes=frozenset(sheet.texts("modes.automated")),
        by_hand_modes=frozenset(sheet.texts("modes.by_hand")),
        always_permitted_modes={
            domain: frozenset(sheet.texts(f"modes.always_permitted.{domain}")) for domain in DOMAINS
        },
        period_cap_months={
            kind: sheet.count(f"period.{kind}.cap_months", 1, 120)
            for kind in PermitKind
            if f"period.{kind}.cap_months" in sheet.parameters
        },
        rules=MappingProxyType(dict(_rules(sheet))),
        instruments=sheet.instruments,
        extensions=sheet.extensions,
        parameters=sheet.parameters,
    )


def _accuracies(sheet: Sheet, name: str) -> dict[str, float]:
    return {domain: sheet.number(f"accuracy.{domain}.{name}", 0, 1000) for domain in DOMAINS}


def _rules(sheet: Sheet) -> Iterator[tuple[tuple[ViolationCode, str, str], Rule]]:
    for code in RAISED:
        for domain in DOMAINS:
            yield (code, domain, ""), _rule(sheet, code, domain)
            for category in sheet.below(f"violations.{code}.category"):
                yield (code, domain, category), _rule(sheet, code, domain, category)


def _rule(sheet: Sheet, code: ViolationCode, domain: str, category: str = "") -> Rule:
    """Take each value from the narrowest table that has it; zone category before domain."""
    narrower = (f"category.{category}", domain) if category else (domain,)
    places = (*(f"violations.{code}.{each}" for each in narrower), f"violations.{code}", "all")

    def key(name: str) -> str:
        keys = (f"{place}.{name}" for place in places)
        return next((each for each in keys if each in sheet.parameters), f"{places[-2]}.{name}")

    samples, of_samples = _samples(sheet, places)
    opens_after_s = sheet.number(key("opens_after_s"), 0, 600)
    confidence = key("confidence")
    asked = sheet.number(confidence, 0, MOST_CONFIDENCE) if confidence in sheet.parameters else 0.0
    # Where the first fix counts, none is doubted: not of aircraft, and not at airports.
    at_once = domain == "air" or (samples == 1 and opens_after_s == 0.0)
    return Rule(
        severity=Severity(sheet.text(key("severity"), frozenset(Severity))),
        opens_after_s=opens_after_s,
        samples=samples,
        of_samples=of_samples,
        confidence=0.0 if at_once else asked,
        closes_after_s=sheet.number(key("closes_after_s"), 0, 3600),
        dedupe_s=sheet.number(key("dedupe_s"), 0, 86_400),
        notify=sheet.texts(key("notify")),
    )


def _samples(sheet: Sheet, places: tuple[str, ...]) -> tuple[int, int]:
    """Return how many of how many; a table that says how many alone means one after another."""
    keys = [f"{place}.samples" for place in places]
    given = next((at for at, key in enumerate(keys) if key in sheet.parameters), len(keys) - 1)
    samples = sheet.count(keys[given], 1, MOST_SAMPLES)
    for place in places[: given + 1]:
        if f"{place}.of_samples" in sheet.parameters:
            return samples, sheet.count(f"{place}.of_samples", samples, MOST_SAMPLES)
    return samples, samples


_RULE_VALUES = frozenset(
    {"severity", "opens_after_s", "samples", "of_samples", "closes_after_s", "dedupe_s", "notify"}
)
_OTHER_KEYS = frozenset(
    {
        "height.max_agl_m",
        "clock.max_skew_s",
        "reorder.window_s",
        "overspeed.margin_kmh",
        "overspeed.margin_ratio",
        "overspeed.critical_ratio",
        "episodes.update_every_s",
        "jump.factor",
        *(f"accuracy.{domain}.{name}" for domain in DOMAINS for name in ("default_m", "least_m")),
        "separation.horizontal_m",
        "separation.vertical_m",
        "separation.head_on_s",
        "separation.opposite_within_deg",
        "modes.automated",
        "modes.by_hand",
        *(f"jump.{domain}.max_speed_kmh" for domain in DOMAINS),
        *(f"foresight.{domain}.horizon_s" for domain in DOMAINS),
        *(f"foresight.{domain}.max_age_s" for domain in DOMAINS),
        *(f"modes.always_permitted.{domain}" for domain in DOMAINS),
        *(f"period.{kind}.cap_months" for kind in PermitKind),
        *(f"all.{name}" for name in _RULE_VALUES),
    }
)


def _refuse_unknown(sheet: Sheet) -> None:
    """A misspelt key would otherwise leave the value it means at its default, unseen."""
    for key, parameter in sheet.parameters.items():
        if key not in _OTHER_KEYS and not _is_rule_key(key.split(".")):
            raise RuleSetError(parameter.value, key, "no such key")


def _is_rule_key(parts: list[str]) -> bool:
    match parts:
        case ["violations", code, *within, "confidence"]:
            return (
                code in BY_OUTLINE and within != ["air"] and _is_rule_key([*parts[:-1], "samples"])
            )
        case ["violations", code, name]:
            return code in RAISED and name in _RULE_VALUES
        case ["violations", code, domain, name]:
            return code in RAISED and domain in DOMAINS and name in _RULE_VALUES
        case ["violations", code, "category", _, name]:
            return code in RAISED and name in _RULE_VALUES
        case _:
            return False


def _not_in_force(instrument: Instrument, extension: Extension | None, on: date) -> Iterator[str]:
    named = f"{instrument.title_zh} ({instrument.title})"
    if instrument.valid_from is not None and on < instrument.valid_from:
        yield f"{named} is in force from {instrument.valid_from}, not on {on}"
    ends = [each for each in (instrument.valid_to, extension and extension.valid_to) if each]
    if instrument.valid_to is not None and on > max(ends):
        yield f"{named} ran out on {max(ends)} and no successor or extension is configured"


def _same_day(start: datetime, year: int, month: int) -> datetime:
    """The same day of another month, or the last one that it has."""
    for day in range(start.day, 27, -1):
        try:
            return start.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    return start.replace(year=year, month=month)
