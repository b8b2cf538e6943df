"""What the platform itself knows to be lacking in a file, for the one list that its applicant gets."""

from permits.completeness import missing
from permits.course import one_list
from permits.parameters import Purpose
from permits.precondition_codes import Gate
from permits.precondition_words import finding_said
from permits.preconditions import findings, in_the_way_of, law_of
from permits.rule_words import Language
from permits.transition import Detail
from zone_service.store.applications import handed
from zone_service.store.known_facts import known
from zone_service.store.permit_step import Step


def told_at_once(step: Step) -> str:
    """Return all that must be put right, an item a line: what the office said, and what is known here."""
    given = step.details[Detail.MISSING]
    return one_list(step.permit, step.action, given, _known(step))


def _known(step: Step) -> tuple[str, ...]:
    sheet = step.under.sheet
    if sheet.purpose is Purpose.DEMONSTRATION:
        return ()
    facts = known(step.session, step.case, step.at, step.under)
    unmet = in_the_way_of(Gate.ACCEPT, findings(facts, sheet), law_of(facts, sheet))
    lacks = missing(handed(step.session, step.permit, step.at, sheet))
    return (
        *(" / ".join(each.said(language) for language in Language) for each in lacks),
        *(" / ".join(finding_said(each, language) for language in Language) for each in unmet),
    )
