"""What is known of vessels and of their trial, and of what is asked of every permit alike."""

from collections.abc import Iterator

from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Vessel
from permits.flight_preconditions import insuring
from permits.heard import heard_facts
from permits.precondition_facts import (
    Asked,
    Known,
    ids_of,
    is_valid_on,
    known_facts,
    of_kinds,
    outlasts_days,
)
from permits.sheet import Sheet


def vessels(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield each vessel with its length, its insurance and its inspection."""
    on = known.first_day
    for subject in known.of_kind(CoveredKind.VESSEL):
        if isinstance(subject.particulars, Vessel):
            insured = insuring(subject, known)
            inspections = of_kinds(subject.proofs, DocumentKind.VESSEL_INSPECTION)
            facts = known_facts(
                length_m=subject.particulars.length_m,
                liability_insured=is_valid_on(insured, on),
                insurance_margin_days=outlasts_days((insured,), on, known.last_day),
                inspected=is_valid_on(inspections, on),
            )
            facts |= heard_facts(subject.heard, known.fence_revision, sheet)
            papers = ids_of((*subject.proofs, *insured))
            yield Asked(subject.covered, facts, papers, sources=subject.heard_from)


def trial(known: Known, _: Sheet) -> Iterator[Asked]:
    """Yield the trial: how long before it notice was given, and whether its warning is published."""
    warnings = of_kinds(known.own_proofs, DocumentKind.NAVIGATIONAL_WARNING)
    valid = tuple(each for each in warnings if each.document.is_valid(known.first_day))
    facts = known_facts(
        notice_wd=None if known.notice_wd is None else float(known.notice_wd),
        warning_published=True if known.warning_id or valid else None,
    )
    yield Asked(_permit(known), facts, ids_of(valid))


def conditions(known: Known, _: Sheet) -> Iterator[Asked]:
    """Yield the permit with what is asked of all: rules that are in force, limits of the weather."""
    terms = known.permit.terms
    limited = terms.min_visibility_m is not None or terms.max_wind_mps is not None
    facts = known_facts(
        rules_in_force=known.rules_in_force, weather_limits_stated=True if limited else None
    )
    yield Asked(_permit(known), facts)


def _permit(known: Known) -> Covered:
    return Covered(CoveredKind.PERMIT, known.permit.number)
