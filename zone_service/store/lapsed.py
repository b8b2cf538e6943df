"""Whether what permits rest on stands: papers, plates and places, gathered for many permits at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from permits.document_kinds import CoveredKind, DocumentKind
from permits.issuing import Ruling, legal_day
from permits.lapsed_grounds import (
    Halt,
    Rested,
    automatic,
    halts,
    is_whole,
    standing,
    together,
    without,
)
from permits.matter import Suspension, held
from permits.matter_states import MatterKind
from permits.paper_law import asked_of, asks_licence
from permits.permit import Permit
from permits.places import DOMAIN_OF, closed
from permits.sheet import Sheet
from permits.suspension_grounds import SuspensionGround
from permits.validity import Papers
from zone_service.store import consortium_members, craft_papers, matter_rows, places
from zone_service.store.documents import counts_on
from zone_service.store.excused import excused
from zone_service.store.records import PlateState
from zone_service.store.tables import DocumentRow, PlateRow

_IDS_AT_ONCE = 500


def in_the_way(
    session: Session, permit: Permit, parts: Suspension | None, at: datetime, under: Ruling
) -> tuple[SuspensionGround, ...]:
    """Return the automatic grounds for which some parts may not go on; without parts, the whole."""
    found = halts_of(session, [permit], at, under)[permit.number]
    if parts is None and not is_whole(permit.terms, together(found)):
        return ()
    return tuple(each.ground for each in standing(found, parts))


def halts_of(
    session: Session, permits: Sequence[Permit], at: datetime, under: Ruling
) -> Mapping[str, tuple[Halt, ...]]:
    """Return by number all of which a permit rests on something that is gone."""
    by_rules: dict[str, list[Permit]] = defaultdict(list)
    for each in permits:
        by_rules[each.jurisdiction].append(each)
    return {
        number: wrong
        for some in by_rules.values()
        for number, wrong in _under_one(session, some, at, under.of(some[0])).items()
    }


def _under_one(
    session: Session, permits: Sequence[Permit], at: datetime, under: Ruling
) -> Mapping[str, tuple[Halt, ...]]:
    """The same of permits of one jurisdiction, by its rules."""
    if not automatic(under.sheet):
        return {each.number: () for each in permits}
    rested = _rested(session, permits, at, under)
    return {each.number: halts(each.terms, rested[each.number], under.sheet) for each in permits}


def not_held(session: Session, number: str, wrong: Iterable[Halt]) -> tuple[Halt, ...]:
    """Return what is not suspended yet by a matter of its own."""
    found = tuple(wrong)
    already = _held(session, number) if found else Suspension()
    left = (without(each, already) for each in found)
    return tuple(each for each in left if each.parts != Suspension())


def _held(session: Session, number: str) -> Suspension:
    """What is suspended goes on by the matter that suspended it; an accident's vehicles are not held by it."""
    its = matter_rows.open_of(session, number)
    return held(each for each in its if each.kind is MatterKind.SUSPENSION)


def _rested(
    session: Session, permits: Sequence[Permit], at: datetime, under: Ruling
) -> Mapping[str, Rested]:
    on = legal_day(at)
    devices = {one for each in permits for one in each.terms.device_ids}
    papers = craft_papers.of_devices(session, devices, on, under.sheet)
    on_map = places.on_map(
        session, {z for e in permits for z in (*e.terms.zone_ids, *e.terms.transfer_zone_ids)}
    )
    shut = {domain: closed(domain, on_map) for domain in {DOMAIN_OF[e.family] for e in permits}}
    back = _handed_back(session, [each.number for each in permits])
    ended = _without_licence(session, permits, on, under.sheet)
    spared = excused(session, _uninsured(permits, papers, on), under.sheet)
    return {
        each.number: Rested(
            at,
            on,
            _asked(each, papers, under, spared.get(each.number, frozenset())),
            shut[DOMAIN_OF[each.family]],
            back[each.number],
            licence_ended=each.number in ended,
        )
        for each in permits
    }


def _without_licence(
    session: Session, permits: Sequence[Permit], on: date, sheet: Sheet
) -> frozenset[str]:
    """Return the permits whose service nobody is licensed to run any more; who never was is not told."""
    asking = [each for each in permits if asks_licence(sheet, each.kind)]
    # Who has left a permit carries it no more, and who is in another consortium with its holder never did.
    firms = consortium_members.firms_of(session, asking)
    had, has = _licensed(session, frozenset(one for its in firms.values() for one in its.ever), on)
    return frozenset(
        number for number, its in firms.items() if its.ever & had and not its.staying & has
    )


def _licensed(
    session: Session, firms: frozenset[str], on: date
) -> tuple[frozenset[str], frozenset[str]]:
    """Return which firms had a licence for road transport by a day, and which have one that counts."""
    had, has, wanted = set[str](), set[str](), sorted(firms)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        of_them = (
            col(DocumentRow.covers_key).in_(wanted[start : start + _IDS_AT_ONCE]),
            DocumentRow.covers_kind == CoveredKind.ORGANISATION.value,
            DocumentRow.kind == DocumentKind.TRANSPORT_LICENCE.value,
            col(DocumentRow.sha256).is_not(None),
        )
        begun = col(DocumentRow.valid_from).is_(None) | (col(DocumentRow.valid_from) <= on)
        had |= set(session.exec(select(DocumentRow.covers_key).where(*of_them, begun)))
        has |= set(session.exec(select(DocumentRow.covers_key).where(*of_them, *counts_on(on))))
    return frozenset(had), frozenset(has)


def _handed_back(session: Session, numbers: Sequence[str]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    asked = select(PlateRow.number, PlateRow.plate).where(
        col(PlateRow.number).in_(numbers), PlateRow.state == PlateState.RECALLED.value
    )
    for number, plate in session.exec(asked):
        found[number] |= {plate}
    return found


def _asked(
    permit: Permit, papers: Mapping[str, Papers], under: Ruling, spared: frozenset[str]
) -> dict[str, Papers]:
    """Return of its devices the papers that are asked for before such a permit is granted."""
    its = sorted(permit.terms.device_ids & papers.keys())
    return {
        each: asked_of(under.sheet, permit.kind, papers[each], is_excused=each in spared)
        for each in its
    }


def _uninsured(
    permits: Sequence[Permit], papers: Mapping[str, Papers], on: date
) -> tuple[Permit, ...]:
    """Return the permits with a device whose insurance has ended: of the others nobody need be excused."""
    ended = {e for e, its in papers.items() if its.insured_to is not None and its.insured_to <= on}
    return tuple(each for each in permits if each.terms.device_ids & ended)
