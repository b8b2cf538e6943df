"""What can be done against a decision, as clients see it."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel

from permits.deadlines import Case
from permits.issuing import legal_day
from permits.matter import MatterChanged
from permits.matter_deadlines import MatterCase
from permits.permit import PermitChanged
from permits.remedies import Remedy, remedies
from permits.remedy_kinds import RemedyKind
from permits.rule_words import Language
from zone_service.schemas.calendars import CALENDARS


class RemedyShown(BaseModel):
    """A way to have a decision looked at again: until which day, and where."""

    kind: RemedyKind
    name: str
    """In the language that was asked for, as the next two."""
    body: str
    """To whom one goes."""
    said: str
    """All of it in a sentence, for a notice."""
    last_day: date
    """In Asia/Shanghai; it is still in time."""
    calendar: Literal["published", "configured", "assumed"]
    """How well the working days are known that it was counted by."""

    @classmethod
    def of(cls, remedy: Remedy, language: Language) -> Self:
        """Return what a client sees."""
        return cls(
            kind=remedy.way.kind,
            name=remedy.name(language),
            body=remedy.body(language),
            said=remedy.said(language),
            last_day=remedy.last_day,
            calendar=CALENDARS[remedy.known],
        )

    @classmethod
    def still(cls, case: Case, at: datetime, language: Language) -> list[Self]:
        """Return what can be done at a moment against the last step that allows anything."""
        its = (cls.against(each, case, language) for each in reversed(case.changes))
        return [each for each in next(filter(None, its), []) if legal_day(at) <= each.last_day]

    @classmethod
    def against(
        cls, step: PermitChanged | MatterChanged, case: Case | MatterCase, language: Language
    ) -> list[Self]:
        """Return what can be done against a step in the life of a permit or of a matter."""
        found = remedies(case.remedies, case.calendar, case.permit.family, step.action, step.at)
        return [cls.of(each, language) for each in found]
