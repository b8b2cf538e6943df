"""The rule sets of this installation as they were read: each version once, since none ever changes."""

from sqlmodel import Session

from permits.issuing import Ruling, ruling
from permits.sheet import Sheet
from zone_service.settings import Settings
from zone_service.store import rule_sets
from zone_service.working_days import working_days


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
        """Return what decisions are made under now."""
        sheet = self.in_force(session, self._settings.rule_set)
        return ruling(sheet, self._settings.extended_instruments, self._calendar)
