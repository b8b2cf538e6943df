"""Whether the preconditions of a permit are met: each with its figures, its source and who has answered.

What a precondition takes is a condition of the rule set over facts. Where the facts settle it, nobody
else is asked. Where they do not, a document and a named person who has examined it may answer; without
them it is unknown, which is shown, and never counts as met.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from permits.aircraft_class import limits_of
from permits.condition import Compared, Comparison, Condition, Fact, Group, Verdict, judge, leaves
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.flight_preconditions import aircraft, flight, operator
from permits.parameters import Parameter
from permits.people_preconditions import officers, pilots, remote_crew, remote_operators
from permits.permit import Family, PermitKind
from permits.precondition_codes import Gate, PreconditionCode
from permits.precondition_facts import Asked, Attestation, Known, Source, Told, texts_in
from permits.sheet import Sheet
from permits.stage_preconditions import stage
from permits.vehicle_preconditions import fleet, services, vehicles
from permits.vessel_preconditions import conditions, trial, vessels

_C = PreconditionCode


def craft(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield what moves under a permit, by its family: vehicles, aircraft or vessels."""
    yield from _MOVES[known.permit.family](known, sheet)


_MOVES = {
    Family.ROAD: vehicles,
    Family.FLIGHT: aircraft,
    Family.RECORD: aircraft,
    Family.EXEMPT: aircraft,
    Family.VESSEL: vessels,
}
FOR_ALL = frozenset({CoveredKind.PERMIT, CoveredKind.ORGANISATION, CoveredKind.CONSORTIUM})
"""A document about one of these answers for every vehicle and every person."""

