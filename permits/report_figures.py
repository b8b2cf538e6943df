"""The figures of a report, computed from facts as they were known at a moment.

A fact counts where it was written down by ``as_of``, and in the period to which it belongs in law: a
step of the law that was written late belongs to when it took effect. So the same moment gives the
same figures however much was written since.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from permits.issuing import legal_day
from permits.life_cycle import FAMILY_OF, Family, in_force
from permits.no_figure import NoFigure as NoFigure
from permits.no_figure import Value as Value
from permits.permit import PermitAction, PermitChanged, PermitKind, PermitState
from permits.report_measured import (
    NOTHING_MEASURED,
    AttestedFact,
    Days,
    Declared,
    Measured,
    MeasuredFact,
    RoadFact,
    measured,
)
from permits.report_periods import Period, ReportKind


class Stage(StrEnum):
    """How far a permit goes: the ladder of the roads, and what is none of it."""

    TEST = "TEST"
    DEMONSTRATION = "DEMONSTRATION"
    OPERATION = "OPERATION"
    COMMERCIAL = "COMMERCIAL"
    OTHER = "OTHER"


_STAGES = {
    PermitKind.ROAD_TEST: Stage.TEST,
    PermitKind.LOW_SPEED_TEST: Stage.TEST,
    PermitKind.VESSEL_TRIAL: Stage.TEST,
    PermitKind.DEMO_APPLICATION: Stage.DEMONSTRATION,
    PermitKind.DEMO_OPERATION: Stage.OPERATION,
    PermitKind.LOW_SPEED_OPERATION: Stage.OPERATION,
    PermitKind.COMMERCIAL_OPERATION: Stage.COMMERCIAL,
}

FAMILIES = {
    # The rule that asks for the first is of vehicles alone.
    ReportKind.HALF_YEARLY: frozenset({Family.ROAD}),
    ReportKind.ANNUAL: frozenset(Family),
}
"""Of which permits a report of each kind is."""
DOMAINS = {
    ReportKind.HALF_YEARLY: frozenset({"road"}),
    ReportKind.ANNUAL: frozenset({"road", "air", "water"}),
}
NAMES_OPERATORS = frozenset({ReportKind.HALF_YEARLY})
"""The public learns how many operators there are, and not which."""


@dataclass(frozen=True, slots=True)
class PermitFact:
    """A permit and all that was done to it, however late that was written."""

    number: str
    kind: PermitKind
    holder: str
    device_ids: frozenset[str]
    changes: tuple[PermitChanged, ...]
    zone_ids: frozenset[str] = frozenset()
    """The segments and areas on its certificate; none of a permit that has none."""
    district: str = ""
    """The jurisdiction of the rule set that it was granted under; empty where nobody wrote it down."""


@dataclass(frozen=True, slots=True)
class ViolationFact:
    """A violation that was seen."""

    code: str
    opened_at: datetime
    detected_at: datetime
    domain: str | None
    """``None`` of a device that nobody registered."""
    unfounded_at: datetime | None = None
    """When it was found to be none; ``None`` while nobody has."""

    def counts(self, as_of: datetime) -> bool:
        """Tell whether it was one, as far as was known by a moment."""
        return self.unfounded_at is None or self.unfounded_at > as_of


@dataclass(frozen=True, slots=True)
class OpenedFact:
    """A road, route or area that was on the map at the end of the period."""

    domains: frozenset[str]
    size: float | None
    """Kilometres of a line, square kilometres of an area; ``None`` where it is not known."""
    is_line: bool = True


@dataclass(frozen=True, slots=True)
class DrivenFact:
    """What an operator has reported of a part of the period for one permit."""

    number: str
    automated_km: float | None
    automated_h: float | None
    takeovers: int | None


@dataclass(frozen=True, slots=True)
class AccidentFact:
    """An accident that was reported, or put on record by an authority."""

    kind: PermitKind
    occurred_at: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a report is computed from."""

    permits: tuple[PermitFact, ...]
    violations: tuple[ViolationFact, ...]
    opened: tuple[OpenedFact, ...]
    driven: tuple[DrivenFact, ...] = ()
    accidents: tuple[AccidentFact, ...] | None = None
    """``None`` where no record is kept of accidents."""
    heard: tuple[MeasuredFact, ...] = ()
    roads: tuple[RoadFact, ...] = ()
    """What of it was driven on segments."""
    lengths_km: Mapping[str, float] = field(default_factory=dict)
    """Of the segments that have a line at the end of the period."""
    attested: tuple[AttestedFact, ...] = ()
    recognised: int | None = None
    """Vehicles that were recognised in the period; ``None`` where no record is kept of them."""


