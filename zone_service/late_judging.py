"""What late reports break that nobody saw, told once it is over. Pure.

A row has a watch of its own: what opens there lies in no violation that is known, and what closes there,
or ends with the row, is a late finding.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from permits import watch as episodes
from permits.cause import Cause
from permits.compliance import Breach, Conduct, Grant
from permits.episode import always
from permits.violation import ViolationCode
from permits.watch import Event, Excursion, Watch
from zone_service.causes import Stood, why_of_a_late_one
from zone_service.conduct import NO_FLAGS, conduct_of, judged_by_its_permits
from zone_service.decisions import Outcome
from zone_service.doubts import doubtful
from zone_service.episode_record import Scene, key_of, moment, record
from zone_service.evidence import NOT_SURE
from zone_service.late_joining import LivePart, live_part
from zone_service.late_laws import Judging
from zone_service.late_places import Piece, Sight
from zone_service.late_row import Hole, Kept, LateRow, Place, with_closed
from zone_service.memory import DeviceState, Memory
from zone_service.passages import sure_of
from zone_service.store.records import ViolationChange, violation_id
from zone_service.world import Subject, World

_JUMP = frozenset({"jump"})


class Case(NamedTuple):
    """One device under judgement; ``device`` and ``outcome`` are changed, ``memory`` is not."""

    memory: Memory
    judging: Judging
    subject: Subject
    device: DeviceState
    now_s: float
    outcome: Outcome

    @property
    def world(self) -> World:
        """What it is judged by."""
        return self.judging.world

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The permits that name it."""
        return self.world.grants.get(self.subject.device_id, ())

    @property
    def only_grant(self) -> Grant | None:
        """The permit that it was done under, where there is no choice."""
        return self.grants[0] if len(self.grants) == 1 else None


def follow(
    case: Case, row: LateRow, pieces: Sequence[Piece], sights: Sequence[Sequence[Sight]]
) -> LateRow:
    """Judge the pieces of a row; return how far it is then. Those that are left are ended."""
    for piece, seen in zip(pieces, sights, strict=True):
        if not piece.goes_on:
            row = _anew(row)
        row = msgspec.structs.replace(row, hole=piece.hole)
        if case.judging.instead_s is not None:
            row = msgspec.structs.replace(row, law_s=case.judging.instead_s)
        row = _stepped(case, row, piece, seen)
        if piece.is_left:
            row = _way_out(case, row, seen[-1])
            end(case, row, reached=True)
            row = _anew(row)
    return row


def _anew(row: LateRow) -> LateRow:
    return msgspec.structs.replace(
        row, place=None, last=None, watch=None, open={}, live=(), law_s=None
    )


def end(case: Case, row: LateRow, *, reached: bool) -> None:
    """End whatever is open in a row; ``reached``: it came as far as it will."""
    if row.watch is None:
        return
    hole = row.hole if reached else None
    open_, after_s = dict(row.open), None if hole is None else hole.after.at_s
    scene = _scene(case, None, None, None, case.now_s)
    for each in row.watch.excursions:
        live = live_part(case.memory, case.device, each, row, after_s)
        watch = replace(row.watch, excursions=(each,))
        _, events = episodes.end(watch, _until_s(each, after_s), _why_over(each, after_s, live))
        if live is not None and not each.is_open:
            scene = replace(scene, grant=case.only_grant)
            events = _with_live(case, each, live)
        _record(case, row, open_, scene, events, None if live is None else live.joins)


def _with_live(case: Case, each: Excursion, live: LivePart) -> tuple[Event, ...]:
    """Return what is told of the beginning of an excursion that alone was too short."""
    if live.running is None:
        return episodes.told_as_whole(each, live.since_s)
    domain = case.subject.domain.value
    rules = case.world.rules_of(case.only_grant)
    if episodes.lasts_together(each, live.running, domain, rules):
        return episodes.told_as_whole(each, live.running.last_s)
    return ()


def _why_over(each: Excursion, after_s: float | None, live: LivePart | None) -> Cause | None:
    """Of what goes on, or was not seen to be over, nobody can tell."""
    if each.clean_since_s is not None:
        return each.clean_cause
    return None if after_s is None or live is not None else Cause.DEVICE_MOVED


def _until_s(each: Excursion, after_s: float | None) -> float:
    """It was over when it was seen to be; else it lasted until the live state went on."""
    if each.clean_since_s is not None:
        return each.clean_since_s
    return each.last_s if after_s is None else max(after_s, each.since_s)


def _stepped(case: Case, row: LateRow, piece: Piece, seen: Sequence[Sight]) -> LateRow:
    watch, open_ = row.watch or Watch(case.subject.domain.value), dict(row.open)
    place, last = row.place, row.last
    before = _before(row, piece, seen[0])
    for kept, there, sight in zip(piece.reports, piece.found, seen[1:-1], strict=True):
        is_jump = there is None and kept.report.longitude_deg is not None
        conduct = conduct_of(
            case.world,
            case.subject.domain,
            kept.report,
            kept.at_s,
            sight.inside,
            sight.unknown,
            sight.crossed,
            _JUMP if is_jump else NO_FLAGS,
            strayed=sight.strayed,
        )
        sure = _sure(case, piece.start if place is None else place, there, sight)
        watch = _watched(case, row, watch, open_, kept, there, conduct, sure, before, sight)
        if there is not None:
            place, last = there, kept.report
            before = Stood(kept.report, kept.at_s, (sight.inside, sight.unknown), sight.strayed)
    return msgspec.structs.replace(row, place=place, last=last, watch=watch, open=open_)


def _before(row: LateRow, piece: Piece, start: Sight) -> Stood | None:
    """Return how a device was before a piece, where that goes on from a late report."""
    if row.place is None or row.last is None:
        return None
    return Stood(row.last, row.place.at_s, (start.inside, start.unknown), start.strayed)


