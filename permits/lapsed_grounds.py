"""What of a permit stands no longer by itself: its papers, its plate or its place are gone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from permits.matter import Suspension
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.suspension_grounds import AUTOMATIC, BY_ITSELF, SuspensionGround, ground_name
from permits.terms import Terms
from permits.validity import Papers


@dataclass(frozen=True, slots=True)
class Rested:
    """What is known at a moment of what a permit rests on."""

    at: datetime
    on: date
    """The same in law."""
    papers: Mapping[str, Papers] = field(default_factory=dict, hash=False)
    """By device; absent where nothing is known of it."""
    closed_zone_ids: frozenset[str] = frozenset()
    """The zones that were on the map and are not there any more, or as something else; others' may be among them."""
    handed_back: frozenset[str] = frozenset()
    """The numbers of the plates that were: who gives a plate up has not let it run out."""
    licence_ended: bool = False
    """Of all who could run the service nobody has the licence that such a permit asks for, any more."""


@dataclass(frozen=True, slots=True)
class Halt:
    """What a ground suspends of a permit."""

    ground: SuspensionGround
    parts: Suspension


def halts(terms: Terms, rested: Rested, sheet: Sheet) -> tuple[Halt, ...]:
    """Return what of a permit stands no longer, by each automatic ground of a rule set."""
    found = (Halt(each, _GONE[each](terms, rested)) for each in automatic(sheet))
    return tuple(each for each in found if each.parts != Suspension())


def automatic(sheet: Sheet) -> tuple[SuspensionGround, ...]:
    """Return the grounds that suspend by themselves; none where a rule set names none."""
    found = sheet.parameters.get(AUTOMATIC)
    named = found.value if found is not None and isinstance(found.value, tuple) else ()
    return tuple(each for each in SuspensionGround if each in named and each in BY_ITSELF)


def without(halt: Halt, held: Suspension) -> Halt:
    """Return what a ground suspends beside what is suspended already."""
    parts = Suspension(halt.parts.device_ids - held.device_ids, halt.parts.zone_ids - held.zone_ids)
    return Halt(halt.ground, parts)


def is_whole(terms: Terms, parts: Suspension) -> bool:
    """Tell whether nothing of a permit could go on: no vehicle, or nowhere."""
    nowhere = terms.corridor is None and bool(terms.zone_ids) and terms.zone_ids <= parts.zone_ids
    return nowhere or (bool(terms.device_ids) and terms.device_ids <= parts.device_ids)


def together(found: Iterable[Halt]) -> Suspension:
    """Return all that some grounds suspend."""
    parts = [each.parts for each in found]
    return Suspension(
        frozenset[str]().union(*(each.device_ids for each in parts)),
        frozenset[str]().union(*(each.zone_ids for each in parts)),
    )


def standing(found: Iterable[Halt], parts: Suspension | None) -> tuple[Halt, ...]:
    """Return the grounds that stand in the way of some parts; without parts, of the whole."""
    if parts is None:
        return tuple(found)
    return tuple(
        each
        for each in found
        if each.parts.device_ids & parts.device_ids or each.parts.zone_ids & parts.zone_ids
    )


def said_of(halt: Halt) -> str:
    """Return why something was suspended by itself, in both languages, for the record."""
    named = ", ".join(sorted((*halt.parts.device_ids, *halt.parts.zone_ids)))
    return " / ".join(f"{ground_name(halt.ground, each)}: {named}" for each in Language)


def _uninsured(terms: Terms, rested: Rested) -> Suspension:
    return _devices(terms, (d for d, p in rested.papers.items() if _over(p.insured_to, rested)))


def _uninspected(terms: Terms, rested: Rested) -> Suspension:
    return _devices(terms, (d for d, p in rested.papers.items() if _over(p.inspected_to, rested)))


def _unplated(terms: Terms, rested: Rested) -> Suspension:
    bore = {each.device_id for each in terms.plates if each.number not in rested.handed_back}
    bears = {each.device_id for each in terms.plates if rested.at < each.valid_to}
    return _devices(terms, bore - bears)


def _closed(terms: Terms, rested: Rested) -> Suspension:
    zones = terms.zone_ids | terms.transfer_zone_ids
    return Suspension(frozenset(), rested.closed_zone_ids & zones)


def _unlicensed(terms: Terms, rested: Rested) -> Suspension:
    return Suspension(terms.device_ids if rested.licence_ended else frozenset())


def _devices(terms: Terms, device_ids: Iterable[str]) -> Suspension:
    return Suspension(terms.device_ids.intersection(device_ids))


def _over(last: date | None, rested: Rested) -> bool:
    return last is not None and last < rested.on


_GONE = MappingProxyType(
    {
        SuspensionGround.INSURANCE_ENDED: _uninsured,
        SuspensionGround.INSPECTION_LAPSED: _uninspected,
        SuspensionGround.PLATE_EXPIRED: _unplated,
        SuspensionGround.PLACE_CLOSED: _closed,
        SuspensionGround.LICENCE_ENDED: _unlicensed,
    }
)