@dataclass(frozen=True, slots=True)
class PermitCount:
    """Permits that are alike, at the end of the period."""

    kind: PermitKind
    stage: Stage
    state: PermitState
    district: str
    """Empty where it is unknown."""
    count: int


@dataclass(frozen=True, slots=True)
class ActCount:
    """How often something was done to permits of a kind in the period."""

    kind: PermitKind
    action: PermitAction
    count: int


@dataclass(frozen=True, slots=True)
class OperatorCount:
    """An operator with permits in force at the end of the period."""

    holder: str
    permits: int
    devices: int


@dataclass(frozen=True, slots=True)
class Driven:
    """What was driven in automated mode, as operators have reported it."""

    km: Value
    hours: Value
    takeovers: Value
    permits: int
    """That were in force at some time of the period."""
    reported: int
    """Of them those of which anything was reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of a report."""

    permits: tuple[PermitCount, ...]
    acts: tuple[ActCount, ...]
    in_force: int
    operators: int
    devices: int
    """Of permits in force at the end of the period, each once."""
    by_operator: tuple[OperatorCount, ...]
    driven: Driven
    violations: tuple[tuple[str, int], ...]
    """By code; one that was not seen is not listed."""
    violations_total: int
    suspensions: int
    """Ordered in the period."""
    suspended: int
    """At its end."""
    accidents: Value
    recognised: Value
    roads: int
    roads_km: Value
    areas: int
    areas_km2: Value
    measured: Measured = NOTHING_MEASURED
    """Nothing in reports from before it was measured."""
    unfounded: Value = NoFigure.NOT_RECORDED
    """What passed for a violation of the period and was found to be none: not among the violations."""


def figures(kind: ReportKind, period: Period, as_of: datetime, facts: Facts) -> Figures:
    """Return the figures of a report, in an order that the facts' own does not change."""
    chosen = [each for each in facts.permits if FAMILY_OF[each.kind] in FAMILIES[kind]]
    stood = [(each, state) for each in chosen if (state := _state(each, period.ends_at, as_of))]
    forced = [each for each, state in stood if in_force(state)]
    done = [
        (each.kind, change.action) for each in chosen for change in _within(each, period, as_of)
    ]
    seen = list(_seen(kind, period, as_of, facts.violations))
    violations = Counter(each.code for each in seen if each.counts(as_of))
    at_hand = [each for each in facts.opened if each.domains & DOMAINS[kind]]
    lines = [each.size for each in at_hand if each.is_line]
    grounds = [each.size for each in at_hand if not each.is_line]
    suspensions = sum(action is PermitAction.SUSPEND for _, action in done)
    return Figures(
        permits=tuple(_by_state(stood)),
        acts=tuple(ActCount(*pair, count) for pair, count in sorted(Counter(done).items())),
        in_force=len(forced),
        operators=len({each.holder for each in forced}),
        devices=len(_devices(forced)),
        by_operator=tuple(_by_operator(forced)) if kind in NAMES_OPERATORS else (),
        driven=_driven(chosen, period, as_of, facts.driven),
        violations=tuple(sorted(violations.items())),
        violations_total=violations.total(),
        suspensions=suspensions,
        suspended=sum(state is PermitState.SUSPENDED for _, state in stood),
        accidents=_accidents(kind, period, as_of, facts.accidents),
        recognised=_recorded(facts.recognised),
        roads=len(lines),
        roads_km=_sum(lines),
        areas=len(grounds),
        areas_km2=_sum(grounds),
        measured=measured(
            _days_in_force(chosen, period, as_of),
            facts.heard,
            facts.attested,
            _declared(chosen, period, as_of),
            facts.roads,
            facts.lengths_km,
        ),
        unfounded=len(seen) - violations.total(),
    )


def _known(permit: PermitFact, as_of: datetime) -> Iterator[PermitChanged]:
    return (each for each in permit.changes if each.at <= as_of)


def _state(permit: PermitFact, at: datetime, as_of: datetime) -> PermitState | None:
    """Return the state before a moment; ``None`` of an application that was only begun."""
    before = [each for each in _known(permit, as_of) if each.counts_from < at]
    return before[-1].after if before else None


def _within(permit: PermitFact, period: Period, as_of: datetime) -> Iterator[PermitChanged]:
    return (each for each in _known(permit, as_of) if period.holds(each.counts_from))


