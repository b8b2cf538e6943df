"""What is known of safety officers, remote operators and pilots."""

from collections.abc import Iterator
from datetime import date

from permits.application_kinds import OFFICER_OF
from permits.condition import Fact
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Person, PersonRole
from permits.flight_preconditions import all_grades, asked_of_class, grades_of_classes
from permits.precondition_facts import (
    Asked,
    Known,
    Proof,
    Subject,
    ids_of,
    is_valid_on,
    known_facts,
    of_kinds,
    total,
)
from permits.sheet import Sheet

_K, _R = DocumentKind, PersonRole
_DAYS_A_YEAR = 366
"""Part of a year that has begun is told by this, so that a full year is never reached early."""


def officers(known: Known, _: Sheet) -> Iterator[Asked]:
    """Yield who takes over, from the seat or from afar, as the driver mode has it."""
    mode = known.application.driver_mode
    roles = {OFFICER_OF[mode]} if mode is not None else {_R.SAFETY_OFFICER, _R.REMOTE_OPERATOR}
    for subject, person in _people(known):
        if not roles.isdisjoint(person.roles):
            yield _officer(known, subject, person)


def remote_operators(known: Known, _: Sheet) -> Iterator[Asked]:
    """Yield who takes over from afar."""
    for subject, person in _people(known):
        if _R.REMOTE_OPERATOR in person.roles:
            yield _officer(known, subject, person)


def remote_crew(known: Known, _: Sheet) -> Iterator[Asked]:
    """Yield them together, with the vehicles that they watch."""
    crew = [each for each, person in _people(known) if _R.REMOTE_OPERATOR in person.roles]
    watched = len(known.of_kind(CoveredKind.VEHICLE))
    ratio = watched / len(crew) if crew and watched else None
    about = Covered(CoveredKind.PERMIT, known.permit.number)
    yield Asked(about, known_facts(vehicles_per_officer=ratio))


def pilots(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield who flies, and whether a class of the aircraft asks them for a licence."""
    needed = asked_of_class(known, sheet, "pilot_licence")
    for subject, person in _people(known):
        if _R.PILOT in person.roles:
            licences = of_kinds(subject.proofs, _K.PILOT_LICENCE)
            facts = known_facts(
                pilot_licence_needed=needed,
                pilot_licensed=is_valid_on(licences, known.first_day),
                pilot_grade_fits=_grade_fits(licences, known, sheet),
            )
            yield Asked(subject.covered, facts, ids_of(licences))


def _grade_fits(licences: tuple[Proof, ...], known: Known, sheet: Sheet) -> bool | None:
    """Tell whether the grade of a valid licence is one for the class of each aircraft.

    A grade that no class has is one that a person must read.
    """
    lists = grades_of_classes(known, sheet)
    valid = [each.document for each in licences if each.document.is_valid(known.first_day)]
    grades = {(each.grade or "").strip().casefold() for each in valid}
    if lists is None or not valid:
        return None
    if any(all(grade in each for each in lists) for grade in grades):
        return True
    return False if grades <= all_grades(sheet) else None


def years_between(since: date, on: date) -> float:
    """Return the years from one day to another; a whole number on each anniversary."""
    whole = on.year - since.year - ((on.month, on.day) < (since.month, since.day))
    begun = _anniversary(since, since.year + whole)
    return whole + (on - begun).days / _DAYS_A_YEAR


def _anniversary(since: date, year: int) -> date:
    """Return the day of a year; of 29 February in a common year 1 March, as a year is then over."""
    try:
        return since.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _officer(known: Known, subject: Subject, person: Person) -> Asked:
    since, on = person.licensed_since, known.first_day
    facts: dict[str, Fact] = known_facts(
        licence_years=None if since is None else years_between(since, on),
        employed=is_valid_on(of_kinds(subject.proofs, _K.EMPLOYMENT_CONTRACT), on),
        trained=is_valid_on(of_kinds(subject.proofs, _K.TRAINING_RECORD), on),
        training_h=_hours(subject.proofs, _K.TRAINING_RECORD),
        remote_practice_h=_hours(subject.proofs, _K.REMOTE_PRACTICE),
        experience_h=_experience(subject.proofs, "experience_h"),
        item_experience_h=_experience(subject.proofs, "item_experience_h"),
    )
    facts |= _record(subject.proofs, on)
    return Asked(subject.covered, facts, ids_of(subject.proofs))


def _hours(proofs: tuple[Proof, ...], kind: DocumentKind) -> float | None:
    """Return the hours of all records of a kind together."""
    found = (each.document for each in of_kinds(proofs, kind))
    return total(each.training_h if kind is _K.TRAINING_RECORD else each.remote_h for each in found)


def _experience(proofs: tuple[Proof, ...], name: str) -> float | None:
    """Return the hours of all records that say some; who was trained alone says nothing of them."""
    found = [getattr(each.document, name) for each in of_kinds(proofs, _K.TRAINING_RECORD)]
    return total(each for each in found if each is not None)


def _record(proofs: tuple[Proof, ...], on: date) -> dict[str, Fact]:
    """Return what the latest driving record says that counts on a day."""
    records = [each.document for each in of_kinds(proofs, _K.DRIVING_RECORD)]
    latest = max(
        (each for each in records if each.is_valid(on)),
        key=lambda each: each.valid_from or date.min,
        default=None,
    )
    if latest is None:
        return {}
    return known_facts(
        cycles_without_12_points=latest.clean_cycles, clean_record_years=latest.clean_years
    )


def _people(known: Known) -> Iterator[tuple[Subject, Person]]:
    for subject in known.of_kind(CoveredKind.PERSON):
        if isinstance(subject.particulars, Person):
            yield subject, subject.particulars
