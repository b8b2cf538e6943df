"""What is known of vehicles: their insurance and papers, what they have driven, what fleet they are."""

from collections.abc import Iterable, Iterator
from datetime import date

from permits.application import DriverMode
from permits.condition import Fact
from permits.coverage import share_of
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Vehicle, VehicleCategory
from permits.heard import heard_facts
from permits.link_test import link_test_facts
from permits.precondition_facts import (
    Asked,
    Known,
    Origin,
    Proof,
    Source,
    Subject,
    ids_of,
    is_valid_on,
    known_facts,
    number_in,
    of_kinds,
    outlasts_days,
    total,
)
from permits.sheet import Sheet

_K, _V = DocumentKind, VehicleCategory
CARRIES_PEOPLE = frozenset({_V.PASSENGER, _V.BUS})
SERVICE_OF = {_V.PASSENGER: "taxi", _V.BUS: "bus", _V.GOODS: "logistics"}
"""By what it is built for; other vehicles are of no service that has rules of its own."""
_POLICIES = (_K.LIABILITY_INSURANCE, _K.GUARANTEE_LETTER, _K.PROPERTY_INSURANCE)


def vehicles(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield each vehicle with its insurance, its papers and what it has driven."""
    for subject in known.of_kind(CoveredKind.VEHICLE):
        papers = (*subject.proofs, *of_kinds(known.firm_proofs, _K.GUARANTEE_LETTER))
        facts = _insurance(subject, papers, known, sheet) | _papers(subject, papers, known)
        facts |= known_facts(
            automated_h=subject.driven.automated_h,
            automated_km=subject.driven.automated_km,
            vehicle_km=subject.driven.total_km,
        )
        facts |= heard_facts(subject.heard, known.fence_revision, sheet)
        facts |= link_test_facts(subject.link_test)
        documents = tuple(dict.fromkeys((*ids_of(papers), *subject.driven.documents)))
        sources = (*subject.recognised_from, *subject.heard_from, *subject.tested_by)
        yield Asked(
            subject.covered, facts, documents, _service(subject), sources, subject.told,
            subject.told_of_segments,
        )  # fmt: skip


def services(known: Known, _: Sheet) -> Iterator[Asked]:
    """Yield the vehicles of each service together."""
    for name in dict.fromkeys(_service(each) for each in known.of_kind(CoveredKind.VEHICLE)):
        fleet = [e for e in known.of_kind(CoveredKind.VEHICLE) if _service(e) == name]
        facts = known_facts(
            fleet_km=total(each.driven.total_km for each in fleet),
            supervised_rides=total(each.driven.supervised_rides for each in fleet),
            loaded_rides=total(each.driven.loaded_rides for each in fleet),
        )
        told = tuple(one for each in fleet for one in each.told)
        yield Asked(_permit(known), facts, _driven_by(fleet), name, _told_by(fleet), told)


def fleet(known: Known, _: Sheet) -> Iterator[Asked]:
    """Yield all vehicles of an application together."""
    found = known.of_kind(CoveredKind.VEHICLE)
    if not found:
        return
    facts = known_facts(
        coverage_ratio=_coverage(known, found),
        takeovers=total(each.driven.takeovers for each in found),
        at_fault_accidents=_against(
            (each.driven.at_fault_accidents, each.on_record.at_fault_accidents) for each in found
        ),
        traffic_violations=_against(
            (each.driven.traffic_violations, each.on_record.traffic_violations) for each in found
        ),
        configurations=float(len({_configuration(each) for each in found})),
        same_configuration_proved=_same_configuration(found, known.first_day),
        vehicles=float(len(found)),
    )
    on_record = (one for each in found for one in each.on_record.sources)
    sources = (*_told_by(found), *_measured_by(known, found), *on_record)
    yield Asked(_permit(known), facts | _growth(known, found), _driven_by(found), "", sources)


def _insurance(
    subject: Subject, papers: tuple[Proof, ...], known: Known, sheet: Sheet
) -> dict[str, Fact]:
    first = known.first_day
    policies, seats = of_kinds(papers, *_POLICIES), of_kinds(papers, _K.SEAT_INSURANCE)
    vehicle = subject.particulars
    carries = isinstance(vehicle, Vehicle) and vehicle.category in CARRIES_PEOPLE
    # Whoever hands in one policy has told what there is: what is not among them is nothing.
    covers = {kind: _cover(policies, kind, first) if policies else None for kind in _POLICIES}
    return known_facts(
        liability_cover_cny=covers[_K.LIABILITY_INSURANCE],
        guarantee_letter_cny=covers[_K.GUARANTEE_LETTER],
        property_cover_cny=covers[_K.PROPERTY_INSURANCE],
        carries_people=carries,
        seat_cover_cny=_cover(seats, _K.SEAT_INSURANCE, first) if seats else None,
        compulsory_insured=is_valid_on(of_kinds(papers, _K.COMPULSORY_INSURANCE), first),
        insurance_margin_days=_margin(subject, papers, known, sheet),
    )


def _cover(proofs: Iterable[Proof], kind: DocumentKind, on: date) -> float:
    """Return the greatest sum of a kind that is insured on a day; what has run out insures nothing."""
    documents = (each.document for each in proofs if each.document.kind is kind)
    return max((each.amount_cny or 0.0 for each in documents if each.is_valid(on)), default=0.0)


def _margin(
    subject: Subject, papers: tuple[Proof, ...], known: Known, sheet: Sheet
) -> float | None:
    """Return by how many days the insurance outlasts the permit; less than 0 where it does not.

    Of the policies those count that insure the sum that is asked for, if any does: one that lasts
    and insures nothing is none.
    """
    least = number_in(sheet, "insurance.liability_min_cny") or 0.0
    policies = of_kinds(papers, *_POLICIES)
    enough = tuple(each for each in policies if (each.document.amount_cny or 0.0) >= least)
    groups = [enough or policies]
    vehicle = subject.particulars
    if not (isinstance(vehicle, Vehicle) and vehicle.category is _V.LOW_SPEED):
        groups.append(of_kinds(papers, _K.COMPULSORY_INSURANCE))
    return outlasts_days(groups, known.first_day, known.last_day)


def _papers(subject: Subject, papers: tuple[Proof, ...], known: Known) -> dict[str, Fact]:
    return known_facts(
        inspected=_is_there(subject, papers, _K.SAFETY_INSPECTION, known.first_day),
        report_valid=_is_there(subject, papers, _K.THIRD_PARTY_REPORT, known.first_day),
    )


def _is_there(
    subject: Subject, papers: tuple[Proof, ...], kind: DocumentKind, on: date
) -> bool | None:
    return kind in subject.recognised or is_valid_on(of_kinds(papers, kind), on)


def _coverage(known: Known, found: tuple[Subject, ...]) -> float | None:
    """Return which part of the declared segments the fleet drove, by their lengths.

    While one vehicle is not known, what the others drove is the whole or says nothing.
    """
    wanted = sorted(known.permit.terms.zone_ids)
    shares = [_share(each, known, found) for each in wanted]
    told = [each for each in shares if each is not None]
    if not wanted or len(told) < len(wanted):
        return None
    lengths = [known.segment_km.get(each) for each in wanted]
    weights = [1.0 if None in lengths else each or 0.0 for each in lengths]
    ratio = sum(a * b for a, b in zip(told, weights, strict=True)) / sum(weights)
    return ratio if min(told) >= 1.0 or all(e.driven.zone_ids is not None for e in found) else None


def _share(zone_id: str, known: Known, found: tuple[Subject, ...]) -> float | None:
    """Return which part of a segment the fleet drove: what was measured of its line, or was told, the more."""
    seen = share_of([e.driven.covered[zone_id] for e in found if zone_id in e.driven.covered])
    told = _told_share(zone_id, known, found)
    return told if seen is None else max(seen, told or 0.0)


def _told_share(zone_id: str, known: Known, found: tuple[Subject, ...]) -> float | None:
    """Return the same by what was told: kilometres against its length.

    An area has no length: to have driven in it is all that can be told. ``None`` where hours alone
    were told of a road.
    """
    drove = [e.driven for e in found if e.driven.zone_ids and zone_id in e.driven.zone_ids]
    length_km = known.segment_km.get(zone_id)
    if not drove or length_km is None:
        return 1.0 if drove else 0.0
    told_km = [each.zone_km[zone_id] for each in drove if zone_id in each.zone_km]
    return min(1.0, sum(told_km) / length_km) if told_km else None


def _against(told: Iterable[tuple[int | None, int]]) -> float | None:
    """Return what speaks against vehicles: of what their operators tell and what is on record the worse.

    What is on record is known, whatever nobody tells of others.
    """
    found = list(told)
    worse = total(None if said is None else max(said, seen) for said, seen in found)
    seen = sum(each for _, each in found)
    return worse if worse is not None or not seen else float(seen)


def _configuration(subject: Subject) -> tuple[object, ...]:
    vehicle = subject.particulars
    if not isinstance(vehicle, Vehicle):
        return ()
    return (
        vehicle.brand,
        vehicle.model,
        vehicle.configuration,
        vehicle.category,
        vehicle.automation_level,
        vehicle.software_version,
        vehicle.hardware_version,
    )


def _same_configuration(found: tuple[Subject, ...], on: date) -> bool | None:
    """Tell whether each vehicle that differs from the first has a proof that it does not matter."""
    first = _configuration(found[0])
    others = [each for each in found if _configuration(each) != first]
    proved = [is_valid_on(of_kinds(each.proofs, _K.SAME_CONFIGURATION), on) for each in others]
    if None in proved:
        return None
    return all(proved)


def _growth(known: Known, found: tuple[Subject, ...]) -> dict[str, Fact]:
    """Return whether it is the first fleet of its kind and driver mode, and what is new in it.

    What is granted is itself the first fleet of what would be added to it.
    """
    if known.anew is not None:
        new = [each for each in known.anew.things if each.kind is CoveredKind.VEHICLE]
        return known_facts(first_fleet=False, vehicles_added=float(len(new)))
    earlier = known.before(known.permit.kind)
    if earlier is None:
        return {}
    if known.application.driver_mode is DriverMode.REMOTE_DRIVERLESS:
        earlier = tuple(e for e in earlier if e.driver_mode is DriverMode.REMOTE_DRIVERLESS)
    had = frozenset[str]().union(*(each.vehicle_ids for each in earlier))
    added = {each.entry_id for each in found} - had
    return known_facts(first_fleet=not earlier, vehicles_added=float(len(added)))


def _service(subject: Subject) -> str:
    vehicle = subject.particulars
    return SERVICE_OF.get(vehicle.category, "") if isinstance(vehicle, Vehicle) else ""


def _driven_by(found: Iterable[Subject]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for each in found for one in each.driven.documents))


def _told_by(found: Iterable[Subject]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(one for each in found for one in each.recognised_from))


def _measured_by(known: Known, found: Iterable[Subject]) -> Iterator[Source]:
    """Yield along which segments' lines the platform has measured, and which it could count by area alone."""
    wanted, driven = known.permit.terms.zone_ids, [each.driven for each in found]
    by_line = wanted.intersection(one for each in driven for one in each.covered)
    by_area = wanted.intersection(one for each in driven for one in each.by_area)
    for origin, zone_ids in ((Origin.BY_LINE, by_line), (Origin.BY_AREA, by_area)):
        if zone_ids:
            yield Source(origin, ", ".join(sorted(zone_ids)))


def _permit(known: Known) -> Covered:
    return Covered(CoveredKind.PERMIT, known.permit.number)
