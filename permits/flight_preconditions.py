"""What is known of aircraft and of the flight itself: class, papers, room in the air, other flights."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from permits.aircraft_class import classify
from permits.application import Escalator
from permits.condition import Verdict
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Aircraft
from permits.flight_conflicts import Minima, at_once, in_the_way, most_at_once
from permits.heard import heard_facts
from permits.life_cycle import PermitKind
from permits.precondition_facts import (
    Asked,
    GrantedFlight,
    Known,
    Proof,
    Subject,
    flag_in,
    ids_of,
    is_valid_on,
    known_facts,
    number_in,
    of_kinds,
    outlasts_days,
    texts_in,
)
from permits.sheet import Sheet
from permits.validity import cap_months, months_later

_K = DocumentKind
_MINUTE = timedelta(minutes=1)


def aircraft(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield each aircraft with its class and its papers."""
    for subject, each in _aircraft(known):
        on = known.first_day
        registered = is_valid_on(of_kinds(subject.proofs, _K.REALNAME_REGISTRATION), on)
        insured = insuring(subject, known)
        facts = known_facts(
            realname_registered=True if each.realname_id else registered,
            class_open=_class_open(each, known, sheet),
            insurance_needed=insurance_needed(each, sheet, commercial=known.application.commercial),
            liability_insured=is_valid_on(insured, on),
            log_interval_s=each.log_interval_s,
            log_h=each.log_h,
            insurance_margin_days=outlasts_days((insured,), on, known.last_day),
        )
        facts |= heard_facts(subject.heard, known.fence_revision, sheet)
        papers = ids_of((*subject.proofs, *insured))
        yield Asked(subject.covered, facts, papers, sources=subject.heard_from)


def insuring(subject: Subject, known: Known) -> tuple[Proof, ...]:
    """Return what insures an aircraft or a vessel: its own policies, and letters of the firm."""
    letters = of_kinds(known.firm_proofs, _K.GUARANTEE_LETTER)
    return (*of_kinds(subject.proofs, _K.LIABILITY_INSURANCE, _K.GUARANTEE_LETTER), *letters)


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
        top_agl_m=_top_agl_m(known, sheet),
        height_approved=_height_approved(known),
        aircraft_over_capacity=_over_capacity(known, sheet),
        conflicting_flights=_conflicts(known, sheet),
        outside_bases=_outside_bases(known, sheet),
        over_base_m=_over_base_m(known, sheet),
        escalators=_escalators(known, sheet),
        unsuitable_places=_unsuitable_places(known, sheet),
        not_agricultural=_not_agricultural(known, sheet),
        zones_lifted=float(len(known.permit.terms.exempt_zone_ids)),
        period_over_days=_period_over_days(known, sheet),
    )
    about = Covered(CoveredKind.PERMIT, known.permit.number)
    yield Asked(about, facts, sources=known.height_approved_by)


def _top_agl_m(known: Known, sheet: Sheet) -> float | None:
    """Return how high it would go: as applied for, and no higher than air traffic management lets it."""
    asked_m = known.permit.terms.max_height_agl_m or number_in(sheet, "height.max_agl_m")
    if asked_m is None or known.height_approved_m is None:
        return asked_m
    return min(asked_m, known.height_approved_m)


def _height_approved(known: Known) -> bool | None:
    """Tell whether air traffic management has approved the height; before it has, nobody knows."""
    return None if known.height_approved_m is None else True


def asked_of_class(known: Known, sheet: Sheet, name: str) -> bool | None:
    """Tell whether the class of any aircraft asks for something; a class that is not known may."""
    told = [_of_class(each, sheet, name) for _, each in _aircraft(known)]
    if True in told:
        return True
    return None if None in told or not told else False


def grades_of_classes(known: Known, sheet: Sheet) -> tuple[frozenset[str], ...] | None:
    """Return for each aircraft whose pilot is licensed the grades that will do; ``None``: not known."""
    found: list[frozenset[str]] = []
    for _, each in _aircraft(known):
        name = classify(each, sheet).name
        needed = None if name is None else flag_in(sheet, f"uav.{name}.pilot_licence")
        grades = _grades(sheet, name) if needed else frozenset[str]()
        if needed is None or (needed and not grades):
            return None
        if needed:
            found.append(grades)
    return tuple(found)


def all_grades(sheet: Sheet) -> frozenset[str]:
    """Return the grades of licences that a rule set knows at all."""
    licensed = (e for e in sheet.below("uav") if flag_in(sheet, f"uav.{e}.pilot_licence"))
    return frozenset[str]().union(*(_grades(sheet, each) for each in licensed))


def _grades(sheet: Sheet, name: str | None) -> frozenset[str]:
    told = texts_in(sheet, f"uav.{name}.licence_grades") or ()
    return frozenset(each.casefold() for each in told)


def _of_class(aircraft: Aircraft, sheet: Sheet, name: str) -> bool | None:
    found = classify(aircraft, sheet).name
    return None if found is None else flag_in(sheet, f"uav.{found}.{name}")


