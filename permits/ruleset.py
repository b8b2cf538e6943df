"""Rule sets: every number and list that the law, a comparator or we ourselves have set.

A rule set is a TOML text. Each value in it says where it comes from, by itself or by the
``basis`` of its table; a rule set may extend another, and a value keeps the origin of the text
that gave it. A decision stores ``RuleSet.label``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType

from permits.catalogue import BY_OUTLINE, DOMAINS
from permits.checking import absent, expected_number
from permits.defined_for_roads import FORBIDDEN_WINDOWS
from permits.defined_for_supervision import MOST_SAMPLES
from permits.parameters import Extension, Instrument, Load, Parameter, Status
from permits.rule_words import Problem, RuleSetError
from permits.sheet import Sheet, read_sheet
from permits.violation import RAISED, Severity, ViolationCode
from permits.weekly_hours import NEVER, Week, week_said

__all__ = [
    "BY_OUTLINE",
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
    "judged_by",
    "parse",
]

_MPS_PER_KMH = 1 / 3.6
LOW_SPEED_SILENCE = "alarms.silence_low_speed_s"
_LIKE = MappingProxyType(
    {
        ViolationCode.PLATE_EXPIRED_RUN: ViolationCode.PERMIT_EXPIRED,
        ViolationCode.PEAK_HOUR_RUN: ViolationCode.OUTSIDE_TIME_WINDOW,
    }
)
"""By what a code is judged under a rule set that has nothing of its own of it, as those of before it."""


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

    sheet: Sheet
    """Every value with its origin, those too that no fix is judged by."""
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
    rules: Mapping[tuple[ViolationCode, str, str], Rule]
    """By code, domain and category of zone (empty for all)."""
    forbidden_hours: Week = NEVER
    """In which no low-speed device may be under way; never where the rule set names none."""
    max_acceleration_mps2: Mapping[str, float] = field(default_factory=dict)
    """By domain: what holds a way against what its device says of its motion; of a domain that is
    missing (as in sets of before) such words count for nothing."""
    low_speed_silence_s: float = inf
    """Of a low-speed device on task, if it is shorter than that of its domain."""
    doubts: bool = field(init=False)
    """Whether any rule asks how sure a fix is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "doubts", any(rule.confidence for rule in self.rules.values()))

    @property
    def rule_set_id(self) -> str:
        """The name by which it is found."""
        return self.sheet.rule_set_id

    @property
    def version(self) -> str:
        """Which of the versions of its name it is."""
        return self.sheet.version

    @property
    def label(self) -> str:
        """Identity and version, as decisions store it."""
        return self.sheet.label

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The texts that values are taken from."""
        return self.sheet.instruments

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Every value by its key, with its origin."""
        return self.sheet.parameters

    def silence_s(self, domain: str, *, low_speed: bool = False) -> float:
        """Return for how long a device on task may say nothing."""
        of_domain = self.rule(ViolationCode.TELEMETRY_SILENCE, domain).opens_after_s
        return min(of_domain, self.low_speed_silence_s) if low_speed else of_domain

    def rule(self, code: ViolationCode, domain: str, category: str = "") -> Rule:
        """Return the rule for a domain and, where there is one, for a category of zone."""
        found = self.rules.get((code, domain, category))
        return self.rules[code, domain, ""] if found is None else found


def parse(text: str, load: Load | None = None) -> RuleSet:
    """Return the rule set that a TOML text describes.

    ``load`` gives the text of the rule set that this one extends, by its id.

    Raises:
        RuleSetError: every key at fault, what was found and what was expected.
    """
    return judged_by(read_sheet(text, load))


def judged_by(sheet: Sheet) -> RuleSet:
    """Return what fixes are judged by.

    Raises:
        RuleSetError: every value that is needed for it and missing.
    """
    values = _Values(sheet)
    found = RuleSet(
        sheet=sheet,
        max_height_agl_m=values.number("height.max_agl_m"),
        max_skew_s=values.number("clock.max_skew_s"),
        reorder_window_s=values.number("reorder.window_s"),
        overspeed_margin_mps=values.number("overspeed.margin_kmh") * _MPS_PER_KMH,
        overspeed_margin_ratio=values.number("overspeed.margin_ratio"),
        overspeed_critical_ratio=values.number("overspeed.critical_ratio"),
        update_every_s=values.number("episodes.update_every_s"),
        max_speed_mps=_by_domain(values, "jump.{}.max_speed_kmh", _MPS_PER_KMH),
        jump_factor=values.number("jump.factor"),
        default_accuracy_m=_by_domain(values, "accuracy.{}.default_m"),
        least_accuracy_m=_by_domain(values, "accuracy.{}.least_m"),
        foresight=_foresight(values),
        separation=_separation(values),
        automated_modes=frozenset(values.texts("modes.automated")),
        by_hand_modes=frozenset(values.texts("modes.by_hand")),
        always_permitted_modes=_always_permitted(values),
        rules=MappingProxyType(dict(_rules(values))),
        forbidden_hours=_forbidden(values),
        max_acceleration_mps2=_accelerations(values),
        low_speed_silence_s=_low_speed_silence_s(values),
    )
    if values.problems:
        raise RuleSetError(*values.problems)
    return found


