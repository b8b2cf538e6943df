"""Where late reports say that a device was, and what of it the zones hold. Pure.

The rows of several devices are asked about together: each piece of a row has a number of its own in a
fleet that is made for the question, so none is compared with another, nor with what is live.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, takewhile
from math import inf, isnan, nan
from typing import Final, NamedTuple

import msgspec
import numpy as np

from geofence import step as fences
from geofence.events import EventKind
from geofence.fixes import DOMAIN_CODES, Fixes
from geofence.fleet import Fleet
from geofence.places import places
from telemetry.limits import Limits
from telemetry.movement import MOST_CONTRARY, counted
from telemetry.report import Domain, Report
from telemetry.ways import POSSIBLE, Fix, velocity_of, way_between
from zone_service.causes import NO_TURN, Turned, turned_by_hours
from zone_service.conduct import NO_FLAGS
from zone_service.late_laws import Judging
from zone_service.late_row import Hole, Kept, LateRow, Place, with_hole
from zone_service.memory import DeviceState
from zone_service.own_corridors import ON_ROUTE, Strayed
from zone_service.world import Subject, World

_NOWHERE: Final = Place(nan, nan, nan, nan)


class Piece(NamedTuple):
    """Late reports of one device that lie in one hole, in the order of their own times."""

    subject: Subject
    hole: Hole | None
    reports: tuple[Kept, ...]
    found: tuple[Place | None, ...]
    """Where each was, if that is believed."""
    start: Place | None
    """From where the device came."""
    goes_on: bool
    """Whether it follows what was judged of the row before."""
    is_left: bool
    """Whether nothing more of the row comes into this hole: the way out of it is judged too."""


class Sight(NamedTuple):
    """How one place was seen."""

    inside: tuple[int, ...]
    unknown: tuple[int, ...]
    crossed: frozenset[str]
    """Keep-out zones that the way to it went through."""
    strayed: Strayed
    hours: Turned = NO_TURN


def note_hole(
    device: DeviceState, report: Report, at_s: float, world: World, domain: Domain
) -> None:
    """Remember both ends of a hole in a device's numbers; ``report`` is the first behind it."""
    if device.report is None:
        return
    before = _place(device.report, device.report.event_time_s, world, domain)
    after = _place(report, at_s, world, domain)
    if before is not None and after is not None and before.at_s < after.at_s:
        device.holes = with_hole(device.holes, Hole(before, after))


def next_s(device: DeviceState, row: LateRow, *, is_over: bool) -> float | None:
    """Return the moment of what is judged next of a row; ``None`` if nothing asks for a law.

    ``is_over``: nothing more comes of it.
    """
    first = min(row.reports, key=_at_s, default=None)
    if _is_left_behind(device, row, first) if first is not None else is_over:
        return _left_s(row, first)
    return None if first is None else first.at_s


def _left_s(row: LateRow, first: Kept | None) -> float | None:
    if row.watch is not None and row.hole is not None:
        return row.hole.after.at_s
    return None if first is None else first.at_s


def _is_left_behind(device: DeviceState, row: LateRow, first: Kept) -> bool:
    """Whether what was judged of a row ends before its next report."""
    return row.watch is not None and not _goes_on(row, _hole_at(device, first.at_s), first)


def pieces_of(
    judging: Judging, subject: Subject, device: DeviceState, row: LateRow, *, is_over: bool
) -> tuple[list[Piece], tuple[Kept, ...]]:
    """Return what is judged now of the gathered reports of a row, hole by hole, and the rest of them.

    That is what lies in the time that is judged by one law; ``is_over``: nothing more comes of the row.
    """
    gathered = sorted(row.reports, key=_at_s)
    taken = list(takewhile(lambda each: judging.covers(each.at_s), gathered))
    rest = tuple(gathered[len(taken) :])
    groups = [
        (hole, tuple(of_it))
        for hole, of_it in groupby(taken, key=lambda each: _hole_at(device, each.at_s))
    ]
    first = gathered[0] if gathered else None
    if row.watch is not None and (first is None or _is_left_behind(device, row, first)):
        groups.insert(0, (row.hole, ()))
    last = len(groups) - 1
    behind = _hole_at(device, rest[0].at_s) if rest else None
    pieces = []
    for at, (hole, reports) in enumerate(groups):
        ends = at < last or (not reports or behind != hole if rest else is_over)
        is_left = ends and (hole is None or judging.covers(hole.after.at_s))
        pieces.append(
            _piece(judging.world, subject, device, row, at, hole, reports, is_left=is_left)
        )
    return pieces, rest


def _at_s(kept: Kept) -> float:
    return kept.at_s


def _goes_on(row: LateRow, hole: Hole | None, first: Kept) -> bool:
    return hole == row.hole and (row.place is None or first.at_s >= row.place.at_s)


def _piece(
    world: World,
    subject: Subject,
    device: DeviceState,
    row: LateRow,
    at: int,
    hole: Hole | None,
    reports: tuple[Kept, ...],
    *,
    is_left: bool,
) -> Piece:
    goes_on = row.watch is not None and at == 0
    start = row.place if goes_on else None
    if start is None and hole is not None:
        start = hole.before
    after = _live(device) if hole is None else hole.after
    found = tuple(_believed(world, subject, device, start, after, reports))
    return Piece(subject, hole, reports, found, start, goes_on, is_left)


def _hole_at(device: DeviceState, at_s: float) -> Hole | None:
    return next((each for each in device.holes if each.before.at_s < at_s < each.after.at_s), None)


def _live(device: DeviceState) -> Place | None:
    track = device.track
    if track is None or track.longitude_deg is None or track.latitude_deg is None:
        return None
    return Place(
        track.longitude_deg,
        track.latitude_deg,
        track.fix_at_s,
        track.accuracy_m,
        velocity=track.velocity,
    )


