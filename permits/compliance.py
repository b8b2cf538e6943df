"""Whether what a device does is what its permit allows.

Every check fails closed: no permit, a permit in the wrong state, an unknown height under a
keep-out zone, an unknown place or mode are each a breach, and never nothing. What cannot be
judged is ``MISSING_MANDATORY_FIELD``, which names what was missing, so that nobody is accused of
what was not seen; ``undecided`` says which breaches such a gap leaves open. A fix that is a jump tells
nothing of where the device is, so nothing that depends on the place is seen in it either.

A clean fix is the case that must be cheap: each check yields nothing after one or two lookups,
and ``Conduct`` and ``Breach`` are named tuples, which are made four times faster than frozen
dataclasses.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from permits.ceilings import height_limit_agl_m, speed_limit
from permits.life_cycle import (
    FAMILY_OF,
    Family,
    PermitKind,
    PermitState,
    in_force,
    may_take_off,
)
from permits.ruleset import RuleSet
from permits.states import CONFIRMED_FLIGHTS, LOW_SPEED
from permits.terms import Terms, by_route_alone, within_hours
from permits.violation import LATER, RAISED, Severity, ViolationCode
from permits.weekly_hours import holds

__all__ = [
    "LATER",
    "RAISED",
    "Breach",
    "Conduct",
    "Grant",
    "Severity",
    "ViolationCode",
    "breaches",
    "edges_of",
    "goes_by_peaks",
    "is_on_task",
    "leaving",
    "of_refusal",
    "severity_of",
    "too_close",
    "undecided",
]

_NOWHERE: frozenset[str] = frozenset()
_NO_CATEGORIES: Mapping[str, str] = MappingProxyType({})
_OVER = frozenset(
    {
        PermitState.CLOSED,
        PermitState.EXPIRED,
        PermitState.TERMINATED,
        PermitState.ANNULLED,
        PermitState.WITHDRAWN_BY_AUTHORITY,
        PermitState.REVOKED,
        PermitState.DEREGISTERED,
    }
)
_APPROVED_FLIGHT = frozenset(
    {PermitState.APPROVED, PermitState.PRE_TAKEOFF_REPORTED, PermitState.LANDED}
)
"""An approved flight without a confirmation may not be in the air; its terms bind it all the same."""
_UNKNOWN_MODE = "UNKNOWN"
SEGMENT_SUSPENDED = "segment suspended"
"""Why it is outside although a zone of its permit holds it."""
_JUMP = "jump"
_C = ViolationCode


class Conduct(NamedTuple):
    """What a device was seen to do at one moment. ``None`` is unknown, never no."""

    at_s: float
    """Unix time of the fix."""
    domain: str
    """``road``, ``air`` or ``water``."""
    position_known: bool = True
    allowed_inside: frozenset[str] = _NOWHERE
    """All keep-in zones that hold it, whoever's permit they are in."""
    allowed_unknown: frozenset[str] = _NOWHERE
    """Keep-in zones that hold its place, while its height cannot be compared with theirs."""
    keep_out_inside: frozenset[str] = _NOWHERE
    keep_out_unknown: frozenset[str] = _NOWHERE
    """Keep-out zones that hold its place, while its height cannot be compared with theirs."""
    crossed_keep_out: frozenset[str] = _NOWHERE
    """Keep-out zones that its way from the last fix went through."""
    authorisable: frozenset[str] = _NOWHERE
    """Of all keep-out zones those that a permit may lift by naming them; the others prohibit."""
    speed_limits: tuple[tuple[str, float], ...] = ()
    """Zone and limit in metres a second, of the speed zones that hold it."""
    speed_mps: float | None = None
    height_agl_m: float | None = None
    control_mode: str = _UNKNOWN_MODE
    airborne: bool | None = None
    """Of an aircraft."""
    moving: bool | None = None
    """Of a vehicle or vessel: whether it is under way."""
    flags: frozenset[str] = _NOWHERE
    """``jump``, ``skew``, ``replayed``, ``unregistered``, ``missing:<field>``."""
    skew_s: float | None = None
    """Device clock minus service clock, where that was flagged."""
    off_route: frozenset[str] = _NOWHERE
    """Permits whose own corridor it is outside of, by their numbers."""
    route_unknown: frozenset[str] = _NOWHERE
    """Permits of which it is not known, such as by a height that decides."""
    zone_categories: Mapping[str, str] = _NO_CATEGORIES
    """Category by zone id, for rules that are stricter at some, such as ``airport``."""


