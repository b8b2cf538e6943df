"""Violations over time: an excursion becomes a violation, gets worse, and is over.

A breach is a fact about one fix; a violation is an episode. It opens when its rule's hold-off has
passed, dated from the first fix that showed it; it is updated when it gets worse; it closes when
the rule's recovery has passed, dated from the first fix that no longer showed it. One watch holds
one device. Time is the device's, but for silence and the law's clock, which ``tick`` brings: those
need no message to happen.

No clock and no I/O: the same input gives the same episodes, however it is cut into batches. A fix
that comes again, or after a later one, changes nothing. Where a fix cannot tell (its position is
missing, say), episodes that depend on it neither grow nor end.

Why an excursion begins or ends is asked of the look with which it does, and of no other: an episode
that opens after its hold-off tells what brought the first fix about that showed it.

A device that breaks nothing and has nothing open costs one comparison: the watch is returned as
it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import is_

from permits.cause import Cause
from permits.compliance import Breach, severity_of, undecided
from permits.confirmation import is_back, missed, shown
from permits.episode import (
    Closed,
    Ended,
    Event,
    Excursion,
    Key,
    Opened,
    Position,
    Updated,
    Why,
    always,
    not_known,
)
from permits.ruleset import Rule, RuleSet
from permits.violation import Severity, ViolationCode

__all__ = [
    "BY_THE_CLOCK",
    "Closed",
    "Event",
    "Excursion",
    "Opened",
    "Position",
    "Updated",
    "Watch",
    "end",
    "lasts_together",
    "step",
    "tick",
    "told_as_whole",
]

_SILENCE = ViolationCode.TELEMETRY_SILENCE
_NOTHING: frozenset[Key] = frozenset()
_BY_TIME = always(Cause.TIME_PASSED)
BY_THE_CLOCK = frozenset(
    {
        ViolationCode.PERMIT_EXPIRED,
        ViolationCode.PLATE_EXPIRED_RUN,
        ViolationCode.OUTSIDE_TIME_WINDOW,
        ViolationCode.PEAK_HOUR_RUN,
    }
)
"""What comes about by time alone, while a device does nothing new."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is going on with one device. Plain values throughout: msgspec packs it as it is."""

    domain: str
    """``road``, ``air`` or ``water``: hold-offs differ."""
    at_s: float | None = None
    """Device time of the latest fix that mattered; an earlier one is ignored."""
    excursions: tuple[Excursion, ...] = ()
    ended: tuple[Ended, ...] = ()


def step(
    watch: Watch,
    seen: Iterable[Breach],
    at_s: float,
    rules: RuleSet,
    position: Position | None = None,
    doubtful: frozenset[Key] = _NOTHING,
    why: Why = not_known,
) -> tuple[Watch, tuple[Event, ...]]:
    """Judge one fix: what it breaks, at its device time.

    Of ``doubtful`` the fix is too inaccurate to tell: it neither shows them nor shows their end.
    ``why`` is asked of what it is the first to show, or the first no longer to show.
    Returns the watch after it and what opened, got worse or closed. Fixes come in device-time
    order; an earlier one is ignored.
    """
    found = tuple(seen)
    if not found and not watch.excursions:
        return watch, ()
    if watch.at_s is not None and at_s < watch.at_s:
        return watch, ()
    watch, closed = _recover(watch, found, at_s, rules, doubtful, why)
    found = tuple(breach for breach in found if breach[:2] not in doubtful)
    excursions, shown = _shown(watch, found, at_s, rules, position, why)
    return replace(watch, at_s=at_s, excursions=excursions), (*closed, *shown)


def tick(
    watch: Watch,
    now_s: float,
    last_heard_s: float,
    rules: RuleSet,
    *,
    on_task: bool,
    low_speed: bool = False,
    seen: Iterable[Breach] = (),
) -> tuple[Watch, tuple[Event, ...]]:
    """Judge the passing of time, by the service's clock.

    ``last_heard_s`` is when the service last received anything from the device; ``on_task``
    is ``is_on_task`` of its latest conduct, and a device that never spoke has none. ``low_speed``
    is whether its permit is one of low-speed devices, which may be silent for less. ``seen`` are
    the breaches of that conduct, set to ``now_s``: of them only those count that come about by
    time alone, a permit that runs out or hours that end. They open here, and close by a fix.
    """
    by_time = tuple(breach for breach in seen if breach.code in BY_THE_CLOCK)
    silence_s = rules.silence_s(watch.domain, low_speed=low_speed)
    silent = on_task and now_s - last_heard_s >= silence_s
    if not (by_time or silent or watch.excursions):
        return watch, ()
    watch, heard = _heard(watch, last_heard_s, now_s, rules)
    if silent and not any(each.code is _SILENCE for each in watch.excursions):
        watch, fallen = _fall_silent(watch, last_heard_s, now_s, rules, silence_s)
        heard = (*heard, *fallen)
    if not by_time:
        return watch, heard
    excursions, shown = _shown(watch, by_time, now_s, rules, None, _BY_TIME)
    return replace(watch, excursions=excursions), (*heard, *shown)


