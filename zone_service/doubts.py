"""Which breaches a fix is too inaccurate to tell, by the rules that ask how sure it is. Pure.

Such a fix is no sample of them: it neither shows them nor shows their end. Rules without a hold-off
ask nothing, so of aircraft and at airports no fix is doubted.
"""

import math
from collections.abc import Iterable
from typing import Final

from permits.compliance import Breach, Conduct, Grant, is_on_task
from permits.episode import Key
from permits.ruleset import BY_OUTLINE
from permits.violation import ViolationCode
from telemetry.report import Domain, Report
from zone_service.memory import DeviceState
from zone_service.world import World

NO_DOUBT: Final[frozenset[Key]] = frozenset()
_KEEP_OUT: Final = ViolationCode.KEEP_OUT_BREACH
_OFF_ROUTE: Final = ViolationCode.ROUTE_DEVIATION


def doubtful(
    world: World,
    domain: Domain,
    device: DeviceState,
    grant: Grant | None,
    conduct: Conduct,
    found: Iterable[Breach],
) -> frozenset[Key]:
    """Return the keys of the breaches that the device's last fix cannot tell.

    A fix that is off task, or a jump, is judged as it is: what it shows is not a matter of the edge.
    """
    rules = world.rules_of(grant)
    if not rules.doubts or device.report is None or not is_on_task(conduct):
        return NO_DOUBT
    if "jump" in conduct.flags:
        return NO_DOUBT
    report, unsure = device.report, set[Key]()
    seen = {breach[:2]: breach.category for breach in found if breach.code in BY_OUTLINE}
    running = () if device.watch is None else device.watch.excursions
    ending = {each.key: each.category for each in running if each.code in BY_OUTLINE}
    for key, category in (ending | seen).items():
        least = rules.rule(key[0], domain.value, category).confidence
        # The edge of a zone that follows a device is as sure as two fixes, and nobody asks it.
        asked = key[1] not in conduct.crossed_keep_out and key[1] not in world.index_of_following
        if not least or not asked:
            continue
        inside = inside_probability(world, domain, report, key, grant)
        is_breach = inside if key[0] is _KEEP_OUT else 1.0 - inside
        if (is_breach if key in seen else 1.0 - is_breach) < least:
            unsure.add(key)
    return frozenset(unsure)


def _zones_of(key: Key, grant: Grant | None) -> Iterable[str]:
    """The zones whose edge decides: of a keep-out zone its own, else all that the permit names."""
    code, zone_id = key
    if code is _KEEP_OUT:
        return () if zone_id is None else (zone_id,)
    return () if grant is None else grant.terms.zone_ids | grant.terms.transfer_zone_ids


def inside_probability(
    world: World, domain: Domain, report: Report, key: Key, grant: Grant | None
) -> float:
    """Return how probable it is to be inside a zone whose edge decides about a breach, or a corridor.

    NaN, which is below nothing, where there is none or the place is not known. A zone that follows
    a device has no edge of its own.
    """
    if key[0] is _OFF_ROUTE:
        return _on_route(world, domain, report, grant)
    slots = [
        world.slots[zone_id]
        for zone_id in _zones_of(key, grant)
        if zone_id in world.slots and zone_id not in world.index_of_following
    ]
    if report.longitude_deg is None or report.latitude_deg is None or not slots:
        return math.nan
    place, accuracy_m = (
        (report.longitude_deg, report.latitude_deg),
        believed_m(world, domain, report),
    )
    return max(world.zones.sureness.probability(slot, *place, accuracy_m) for slot in slots)


def _on_route(world: World, domain: Domain, report: Report, grant: Grant | None) -> float:
    if report.longitude_deg is None or report.latitude_deg is None or grant is None:
        return math.nan
    place, accuracy_m = (
        (report.longitude_deg, report.latitude_deg),
        believed_m(world, domain, report),
    )
    return world.corridors.probability(grant.permit_number, *place, accuracy_m)


def believed_m(world: World, domain: Domain, report: Report) -> float:
    """Return the accuracy of a fix: as it is claimed, as far as anybody believes that; else the rules'."""
    claimed_m = report.horizontal_accuracy_m
    if claimed_m is None:
        claimed_m = world.rules.default_accuracy_m[domain.value]
    return max(claimed_m, world.rules.least_accuracy_m[domain.value])
