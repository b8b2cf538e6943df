"""Whether the holder of a permit could be heard before an act that the rule set asks it for."""

from collections.abc import Iterable
from datetime import datetime

from permits.hearing import BEFORE, EXERCISED, GRAVE, Hearing
from permits.matter_deadlines import MatterCase, hearing_asked_until
from permits.matter_states import MatterState
from permits.permit import Permit, PermitAction, StepRefused
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.step_checks import local_text
from permits.step_words import step_words


class NotHeard(StepRefused):
    """An act that its holder could ask to be heard about, and that was not announced or heard yet."""

    slug = "hearing-awaited"

    def __init__(
        self,
        permit: Permit,
        action: PermitAction,
        matter_id: str = "",
        until: datetime | None = None,
    ) -> None:
        self.matter_id = matter_id
        """Empty where it was not announced."""
        self.until = until
        """Until when it may be asked for; ``None`` once it was."""
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        key = "hearing not held" if self.until is None else "hearing may be asked for"
        until = "" if self.until is None else local_text(self.until)
        return step_words(
            key if self.matter_id else "hearing not announced",
            language,
            action=self.action,
            number=self.number,
            matter=self.matter_id,
            until=until,
        )


def heard_before(sheet: Sheet) -> tuple[PermitAction, ...]:
    """Return the acts that are not taken before the holder could be heard; none where nothing is said."""
    found = sheet.parameters.get(BEFORE)
    named = found.value if found is not None and isinstance(found.value, tuple) else ()
    return tuple(each for each in GRAVE if each in named)


def time_to_ask_is_over(case: MatterCase, at: datetime) -> bool:
    """Tell whether the holder has let the time pass in which a hearing may be asked for."""
    until = hearing_asked_until(case)
    return until is not None and until < at


def announced(found: Iterable[MatterCase], action: PermitAction) -> MatterCase | None:
    """Return the matter in which an act is announced, of those that are open; ``None`` of none."""
    its = (
        each
        for each in found
        if isinstance(each.matter.about, Hearing) and each.matter.about.action is action
    )
    return next(its, None)


def require_heard(
    permit: Permit, action: PermitAction, sheet: Sheet, its: MatterCase | None, at: datetime
) -> None:
    """Refuse an act about which the holder may still be heard.

    ``its``: the matter in which it is announced.

    Raises:
        NotHeard: says whether it was announced, and until when a hearing may be asked for.
    """
    if action not in heard_before(sheet):
        return
    if its is None:
        raise NotHeard(permit, action)
    matter = its.matter
    if matter.state is MatterState.ANNOUNCED and not time_to_ask_is_over(its, at):
        raise NotHeard(permit, action, matter.matter_id, hearing_asked_until(its))
    if matter.state not in {*EXERCISED, MatterState.ANNOUNCED}:
        raise NotHeard(permit, action, matter.matter_id)
