"""What is applied for under a permit: other terms, vehicles of the same configuration, a longer time."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from permits.entries import Consortium, Member, Person, PersonRole, Vehicle, faults
from permits.paper_words import Fault, fault
from permits.terms import Terms, terms_from_json, terms_to_json
from permits.value_words import ValueRefused

CHANGEABLE = (
    "zone_ids",
    "transfer_zone_ids",
    "exempt_zone_ids",
    "hours",
    "max_speed_mps",
    "max_height_agl_m",
    "control_modes",
)
"""Terms that a change may ask for. Vehicles are added and time is renewed by matters of their own."""
_ITS_OWN = frozenset({"vin", "code"})
"""By these vehicles of one configuration differ."""


@dataclass(frozen=True, slots=True)
class Change:
    """变更: terms that become others, as plain JSON values; what is not named stays as it is."""

    terms: Mapping[str, Any]
    people: tuple[str, ...] | None = None
    """Who does it from then on (安全员、操控员等), by their ids in the register; ``None``: those before."""
    leaving: tuple[str, ...] = ()
    """The members that leave the consortium, with all that they bring."""


@dataclass(frozen=True, slots=True)
class Addition:
    """增加同配置车辆: by their ids in the register."""

    entry_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renewal:
    """延续: until when, or as long as may be."""

    asked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """A vehicle that is to be added, and what is known of it."""

    entry_id: str
    vehicle: Vehicle | None
    """``None`` where there is no such vehicle of the holder in service."""
    device_id: str | None
    is_confirmed: bool
    """Whether a third party has confirmed its configuration in a document that counts."""


def changed(terms: Terms, change: Change, gone: Collection[str] = ()) -> Terms:
    """Return terms after a change; ``gone``: the devices of who leaves.

    Raises:
        ValueError: something is named that cannot be changed, or what is asked for cannot be.
    """
    if unknown := sorted(set(change.terms) - set(CHANGEABLE)):
        raise ValueRefused(why="not changeable", found=unknown, choice=list(CHANGEABLE))
    after = terms_from_json(terms_to_json(terms) | dict(change.terms))
    return _without(after, frozenset(gone)) if gone else after


def _without(terms: Terms, gone: frozenset[str]) -> Terms:
    return replace(
        terms,
        device_ids=terms.device_ids - gone,
        suspended_device_ids=terms.suspended_device_ids - gone,
        plates=tuple(each for each in terms.plates if each.device_id not in gone),
    )


def faults_of_change(
    terms: Terms, change: Change, gone: Collection[str] = (), halted: Collection[str] = ()
) -> tuple[Fault, ...]:
    """Return what is wrong with a change; empty if it can be.

    ``gone``: the devices of who leaves. ``halted``: the zones that are suspended under the permit, those too
    that it names no more: on its corridor alone its devices could be in them again.
    """
    try:
        after = changed(terms, change, gone)
    except ValueError as error:
        return (fault("change", str(error), "terms"),)
    if gone and not after.device_ids:
        return (fault("change.leaving", None, "some vehicle"),)
    if after == terms and change.people is None and not change.leaving:
        return (fault("change", sorted(change.terms), "other terms"),)
    if not after.zone_ids and after.corridor is None:
        return (fault("change.zone_ids", None, "some zone"),)
    left = terms.zone_ids and not after.zone_ids
    if left and (closed := terms.suspended_zone_ids.union(halted)):
        return (
            fault(
                "change.zone_ids", None, "zone beside suspended", named=", ".join(sorted(closed))
            ),
        )
    return ()


def faults_of_leaving(
    leaving: Collection[str], holder_id: str, members: Collection[Member]
) -> tuple[Fault, ...]:
    """Return what is wrong with members of a consortium that leave it; empty if they may."""
    there = {each.organisation_id for each in members} - {holder_id}
    strangers = tuple(
        fault(f"change.leaving.{each}", each, "member of consortium")
        for each in sorted(set(leaving) - there)
    )
    if strangers or not leaving:
        return strangers
    left = tuple(each for each in members if each.organisation_id not in leaving)
    return tuple(
        replace(each, path="change.leaving")
        for each in faults(Consortium(name="left", members=left))
    )


def faults_of_people(
    found: Mapping[str, Person | None], wanted: Iterable[PersonRole]
) -> tuple[Fault, ...]:
    """Return what is wrong with those who are to do it; ``None``: no such person of the holder in service."""
    strangers = [each for each, person in found.items() if person is None]
    there = {role for each in found.values() if each is not None for role in each.roles}
    return (
        *(fault(f"change.people.{each}", each, "person of holder") for each in strangers),
        *(
            fault("change.people", None, "person", role=role)
            for role in wanted
            if role not in there
        ),
    )


def faults_of_addition(
    terms: Terms, added: Iterable[Added], tested: Iterable[Vehicle]
) -> tuple[Fault, ...]:
    """Return all that is wrong with vehicles that are to be added; empty if they may be."""
    new, known = tuple(added), tuple(tested)
    return (*_each(terms, new, known), *_together(terms, new))


def unlike(vehicle: Vehicle, tested: Iterable[Vehicle]) -> tuple[str, ...]:
    """Return in what a vehicle differs from the tested one that is most like it; nothing if in nothing."""
    found = [_differences(vehicle, each) for each in tested]
    return min(found, key=len) if found else ("no vehicle was tested",)


def _differences(vehicle: Vehicle, other: Vehicle) -> tuple[str, ...]:
    one, two = asdict(vehicle), asdict(other)
    return tuple(
        f"{name}: {one[name]} ≠ {two[name]}"
        for name in one
        if name not in _ITS_OWN and one[name] != two[name]
    )


def _each(terms: Terms, added: tuple[Added, ...], tested: tuple[Vehicle, ...]) -> Iterator[Fault]:
    for each in added:
        path = f"entry_ids.{each.entry_id}"
        if each.vehicle is None:
            yield fault(path, each.entry_id, "vehicle of holder")
            continue
        if each.device_id is None:
            yield fault(path, None, "device of vehicle")
        elif each.device_id in terms.device_ids:
            yield fault(path, each.device_id, "no device of it")
        if others := unlike(each.vehicle, tested):
            yield fault(path, "; ".join(others), "same configuration")
        if not each.is_confirmed:
            yield fault(path, None, "confirmation")


def _together(terms: Terms, added: tuple[Added, ...]) -> Iterator[Fault]:
    if not added:
        yield fault("entry_ids", None, "some vehicle")
    count = len(terms.device_ids | {each.device_id or "" for each in added})
    if terms.max_vehicles is not None and count > terms.max_vehicles:
        yield fault("entry_ids", f"{count}", "most vehicles", most=terms.max_vehicles)
