"""Temporary plates: given by the police, one to a vehicle, and void when their permit is over."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select, update

from permits.cover import first_of
from permits.issue_words import NotIssued, Remark, remark
from permits.issuing import legal_day
from permits.life import replaces
from permits.paper_law import asked_of, unproved
from permits.permit import Permit, PermitAction
from permits.plate import Plate
from permits.plating import (
    NO_PAPERS,
    Plated,
    PlateWanted,
    bears_code_plates,
    missing,
    must_bear_plates,
    over,
    period_of,
    plated,
    validity_of,
    with_plates,
    without_plates,
    wrong,
)
from permits.public_notice import plates_void
from permits.terms import Terms
from permits.validity import CutBy, Papers, Validity
from zone_service.store import notices, permit_events
from zone_service.store.craft_papers import of_devices
from zone_service.store.excused import excused
from zone_service.store.numbers import declared_to, keep_cut
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM, KeptPlate, PlateState, Principal
from zone_service.store.revisions import bump
from zone_service.store.scoping import one
from zone_service.store.tables import PermitRow, PlateRow

_ON_A_VEHICLE = (PlateState.VALID.value, PlateState.TO_RECALL.value)
_OF_THE_PERMIT = (CutBy.DECLARATION.value, CutBy.CAP.value)
_RENEWALS = frozenset({PermitAction.RENEW, PermitAction.DEEM_RENEWED})
_S = PlateState


def require_fitting(step: Step) -> None:
    """Refuse plates that are not in order, on another vehicle, over, or not all that must be there.

    Raises:
        NotIssued: with all that stands in the way.
    """
    # First of all: of two who give the same plate the second waits here, and then finds it taken.
    bump(step.session, "plates")
    _end_those_over(step)
    found = (
        *_wrong(step),
        *unproved(step.under.sheet, step.permit.kind, step.plates),
        *_absent(step),
        *_taken(step),
        *_over(step),
    )
    if found:
        raise NotIssued(step.permit, step.action, *found)


def plate(step: Step, after: Permit) -> Permit:
    """Write the plates, and return the permit with them, as long as all lets it be valid."""
    period = period_now(step, after)
    new = _plated(step, period)
    terms = with_plates(after.terms, new)
    validity = validity_of(period, terms, new, unplated(step, terms))
    for each in new:
        _replace(step, each.plate)
        step.session.add(_row(step, each))
    keep_cut(step.session, after, validity.valid_to)
    step.session.flush()
    return replace(after, terms=replace(terms, valid_to=validity.valid_to))


def extend(step: Step, after: Permit) -> Permit:
    """Let the plates that ended with the permit end with it again, but none later than its papers.

    With the last of them the permit still ends; new papers, and plates by them, bring it to the renewed end.
    """
    period = Validity(after.terms.valid_from, after.terms.valid_to, CutBy.DECLARATION)
    ends = dict(_extended(step, period.valid_to))
    plates = tuple(
        replace(each, valid_to=ends.get(each.number, each.valid_to)) for each in after.terms.plates
    )
    terms = replace(after.terms, plates=plates)
    validity = validity_of(period, terms, (), unplated(step, terms))
    if validity.is_empty:
        return replace(after, terms=replace(terms, valid_to=step.permit.terms.valid_to))
    keep_cut(step.session, after, validity.valid_to)
    return replace(after, terms=replace(terms, valid_to=validity.valid_to))


def _extended(step: Step, ends: datetime) -> Iterator[tuple[str, datetime]]:
    """Write, and yield, the new end of each plate that nothing of its own ends."""
    its = (*_valid_of(step.permit.number), col(PlateRow.cut_by).in_(_OF_THE_PERMIT))
    for row in step.session.exec(select(PlateRow).where(*its)).all():
        row.valid_to = ends
        if row.papers_to is not None and row.papers_end_by is not None and row.papers_to < ends:
            row.valid_to, row.cut_by = row.papers_to, row.papers_end_by
        step.session.add(row)
        yield row.plate, row.valid_to
    step.session.flush()


def validity_at_issue(step: Step, after: Permit) -> Validity:
    """Return what the validity of a permit ends with that was cut in this step."""
    period = period_now(step, after)
    return validity_of(period, after.terms, _plated(step, period), unplated(step, after.terms))


def unplated(step: Step, terms: Terms) -> Papers:
    """Return when the first papers end of what moves under a permit and bears no plate.

    Of those that its kind asks for alone: a rescue does not end with an insurance that nobody asks for.
    """
    if terms.plates:
        return NO_PAPERS
    sheet, kind = step.under.sheet, step.permit.kind
    first_day = legal_day(max(step.at, terms.valid_from))
    going = terms.device_ids - terms.suspended_device_ids
    papers = of_devices(step.session, going, first_day, sheet)
    spared = excused(step.session, [step.permit], sheet).get(step.permit.number, frozenset())
    return first_of(
        asked_of(sheet, kind, its, is_excused=device_id in spared)
        for device_id, its in papers.items()
    )


def void(step: Step, after: Permit) -> Permit:
    """Make all plates of a permit that is over void; each is to be handed back."""
    _end_those_over(step)
    _end(step, _valid_of(after.number), _S.TO_RECALL)
    return after


def begin(step: Step, after: Permit) -> Permit:
    """Let the plates be borne that waited for the end of the permit whose place theirs takes."""
    waiting = (col(PlateRow.number) == after.number, col(PlateRow.waits))
    step.session.exec(
        update(PlateRow)
        .where(*waiting)
        .values(waits=False)
        .execution_options(synchronize_session=False)
    )
    return after


def take_off(session: Session, number: str, device_ids: Collection[str], at: datetime) -> None:
    """End the plates of vehicles that leave a permit; each is to be handed back."""
    bump(session, "plates")
    its = (*_valid_of(number), col(PlateRow.device_id).in_(sorted(device_ids)))
    session.exec(
        update(PlateRow)
        .where(*its)
        .values(state=_S.TO_RECALL.value, ended_at=at)
        .execution_options(synchronize_session=False)
    )


def require_its(step: Step) -> None:
    """Refuse to end plates that are none of the permit's, or over.

    Raises:
        NotIssued: names each.
    """
    bump(step.session, "plates")
    numbers = {each.number for each in _could_end(step)}
    found = [
        remark("ended_plates", "no such plate", plate=each)
        for each in step.ended_plates
        if each not in numbers
    ]
    if not numbers:
        found.append(remark("ended_plates", "nothing to end"))
    if found:
        raise NotIssued(step.permit, step.action, *found)


def recall(step: Step, after: Permit) -> Permit:
    """Write down that plates were handed back; they are valid no more."""
    return _ended(step, after, _S.RECALLED)


def announce(step: Step, after: Permit) -> Permit:
    """Announce plates void, to everybody; the words of the police stay with the step."""
    return _announced(step, after, step.principal)


def announce_left(step: Step, after: Permit) -> Permit:
    """Announce void what nobody has handed back of a permit that is struck off."""
    _end_those_over(step)
    # Whoever struck it off, the notice follows by law: who answers for that may withdraw it.
    return _announced(step, after, PLATFORM) if _could_end(step) else after


def _announced(step: Step, after: Permit, publisher: Principal) -> Permit:
    if numbers := sorted(_ending(step)):
        void = plates_void(numbers, after.number, step.at)
        notices.announce(step.session, publisher, void, step.at)
    return _ended(step, after, _S.ANNOUNCED_VOID)


def of_permit(session: Session, principal: Principal, number: str) -> tuple[KeptPlate, ...]:
    """Return all plates of a permit in the order in which they were given.

    Raises:
        NotFound: there is no permit that the principal may see.
    """
    one(session, PermitRow, principal, number)
    asked = select(PlateRow).where(PlateRow.number == number).order_by(col(PlateRow.plate_id))
    return tuple(map(_kept, session.exec(asked)))


def _wrong(step: Step) -> Iterator[Remark]:
    coded = bears_code_plates(step.under.sheet, step.permit.kind)
    yield from wrong(step.permit, step.plates, code_plates=coded)


def period_now(step: Step, permit: Permit) -> Validity:
    """Return how long what was declared may last; a renewal is beyond what its kind may at first."""
    ends = declared_to(step.session, permit)
    done = {step.action, *(change.action for change in step.case.changes)}
    if ends is None or done & _RENEWALS:
        terms = permit.terms
        return Validity(terms.valid_from, ends or terms.valid_to, CutBy.DECLARATION)
    return period_of(permit, step.under.sheet, ends)


def _plated(step: Step, period: Validity) -> tuple[Plated, ...]:
    return plated(period, step.plates, step.at)


def _absent(step: Step) -> Iterator[Remark]:
    """Each vehicle has had its plate once some are given; what has run out is given anew one by one."""
    if step.action is PermitAction.ISSUE_PLATES and not step.plates:
        yield remark("plates", "nothing to give")
    elif must_bear_plates(step.under.sheet, step.permit.kind):
        had = {each.device_id for each in step.permit.terms.plates}
        yield from missing(step.permit, had | {each.device_id for each in step.plates})


def _over(step: Step) -> Iterator[Remark]:
    period = period_now(step, step.permit)
    terms = step.permit.terms
    if not (step.plates or terms.plates):
        period = validity_of(period, terms, (), unplated(step, terms))
    if period.valid_to <= step.at or period.is_empty:
        ends = period.valid_to.isoformat(timespec="minutes")
        yield remark("terms.valid_to", "permit over", cause=f"cause {period.cut_by}", at=ends)
    else:
        yield from over(_plated(step, period), step.at)


def _taken(step: Step) -> Iterator[Remark]:
    numbers = [each.number for each in step.plates]
    vins = [each.vin for each in step.plates if each.vin]
    devices = [each.device_id for each in step.plates if not each.vin]
    asked = select(PlateRow).where(
        col(PlateRow.state).in_(_ON_A_VEHICLE),
        or_(
            col(PlateRow.plate).in_(numbers),
            col(PlateRow.vin).in_(vins),
            col(PlateRow.device_id).in_(devices),
        ),
    )
    held = list(step.session.exec(asked))
    beside = _beside(step, held)
    for at, each in enumerate(step.plates):
        yield from _in_the_way(f"plates[{at}]", each, step.permit.number, held, beside)


def _replaced(step: Step) -> str | None:
    """Return the permit whose place one takes that is not in force yet: until then that one's plates are borne."""
    begun = any(each.action is PermitAction.ACTIVATE for each in step.case.changes)
    return None if begun else replaces(step.case.changes)


