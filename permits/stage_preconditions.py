"""What is known of stages, roads and areas: what the holder has passed, and what the map says."""

from collections.abc import Iterator

from permits.application import DriverMode
from permits.condition import Fact
from permits.defined_for_roads import FORBIDDEN_WINDOWS
from permits.document import Covered
from permits.document_kinds import CoveredKind
from permits.permit import PermitKind
from permits.precondition_facts import (
    Asked,
    EarlierPermit,
    Known,
    flag_in,
    known_facts,
    texts_in,
)
from permits.sheet import Sheet
from permits.weekly_hours import ALWAYS, Week, both, week_of, week_said

_ORDERS = ("stages.order", "stages.low_speed_order")
_HOUR = 3_600_000_000
"""In microseconds, as weeks are counted."""


def stage(known: Known, sheet: Sheet) -> Iterator[Asked]:
    """Yield the permit with the stages before it, its segments and its hours."""
    facts = (
        _stages(known, sheet)
        | _segments(known, sheet)
        | _driverless(known, sheet)
        | _hours(known, sheet)
    )
    told = (each for some in known.recognised_stages.values() for each in some)
    about = Covered(CoveredKind.PERMIT, known.permit.number)
    yield Asked(about, facts, sources=tuple(dict.fromkeys(told)))


def _stages(known: Known, sheet: Sheet) -> dict[str, Fact]:
    before = _before(known, sheet)
    passed = None if before is None else known.before(*before)
    if before is None or passed is None:
        return {}
    elsewhere = known.recognised_stages.keys() & set(before)
    missing = set(before) - {each.kind for each in passed} - elsewhere
    untested = _untested(known, passed)
    # What was tested elsewhere was tested on other roads: whether it was on the like of these is not known.
    unknown = bool(elsewhere) and bool(untested)
    return known_facts(
        stages_missing=float(len(missing)), segments_untested=None if unknown else untested
    )


def _before(known: Known, sheet: Sheet) -> tuple[PermitKind, ...] | None:
    """Return the stages that come before that of a permit; ``None`` for what is no stage."""
    for name in _ORDERS:
        order = texts_in(sheet, name) or ()
        if known.permit.kind in order:
            return tuple(PermitKind(each) for each in order[: order.index(known.permit.kind)])
    return None


def _untested(known: Known, passed: tuple[EarlierPermit, ...]) -> float | None:
    """Return how many segments lie in no earlier permit; a way that is no segment is not known."""
    wanted = known.permit.terms.zone_ids
    if not wanted:
        return None
    return float(len(wanted - frozenset[str]().union(*(each.zone_ids for each in passed))))


def _segments(known: Known, sheet: Sheet) -> dict[str, Fact]:
    return known_facts(
        classes_not_allowed=_not_allowed(known, sheet), risk_steps_skipped=_skipped(known, sheet)
    )


def _not_allowed(known: Known, sheet: Sheet) -> float | None:
    """Return how many segments are of a class that is not open to the stage.

    One is enough, whatever is not known of the others.
    """
    open_to = texts_in(sheet, f"segments.open_to.{known.permit.kind}")
    classes = [known.segment_classes.get(each) for each in known.permit.terms.zone_ids]
    if open_to is None or not classes:
        return None
    closed = sum(each is not None and each not in open_to for each in classes)
    return None if not closed and None in classes else float(closed)


def _skipped(known: Known, sheet: Sheet) -> float | None:
    """Return how many steps of risk lie between what was passed and the riskiest segment."""
    order = texts_in(sheet, "stages.risk_order")
    wanted = known.permit.terms.zone_ids
    if order is None or not wanted or known.earlier is None:
        return None
    ranks = [_rank(known, sheet, order, each) for each in wanted]
    passed = [_rank(known, sheet, order, each) for one in known.earlier for each in one.zone_ids]
    highest = max((each for each in passed if each is not None), default=-1)
    steepest = max((each for each in ranks if each is not None), default=0)
    if None in ranks or (None in passed and steepest > highest + 1):
        return None
    return float(max(0, steepest - highest - 1))


def _rank(known: Known, sheet: Sheet, order: tuple[str, ...], zone_id: str) -> int | None:
    found = sheet.parameters.get(f"segments.risk.{known.segment_classes.get(zone_id)}")
    risk = None if found is None else str(found.value)
    return order.index(risk) if risk in order else None


def _driverless(known: Known, sheet: Sheet) -> dict[str, Fact]:
    wanted = known.permit.terms.zone_ids
    announced = texts_in(sheet, "driverless.announced_zones")
    inside = None if announced is None or not wanted else wanted <= set(announced)
    return known_facts(
        driverless_allowed=flag_in(sheet, "driverless.allowed"),
        area_announced=inside,
        driver_stage_passed=_with_driver(known),
    )


def _with_driver(known: Known) -> bool | None:
    """Tell whether the same stage was passed with somebody in the vehicle."""
    earlier = known.before(known.permit.kind)
    if earlier is None:
        return None
    modes = [each.driver_mode for each in earlier]
    if any(each is not None and each is not DriverMode.REMOTE_DRIVERLESS for each in modes):
        return True
    return None if None in modes else False


def _hours(known: Known, sheet: Sheet) -> dict[str, Fact]:
    """Return the hours of a week that lie outside those of the service, or in forbidden ones.

    Where the rule set names none, nothing is outside and nothing forbidden.
    """
    own = week_of(known.permit.terms.hours)
    service = texts_in(sheet, "operation.service_windows")
    allowed = week_said(service) if service else ALWAYS
    forbidden = week_said(texts_in(sheet, FORBIDDEN_WINDOWS) or ())
    return known_facts(
        outside_service_h=_length_h(own) - _length_h(both(own, allowed)),
        forbidden_h=_length_h(both(own, forbidden)),
    )


def _length_h(week: Week) -> float:
    return sum(end - start for start, end in week) / _HOUR
