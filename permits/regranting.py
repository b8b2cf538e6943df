"""What is asked where something granted becomes other: the law of its grant, of what it would be then.

Whoever attested something has seen the permit as it was. What a change touches is attested anew, by
somebody who has seen what was asked for.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from permits.document import Covered
from permits.document_kinds import CoveredKind
from permits.further import Addition, Change, Renewal, changed
from permits.precondition_codes import PreconditionCode
from permits.precondition_facts import Anew
from permits.terms import Terms

_C = PreconditionCode
_OF_ZONES = frozenset(
    {
        _C.TEST_HOURS_GE_240_OR_KM_GE_1000,
        _C.ROUTE_COVERAGE_100,
        _C.SEGMENTS_SUBSET_TESTED,
        _C.SEGMENT_CLASS_ALLOWED_FOR_STAGE,
        _C.RISK_ORDER,
        _C.DRIVERLESS_AREA,
        _C.AIRSPACE_CAPACITY,
        _C.NO_4D_CONFLICT,
    }
)
_OF_TERMS: Mapping[str, frozenset[PreconditionCode]] = MappingProxyType(
    {
        "zone_ids": _OF_ZONES,
        "hours": frozenset({_C.TIME_WINDOW, _C.AIRSPACE_CAPACITY, _C.NO_4D_CONFLICT}),
        "max_height_agl_m": frozenset({_C.ALT_LE_120_OR_APPROVED, _C.NO_4D_CONFLICT}),
        "control_modes": frozenset({_C.DRIVERLESS_AREA, _C.STAGE_ORDER}),
    }
)
"""By the term that becomes other."""
_OF_FLEET = frozenset(
    {
        _C.FLEET_KM_GE,
        _C.ROUTE_COVERAGE_100,
        _C.SUPERVISED_RIDES_GE,
        _C.ZERO_TAKEOVER_RIDES,
        _C.NO_AT_FAULT_ACCIDENT,
        _C.NO_TRAFFIC_VIOLATION,
        _C.SAME_CONFIG,
        _C.VEHICLE_CAP,
        _C.OFFICER_RATIO,
    }
)
_OF_LEAVING = frozenset(
    {
        _C.FLEET_KM_GE,
        _C.ROUTE_COVERAGE_100,
        _C.OFFICER_RATIO,
        _C.TRANSPORT_LICENCE,
        _C.OPERATOR_CERT,
    }
)
"""What a smaller fleet of fewer firms may no longer have: the sums, and the papers of who ran it."""
_OF_PEOPLE = frozenset({_C.OFFICER_RATIO})
_OF_TIME = frozenset({_C.INS_END_GE_PERMIT_END, _C.NO_4D_CONFLICT, _C.AIRSPACE_CAPACITY})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A permit as it would be, were it granted what is asked for."""

    terms: Terms
    anew: Anew
    entry_ids: tuple[str, ...] = ()
    """Of the vehicles that would be added, in the register."""
    people: tuple[str, ...] | None = None
    """Who would do it, in the register; ``None``: those who do."""
    leaving: frozenset[str] = frozenset()
    """The organisations that would leave the consortium, with all that they bring."""


def proposal(
    terms: Terms,
    about: Change | Addition | Renewal,
    *,
    since: datetime,
    until: datetime,
    devices: Collection[str] = (),
    gone: Collection[str] = (),
) -> Proposal:
    """Return what a permit with these terms would be.

    ``since``: when it was asked for; ``until``: the end that a renewal would bring; ``devices``: those
    of the vehicles that would be added; ``gone``: those of who would leave.

    Raises:
        ValueError: the change cannot be.
    """
    anew = Anew(since, touched(about))
    match about:
        case Change(people=people, leaving=leaving):
            new = _covered(CoveredKind.PERSON, people or ())
            after, anew = changed(terms, about, gone), replace(anew, things=new)
            return Proposal(after, anew, people=people, leaving=frozenset(leaving))
        case Addition(entry_ids=entry_ids):
            more = replace(terms, device_ids=terms.device_ids.union(devices))
            new = _covered(CoveredKind.VEHICLE, entry_ids)
            return Proposal(more, replace(anew, things=new), entry_ids)
        case Renewal():
            return Proposal(replace(terms, valid_to=max(until, terms.valid_to)), anew)


def touched(about: Change | Addition | Renewal) -> frozenset[PreconditionCode]:
    """Return what is asked about other things than at the grant."""
    match about:
        case Change(terms=named, people=people, leaving=leaving):
            of_people = _OF_PEOPLE if people is not None else frozenset[PreconditionCode]()
            of_fleet = _OF_LEAVING if leaving else frozenset[PreconditionCode]()
            of_terms = (_OF_TERMS.get(name, frozenset()) for name in named)
            return of_people.union(of_fleet, *of_terms)
        case Addition():
            return _OF_FLEET
        case Renewal():
            return _OF_TIME


def _covered(kind: CoveredKind, entry_ids: Iterable[str]) -> frozenset[Covered]:
    return frozenset(Covered(kind, each) for each in entry_ids)