def end(watch: Watch, at_s: float, cause: Cause | None = None) -> tuple[Watch, tuple[Event, ...]]:
    """Close all that is open, such as of a device that left the register, and say why."""
    closed = tuple(_closed(each, at_s, at_s, cause) for each in watch.excursions if each.is_open)
    return Watch(watch.domain, watch.at_s), closed


def lasts_together(late: Excursion, live: Excursion, domain: str, rules: RuleSet) -> bool:
    """Tell whether two parts of one excursion together are long enough to be a violation."""
    rule = rules.rule(late.code, domain, late.category)
    lasted_s = live.last_s - late.since_s
    return late.samples + live.samples >= rule.samples and lasted_s >= rule.opens_after_s


def told_as_whole(each: Excursion, until_s: float) -> tuple[Opened, Closed]:
    """Return the events of the beginning of an excursion that did not open alone, and that goes on."""
    return _opened(each, until_s), _closed(each, until_s, until_s, None)


def _shown(
    watch: Watch,
    found: tuple[Breach, ...],
    at_s: float,
    rules: RuleSet,
    position: Position | None,
    why: Why,
) -> tuple[tuple[Excursion, ...], tuple[Event, ...]]:
    """Grow the excursions that are seen, start those that are new; leave the others alone."""
    if not found:
        return watch.excursions, ()
    running = {each.key: each for each in watch.excursions}
    events: list[Event] = []
    for breach in _one_a_key(found):
        rule = rules.rule(breach.code, watch.domain, breach.category)
        severity = severity_of(breach, watch.domain, rules)
        before, cause = running.get(breach[:2]), None
        if before is None or is_back(before):
            cause = why(breach[:2])
        before = before or _begin(breach, at_s, severity, position, cause)
        grown = _grow(before, breach, at_s, severity, position, rule, cause)
        after, event = _tell(grown, at_s, rule, rules)
        if isinstance(event, Opened) and _is_repeat(watch, event, rule):
            event = replace(event, is_repeat=True)
        running[after.key] = after
        events += [event] if event else []
    return tuple(running.values()), tuple(events)


def _recover(
    watch: Watch,
    found: tuple[Breach, ...],
    at_s: float,
    rules: RuleSet,
    doubtful: frozenset[Key],
    why: Why,
) -> tuple[Watch, tuple[Event, ...]]:
    """Bring the excursions that are not seen nearer to their end, unless nobody can tell."""
    held = doubtful.union(breach[:2] for breach in found)
    unsure = undecided(found) | {_SILENCE}
    kept: list[Excursion] = []
    closed: list[Closed] = []
    for each in watch.excursions:
        if each.key in held or each.code in unsure or at_s <= each.last_s:
            kept.append(each)
            continue
        rule = rules.rule(each.code, watch.domain, each.category)
        if each.is_open:
            since_s, cause = each.clean_since_s, each.clean_cause
            if since_s is None:
                since_s, cause = at_s, why(each.key)
            if at_s - since_s >= rule.closes_after_s:
                closed.append(_closed(each, since_s, at_s, cause))
            else:
                kept.append(replace(each, clean_since_s=since_s, clean_cause=cause))
        elif (less := missed(each, at_s, rule)) is not None:
            kept.append(less)
    # Of most nothing ends, and to make a watch of so many values anew is dear.
    if len(kept) == len(watch.excursions) and all(map(is_, kept, watch.excursions)):
        return watch, ()
    return _remember(replace(watch, excursions=tuple(kept)), closed, at_s, rules), tuple(closed)


def _one_a_key(found: tuple[Breach, ...]) -> Iterable[Breach]:
    """Join breaches of one rule and zone: all that is missing is one gap."""
    joined: dict[Key, Breach] = {}
    for breach in found:
        before = joined.get(breach[:2])
        details = {breach.detail, *(before.detail.split(",") if before else ())} - {""}
        joined[breach[:2]] = breach._replace(detail=",".join(sorted(details)))
    return joined.values()


def _begin(
    breach: Breach,
    at_s: float,
    severity: Severity,
    position: Position | None,
    cause: Cause | None,
) -> Excursion:
    return Excursion(
        code=breach.code,
        zone_id=breach.zone_id,
        since_s=at_s,
        last_s=float("-inf"),
        samples=0,
        position=position,
        severity=severity,
        measured=breach.measured,
        limit=breach.limit,
        detail=breach.detail,
        category=breach.category,
        cause=cause,
    )


