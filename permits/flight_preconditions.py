"""What is known of aircraft and of the flight itself: class, papers, room in the air, other flights."""

from collections.abc import Iterator
from datetime import timedelta

from permits.aircraft_class import classify
from permits.condition import Verdict
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Aircraft
from permits.flight_conflicts import Minima, in_the_way, most_at_once
from permits.precondition_facts import (
    Asked,
    Known,
    Subject,
    flag_in,
    ids_of,
    is_valid_on,
    known_facts,
    number_in,
    of_kinds,
    texts_in,
)
from permits.sheet import Sheet

_K = DocumentKind
_MINUTE = timedelta(minutes=1)


def aircraft(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield each aircraft with its class and its papers."""
    for subject, each in _aircraft(known):
        on = known.first_day
        registered = is_valid_on(of_kinds(subject.proofs, _K.REALNAME_REGISTRATION), on)
        insured = of_kinds(subject.proofs, _K.LIABILITY_INSURANCE, _K.GUARANTEE_LETTER)
        facts = known_facts(
            realname_registered=True if each.realname_id else registered,
            class_open=_class_open(each, known, sheet),
            insurance_needed=_insurance_needed(each, sheet),
            liability_insured=is_valid_on(insured, on),
        )
        yield Asked(subject.covered, facts, ids_of(subject.proofs))


def operator(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield the holder: whether it is certified, and licensed to carry."""
    certificates = of_kinds(known.firm_proofs, _K.OPERATOR_CERTIFICATE)
    licences = of_kinds(known.firm_proofs, _K.TRANSPORT_LICENCE)
    facts = known_facts(
        operator_certificate_needed=asked_of_class(known, sheet, "operator_certificate"),
        operator_certified=is_valid_on(certificates, known.first_day),
        transport_licensed=is_valid_on(licences, known.first_day),
    )
    about = Covered(CoveredKind.ORGANISATION, known.permit.holder_id)
    yield Asked(about, facts, ids_of((*certificates, *licences)))


def flight(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield the flight: its cut-off, its height, the room there is and who else is there."""
    facts = known_facts(
        minutes_in_time=_minutes_in_time(known),
        top_agl_m=known.permit.terms.max_height_agl_m or number_in(sheet, "height.max_agl_m"),
        aircraft_over_capacity=_over_capacity(known, sheet),
        conflicting_flights=_conflicts(known, sheet),
    )
    yield Asked(Covered(CoveredKind.PERMIT, known.permit.number), facts)


def asked_of_class(known: Known, sheet: Sheet, name: str) -> bool | None:
    """Tell whether the class of any aircraft asks for something; a class that is not known may."""
    told = [_of_class(each, sheet, name) for _, each in _aircraft(known)]
    if True in told:
        return True
    return None if None in told or not told else False


def _of_class(aircraft: Aircraft, sheet: Sheet, name: str) -> bool | None:
    found = classify(aircraft, sheet).name
    return None if found is None else flag_in(sheet, f"uav.{found}.{name}")


def _insurance_needed(aircraft: Aircraft, sheet: Sheet) -> bool | None:
    """Of a class that is insured whatever it flies for; of others it depends on what nobody has said."""
    return True if _of_class(aircraft, sheet, "insured_if_private") else None


def _class_open(aircraft: Aircraft, known: Known, sheet: Sheet) -> bool | None:
    open_to = texts_in(sheet, f"uav.open_to.{known.permit.kind}")
    found = classify(aircraft, sheet)
    if open_to is None or (
        found.name is None and any(each.verdict is Verdict.UNKNOWN for each in found.tried)
    ):
        return None
    return found.name in open_to


def _minutes_in_time(known: Known) -> float | None:
    """Return how long before the cut-off it was handed in, or would be now; less than 0 is too late."""
    if known.cut_off is None:
        return None
    return (known.cut_off - (known.handed_in_at or known.at)) / _MINUTE


def _over_capacity(known: Known, sheet: Sheet) -> float | None:
    """Return by how many aircraft the fullest area would be over its capacity."""
    if known.flights is None:
        return None
    own = known.permit.terms
    found = [
        len(own.device_ids)
        + most_at_once(own, (each for each in known.flights if place in each.zone_ids))
        - most
        for place, most in _capacities(sheet).items()
        if place in own.zone_ids
    ]
    return float(max(0, *found)) if found else 0.0


def _conflicts(known: Known, sheet: Sheet) -> float | None:
    """Return how many granted flights are in the way; one is enough, whatever of others is not known."""
    if known.flights is None:
        return None
    limited, minima = _capacities(sheet), _minima(sheet)
    told = [in_the_way(known.permit.terms, each, limited, minima) for each in known.flights]
    sure = told.count(True)
    return None if not sure and None in told else float(sure)


def _capacities(sheet: Sheet) -> dict[str, float]:
    told = {
        place: number_in(sheet, f"airspace.capacity.{place}")
        for place in sheet.below("airspace.capacity")
    }
    return {place: most for place, most in told.items() if most is not None}


def _minima(sheet: Sheet) -> Minima | None:
    horizontal = number_in(sheet, "separation.horizontal_m")
    vertical = number_in(sheet, "separation.vertical_m")
    return None if horizontal is None or vertical is None else Minima(horizontal, vertical)


def _aircraft(known: Known) -> Iterator[tuple[Subject, Aircraft]]:
    for subject in known.of_kind(CoveredKind.AIRCRAFT):
        if isinstance(subject.particulars, Aircraft):
            yield subject, subject.particulars