def _watched(
    case: Case,
    row: LateRow,
    watch: Watch,
    open_: dict[str, ViolationChange],
    kept: Kept,
    place: Place | None,
    conduct: Conduct,
    sure: Mapping[str, float],
    before: Stood | None,
    sight: Sight,
) -> Watch:
    """Let the row's watch see what a report broke that nobody knew of."""
    grant, found = judged_by_its_permits(case.grants, conduct, case.world.rules)
    found = tuple(_unknown_yet(case, grant, found, kept.at_s))
    if not found and not watch.excursions:
        return watch
    scratch = DeviceState(0, watch=watch, report=kept.report)
    unsure = doubtful(case.world, case.subject.domain, scratch, grant, conduct, found)
    where = None if place is None else (place.longitude_deg, place.latitude_deg)
    rules = case.world.rules_of(grant)
    law_s = case.judging.from_s
    why = why_of_a_late_one(
        case.world, case.subject, watch, before, found, kept.at_s, sight.hours, law_s
    )
    watch, events = episodes.step(watch, found, kept.at_s, rules, where, unsure, why)
    scene = replace(
        _scene(case, grant, where, kept.report.event_time_s, kept.received_s),
        report=None if place is None else kept.report,
        crossed=conduct.crossed_keep_out - conduct.keep_out_inside,
        sure=sure,
    )
    _record(case, row, open_, scene, events)
    return watch


def _sure(case: Case, start: Place | None, end: Place | None, sight: Sight) -> Mapping[str, float]:
    """How sure it is that the way between two places led over the zones that it crossed."""
    if not sight.crossed or start is None or end is None:
        return NOT_SURE
    here = (end.longitude_deg, end.latitude_deg)
    there = (start.longitude_deg, start.latitude_deg)
    return sure_of(case.world, sight.crossed, there, here, end.accuracy_m)


def _unknown_yet(
    case: Case, grant: Grant | None, found: Iterable[Breach], at_s: float
) -> Iterator[Breach]:
    """Yield what is broken, but for what is known."""
    following = case.world.index_of_following
    if grant is not None and not following.keys().isdisjoint(_named(grant)):
        return  # where a zone was that follows a device, nobody knows any more
    for breach in found:
        if not _is_known(case, breach.code, breach.zone_id, at_s):
            yield breach


def _named(grant: Grant) -> frozenset[str]:
    return grant.terms.zone_ids | grant.terms.transfer_zone_ids


def _is_known(case: Case, code: ViolationCode, zone_id: str | None, at_s: float) -> bool:
    going_on = case.memory.open.get(key_of(case.subject.device_id, code.value, zone_id))
    if going_on is not None and going_on.opened_at.timestamp() <= at_s:
        return True
    return any(
        (each.code, each.zone_id) == (code.value, zone_id) and each.since_s <= at_s < each.until_s
        for each in case.device.past
    )


def _way_out(case: Case, row: LateRow, sight: Sight) -> LateRow:
    """Judge the last way of a row, to the place that is known behind its hole."""
    hole, place, last = row.hole, row.place, row.last
    if hole is None or place is None or last is None or row.watch is None:
        return row
    # What else comes into this hole starts from here.
    rest = Hole(place, hole.after)
    case.device.holes = tuple(rest if each == hole else each for each in case.device.holes)
    at_s, where = hole.after.at_s, (hole.after.longitude_deg, hole.after.latitude_deg)
    conduct = conduct_of(case.world, case.subject.domain, last, at_s, (), (), sight.crossed)
    grant, found = judged_by_its_permits(case.grants, conduct, case.world.rules)
    through = [each for each in found if each.code is ViolationCode.KEEP_OUT_BREACH]
    unknown = tuple(_unknown_yet(case, grant, through, at_s))
    if not unknown:
        return row
    open_ = dict(row.open)
    moved = always(Cause.DEVICE_MOVED)
    rules = case.world.rules_of(grant)
    watch, events = episodes.step(row.watch, unknown, at_s, rules, where, why=moved)
    scene = replace(_scene(case, grant, where, None, case.now_s), crossed=sight.crossed)
    _record(case, row, open_, scene, events)
    return msgspec.structs.replace(row, watch=watch, open=open_)


def _scene(
    case: Case,
    grant: Grant | None,
    where: tuple[float, float] | None,
    event_time_s: float | None,
    received_s: float,
) -> Scene:
    subject = case.subject
    return Scene(subject.device_id, subject.organisation_id, grant, where, event_time_s, received_s)


def _record(
    case: Case,
    row: LateRow,
    open_: dict[str, ViolationChange],
    scene: Scene,
    events: tuple[Event, ...],
    joins: str | None = None,
) -> None:
    """Write down what comes of the row, and tell what is over; ``joins`` is as of a violation."""
    if not events:
        return
    within = Outcome()
    record(open_, case.world, scene, events, within)
    case.device.past = with_closed(case.device.past, events)
    for change in within.changes.values():
        if change.closed_at is not None:
            told = replace(_told(change, row.law_s, case.now_s), joins=joins)
            case.outcome.changes[told.id] = told
            case.outcome.counts["found_late"] += 1


def _told(change: ViolationChange, law_s: float | None, now_s: float) -> ViolationChange:
    """Return a finding as it is told: it was over before anybody knew of it.

    ``law_s``: where not all of it was judged by the law of its time, since when the other held.
    """
    opened_s, at = change.opened_at.timestamp(), moment(now_s)
    return replace(
        change,
        id=violation_id(change.device_id, change.code, change.zone_id, opened_s, late=True),
        late=True,
        law_of=None if law_s is None else moment(law_s),
        detected_at=at,
        updated_at=at,
    )
