"""What is told of rule sets, to the API's clients and on the command line alike."""

from datetime import date, datetime

from sqlmodel import Session

from permits.issuing import legal_day, ruling
from permits.rule_diff import diff
from permits.sheet import Sheet
from zone_service.rule_files import NoSuchRuleSet
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.rule_sets import (
    DifferenceShown,
    IssuingShown,
    PublishShown,
    RuleSetShown,
    RuleSetVersion,
)
from zone_service.settings import Settings
from zone_service.store import rule_sets
from zone_service.store.records import Principal
from zone_service.store.rule_sets import Draft


class RuleAnswers:
    """Answers about the rule sets of one installation at one moment, to one who asks."""

    def __init__(
        self,
        session: Session,
        library: RuleLibrary,
        settings: Settings,
        at: datetime,
        asks: Principal,
    ) -> None:
        self._session = session
        self._library = library
        self._settings = settings
        self._on: date = legal_day(at)
        self._role = asks.role

    def all(self) -> list[RuleSetShown]:
        """Return every rule set by its name."""
        return [self.one(each) for each in rule_sets.ids(self._session)]

    def one(self, rule_set_id: str) -> RuleSetShown:
        """Return one rule set by its name.

        Raises:
            NoSuchRuleSet: there is none.
        """
        versions = rule_sets.versions(self._session, rule_set_id)
        sheet = self._library.sheet(self._session, versions[-1].label)
        under = ruling(sheet, self._settings.extended_instruments)
        return RuleSetShown.of(under, versions, self._behind(sheet), self._on, self._role)

    def version(self, reference: str) -> RuleSetVersion:
        """Return one version, or of a name the one in force, with every value.

        Raises:
            NoSuchRuleSet: there is none.
        """
        sheet = self._sheet(reference)
        text = rule_sets.text_of(self._session, sheet.label)
        return RuleSetVersion.of(sheet, text, self._on)

    def difference(self, before: str, after: str) -> DifferenceShown:
        """Return how one differs from another.

        Raises:
            NoSuchRuleSet: there is none of one of the names.
        """
        one, other = self._sheet(before), self._sheet(after)
        return DifferenceShown.of(one, other, diff(one, other))

    def draft(self, draft: Draft, number: int, *, published: bool) -> PublishShown:
        """Return what a text would change, or did: it is compared with the version before it."""
        under = ruling(draft.sheet, self._settings.extended_instruments)
        before = self._before(draft)
        changed = None
        if before is not None:
            changed = DifferenceShown.of(before, draft.sheet, diff(before, draft.sheet))
        return PublishShown(
            label=draft.sheet.label,
            published=published,
            number=number,
            difference=changed,
            issuing=IssuingShown.all_of(under, self._on),
        )

    def number(self, rule_set_id: str) -> int:
        """Return how many versions there are of a name; 0 for one that is new."""
        try:
            return rule_sets.versions(self._session, rule_set_id)[-1].number
        except NoSuchRuleSet:
            return 0

    def _before(self, draft: Draft) -> Sheet | None:
        try:
            versions = rule_sets.versions(self._session, draft.sheet.rule_set_id)
        except NoSuchRuleSet:
            return None
        others = [each.label for each in versions if each.label != draft.sheet.label]
        return self._library.sheet(self._session, others[-1]) if others else None

    def _sheet(self, reference: str) -> Sheet:
        if "@" in reference:
            return self._library.sheet(self._session, reference)
        return self._library.in_force(self._session, reference)

    def _behind(self, sheet: Sheet) -> tuple[str, ...]:
        """Return what is in force of the layers where it is not what this one rests on."""
        newest = (
            rule_sets.label_in_force(self._session, each.partition("@")[0]) for each in sheet.layers
        )
        return tuple(
            newer for each, newer in zip(sheet.layers, newest, strict=True) if newer != each
        )
