"""What a file must have behind it before it goes on: opinions, no earlier return, no vote cast."""

from collections.abc import Iterable, Sequence

from permits.deadlines import Case, latest_stay
from permits.life_cycle import FAMILY_OF
from permits.opinion import Opinion, OpinionKind
from permits.permit import Permit, PermitAction, PermitKind, PermitState, StepRefused
from permits.review import Review
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.step_words import step_words

OPINION_IN = {
    PermitState.THIRD_PARTY_REVIEW: OpinionKind.THIRD_PARTY,
    PermitState.EXPERT_REVIEW: OpinionKind.EXPERT,
}
"""Whose opinion a file waits for in a state."""
MOST_ITEMS = 100


class StepBarred(StepRefused):
    """What must hold for a step does not; ``why`` is a key of the sentences, and the slug of it."""

    def __init__(self, permit: Permit, action: PermitAction, why: str, **filled: object) -> None:
        self.why = why
        self.filled = filled
        self.slug = why.replace(" ", "-")
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return step_words(self.why, language, action=self.action, number=self.number, **self.filled)


def opinions_needed(sheet: Sheet, kind: PermitKind) -> frozenset[OpinionKind]:
    """Return whose opinion a file of a kind does not go on without; nobody's where nothing is said."""
    for who in (kind.value, FAMILY_OF[kind].value):
        found = sheet.parameters.get(f"review.{who}.opinions")
        if found is not None and isinstance(found.value, tuple):
            return frozenset(map(OpinionKind, found.value))
    return frozenset()


def require_opinion(
    case: Case, action: PermitAction, given: Iterable[Opinion], sheet: Sheet
) -> None:
    """Refuse to take a file on without the opinion that it waits for, given since it was accepted.

    Raises:
        StepBarred: says whose is missing.
    """
    permit = case.permit
    wanted = OPINION_IN.get(permit.state)
    if wanted is None or wanted not in opinions_needed(sheet, permit.kind):
        return
    accepted = latest_stay(case, PermitState.ACCEPTED)
    if not any(
        each.kind is wanted and (accepted is None or each.at >= accepted.since) for each in given
    ):
        raise StepBarred(permit, action, f"no {wanted.value.replace('_', ' ')} opinion")


def require_never_returned(case: Case, action: PermitAction) -> None:
    """Refuse to return a file at intake a second time (一次性告知): it is accepted, and then decided.

    Raises:
        StepBarred: says when it was returned.
    """
    before = (each for each in case.changes if each.before is PermitState.SUBMITTED)
    for change in before:
        if change.action is PermitAction.RETURN_FOR_CORRECTION:
            raise StepBarred(case.permit, action, "returned before", at=change.at.isoformat())


def require_unvoted(review: Review | None, permit: Permit, action: PermitAction) -> None:
    """Refuse to take back what a department has voted on.

    Raises:
        StepBarred: names it.
    """
    if review is not None and review.open and review.votes:
        voted = ", ".join(each.department for each in review.votes)
        raise StepBarred(permit, action, "vote cast", voted=voted)


def items(listed: str) -> tuple[str, ...]:
    """Return the items of a list that has one in each line."""
    lines = (line.strip() for line in listed.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def one_list(permit: Permit, action: PermitAction, listed: str, known: Sequence[str]) -> str:
    """Return the one list of what must be put right: what was said, and what the platform knows.

    Raises:
        StepBarred: it is too long to be of use to anybody.
    """
    found = tuple(dict.fromkeys((*items(listed), *known)))
    if len(found) > MOST_ITEMS:
        raise StepBarred(permit, action, "list too long", most=MOST_ITEMS)
    return "\n".join(found)
