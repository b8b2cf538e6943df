"""Which departments are competent for what, by the rule set; and that nobody acts on their own file.

A rule set names them by act, and by kind of permit or its family. Where it is silent, who decides on a
permit handles it, confirms under it and takes the decision back; who reviews its family at all
supervises it and attests what is asked of it; and the police give plates, where they have a part in the decision, and find who is liable on the road.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from permits.acts import Act
from permits.department import Department, department_name, listed
from permits.permit import Permit, PermitAction, StepRefused
from permits.reviewers import named
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.states import FAMILY_OF, FLIGHTS, Family, PermitKind
from permits.step_words import step_words

POLICE = (Department.POLICE, Department.TRAFFIC_POLICE)


def competent(sheet: Sheet, act: Act, kind: PermitKind) -> tuple[Department, ...]:
    """Return who may do a thing to a kind of permit, in the order of the rule set."""
    for who in _names(kind):
        if (found := named(sheet, f"competent.{act}.{who}")) is not None:
            return found
    if act is Act.LIABILITY and FAMILY_OF[kind] is Family.ROAD:
        return POLICE
    if act is Act.PLATE and not set(POLICE).isdisjoint(_deciding(sheet, kind)):
        return POLICE
    wide = act in {Act.SUPERVISE, Act.LIABILITY, Act.ATTEST}
    return tuple(dict.fromkeys(_reviewing(sheet, kind) if wide else _deciding(sheet, kind)))


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why somebody may not act on a permit."""

    own: Department | None
    """Theirs; ``None`` where they are of none."""
    expected: tuple[Department, ...] = ()
    organisation: str = ""
    """Theirs, where it is its own file (回避)."""

    def said(self, number: str, action: str, language: Language) -> str:
        """Return it for a person to read."""
        key = "own file" if self.organisation else "not competent"
        return step_words(
            key,
            language,
            number=number,
            action=action,
            organisation=self.organisation,
            own="–" if self.own is None else department_name(self.own, language),
            expected=listed(self.expected, language) or "–",
        )


def unfit(
    sheet: Sheet,
    act: Act,
    kind: PermitKind,
    own: Department | None,
    organisation_id: str | None,
    parties: frozenset[str],
) -> Unfit | None:
    """Return why somebody of an authority may not act; ``None`` where they may.

    ``parties``: the organisations whose file it is.
    """
    if organisation_id in parties:
        return Unfit(own, organisation=organisation_id or "")
    expected = competent(sheet, act, kind)
    return None if own in expected else Unfit(own, expected)


class NotCompetent(StepRefused):
    """Another department is to do it, or anybody but the applicant's own people."""

    def __init__(self, permit: Permit, action: PermitAction | Act, why: Unfit) -> None:
        self.why = why
        self.slug = "own-file" if why.organisation else "not-competent"
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return self.why.said(self.number, self.action, language)


def _names(kind: PermitKind) -> tuple[str, ...]:
    """Return by which names a rule set may mean a kind; what nobody applies for is a flight all the same."""
    family = FAMILY_OF[kind]
    wider = (Family.FLIGHT,) if family in FLIGHTS - {Family.FLIGHT} else ()
    return (kind.value, family.value, *wider)


def _deciding(sheet: Sheet, kind: PermitKind) -> tuple[Department, ...]:
    found = (named(sheet, f"review.{who}.mandatory") for who in _names(kind))
    return next((each for each in found if each is not None), ())


def _reviewing(sheet: Sheet, kind: PermitKind) -> Iterator[Department]:
    for part in ("mandatory", "advisory"):
        for who in _names(kind):
            yield from named(sheet, f"review.{who}.{part}") or ()
