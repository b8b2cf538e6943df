"""The rule sets of this installation as they were read: each version once, since none ever changes.

An installation decides under one rule set, and under those of other jurisdictions what was applied for
there: a city and its districts run side by side.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from sqlmodel import Session

from permits.issuing import Ruling, ruling
from permits.paper_words import PapersRefused, fault
from permits.sheet import Sheet
from zone_service import rule_files
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import rule_sets
from zone_service.store.rule_sets import NOT_JUDGED_BY
from zone_service.working_days import working_days


class Jurisdiction(NamedTuple):
    """One under whose rules a permit may be applied for here."""

    rule_set_id: str
    """As permits keep it, but for that of the installation."""
    ruling: Ruling
    own: bool
    """Whether it is that of the installation, which decides where none is named."""

    @property
    def names(self) -> frozenset[str]:
        """What it may be called."""
        return frozenset({self.rule_set_id, self.ruling.sheet.jurisdiction})


class RuleLibrary:
    """Safe to share among threads: the worst that two at once do is to read the same twice."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: dict[str, Sheet] = {}
        self._calendar = working_days(settings.calendar_file)

    def sheet(self, session: Session, label: str) -> Sheet:
        """Return one version of a rule set.

        Raises:
            NoSuchRuleSet: there is none.
        """
        found = self._read.get(label)
        if found is None:
            found = self._read[label] = rule_sets.sheet_of(session, label)
        return found

    def in_force(self, session: Session, rule_set_id: str) -> Sheet:
        """Return the version of a name that is in force.

        Raises:
            NoSuchRuleSet: there is none of this name.
        """
        return self.sheet(session, rule_sets.label_in_force(session, rule_set_id))

    def ruling(self, session: Session) -> Ruling:
        """Return what decisions are made under now; from it ``Ruling.of`` tells that of each permit."""
        return self._rulings(session).own()

    def jurisdictions(self, session: Session) -> tuple[Jurisdiction, ...]:
        """Return those under whose rules permits may be applied for, that of the installation first."""
        rulings = self._rulings(session)
        beside = ((name, rulings(name)) for name in self._settings.beside)
        return (
            Jurisdiction(self._settings.rule_set, rulings.own(), own=True),
            *(Jurisdiction(name, each, own=False) for name, each in beside if each is not None),
        )

    def chosen(self, session: Session, wanted: str | None) -> str:
        """Return how a permit keeps the jurisdiction that is applied for; none is the installation's.

        Raises:
            PapersRefused: no permit can be applied for there; says where.
        """
        if wanted is None:
            return ""
        there = self.jurisdictions(session)
        for each in there:
            if wanted in each.names:
                return "" if each.own else each.rule_set_id
        known = ", ".join(each.ruling.sheet.jurisdiction for each in there)
        raise PapersRefused(fault("jurisdiction", wanted, "one of", choice=known))

    def _rulings(self, session: Session) -> "_Rulings":
        labels = rule_sets.labels_in_force(session)
        found = {name: self._sheet_later(session, label) for name, label in labels.items()}
        return _Rulings(self._settings.rule_set, found, self._under)

    def _under(self, sheet: Sheet, elsewhere: Callable[[str], Ruling | None]) -> Ruling:
        return ruling(sheet, self._settings.extended_instruments, self._calendar, elsewhere)

    def _sheet_later(self, session: Session, label: str) -> Callable[[], Sheet]:
        """Those that ship are read when they are asked for: it takes 30 ms, and few ask."""
        if label in rule_files.labels():
            return partial(shipped_sheet, label)
        sheet = self.sheet(session, label)
        return lambda: sheet


class _Rulings:
    """What is decided under in each jurisdiction, as it was when somebody looked."""

    def __init__(
        self,
        own: str,
        sheets: Mapping[str, Callable[[], Sheet]],
        under: Callable[[Sheet, Callable[[str], Ruling | None]], Ruling],
    ) -> None:
        self._own = own
        self._sheets = sheets
        self._under = under
        self._made: dict[str, Ruling] = {}

    def own(self) -> Ruling:
        """Return that of the installation."""
        if self._own not in self._made:
            self._made[self._own] = self._under(self._sheets[self._own](), self)
        return self._made[self._own]

    def __call__(self, jurisdiction: str) -> Ruling | None:
        if jurisdiction in {"", self._own}:
            return self.own()
        if jurisdiction not in self._made and jurisdiction in self._sheets:
            sheet = self._sheets[jurisdiction]()
            if sheet.purpose not in NOT_JUDGED_BY:
                self._made[jurisdiction] = self._under(sheet, self)
        return self._made.get(jurisdiction)