def _beside(step: Step, held: Sequence[PlateRow]) -> frozenset[str | None]:
    """Return the permits whose plates of the same vehicle are in no way: of the two one waits for the other's end."""
    waiting = sorted({row.number for row in held if row.waits})
    changes = permit_events.of_permits(step.session, waiting)
    heirs = (each for each in waiting if replaces(changes[each]) == step.permit.number)
    return frozenset({_replaced(step), *heirs})


def _in_the_way(
    path: str,
    wanted: PlateWanted,
    number: str,
    held: Sequence[PlateRow],
    beside: Collection[str | None],
) -> Iterator[Remark]:
    """The vehicle's own plate of this permit is no obstacle: the new one replaces it."""
    for row in held:
        own = row.number == number and row.device_id == wanted.device_id
        waits = row.number in beside and row.plate != wanted.number
        if (own or waits) and row.state == _S.VALID:
            continue
        if row.plate == wanted.number:
            yield remark(f"{path}.number", "plate taken", plate=row.plate, number=row.number)
        if not wanted.vin and row.device_id == wanted.device_id and row.state == _S.VALID:
            said = {"device": row.device_id, "plate": row.plate, "number": row.number}
            yield remark(f"{path}.device_id", "device plated", **said)
        if wanted.vin and row.vin == wanted.vin and row.state == _S.VALID:
            yield remark(
                f"{path}.vin", "vin taken", vin=row.vin, plate=row.plate, number=row.number
            )


