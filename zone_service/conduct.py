"""From what a device said and where the fences saw it, to what its permit is asked about."""

from typing import Final

from permits.compliance import Breach, Conduct, Grant, breaches
from permits.ruleset import RuleSet
from telemetry.report import ControlMode, Domain, OperationalStatus, Report
from telemetry.track import Seen
from zone_service.own_corridors import ON_ROUTE, Strayed
from zone_service.world import World

NO_FLAGS: frozenset[str] = frozenset()


# A member of an enumeration is looked up at each use: too dear for what every fix asks.
_AIR: Final = Domain.AIR
_AIRBORNE: Final = {
    OperationalStatus.AIRBORNE: True,
    OperationalStatus.EMERGENCY: True,
    OperationalStatus.GROUND: False,
    OperationalStatus.UNKNOWN: None,
}


def flags_of(seen: Seen, skew_s: float | None) -> frozenset[str]:
    """Return what is wrong with a message, by its track and by the clocks."""
    if not (seen.jump or seen.replayed or skew_s is not None):
        return NO_FLAGS
    found = {"jump": seen.jump, "replayed": seen.replayed, "skew": skew_s is not None}
    return frozenset(name for name, is_so in found.items() if is_so)


def airborne(report: Report) -> bool | None:
    """Tell whether an aircraft flies; ``None`` where it does not say."""
    return _AIRBORNE[report.operational_status]


def moving(report: Report, moving_mps: float) -> bool | None:
    """Tell whether a vehicle or vessel is under way; ``None`` where its speed is unknown."""
    if report.ground_speed_mps is None:
        return None
    return report.ground_speed_mps >= moving_mps


def at_work(domain: Domain, report: Report, moving_mps: float) -> bool:
    """Tell what ``is_on_task`` tells of its conduct, which is not made for it.

    Whoever looks ahead asks this of every device each second.
    """
    does = airborne(report) if domain is _AIR else moving(report, moving_mps)
    return does is not False


def lacking(report: Report | None, *, is_skewed: bool) -> frozenset[str]:
    """Return what a device's latest report lacks of what a self-check may ask for.

    Of a device that gave no fix that was believed it lacks all.
    """
    said = {
        "clock": report is not None and not is_skewed,
        "position": report is not None and report.longitude_deg is not None,
        "speed": report is not None and report.ground_speed_mps is not None,
        "control_mode": report is not None and report.control_mode is not ControlMode.UNKNOWN,
        "operational_status": report is not None and airborne(report) is not None,
    }
    return frozenset(name for name, is_there in said.items() if not is_there)


def conduct_of(
    world: World,
    domain: Domain,
    report: Report,
    at_s: float,
    inside: tuple[int, ...],
    unknown: tuple[int, ...],
    crossed: frozenset[str] = NO_FLAGS,
    flags: frozenset[str] = NO_FLAGS,
    skew_s: float | None = None,
    strayed: Strayed = ON_ROUTE,
) -> Conduct:
    """Return what a device is seen to do, in the words of its permit."""
    here = world.places(inside)
    maybe = world.places(unknown)
    in_the_air = domain is _AIR
    return Conduct(
        at_s=at_s,
        domain=domain.value,
        position_known=report.longitude_deg is not None,
        allowed_inside=here.allowed,
        allowed_unknown=maybe.allowed,
        keep_out_inside=here.keep_out,
        keep_out_unknown=maybe.keep_out,
        crossed_keep_out=crossed,
        authorisable=world.authorisable,
        speed_limits=here.speed_limits,
        speed_mps=report.ground_speed_mps,
        height_agl_m=world.heights.agl_m(report) if in_the_air else None,
        control_mode=report.control_mode.value,
        airborne=airborne(report) if in_the_air else None,
        moving=None if in_the_air else moving(report, world.moving_mps),
        flags=flags,
        skew_s=skew_s,
        off_route=frozenset(strayed.off) if strayed.off else NO_FLAGS,
        route_unknown=frozenset(strayed.unknown) if strayed.unknown else NO_FLAGS,
        zone_categories=world.categories,
    )


def judged_by_its_permits(
    grants: tuple[Grant, ...], conduct: Conduct, rules: RuleSet
) -> tuple[Grant | None, tuple[Breach, ...]]:
    """Judge by the permit that allows most of it.

    A device may hold several permits, and what one of them allows is allowed. With none at all
    the rules that hold for everybody are left, and moving without a permit is one of them. Each
    permit is judged by the rules of its jurisdiction, which are ``rules`` where it has none of its own.
    """
    if not grants:
        return None, tuple(breaches(None, conduct, rules))
    best = grants[0]
    fewest = tuple(breaches(best, conduct, best.rules or rules))
    for grant in grants[1:]:
        if not fewest:
            break
        found = tuple(breaches(grant, conduct, grant.rules or rules))
        if len(found) < len(fewest):
            best, fewest = grant, found
    return best, fewest
