"""Giving temporary plates to the vehicles of a permit: what is wrong with them, and how long they last."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from permits.identities import vin_check
from permits.issue_words import Remark, remark
from permits.life_cycle import Family, PermitKind
from permits.permit import Permit
from permits.plate import MOST_CHARACTERS, Plate, as_plate, is_plate
from permits.sheet import Sheet
from permits.terms import Terms
from permits.validity import (
    CutBy,
    Papers,
    Validity,
    cap_months,
    cut,
    declared,
    ends_with,
    of_all,
)
from permits.vin import as_vin, has_form, is_doubtful

NO_PAPERS = Papers()


@dataclass(frozen=True, slots=True)
class PlateWanted:
    """A plate that the police give to one vehicle."""

    device_id: str
    number: str
    vin: str = ""
    """Empty: that of the register."""
    papers: Papers = NO_PAPERS
    registered_vin: str = ""
    """What the register has of the vehicle; empty where it is not there."""

    @property
    def tidy(self) -> "PlateWanted":
        """The same in the form in which it is kept and compared."""
        return replace(self, number=as_plate(self.number), vin=as_vin(self.vin))


@dataclass(frozen=True, slots=True)
class Plated:
    """A plate with what its validity ends with."""

    plate: Plate
    cut_by: CutBy
    papers_end: tuple[datetime, CutBy] | None = None
    """When the first of its papers is over, though that be later: no renewal goes beyond it."""


def must_bear_plates(sheet: Sheet, kind: PermitKind) -> bool:
    """Tell whether each vehicle of a kind of permit bears a temporary plate, or a code plate."""
    return kind in _texts(sheet, "plate.kinds") or bears_code_plates(sheet, kind)


def bears_code_plates(sheet: Sheet, kind: PermitKind) -> bool:
    """Tell whether what is plated is no motor vehicle: its plate is of the city, and has no VIN."""
    return kind in _texts(sheet, "plate.code_kinds")


def check_digit_regions(sheet: Sheet) -> frozenset[str]:
    """Return the first characters of the VINs whose ninth place is a check digit."""
    return frozenset(_texts(sheet, "plate.check_digit_regions"))


def wrong(
    permit: Permit, wanted: tuple[PlateWanted, ...], *, code_plates: bool = False
) -> Iterator[Remark]:
    """Yield what is wrong with plates in themselves."""
    for at, each in enumerate(wanted):
        path = f"plates[{at}]"
        yield from _wrong_with(path, each, permit)
        yield from _no_vin(path, each) if code_plates else _wrong_vin(path, each)
    yield from _twice(wanted)


def missing(permit: Permit, plated: Collection[str]) -> Iterator[Remark]:
    """Yield each vehicle that is not among those that bear a plate."""
    for device_id in sorted(permit.terms.device_ids.difference(plated)):
        yield remark("plates", "no plate", device=device_id)


def doubts(wanted: tuple[PlateWanted, ...], sheet: Sheet) -> Iterator[Remark]:
    """Yield what is to be looked at and refuses nothing: a check digit that is not right."""
    regions = check_digit_regions(sheet)
    for at, each in enumerate(wanted):
        if has_form(each.vin) and is_doubtful(each.vin, regions):
            digit = vin_check(each.vin)
            yield remark(
                f"plates[{at}].vin", "check digit", vin=each.vin, found=each.vin[8], expected=digit
            )


def plated(period: Validity, wanted: tuple[PlateWanted, ...], at: datetime) -> tuple[Plated, ...]:
    """Return the plates as long as the period and the papers of their vehicles let them be valid."""
    begins = max(at, period.valid_from)
    found = ((each, cut(period, each.papers)) for each in wanted)
    return tuple(
        Plated(
            Plate(each.device_id, each.number, each.vin, begins, its.valid_to),
            its.cut_by,
            ends_with(each.papers),
        )
        for each, its in found
    )


def over(found: tuple[Plated, ...], at: datetime) -> Iterator[Remark]:
    """Yield each plate of which no time is left."""
    for index, each in enumerate(found):
        plate = each.plate
        if plate.valid_to <= max(at, plate.valid_from):
            cause = f"cause {each.cut_by}"
            path, ends = f"plates[{index}]", plate.valid_to.isoformat(timespec="minutes")
            yield remark(path, "nothing left", device=plate.device_id, cause=cause, at=ends)


def period_of(permit: Permit, sheet: Sheet, declared_to: datetime) -> Validity:
    """Return how long what a permit declares may last."""
    begins = permit.terms.valid_from
    return declared(begins, declared_to, cap_months(sheet, permit.kind))


def validity_of(
    period: Validity, terms: Terms, found: tuple[Plated, ...], unplated: Papers
) -> Validity:
    """Return how long a permit is valid whose vehicles bear the plates of its terms.

    ``found`` are those of them that are new, of which it is known what they end with. Where there is
    no plate that could end by itself, all end with the first of the papers: ``unplated``.
    """
    if not terms.plates:
        return cut(period, unplated)
    causes = {each.plate.number: each.cut_by for each in found}
    return of_all(
        period,
        tuple(
            Validity(period.valid_from, each.valid_to, causes.get(each.number, CutBy.VEHICLES))
            for each in terms.plates
        ),
    )


def with_plates(terms: Terms, found: tuple[Plated, ...]) -> Terms:
    """Return terms in which these plates stand in place of those that their vehicles had."""
    new = {each.plate.device_id: each.plate for each in found}
    kept = [each for each in terms.plates if each.device_id not in new]
    plates = sorted((*kept, *new.values()), key=lambda each: each.device_id)
    return replace(terms, plates=tuple(plates))


def without_plates(terms: Terms, numbers: Collection[str], at: datetime) -> Terms:
    """Return terms in which these plates are not valid any more from a moment on."""
    return replace(
        terms,
        plates=tuple(
            replace(each, valid_to=min(at, each.valid_to)) if each.number in numbers else each
            for each in terms.plates
        ),
    )


def _wrong_with(path: str, each: PlateWanted, permit: Permit) -> Iterator[Remark]:
    if permit.family is not Family.ROAD:
        yield remark(path, "no plates", kind=permit.kind, device=each.device_id)
    elif each.device_id not in permit.terms.device_ids:
        yield remark(f"{path}.device_id", "no device of it", device=each.device_id)
    if not is_plate(each.number):
        yield remark(
            f"{path}.number", "form of plate", plate=each.number or "''", most=MOST_CHARACTERS
        )


def _wrong_vin(path: str, each: PlateWanted) -> Iterator[Remark]:
    if not has_form(each.vin):
        yield remark(f"{path}.vin", "form of vin", vin=each.vin or "''")
    elif each.registered_vin not in {"", each.vin}:
        registered = each.registered_vin
        yield remark(f"{path}.vin", "other vin", vin=each.vin, registered=registered)


def _no_vin(path: str, each: PlateWanted) -> Iterator[Remark]:
    if each.vin:
        yield remark(f"{path}.vin", "no vin", vin=each.vin)


def _twice(wanted: tuple[PlateWanted, ...]) -> Iterator[Remark]:
    for name in ("device_id", "number", "vin"):
        counts = Counter(filter(None, (getattr(each, name) for each in wanted)))
        for what in sorted(each for each, times in counts.items() if times > 1):
            yield remark("plates", "named twice", what=what)


def _texts(sheet: Sheet, key: str) -> tuple[str, ...]:
    found = sheet.parameters.get(key)
    return found.value if found is not None and isinstance(found.value, tuple) else ()