def _end_those_over(step: Step) -> None:
    """Whatever has run out is on no vehicle any more."""
    step.session.exec(
        update(PlateRow)
        .where(col(PlateRow.state) == _S.VALID.value, col(PlateRow.valid_to) <= step.at)
        .values(state=_S.EXPIRED.value, ended_at=col(PlateRow.valid_to))
        .execution_options(synchronize_session=False)
    )


def _replace(step: Step, new: Plate) -> None:
    its = (*_valid_of(step.permit.number), col(PlateRow.device_id) == new.device_id)
    _end(step, its, _S.REPLACED)


def _ended(step: Step, after: Permit, state: PlateState) -> Permit:
    numbers = _ending(step)
    its = (
        col(PlateRow.number) == step.permit.number,
        col(PlateRow.plate).in_(numbers),
        col(PlateRow.state).in_(_ON_A_VEHICLE),
    )
    _end(step, its, state, notice=step.reason or None)
    return replace(after, terms=without_plates(after.terms, numbers, step.at))


def _ending(step: Step) -> set[str]:
    """Return the plates that the step ends: those that are named, or all that can be."""
    numbers = {each.number for each in _could_end(step)}
    return numbers & set(step.ended_plates) if step.ended_plates else numbers


def _could_end(step: Step) -> tuple[KeptPlate, ...]:
    asked = select(PlateRow).where(
        PlateRow.number == step.permit.number, col(PlateRow.state).in_(_ON_A_VEHICLE)
    )
    return tuple(map(_kept, step.session.exec(asked)))


def _valid_of(number: str) -> tuple[Any, ...]:
    return (col(PlateRow.number) == number, col(PlateRow.state) == _S.VALID.value)


def _end(step: Step, its: Sequence[Any], state: PlateState, notice: str | None = None) -> None:
    step.session.exec(
        update(PlateRow)
        .where(*its)
        .values(state=state.value, ended_at=step.at, notice=notice)
        .execution_options(synchronize_session=False)
    )


def _row(step: Step, each: Plated) -> PlateRow:
    return PlateRow(
        plate=each.plate.number,
        vin=each.plate.vin,
        number=step.permit.number,
        device_id=each.plate.device_id,
        valid_from=each.plate.valid_from,
        valid_to=each.plate.valid_to,
        cut_by=each.cut_by.value,
        papers_to=each.papers_end[0] if each.papers_end else None,
        papers_end_by=each.papers_end[1].value if each.papers_end else None,
        state=_S.VALID.value,
        waits=_replaced(step) is not None,
        issued_at=step.at,
        issued_by=step.principal.username,
    )


def _kept(row: PlateRow) -> KeptPlate:
    return KeptPlate(
        row.plate,
        row.vin,
        row.number,
        row.device_id,
        row.valid_from,
        row.valid_to,
        row.cut_by,
        PlateState(row.state),
        row.ended_at,
        row.notice,
    )