def _believed(
    world: World,
    subject: Subject,
    device: DeviceState,
    before: Place | None,
    after: Place | None,
    reports: Sequence[Kept],
) -> Iterator[Place | None]:
    """Yield where each report was: nowhere that cannot be reached from both sides.

    Who contradicts itself again and again along the row is held to its word no more, as live.
    """
    limits = world.limits[subject.domain]
    contrary = 0 if device.track is None else device.track.contrary
    for kept in reports:
        place = _place(kept.report, kept.at_s, world, subject.domain)
        if place is not None and before is not None:
            contrary = _counted(contrary, before, place, limits)
        held = _held_to_its_word(limits, contrary)
        sides = [each for each in (before, after) if each is not None]
        if place is not None and all(_could_be(each, place, held) for each in sides):
            before = place
            yield place
        else:
            yield None


def _counted(contrary: int, before: Place, place: Place, limits: Limits) -> int:
    """Return how contrary a device is after a way in its row."""
    start, end = _fix(before), _fix(place)
    return counted(contrary, way_between(start, end, limits), start, end)


def _held_to_its_word(limits: Limits, contrary: int) -> Limits:
    """Return what is plausible of a device: one whose words are wrong is not held to them."""
    return limits if contrary <= MOST_CONTRARY else replace(limits, max_acceleration_mps2=inf)


def _could_be(one: Place, other: Place, limits: Limits) -> bool:
    start, end = (one, other) if one.at_s <= other.at_s else (other, one)
    return way_between(_fix(start), _fix(end), limits) is POSSIBLE


def _fix(place: Place) -> Fix:
    return Fix(
        place.longitude_deg, place.latitude_deg, place.at_s, place.accuracy_m, place.velocity
    )


def _place(report: Report, at_s: float, world: World, domain: Domain) -> Place | None:
    if report.longitude_deg is None or report.latitude_deg is None:
        return None
    accuracy_m, heights = report.horizontal_accuracy_m, world.heights
    return Place(
        report.longitude_deg,
        report.latitude_deg,
        at_s,
        world.limits[domain].default_accuracy_m if accuracy_m is None else accuracy_m,
        heights.agl_m(report) if domain is Domain.AIR else 0.0,
        heights.amsl_m(report),
        heights.hae_m(report),
        velocity_of(report, at_s),
    )


def sights_of(world: World, pieces: Sequence[Piece]) -> list[list[Sight]]:
    """Return how the places of each piece are seen: from where it came, where it was, and where it led.

    The last is the other end of its hole. Of a hole that is not known, and of one that is not left, the other end is no place.
    """
    ways = [[piece.start, *piece.found, _way_out(piece)] for piece in pieces]
    flat = [place for way in ways for place in way]
    owners = [piece.subject for piece, way in zip(pieces, ways, strict=True) for _ in way]
    numbers = [number for number, way in enumerate(ways) for _ in way]
    fixes = _fixes(flat, numbers, owners, world)
    _, judged = fences.step(Fleet(), world.zones, fixes)
    crossed: dict[int, frozenset[str]] = {}
    for event in judged.events:
        if event.kind is EventKind.CROSS:
            keep_out = world.places((event.slot,)).keep_out
            crossed[event.row] = crossed.get(event.row, NO_FLAGS) | keep_out
    strayed, hours = _strayed(world, owners, fixes), turned_by_hours(judged)
    seen = [
        Sight(
            inside,
            unknown,
            crossed.get(at, NO_FLAGS),
            strayed.get(at, ON_ROUTE),
            hours.get(at, NO_TURN),
        )
        for at, (inside, unknown) in enumerate(zip(judged.inside, judged.unknown, strict=True))
    ]
    ends = np.cumsum([len(way) for way in ways]).tolist()
    return [seen[end - len(way) : end] for way, end in zip(ways, ends, strict=True)]


def _way_out(piece: Piece) -> Place | None:
    return piece.hole.after if piece.hole is not None and piece.is_left else None


def _strayed(world: World, owners: Sequence[Subject], fixes: Fixes) -> dict[int, Strayed]:
    if not world.corridors.of_device:
        return {}
    return world.corridors.strayed([each.device_id for each in owners], places(fixes))


def _fixes(
    row: Sequence[Place | None], numbers: list[int], owners: Sequence[Subject], world: World
) -> Fixes:
    known = [_NOWHERE if each is None else each for each in row]
    # Nothing becomes NaN.
    columns = np.array([msgspec.structs.astuple(each)[:7] for each in known], np.float64).T
    longitude_deg, latitude_deg, at_s, _, agl_m, amsl_m, hae_m = columns
    return Fixes(
        device=np.array(numbers, np.int32),
        longitude_deg=longitude_deg,
        latitude_deg=latitude_deg,
        at_s=at_s,
        agl_m=agl_m,
        amsl_m=amsl_m,
        hae_m=hae_m,
        domain=np.array([DOMAIN_CODES[each.domain] for each in owners], np.int8),
        crossing=np.array(list(_near_in_time(known, numbers, owners, world)), np.bool_),
    )


def _near_in_time(
    row: Sequence[Place], numbers: list[int], owners: Sequence[Subject], world: World
) -> Iterator[bool]:
    """Yield whether the way to each place means anything: that depends on how long it took."""
    before_s, number = nan, -1
    for place, of_piece, owner in zip(row, numbers, owners, strict=True):
        if of_piece != number:
            before_s, number = nan, of_piece
        yield place.at_s - before_s <= world.limits[owner.domain].max_gap_s
        before_s = before_s if isnan(place.at_s) else place.at_s