def insurance_needed(aircraft: Aircraft, sheet: Sheet, *, commercial: bool | None) -> bool | None:
    """Of a commercial flight always; of another by the class; of one of which nobody has said, as the worse."""
    by_class = _of_class(aircraft, sheet, "insured_if_private")
    match commercial:
        case True:
            return True
        case False:
            return by_class
        case None:
            return True if by_class else None


def _class_open(aircraft: Aircraft, known: Known, sheet: Sheet) -> bool | None:
    open_to = texts_in(sheet, f"uav.open_to.{known.permit.kind}")
    found = classify(aircraft, sheet)
    if open_to is None or (
        found.name is None and any(each.verdict is Verdict.UNKNOWN for each in found.tried)
    ):
        return None
    return found.name in open_to


def _minutes_in_time(known: Known) -> float | None:
    """Return how long before the cut-off it was handed in, or would be now; less than 0 is too late.

    Of an extreme emergency no moment is asked: it is in time.
    """
    if known.is_extreme:
        return 0.0
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
    told = [
        _is_booked(known, each, limited) or in_the_way(known.permit.terms, each, limited, minima)
        for each in known.flights
    ]
    sure = told.count(True)
    return None if not sure and None in told else float(sure)


def _is_booked(known: Known, flight: GrantedFlight, limited: Mapping[str, float]) -> bool:
    """Tell whether a slot of a test base is somebody else's; one of stated capacity is shared up to it."""
    if known.permit.kind is not PermitKind.TEST_BASE_USE:
        return False
    shared = known.permit.terms.zone_ids & flight.zone_ids - limited.keys()
    return bool(shared) and at_once(known.permit.terms, flight)


def _bases(sheet: Sheet) -> dict[str, frozenset[str]]:
    """Return the zones of each test base."""
    told = {each: texts_in(sheet, f"airspace.base.{each}.zones") for each in sheet.below("airspace.base")}  # fmt: skip
    return {place: frozenset(zones) for place, zones in told.items() if zones}


def _outside_bases(known: Known, sheet: Sheet) -> float | None:
    """Return how many zones lie in no test base; a way that is no zone is not known."""
    wanted, bases = known.permit.terms.zone_ids, _bases(sheet)
    if not wanted or not bases:
        return None
    return float(len(wanted - frozenset[str]().union(*bases.values())))


def _over_base_m(known: Known, sheet: Sheet) -> float | None:
    """Return by how much it would go above the lowest of the bases that it uses; less than 0 is below."""
    top_m, wanted = _top_agl_m(known, sheet), known.permit.terms.zone_ids
    tops_m = {
        place: number_in(sheet, f"airspace.base.{place}.height_max_agl_m")
        for place in sheet.below("airspace.base")
    }
    used = [tops_m[place] for place, zones in _bases(sheet).items() if zones & wanted]
    told = [each for each in used if each is not None]
    return top_m - min(told) if top_m is not None and told and len(told) == len(used) else None


def _unsuitable_places(known: Known, sheet: Sheet) -> float | None:
    """Return how many of its places are not known to be suitable airspace, by their class on the map.

    A way that is no zone is one such place: nobody has shown where it leads.
    """
    suitable = texts_in(sheet, "airspace.suitable_categories")
    if suitable is None:
        return None
    zones = known.permit.terms.zone_ids
    found = [each for each in zones if known.segment_classes.get(each) not in suitable]
    return float(len(found)) if zones else 1.0


def _not_agricultural(known: Known, sheet: Sheet) -> float | None:
    """Return how many of its aircraft are of another class than those for agriculture; ``None``: not known.

    What is not registered as an aircraft is of none.
    """
    if not any(each.agricultural for _, each in _aircraft(known)):
        return float(len(known.permit.terms.device_ids))
    found = [classify(each, sheet).name for _, each in _aircraft(known)]
    unseen = max(0, len(known.permit.terms.device_ids) - len(found))
    return None if None in found else float(unseen + len(found) - found.count("agricultural"))


def _period_over_days(known: Known, sheet: Sheet) -> float | None:
    """Return by how many days it would outlast the longest period of its kind; less than 0 within it."""
    months, terms = cap_months(sheet, known.permit.kind), known.permit.terms
    if months is None:
        return None
    return (terms.valid_to - months_later(terms.valid_from, months)) / timedelta(days=1)


def _escalators(known: Known, sheet: Sheet) -> float | None:
    """Return how many of the circumstances are there that ask for an application after all.

    So many aircraft are a swarm, whatever is declared; of the rest nobody knows who says nothing.
    """
    declared = known.application.escalators
    least = number_in(sheet, "flight.swarm_min_aircraft")
    is_swarm = least is not None and len(known.permit.terms.device_ids) >= least
    found = (declared or frozenset()) | ({Escalator.SWARM} if is_swarm else set())
    return float(len(found)) if found or declared is not None else None


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