class _Values:
    """The values of a sheet, which was checked: what is missing is gathered, to be told at once."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.problems: list[Problem] = []

    def __contains__(self, key: str) -> bool:
        return key in self.sheet.parameters

    def number(self, key: str) -> float:
        """Return a number, or a count as one."""
        value = self._value(key)
        return value if isinstance(value, float) else 0.0

    def text(self, key: str, absent: str) -> str:
        """Return one of a choice of texts."""
        value = self._value(key)
        return value if isinstance(value, str) else absent

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._value(key)
        return value if isinstance(value, tuple) else ()

    def _value(self, key: str) -> object:
        found = self.sheet.parameters.get(key)
        if found is None:
            self.problems.append(absent(key))
            return None
        return found.value


def _forbidden(values: _Values) -> Week:
    return week_said(values.texts(FORBIDDEN_WINDOWS)) if FORBIDDEN_WINDOWS in values else NEVER


def _low_speed_silence_s(values: _Values) -> float:
    return values.number(LOW_SPEED_SILENCE) if LOW_SPEED_SILENCE in values else inf


def _by_domain(values: _Values, key: str, factor: float = 1.0) -> dict[str, float]:
    """Return a number of each domain, whose name stands in its key."""
    return {domain: values.number(key.format(domain)) * factor for domain in DOMAINS}


def _accelerations(values: _Values) -> dict[str, float]:
    keys = ((domain, f"jump.{domain}.max_acceleration_mps2") for domain in DOMAINS)
    return {domain: values.number(key) for domain, key in keys if key in values}


def _foresight(values: _Values) -> dict[str, Foresight]:
    horizon_s = _by_domain(values, "foresight.{}.horizon_s")
    max_age_s = _by_domain(values, "foresight.{}.max_age_s")
    return {domain: Foresight(horizon_s[domain], max_age_s[domain]) for domain in DOMAINS}


def _separation(values: _Values) -> Separation:
    return Separation(
        horizontal_m=values.number("separation.horizontal_m"),
        vertical_m=values.number("separation.vertical_m"),
        head_on_s=values.number("separation.head_on_s"),
        opposite_within_deg=values.number("separation.opposite_within_deg"),
    )


def _always_permitted(values: _Values) -> dict[str, frozenset[str]]:
    texts = {domain: values.texts(f"modes.always_permitted.{domain}") for domain in DOMAINS}
    return {domain: frozenset(modes) for domain, modes in texts.items()}


def _rules(values: _Values) -> Iterator[tuple[tuple[ViolationCode, str, str], Rule]]:
    for code in sorted(RAISED):
        for domain in DOMAINS:
            yield (code, domain, ""), _rule(values, code, domain)
            for category in values.sheet.below(f"violations.{code}.category"):
                yield (code, domain, category), _rule(values, code, domain, category)


def _rule(values: _Values, code: ViolationCode, domain: str, category: str = "") -> Rule:
    """Take each value from the narrowest table that has it; zone category before domain."""
    if code in _LIKE and not values.sheet.below(f"violations.{code}"):
        code = _LIKE[code]
    narrower = (f"category.{category}", domain) if category else (domain,)
    places = (*(f"violations.{code}.{each}" for each in narrower), f"violations.{code}", "all")

    def key(name: str) -> str:
        keys = (f"{place}.{name}" for place in places)
        return next((each for each in keys if each in values), f"{places[-2]}.{name}")

    samples, of_samples = _samples(values, places)
    opens_after_s = values.number(key("opens_after_s"))
    confidence = key("confidence")
    asked = values.number(confidence) if confidence in values else 0.0
    # Where the first fix counts, none is doubted: not of aircraft, and not at airports.
    at_once = domain == "air" or (samples == 1 and opens_after_s == 0.0)
    return Rule(
        severity=Severity(values.text(key("severity"), Severity.WARNING)),
        opens_after_s=opens_after_s,
        samples=samples,
        of_samples=of_samples,
        confidence=0.0 if at_once else asked,
        closes_after_s=values.number(key("closes_after_s")),
        dedupe_s=values.number(key("dedupe_s")),
        notify=values.texts(key("notify")),
    )


def _samples(values: _Values, places: tuple[str, ...]) -> tuple[int, int]:
    """Return how many of how many; a table that says how many alone means one after another."""
    keys = [f"{place}.samples" for place in places]
    given = next((at for at, key in enumerate(keys) if key in values), len(keys) - 1)
    samples = int(values.number(keys[given]))
    for place in places[: given + 1]:
        if (key := f"{place}.of_samples") in values:
            of_samples = values.number(key)
            if of_samples < samples:
                expected = expected_number(key, of_samples, samples, MOST_SAMPLES)
                values.problems.append(expected)
            return samples, int(of_samples)
    return samples, samples