class Breach(NamedTuple):
    """One rule that a conduct breaks."""

    code: ViolationCode
    zone_id: str | None = None
    measured: float | None = None
    limit: float | None = None
    """In the unit of ``measured``: m/s, m above ground, or s."""
    detail: str = ""
    """What there is to say besides: a state, a mode, the fields that were missing."""
    category: str = ""
    """Of the zone, for its hold-off."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What of a permit the supervision of one device needs."""

    permit_number: str
    kind: PermitKind
    state: PermitState
    terms: Terms
    plated_from_s: float = -inf
    """Of the device whose grant it is, where it bears a temporary plate: from when it is valid."""
    plated_to_s: float = inf
    """The first moment at which its plate is not."""
    confirmed_from_s: float = -inf
    """Of a flight: the hour of take-off that was reported, and confirmed."""
    confirmed_to_s: float = inf
    """The first moment at which the flight is over that was confirmed."""
    rules: RuleSet | None = field(default=None, repr=False, hash=False)
    """Of its jurisdiction, where that is not the one that everybody else is judged by."""
    take_off_confirmed: bool = field(init=False, repr=False, compare=False)
    starts_at_s: float = field(init=False, repr=False, compare=False)
    ends_at_s: float = field(init=False, repr=False, compare=False)
    """The first moment that is not valid; none while a renewal is not decided (视为准予延续)."""
    binds: bool = field(init=False, repr=False, compare=False)
    """Whether conduct is held against the terms in this state."""
    in_force: bool = field(init=False, repr=False, compare=False)
    low_speed: bool = field(init=False, repr=False, compare=False)
    """Whether it is for low-speed devices, which the hours of the rule set bind."""
    is_record: bool = field(init=False, repr=False, compare=False)
    """Whether it is a record of the holder's alone: nobody approved a greater height, or to enter
    what keeps others out, and so its terms do neither."""

    def __post_init__(self) -> None:
        # Worked out once a permit, and not once a message.
        pending = self.state is PermitState.RENEWAL_PENDING
        is_record = FAMILY_OF[self.kind] is Family.RECORD
        held: dict[str, object] = {
            "is_record": is_record,
            "take_off_confirmed": in_force(self.state) if is_record else may_take_off(self.state),
            "starts_at_s": self.terms.valid_from_s,
            "ends_at_s": inf if pending else self.terms.valid_to_s,
            "binds": in_force(self.state) or self._is_approved_flight(),
            "in_force": in_force(self.state),
            "low_speed": self.kind in LOW_SPEED,
        }
        if is_record and self.terms.exempt_zone_ids:
            held["terms"] = replace(self.terms, exempt_zone_ids=_NOWHERE)
        for name, value in held.items():
            object.__setattr__(self, name, value)

    def _is_approved_flight(self) -> bool:
        is_flight = FAMILY_OF[self.kind] in CONFIRMED_FLIGHTS
        return is_flight and self.state in _APPROVED_FLIGHT


def edges_of(grant: Grant) -> tuple[float, ...]:
    """Return the moments at which time alone changes what a grant allows; Unix seconds."""
    return (
        grant.starts_at_s,
        grant.ends_at_s,
        grant.plated_from_s,
        grant.plated_to_s,
        grant.confirmed_from_s,
        grant.confirmed_to_s,
    )


def is_on_task(conduct: Conduct) -> bool:
    """Tell whether the device is at work: not known to be landed, parked or moored.

    A device on task that falls silent is a violation; one that has landed or parked is not.
    """
    if conduct.domain == "air":
        return conduct.airborne is not False
    return conduct.moving is not False


