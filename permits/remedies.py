"""What can be done against a decision (救济): reconsideration and litigation, until which day and where.

Times count from the day on which the decision was made known, which does not count; a last day that is
not worked moves to the next that is. Which decisions are of the kind, how long there is and to whom one
goes is the rule set's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from permits.issuing import legal_day
from permits.matter_states import MatterAction
from permits.remedy_kinds import (
    AGAINST,
    AGAINST_OF_MATTERS,
    LENGTH,
    NAMES,
    RemedyKind,
    body_key,
    length_key,
)
from permits.report_periods import months_after
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.states import Family, PermitAction
from permits.step_words import step_words
from permits.working_calendar import Known, WorkingCalendar


@dataclass(frozen=True, slots=True)
class Way:
    """One way, as a rule set has it; names are in English and in Chinese."""

    kind: RemedyKind
    days: int
    months: int
    bodies: Mapping[Family, tuple[str, str]] = field(hash=False)
    """To whom one goes, by the family of the permit."""
    instrument: tuple[str, str]
    article: str


@dataclass(frozen=True, slots=True)
class RemedyRules:
    """Against what something can be done, and how."""

    against: frozenset[PermitAction] = frozenset()
    against_of_matters: frozenset[MatterAction] = frozenset()
    ways: tuple[Way, ...] = ()


NO_REMEDIES = RemedyRules()


def remedy_rules(sheet: Sheet) -> RemedyRules:
    """Return what can be done against which decisions under a rule set; nothing where it says nothing."""
    ways = (_way(sheet, each) for each in RemedyKind)
    return RemedyRules(
        frozenset(map(PermitAction, _texts(sheet, AGAINST))),
        frozenset(map(MatterAction, _texts(sheet, AGAINST_OF_MATTERS))),
        tuple(each for each in ways if each is not None),
    )


def _way(sheet: Sheet, kind: RemedyKind) -> Way | None:
    parameter = sheet.parameters.get(length_key(kind))
    if parameter is None:
        return None
    length = int(float(str(parameter.value)))
    instrument = sheet.instruments.get(parameter.instrument)
    return Way(
        kind=kind,
        days=length if LENGTH[kind] == "days" else 0,
        months=length if LENGTH[kind] == "months" else 0,
        bodies={each: _body(sheet, kind, each) for each in Family},
        instrument=(instrument.title, instrument.title_zh) if instrument else ("", ""),
        article=parameter.article,
    )


def _body(sheet: Sheet, kind: RemedyKind, family: Family) -> tuple[str, str]:
    named = _texts(sheet, body_key(kind, family))
    return (named[0], named[-1]) if named else ("–", "–")


def _texts(sheet: Sheet, key: str) -> tuple[str, ...]:
    found = sheet.parameters.get(key)
    return found.value if found is not None and isinstance(found.value, tuple) else ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """What can be done against one decision."""

    way: Way
    family: Family
    last_day: date
    """On which it is still in time."""
    known: Known
    """How well the days are known that it was counted by."""

    def name(self, language: Language) -> str:
        """Return what it is called."""
        return NAMES[self.way.kind][language is Language.CHINESE]

    def body(self, language: Language) -> str:
        """Return to whom one goes."""
        return self.way.bodies[self.family][language is Language.CHINESE]

    def said(self, language: Language) -> str:
        """Return it for a notice of the decision."""
        return step_words(
            "remedy",
            language,
            name=self.name(language),
            body=self.body(language),
            day=self.last_day.isoformat(),
            instrument=self.way.instrument[language is Language.CHINESE],
            article=self.way.article,
        )


def remedies(
    rules: RemedyRules,
    calendar: WorkingCalendar,
    family: Family,
    action: PermitAction | MatterAction,
    at: datetime,
) -> tuple[Remedy, ...]:
    """Return what can be done against a step that was made known at a moment; nothing against others."""
    wanted = rules.against if isinstance(action, PermitAction) else rules.against_of_matters
    if action not in wanted:
        return ()
    return tuple(_of(each, calendar, family, legal_day(at)) for each in rules.ways)


def _of(way: Way, calendar: WorkingCalendar, family: Family, since: date) -> Remedy:
    last = calendar.from_on(months_after(since, way.months) + timedelta(days=way.days))
    return Remedy(way, family, last.day, last.known)
