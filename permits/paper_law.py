"""On which papers the validity of a kind of permit rests, by what the rule set asks before it is granted."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from permits.issue_words import Remark, remark
from permits.life_cycle import PermitKind
from permits.plating import PlateWanted
from permits.precondition_codes import Gate, PreconditionCode
from permits.precondition_facts import texts_in
from permits.sheet import Sheet
from permits.validity import Papers

_C = PreconditionCode
_INSURED = frozenset(
    {_C.INS_COVER_GE_5M, _C.INS_END_GE_PERMIT_END, _C.COMPULSORY_INS, _C.LIABILITY_INS}
)
_INSPECTED = frozenset({_C.INSPECTION_VALID})


def asked_of(sheet: Sheet, kind: PermitKind, papers: Papers, *, is_excused: bool = False) -> Papers:
    """Return of some papers those that are asked for before a permit of a kind is granted.

    ``is_excused``: what they are of need not be insured, whatever its kind asks for.
    """
    asked = _codes(sheet, kind)
    return replace(
        papers,
        insured_to=None if is_excused or asked.isdisjoint(_INSURED) else papers.insured_to,
        inspected_to=None if asked.isdisjoint(_INSPECTED) else papers.inspected_to,
    )


def asks_licence(sheet: Sheet, kind: PermitKind) -> bool:
    """Tell whether nobody is granted such a permit who has no licence for road transport."""
    return _C.TRANSPORT_LICENCE in _codes(sheet, kind)


def unproved(sheet: Sheet, kind: PermitKind, wanted: Iterable[PlateWanted]) -> Iterator[Remark]:
    """Yield each vehicle of which no paper says when it ends, where the rule set refuses that."""
    if Gate.GRANT not in (texts_in(sheet, "preconditions.refuse_at") or ()):
        return
    asked = _codes(sheet, kind)
    for at, each in enumerate(wanted):
        if each.papers.insured_to is None and not asked.isdisjoint(_INSURED):
            yield remark(f"plates[{at}].papers", "no insurance", device=each.device_id)
        if each.papers.inspected_to is None and not asked.isdisjoint(_INSPECTED):
            yield remark(f"plates[{at}].papers", "no inspection", device=each.device_id)


def _codes(sheet: Sheet, kind: PermitKind) -> frozenset[PreconditionCode]:
    names = (
        each for gate in Gate for each in texts_in(sheet, f"preconditions.{kind}.{gate}") or ()
    )
    return frozenset(map(PreconditionCode, names))