def _grow(
    before: Excursion,
    breach: Breach,
    at_s: float,
    severity: Severity,
    position: Position | None,
    rule: Rule,
    cause: Cause | None,
) -> Excursion:
    samples, recent = shown(before, at_s, position, rule, cause)
    worse = _is_worse(breach.code, breach.measured, before.measured)
    graver = _GRAVITY[severity] > _GRAVITY[before.severity]
    return replace(
        before,
        samples=samples,
        recent=recent,
        last_s=max(at_s, before.last_s),
        clean_since_s=None,
        clean_cause=None,
        position=before.position or position,
        latest_position=position or before.latest_position,
        severity=severity if graver else before.severity,
        measured=breach.measured if worse else before.measured,
        limit=breach.limit if worse else before.limit,
        detail=breach.detail,
        is_worse=before.is_worse or worse,
        is_graver=before.is_graver or graver,
    )


def _tell(
    excursion: Excursion, at_s: float, rule: Rule, rules: RuleSet
) -> tuple[Excursion, Event | None]:
    """Return the event that is due, and the excursion that remembers having told it."""
    if not excursion.is_open:
        lasted_s = excursion.last_s - excursion.since_s
        if excursion.samples < rule.samples or lasted_s < rule.opens_after_s:
            return excursion, None
        return _told(excursion, at_s), _opened(excursion, at_s)
    due = at_s - excursion.told_s >= rules.update_every_s
    if excursion.is_graver or (excursion.is_worse and due):
        return _told(excursion, at_s), _updated(excursion, at_s)
    return excursion, None


def _told(excursion: Excursion, at_s: float) -> Excursion:
    return replace(excursion, is_open=True, recent=(), is_worse=False, is_graver=False, told_s=at_s)


def _opened(each: Excursion, at_s: float) -> Opened:
    return Opened(
        each.code,
        each.zone_id,
        each.since_s,
        at_s,
        each.severity,
        each.measured,
        each.limit,
        each.position,
        each.detail,
        cause=each.cause,
    )


def _updated(each: Excursion, at_s: float) -> Updated:
    return Updated(
        each.code,
        each.zone_id,
        each.since_s,
        at_s,
        each.severity,
        each.measured,
        each.limit,
        each.latest_position,
        each.detail,
    )


def _closed(each: Excursion, until_s: float, at_s: float, cause: Cause | None) -> Closed:
    return Closed(
        each.code,
        each.zone_id,
        each.since_s,
        until_s,
        at_s,
        each.severity,
        each.measured,
        each.limit,
        cause,
    )


def _is_worse(code: ViolationCode, found: float | None, worst: float | None) -> bool:
    """Every measure but a distance grows with the breach; a clock's error counts either way."""
    if code is ViolationCode.SEPARATION_LOSS:
        return found is not None and (worst is None or found < worst)
    return found is not None and (worst is None or abs(found) > abs(worst))


def _is_repeat(watch: Watch, event: Opened, rule: Rule) -> bool:
    return any(
        (each.code, each.zone_id) == (event.code, event.zone_id)
        and event.since_s - each.until_s <= rule.dedupe_s
        for each in watch.ended
    )


def _remember(watch: Watch, closed: list[Closed], at_s: float, rules: RuleSet) -> Watch:
    """Keep what closed for as long as it makes another a repeat, and no longer."""
    if not closed:
        return watch
    latest = {(each.code, each.zone_id): each for each in watch.ended} | {
        (each.code, each.zone_id): Ended(each.code, each.zone_id, each.until_s) for each in closed
    }
    return replace(
        watch,
        ended=tuple(
            each
            for each in latest.values()
            if at_s - each.until_s <= rules.rule(each.code, watch.domain).dedupe_s
        ),
    )


def _heard(
    watch: Watch, last_heard_s: float, now_s: float, rules: RuleSet
) -> tuple[Watch, tuple[Event, ...]]:
    """End a silence that something was heard after."""
    over = [
        each for each in watch.excursions if each.code is _SILENCE and last_heard_s > each.since_s
    ]
    if not over:
        return watch, ()
    kept = tuple(each for each in watch.excursions if each.code is not _SILENCE)
    closed = [_closed(each, last_heard_s, now_s, Cause.DEVICE_MOVED) for each in over]
    return _remember(replace(watch, excursions=kept), closed, now_s, rules), tuple(closed)


def _fall_silent(
    watch: Watch, last_heard_s: float, now_s: float, rules: RuleSet, silence_s: float
) -> tuple[Watch, tuple[Event, ...]]:
    rule = rules.rule(_SILENCE, watch.domain)
    breach = Breach(_SILENCE, None, now_s - last_heard_s, silence_s)
    begun = _begin(breach, last_heard_s, rule.severity, None, Cause.TIME_PASSED)
    excursion = _told(replace(begun, last_s=last_heard_s, samples=1), now_s)
    opened = _opened(excursion, now_s)
    opened = replace(opened, is_repeat=_is_repeat(watch, opened, rule))
    return replace(watch, excursions=(*watch.excursions, excursion)), (opened,)


_GRAVITY = {severity: -place for place, severity in enumerate(Severity)}