def _by_state(stood: Iterable[tuple[PermitFact, PermitState]]) -> Iterator[PermitCount]:
    alike = Counter((each.kind, state, each.district) for each, state in stood)
    order = {kind: at for at, kind in enumerate(PermitKind)}
    states = {state: at for at, state in enumerate(PermitState)}

    def place(key: tuple[PermitKind, PermitState, str]) -> tuple[int, int, str]:
        return order[key[0]], states[key[1]], key[2]

    for kind, state, district in sorted(alike, key=place):
        count = alike[kind, state, district]
        yield PermitCount(kind, stage_of(kind), state, district, count)


def stage_of(kind: PermitKind) -> Stage:
    """Return how far permits of a kind go."""
    return _STAGES.get(kind, Stage.OTHER)


def _devices(permits: Iterable[PermitFact]) -> frozenset[str]:
    return frozenset(device for each in permits for device in each.device_ids)


def _by_operator(forced: list[PermitFact]) -> Iterator[OperatorCount]:
    for holder in sorted({each.holder for each in forced}):
        own = [each for each in forced if each.holder == holder]
        yield OperatorCount(holder, len(own), len(_devices(own)))


def _seen(
    kind: ReportKind, period: Period, as_of: datetime, seen: Iterable[ViolationFact]
) -> Iterator[ViolationFact]:
    """Yield what was seen in the period; of an unregistered device nobody knows where it belongs."""
    for each in seen:
        is_its = each.domain is None or each.domain in DOMAINS[kind]
        if is_its and each.detected_at <= as_of and period.holds(each.opened_at):
            yield each


def _driven(
    chosen: list[PermitFact], period: Period, as_of: datetime, reported: tuple[DrivenFact, ...]
) -> Driven:
    own = {each.number for each in chosen if _was_in_force(each, period, as_of)}
    told = [each for each in reported if each.number in own]
    return Driven(
        km=_told(told, lambda each: each.automated_km),
        hours=_told(told, lambda each: each.automated_h),
        takeovers=_told(told, lambda each: each.takeovers),
        permits=len(own),
        reported=len({each.number for each in told}),
    )


def _declared(chosen: list[PermitFact], period: Period, as_of: datetime) -> list[Declared]:
    own = (each for each in chosen if _was_in_force(each, period, as_of))
    return [Declared(each.device_ids, each.zone_ids) for each in own]


def _days_in_force(
    chosen: list[PermitFact], period: Period, as_of: datetime
) -> dict[str, list[Days]]:
    """Return the days of the period on which a permit of each device was in force."""
    found: dict[str, list[Days]] = defaultdict(list)
    for permit in chosen:
        for days in _stays_in_force(permit, period, as_of):
            for device_id in permit.device_ids:
                found[device_id].append(days)
    return found


def _stays_in_force(permit: PermitFact, period: Period, as_of: datetime) -> Iterator[Days]:
    since: datetime | None = None
    for change in _known(permit, as_of):
        if in_force(change.after) and since is None:
            since = change.counts_from
        elif not in_force(change.after) and since is not None:
            yield legal_day(since), legal_day(change.counts_from)
            since = None
    if since is not None:
        yield legal_day(since), period.last


def _was_in_force(permit: PermitFact, period: Period, as_of: datetime) -> bool:
    before = _state(permit, period.begins_at, as_of)
    return (before is not None and in_force(before)) or any(
        in_force(each.after) for each in _within(permit, period, as_of)
    )


def _told(reported: list[DrivenFact], figure: Callable[[DrivenFact], float | int | None]) -> Value:
    """Return the sum of what was told; unknown where nobody has told it."""
    found = [value for each in reported if (value := figure(each)) is not None]
    return sum(found) if found else NoFigure.UNKNOWN


def _sum(sizes: list[float | None]) -> Value:
    """Return the sum where each part is known: a part of a length would pass for the whole."""
    if None in sizes:
        return NoFigure.UNKNOWN
    return round(sum(each for each in sizes if each is not None), 3)


def _accidents(
    kind: ReportKind, period: Period, as_of: datetime, told: tuple[AccidentFact, ...] | None
) -> Value:
    """Return how many happened in the period, as far as anybody had told of them."""
    if told is None:
        return NoFigure.NOT_RECORDED
    return sum(
        FAMILY_OF[each.kind] in FAMILIES[kind]
        and each.told_at <= as_of
        and period.holds(each.occurred_at)
        for each in told
    )


def _recorded(count: int | None) -> Value:
    return NoFigure.NOT_RECORDED if count is None else count