ASKED: Mapping[PreconditionCode, Callable[[Known, Sheet], Iterator[Asked]]] = MappingProxyType(
    {
        _C.INS_COVER_GE_5M: vehicles,
        _C.INS_END_GE_PERMIT_END: craft,
        _C.SEAT_INS_IF_PASSENGER: vehicles,
        _C.COMPULSORY_INS: vehicles,
        _C.INSPECTION_VALID: craft,
        _C.THIRD_PARTY_REPORT_VALID: vehicles,
        _C.TEST_HOURS_GE_240_OR_KM_GE_1000: vehicles,
        _C.FLEET_KM_GE: services,
        _C.VEHICLE_KM_GE: vehicles,
        _C.ROUTE_COVERAGE_100: fleet,
        _C.SUPERVISED_RIDES_GE: services,
        _C.ZERO_TAKEOVER_RIDES: fleet,
        _C.NO_AT_FAULT_ACCIDENT: fleet,
        _C.NO_TRAFFIC_VIOLATION: fleet,
        _C.SEGMENTS_SUBSET_TESTED: stage,
        _C.SEGMENT_CLASS_ALLOWED_FOR_STAGE: stage,
        _C.STAGE_ORDER: stage,
        _C.RISK_ORDER: stage,
        _C.DRIVERLESS_AREA: stage,
        _C.OFFICER_LICENCE_3Y: officers,
        _C.OFFICER_CLEAN_RECORD: officers,
        _C.OFFICER_TRAINING_40H: officers,
        _C.REMOTE_OPS_100H: remote_operators,
        _C.OFFICER_RATIO: remote_crew,
        _C.SAME_CONFIG: fleet,
        _C.VEHICLE_CAP: fleet,
        _C.DATA_LINK_TEST_PASSED: vehicles,
        _C.NETSEC_ASSESSED: vehicles,
        _C.DATA_STORED_IN_CHINA: conditions,
        _C.NO_DANGEROUS_GOODS: conditions,
        _C.TRANSPORT_LICENCE: operator,
        _C.REALNAME_ACTIVE: aircraft,
        _C.UA_CLASS_MATCH: aircraft,
        _C.OPERATOR_CERT: operator,
        _C.PILOT_LICENCE: pilots,
        _C.LIABILITY_INS: craft,
        _C.REMOTE_ID_OK: aircraft,
        _C.FENCE_DATA_FRESH: aircraft,
        _C.LOG_ON_BOARD: aircraft,
        _C.AIRSPACE_CAPACITY: flight,
        _C.NO_4D_CONFLICT: flight,
        _C.CUTOFF_12H: flight,
        _C.ALT_LE_120_OR_APPROVED: flight,
        _C.IN_TEST_BASE: flight,
        _C.ART31_ESCALATORS_ABSENT: flight,
        _C.ART31_EXEMPT: flight,
        _C.IN_SUITABLE_AIRSPACE: flight,
        _C.PERIOD_LE_CAP: flight,
        _C.AIS_ON: vessels,
        _C.MSA_NOTICE_10WD: trial,
        _C.WARNING_ID: trial,
        _C.LENGTH_BAND: vessels,
        _C.CHART_EDITION_CURRENT: conditions,
        _C.TIME_WINDOW: stage,
        _C.WEATHER_LIMITS: conditions,
        _C.RULESET_IN_FORCE: conditions,
    }
)
"""What each precondition is asked about; one whose facts nobody has is answered by documents alone."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One fact as it was found, and what it was held against."""

    fact: str
    """A key of ``permits.condition.FACTS``, which has its unit and its names."""
    found: Fact | None
    """``None``: nobody knows."""
    comparison: Comparison
    limit: Fact | None
    parameter: str
    """The key of the limit in the rule set; empty for one that the condition says itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a precondition for one thing that it is asked about."""

    about: Covered
    result: Verdict
    condition: Condition | None
    """``None`` where the rule set has none, and a person alone can tell."""
    limits: Mapping[str, Fact]
    figures: tuple[Figure, ...]
    documents: tuple[str, ...]
    """The ids of those that the figures were read from."""
    sources: tuple[Source, ...] = ()
    """Where figures come from that are in none of them."""
    attested: Attestation | None = None
    """Who has answered where the figures did not."""
    source: Parameter | None = None
    """The value of the rule set that says what it takes, with instrument and article."""
    told: tuple[Told, ...] = ()
    """What each side tells of the kilometres or hours that it is held against, where there are several."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one precondition."""

    code: PreconditionCode
    gate: Gate
    """The first step at which it is asked."""
    result: Verdict
    answers: tuple[Answer, ...]
    attested_by: tuple[DocumentKind, ...]
    """The documents by which it may be attested while it is unknown."""
    source: Parameter | None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, of everything that it was asked about."""
        return tuple(figure for each in self.answers for figure in each.figures)


@dataclass(frozen=True, slots=True)
class Law:
    """What a rule set asks before the steps of one kind of permit."""

    asked: Mapping[PreconditionCode, Gate]
    """In the order in which they are shown."""
    refuse_at: frozenset[Gate]
    """The steps that are refused where one is not met."""
    unknown_refuses_at: frozenset[Gate]
    """Those, of them, that are refused as well where one is unknown."""
    shown: frozenset[PreconditionCode] = frozenset()
    """What is asked and told, and refuses no step."""


def law_of(known: Known, sheet: Sheet) -> Law:
    """Return what is asked of a permit; more where nobody sits in its vehicles."""
    names = _asked_names(known)
    asked: dict[PreconditionCode, Gate] = {}
    for gate in Gate:
        for name in names:
            for code in texts_in(sheet, f"preconditions.{name}.{gate}") or ():
                asked.setdefault(PreconditionCode(code), gate)
    unknown = texts_in(sheet, f"preconditions.{known.permit.kind}.unknown_refuses_at")
    told = texts_in(sheet, f"preconditions.{known.permit.kind}.shown") or ()
    return Law(asked, refuses_at(sheet), _gates(unknown), frozenset(map(PreconditionCode, told)))


def refuses_at(sheet: Sheet) -> frozenset[Gate]:
    """Return the steps that a rule set refuses at all while a precondition is not met."""
    return _gates(texts_in(sheet, "preconditions.refuse_at"))


def findings(known: Known, sheet: Sheet) -> tuple[Finding, ...]:
    """Return what came of every precondition of a permit, in the order in which they are asked."""
    asked = law_of(known, sheet).asked
    return tuple(finding(code, gate, known, sheet) for code, gate in asked.items())


def finding(code: PreconditionCode, gate: Gate, known: Known, sheet: Sheet) -> Finding:
    """Return what came of one precondition; asked about nothing at all it is unknown."""
    answers = tuple(_answer(code, each, known, sheet) for each in ASKED[code](known, sheet))
    kinds = texts_in(sheet, f"attested_by.{code}") or ()
    own = next((each.source for each in answers if each.source is not None), None)
    return Finding(
        code,
        gate,
        _worst(answers),
        answers,
        tuple(map(DocumentKind, kinds)),
        own or _required(sheet, code, _asked_names(known)) or _attestable(sheet, code),
    )


def in_the_way_of(gate: Gate, found: tuple[Finding, ...], law: Law) -> tuple[Finding, ...]:
    """Return the findings for which a step is refused; empty where it may be taken."""
    if gate not in law.refuse_at:
        return ()
    refusing = {Verdict.NOT_MET}
    if gate in law.unknown_refuses_at:
        refusing.add(Verdict.UNKNOWN)
    order = tuple(Gate)
    by_now = order[: order.index(gate) + 1]
    return tuple(
        each
        for each in found
        if each.gate in by_now and each.result in refusing and each.code not in law.shown
    )


_ON_SEGMENTS = frozenset({"automated_h", "automated_km"})
_ANYWHERE = frozenset({"fleet_km", "vehicle_km"})


def _told(asked: Asked, condition: Condition) -> tuple[Told, ...]:
    """Return what each side tells of what a condition is about."""
    facts = {leaf.fact for leaf in leaves(condition)}
    if facts & _ON_SEGMENTS:
        return asked.told_of_segments
    return asked.told if facts & _ANYWHERE else ()


def _answer(code: PreconditionCode, asked: Asked, known: Known, sheet: Sheet) -> Answer:
    names = (asked.service, *_asked_names(known)) if asked.service else _asked_names(known)
    source = _required(sheet, code, names)
    condition = source.value if source is not None else None
    if not isinstance(condition, Compared | Group):
        return _attested(Answer(asked.about, Verdict.UNKNOWN, None, {}, (), ()), code, known)
    limits = limits_of(condition, sheet)
    held = {leaf.parameter for leaf in leaves(condition) if leaf.parameter} <= limits.keys()
    result = judge(condition, asked.facts, limits) if held else Verdict.UNKNOWN
    figures = tuple(_figure(leaf, asked.facts, limits) for leaf in leaves(condition))
    answer = Answer(
        asked.about,
        result,
        condition,
        limits,
        figures,
        asked.documents,
        asked.sources,
        source=source,
        told=_told(asked, condition),
    )
    return _attested(answer, code, known) if result is Verdict.UNKNOWN else answer


def _figure(leaf: Compared, facts: Mapping[str, Fact], limits: Mapping[str, Fact]) -> Figure:
    limit = limits.get(leaf.parameter) if leaf.parameter else leaf.value
    return Figure(leaf.fact, facts.get(leaf.fact), leaf.comparison, limit, leaf.parameter)


def _attested(answer: Answer, code: PreconditionCode, known: Known) -> Answer:
    """Let the latest attestation answer that is about the same thing, or about all of them."""
    for each in reversed(known.attestations):
        its = each.covers == answer.about or each.covers.kind in FOR_ALL
        if each.code is code and its and _has_seen(each, answer.about, known):
            return replace(
                answer, result=Verdict.MET if each.met else Verdict.NOT_MET, attested=each
            )
    return answer


def _has_seen(attested: Attestation, about: Covered, known: Known) -> bool:
    """Tell whether somebody who attested it has seen the thing as it is, or would be."""
    return known.anew is None or known.anew.counts(attested, about)


def _worst(answers: tuple[Answer, ...]) -> Verdict:
    found = {each.result for each in answers}
    if Verdict.NOT_MET in found:
        return Verdict.NOT_MET
    return Verdict.MET if found == {Verdict.MET} else Verdict.UNKNOWN


def _asked_names(known: Known) -> tuple[str, ...]:
    """Return by what names rules may be of a permit's own, the narrowest first."""
    mode = known.application.driver_mode
    kind: PermitKind = known.permit.kind
    return (kind,) if mode is None else (mode, kind)


def _required(sheet: Sheet, code: PreconditionCode, names: tuple[str, ...]) -> Parameter | None:
    keys = (*(f"requires.{name}.{code}" for name in names), f"requires.{code}")
    found = (sheet.parameters.get(key) for key in keys)
    return next((each for each in found if each is not None), None)


def _attestable(sheet: Sheet, code: PreconditionCode) -> Parameter | None:
    return sheet.parameters.get(f"attested_by.{code}")


def _gates(names: tuple[str, ...] | None) -> frozenset[Gate]:
    return frozenset(map(Gate, names or ()))
