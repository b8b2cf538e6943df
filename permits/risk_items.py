"""What of an activity is of risk by what its permit says, whatever its applicant has ticked.

Each item follows from a condition of the rule set over facts of the permit: its kind, who drives, its
speed and height, the classes of its zones, what is declared of the flight. What nobody knows makes
nothing of it: such an item is for the applicant to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from permits.aircraft_class import limits_of
from permits.application import Application, DriverMode, Escalator
from permits.condition import Compared, Fact, Group, Verdict, in_words, judge
from permits.entries import Aircraft, Vehicle
from permits.governance_states import RiskItem
from permits.permit import Permit, PermitKind
from permits.precondition_facts import texts_in
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.states import FLIGHTS
from permits.vehicle_preconditions import CARRIES_PEOPLE

_KMH_PER_MPS = 3.6
_LOW_SPEED = frozenset({PermitKind.LOW_SPEED_TEST, PermitKind.LOW_SPEED_OPERATION})


@dataclass(frozen=True, slots=True)
class Activity:
    """What is known of an activity from its permit."""

    permit: Permit
    application: Application
    craft: tuple[Vehicle | Aircraft, ...] = ()
    """The vehicles and aircraft of the application."""
    zone_classes: Mapping[str, str] = field(default_factory=dict)
    """The class of each of its zones that has one on the map."""


@dataclass(frozen=True, slots=True)
class Derived:
    """An item of risk that follows from a permit."""

    item: RiskItem
    because: Mapping[Language, str]
    """The condition that is met, in each language."""


def derived(activity: Activity, sheet: Sheet) -> tuple[Derived, ...]:
    """Return what of an activity is of risk by its permit, in the order of the items' names."""
    return tuple(
        found
        for name in sheet.below("sandbox.follows")
        if (found := _derived(RiskItem(name), activity, sheet)) is not None
    )


def _derived(item: RiskItem, activity: Activity, sheet: Sheet) -> Derived | None:
    said = sheet.parameters.get(f"sandbox.follows.{item}")
    condition = said.value if said is not None else None
    if not isinstance(condition, Compared | Group):
        return None
    facts = _facts(activity)
    if item in sheet.below("sandbox.classes"):
        facts["zones_of_the_class"] = _zones(item, activity, sheet)
    limits = limits_of(condition, sheet)
    if judge(condition, facts, limits) is not Verdict.MET:
        return None
    return Derived(item, {each: in_words(condition, limits, each) for each in Language})


def _zones(item: RiskItem, activity: Activity, sheet: Sheet) -> float:
    """Return how many of its zones are of the classes that make it of this risk."""
    classes = texts_in(sheet, f"sandbox.classes.{item}") or ()
    terms = activity.permit.terms
    return float(
        sum(
            activity.zone_classes.get(each) in classes
            for each in terms.zone_ids | terms.transfer_zone_ids
        )
    )


def _facts(activity: Activity) -> dict[str, Fact]:
    known = {**_of_terms(activity.permit), **_of_application(activity.application)}
    people = [
        each.category in CARRIES_PEOPLE for each in activity.craft if isinstance(each, Vehicle)
    ]
    radii = [each.radius_m for each in activity.craft if isinstance(each, Aircraft)]
    if people:
        known["carries_people"] = any(people)
    if told := [each for each in radii if each is not None]:
        known["radius_m"] = max(told)
    return known


def _of_terms(permit: Permit) -> dict[str, Fact]:
    terms = permit.terms
    known: dict[str, Fact] = {
        "low_speed": permit.kind in _LOW_SPEED,
        "flies": permit.family in FLIGHTS,
        "devices": float(len(terms.device_ids)),
    }
    if terms.max_speed_mps is not None:
        known["permitted_kmh"] = terms.max_speed_mps * _KMH_PER_MPS
    if terms.max_height_agl_m is not None:
        known["top_agl_m"] = terms.max_height_agl_m
    return known


def _of_application(application: Application) -> dict[str, Fact]:
    known: dict[str, Fact] = {}
    if application.driver_mode is not None:
        known["driver_seated"] = application.driver_mode is DriverMode.DRIVER_SEATED
        known["without_driver"] = application.driver_mode is DriverMode.REMOTE_DRIVERLESS
    if application.escalators is not None:
        said = application.escalators
        known["over_crowds"] = Escalator.OVER_CROWDS in said
        known["dangerous_or_dropped"] = Escalator.DANGEROUS_GOODS_OR_DROPPING in said
        known["relayed"] = Escalator.RELAY in said
        known["swarm_declared"] = Escalator.SWARM in said
    return known
