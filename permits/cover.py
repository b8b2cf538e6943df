"""Until when something is insured and inspected by its papers, one after another without a gap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from permits.document import Document
from permits.document_kinds import DocumentKind
from permits.entries import Aircraft, Particulars, Vehicle, VehicleCategory, Vessel
from permits.validity import Papers

_K = DocumentKind
_DAY = timedelta(days=1)
Kinds = tuple[DocumentKind, ...]


@dataclass(frozen=True, slots=True)
class Rests:
    """What the validity of something rests on: of each group any one, and all groups."""

    insured_by: tuple[Kinds, ...] = ()
    inspected_by: tuple[Kinds, ...] = ()

    @property
    def kinds(self) -> frozenset[DocumentKind]:
        """All kinds of documents that it may rest on."""
        return frozenset(each for some in (*self.insured_by, *self.inspected_by) for each in some)


_LIABLE = (_K.LIABILITY_INSURANCE, _K.GUARANTEE_LETTER)
_CAR = Rests(((_K.COMPULSORY_INSURANCE,), _LIABLE), ((_K.SAFETY_INSPECTION,),))
_LOW_SPEED = Rests(((*_LIABLE, _K.PROPERTY_INSURANCE),))
"""It is no motor vehicle: neither insured by the law's compulsion nor inspected."""
_AIRCRAFT = Rests((_LIABLE,))
_VESSEL = Rests((_LIABLE,), ((_K.VESSEL_INSPECTION,),))
COVERING = _CAR.kinds | _LOW_SPEED.kinds | _AIRCRAFT.kinds | _VESSEL.kinds
"""All kinds of documents with which a validity may end."""


def rests_on(particulars: Particulars) -> Rests:
    """Return on what papers the validity of something rests; a person's on none of these."""
    match particulars:
        case Vehicle(category=VehicleCategory.LOW_SPEED):
            return _LOW_SPEED
        case Vehicle():
            return _CAR
        case Aircraft():
            return _AIRCRAFT
        case Vessel():
            return _VESSEL
        case _:
            return Rests()


def papers_of(
    particulars: Particulars,
    documents: Sequence[Document],
    on: date,
    *,
    withdrawn: Iterable[DocumentKind] = (),
    least_cny: float = 0.0,
) -> Papers:
    """Return the last days on which something is insured and inspected, counted from a day on.

    ``None`` for what there never was a paper of; where all were withdrawn, the day before ``on``.
    ``least_cny``: policies of a vehicle for less do not count where one insures so much.
    """
    rests, gone = rests_on(particulars), frozenset(withdrawn)
    least = least_cny if rests is _CAR else 0.0
    insuring = [
        _last(_enough(_of(documents, some), least), on, some, gone) for some in rests.insured_by
    ]
    inspecting = [_last(_of(documents, some), on, some, gone) for some in rests.inspected_by]
    return Papers(earliest(insuring), earliest(inspecting))


def lasts_to(documents: Iterable[Document], on: date) -> date:
    """Return the last day of an unbroken cover from a day on; the day before it where there is none."""
    last = on - _DAY
    for each in sorted(documents, key=lambda one: one.valid_from or date.min):
        if (each.valid_from or date.min) > min(last, date.max - _DAY) + _DAY:
            break
        last = max(last, each.valid_to or date.max)
    return last


def first_of(papers: Iterable[Papers]) -> Papers:
    """Return the days on which the first of some things is not insured or inspected any more."""
    found = list(papers)
    return Papers(
        earliest(each.insured_to for each in found), earliest(each.inspected_to for each in found)
    )


def earliest(days: Iterable[date | None]) -> date | None:
    """Return the first of some days; ``None`` where none is known, and of what has no end."""
    return min((each for each in days if each not in {None, date.max}), default=None)


def _of(documents: Iterable[Document], kinds: Kinds) -> list[Document]:
    return [each for each in documents if each.kind in kinds]


def _enough(documents: list[Document], least_cny: float) -> list[Document]:
    enough = [e for e in documents if e.amount_cny is None or e.amount_cny >= least_cny]
    return enough or documents


def _last(
    documents: list[Document], on: date, kinds: Kinds, gone: frozenset[DocumentKind]
) -> date | None:
    if documents:
        return lasts_to(documents, on)
    return None if gone.isdisjoint(kinds) else on - _DAY