def breaches(grant: Grant | None, conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    """Yield every rule that the conduct breaks; without a grant, those that hold for anyone.

    A vehicle that is parked, an aircraft that is landed and a vessel that is moored break
    nothing but keep-out zones (aircraft not even those) and what is wrong with their messages.

    Raises:
        ValueError: ``flags`` has one that is not known here.
    """
    if conduct.flags:
        yield from _in_the_message(conduct, rules)
    on_task = is_on_task(conduct)
    terms = _binding_terms(grant, conduct.at_s)
    jumped = _JUMP in conduct.flags
    held = conduct.keep_out_inside or conduct.keep_out_unknown or conduct.crossed_keep_out
    if held and not jumped and (on_task or conduct.domain != "air"):
        yield from _in_keep_out(terms, conduct)
    if not on_task:
        return
    if not conduct.position_known:
        yield _missing("position")
    if terms is None or not _is_permitted(grant, conduct):
        yield from _without_permission(grant, conduct, rules)
    elif grant is not None and not grant.plated_from_s <= conduct.at_s < grant.plated_to_s:
        yield from _without_plate(grant, conduct, rules)
    if terms is not None and grant is not None and grant.low_speed:
        yield from _in_peak_hours(conduct, rules)
    if jumped:
        return
    if grant is not None and terms is not None:
        yield from _against_terms(grant.permit_number, terms, conduct, rules)
    yield from _too_fast(terms, conduct, rules)
    if conduct.domain == "air":
        yield from _too_high(grant, terms, conduct, rules)


def goes_by_peaks(grant: Grant, rules: RuleSet) -> bool:
    """Tell whether there are hours in which what it permits may not be under way, whatever it says."""
    return grant.low_speed and bool(rules.forbidden_hours)


def leaving(terms: Terms, domain: str, control_mode: str, rules: RuleSet) -> Breach:
    """Return what it breaks to be in none of the zones of a permit."""
    zone_id = min(terms.zone_ids) if len(terms.zone_ids) == 1 else None
    if domain == "road" and control_mode in rules.automated_modes:
        return Breach(_C.AUTO_OUTSIDE_AUTHORISED, zone_id, detail=control_mode)
    return Breach(_C.KEEP_IN_EXIT, zone_id)


def too_close(distance_m: float, least_m: float, detail: str) -> Breach:
    """Return what two aircraft break that are not separated."""
    return Breach(_C.SEPARATION_LOSS, None, distance_m, least_m, detail)


def undecided(seen: Iterable[Breach]) -> frozenset[ViolationCode]:
    """Return the codes that missing fields leave open: neither seen, nor seen to be over.

    A jump leaves open whatever depends on the place.
    """
    found = tuple(seen)
    fields = {breach.detail for breach in found if breach.code is _C.MISSING_MANDATORY_FIELD}
    jumped = any(breach.code is _C.IMPOSSIBLE_JUMP for breach in found)
    return (_BY_PLACE if jumped else frozenset[ViolationCode]()).union(
        *(_NEEDS.get(name, frozenset()) for name in fields)
    )


def severity_of(breach: Breach, domain: str, rules: RuleSet) -> Severity:
    """Return how grave a breach is: its rule's severity, or critical far over a speed limit."""
    measured, limit = breach.measured, breach.limit
    far_over = (
        measured is not None
        and limit is not None
        and (measured > limit * (1 + rules.overspeed_critical_ratio))
    )
    if breach.code is _C.OVERSPEED and far_over:
        return Severity.CRITICAL
    return rules.rule(breach.code, domain, breach.category).severity


def of_refusal(reason: str) -> Breach | None:
    """Return what a refused message breaks, by the reason of its refusal; most break nothing."""
    code = _REFUSALS.get(reason)
    return None if code is None else Breach(code, detail=reason)


_IN_SPACE = frozenset(
    {
        _C.KEEP_OUT_BREACH,
        _C.KEEP_IN_EXIT,
        _C.AUTO_OUTSIDE_AUTHORISED,
        _C.CONTROL_MODE_NOT_PERMITTED,
        _C.OVERSPEED,
        _C.ALTITUDE_OVER_LIMIT,
        _C.ROUTE_DEVIATION,
    }
)
_BY_PLACE = _IN_SPACE | {_C.OUTSIDE_TIME_WINDOW, _C.MISSING_MANDATORY_FIELD}
"""What a fix cannot tell whose place is not believed: hours differ by zone, and so does what must
be said."""
_NEEDS: Mapping[str, frozenset[ViolationCode]] = MappingProxyType(
    {
        "position": _IN_SPACE,
        "height": frozenset(
            {_C.ALTITUDE_OVER_LIMIT, _C.KEEP_IN_EXIT, _C.KEEP_OUT_BREACH, _C.ROUTE_DEVIATION}
        ),
        "speed": frozenset({_C.OVERSPEED}),
        "control_mode": frozenset({_C.CONTROL_MODE_NOT_PERMITTED, _C.AUTO_OUTSIDE_AUTHORISED}),
        "operational_status": frozenset({_C.NO_TAKEOFF_CONFIRMATION}),
    }
)
"""The codes that cannot be judged without a field."""
_REFUSALS: Mapping[str, ViolationCode] = MappingProxyType(
    {
        "unknown_device": _C.UNREGISTERED_DEVICE,
        "revoked_device": _C.UNREGISTERED_DEVICE,
        "wrong_device": _C.UNREGISTERED_DEVICE,
    }
)
_FLAGGED: Mapping[str, ViolationCode] = MappingProxyType(
    {
        _JUMP: _C.IMPOSSIBLE_JUMP,
        "replayed": _C.REPLAYED_SEQUENCE,
        "unregistered": _C.UNREGISTERED_DEVICE,
    }
)


def _missing(name: str) -> Breach:
    return Breach(_C.MISSING_MANDATORY_FIELD, detail=name)


def _in_the_message(conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    for flag in sorted(conduct.flags):
        kind, _, name = flag.partition(":")
        if flag == "skew":
            yield Breach(_C.CLOCK_SKEW, measured=conduct.skew_s, limit=rules.max_skew_s)
        elif kind == "missing" and name:
            yield _missing(name)
        elif flag in _FLAGGED:
            yield Breach(_FLAGGED[flag])
        else:
            msg = f"flag {flag!r}: expected skew, missing:<field> or one of {sorted(_FLAGGED)}"
            raise ValueError(msg)


def _binding_terms(grant: Grant | None, at_s: float) -> Terms | None:
    if grant is not None and grant.binds and grant.starts_at_s <= at_s < grant.ends_at_s:
        return grant.terms
    return None


def _in_keep_out(terms: Terms | None, conduct: Conduct) -> Iterator[Breach]:
    inside = conduct.keep_out_inside | conduct.crossed_keep_out
    exempt = _NOWHERE if terms is None else terms.exempt_zone_ids & conduct.authorisable
    for zone_id in sorted((inside | conduct.keep_out_unknown) - exempt):
        yield Breach(
            _C.KEEP_OUT_BREACH,
            zone_id,
            detail="" if zone_id in inside else "height unknown",
            category=conduct.zone_categories.get(zone_id, ""),
        )


def _is_permitted(grant: Grant | None, conduct: Conduct) -> bool:
    """Tell whether a grant, within its validity, permits to be under way."""
    if grant is None:
        return False
    if conduct.domain != "air":
        return grant.in_force
    on_time = grant.confirmed_from_s <= conduct.at_s < grant.confirmed_to_s
    return grant.take_off_confirmed and on_time


def _without_permission(grant: Grant | None, conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    if conduct.domain == "air" and not _is_over(grant, conduct.at_s):
        yield _unconfirmed_flight(grant, conduct)
    elif conduct.domain != "road" or conduct.control_mode not in rules.by_hand_modes:
        # A test vehicle that a person drives is not under test: a mode not known is not by hand.
        yield Breach(_C.PERMIT_EXPIRED, detail=_why_not(grant, conduct.at_s))


def _is_over(grant: Grant | None, at_s: float) -> bool:
    """Tell whether a flight was confirmed, and its permit has ended or not begun."""
    valid = grant is not None and grant.starts_at_s <= at_s < grant.ends_at_s
    return grant is not None and grant.take_off_confirmed and not valid


def _without_plate(grant: Grant, conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    """What a person drives is not under test, as where the permit has run out."""
    if conduct.control_mode not in rules.by_hand_modes:
        detail = "not begun" if conduct.at_s < grant.plated_from_s else "expired"
        yield Breach(_C.PLATE_EXPIRED_RUN, detail=detail)


def _unconfirmed_flight(grant: Grant | None, conduct: Conduct) -> Breach:
    if conduct.airborne is None and conduct.moving is not True:
        return _missing("operational_status")
    if grant is not None and grant.state in _OVER:
        return Breach(_C.PERMIT_EXPIRED, detail=grant.state)
    return Breach(_C.NO_TAKEOFF_CONFIRMATION, detail=_why_not(grant, conduct.at_s))


def _why_not(grant: Grant | None, at_s: float) -> str:
    if grant is None:
        return "no permit"
    if not grant.in_force:
        return grant.state
    if grant.starts_at_s <= at_s < grant.ends_at_s:
        return "before take-off" if at_s < grant.confirmed_from_s else "flight over"
    return "not begun" if at_s < grant.starts_at_s else "expired"


def _against_terms(number: str, terms: Terms, conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    in_zones = by_route_alone(terms) or not terms.zone_ids.isdisjoint(conduct.allowed_inside)
    strayed, unsure = number in conduct.off_route, number in conduct.route_unknown
    inside = in_zones and not strayed and not unsure
    transfer = not inside and not terms.transfer_zone_ids.isdisjoint(conduct.allowed_inside)
    if transfer:
        yield from _on_transfer(terms, conduct, rules)
    else:
        if not in_zones and conduct.position_known:
            yield _outside(terms, conduct, rules)
        if strayed and conduct.position_known:
            yield Breach(_C.ROUTE_DEVIATION)
        elif unsure and conduct.position_known:
            yield _missing("height")
        yield from _wrong_mode(terms, conduct, rules)
    by_hand = transfer and conduct.control_mode in rules.by_hand_modes
    if not by_hand and not within_hours(terms.hours, conduct.at_s):
        yield Breach(_C.OUTSIDE_TIME_WINDOW)


def _in_peak_hours(conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    """Whoever or whatever drives it: it is in the way of all others."""
    if holds(rules.forbidden_hours, conduct.at_s):
        yield Breach(_C.PEAK_HOUR_RUN)


def _on_transfer(terms: Terms, conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    if conduct.control_mode in rules.by_hand_modes:
        return
    if conduct.control_mode == _UNKNOWN_MODE:
        yield _missing("control_mode")
        return
    zone_id = min(terms.transfer_zone_ids & conduct.allowed_inside)
    yield Breach(_C.CONTROL_MODE_NOT_PERMITTED, zone_id, detail=conduct.control_mode)


def _outside(terms: Terms, conduct: Conduct, rules: RuleSet) -> Breach:
    if not terms.zone_ids.isdisjoint(conduct.allowed_unknown):
        return _missing("height")
    closed = terms.suspended_zone_ids & conduct.allowed_inside
    if closed:
        return leaving(terms, conduct.domain, conduct.control_mode, rules)._replace(
            zone_id=min(closed), detail=SEGMENT_SUSPENDED
        )
    return leaving(terms, conduct.domain, conduct.control_mode, rules)


def _wrong_mode(terms: Terms, conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    mode = conduct.control_mode
    if not terms.control_modes or mode in terms.control_modes:
        return
    if mode == _UNKNOWN_MODE:
        yield _missing("control_mode")
    elif mode not in rules.always_permitted_modes[conduct.domain]:
        yield Breach(_C.CONTROL_MODE_NOT_PERMITTED, detail=mode)


def _too_fast(terms: Terms | None, conduct: Conduct, rules: RuleSet) -> Iterator[Breach]:
    """Compare with the strictest limit alone: one deed, one violation."""
    limit = speed_limit(terms, conduct.speed_limits, rules)
    if limit is None:
        return
    if conduct.speed_mps is None:
        yield _missing("speed")
    elif not conduct.speed_mps <= limit.ceiling_mps:
        yield Breach(_C.OVERSPEED, limit.zone_id, conduct.speed_mps, limit.limit_mps)


def _too_high(
    grant: Grant | None, terms: Terms | None, conduct: Conduct, rules: RuleSet
) -> Iterator[Breach]:
    is_record = grant is not None and grant.is_record
    limit_m = height_limit_agl_m(terms, rules, is_record=is_record)
    if conduct.height_agl_m is None:
        yield _missing("height")
    elif not conduct.height_agl_m <= limit_m:
        yield Breach(_C.ALTITUDE_OVER_LIMIT, None, conduct.height_agl_m, limit_m)
