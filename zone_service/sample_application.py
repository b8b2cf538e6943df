"""A whole application as a sample: every request that it takes, made up and marked as a sample.

For whoever tries the platform out from afar: what is here is sent as it stands, one after another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from permits.application import Application, DriverMode
from permits.application_kinds import NEEDS, OFFICER_OF, When
from permits.completeness import Entered, Handed, missing
from permits.document import Document
from permits.entries import Particulars
from permits.issuing import SHANGHAI, legal_day
from permits.permit import FAMILY_OF, PermitAction, PermitKind, PermitState, allowed
from permits.states import FLIGHTS
from permits.terms import Terms
from zone_service.sample_papers import page, paper_of, particulars_of, person, sample_document

NUMBER: Final = "PERMIT-NUMBER"
"""Where the number of the permit goes, which is known once it was applied for."""
_AHEAD = timedelta(days=30)
"""More than any kind must be applied for before."""
_MORNING = time(9)
_SOME_WEEKS = timedelta(days=90)
_SUBMITS = (PermitAction.SUBMIT, PermitAction.NOTIFY, PermitAction.RECORD)
_A_FLIGHT = timedelta(hours=2)
_ONE_FLIGHT = frozenset(
    {
        PermitKind.FLIGHT_ACTIVITY,
        PermitKind.EMERGENCY_FLIGHT,
        PermitKind.TEST_BASE_USE,
        PermitKind.SUITABLE_AIRSPACE_FLIGHT,
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be registered."""

    entry_id: str
    device_id: str | None
    particulars: Particulars


@dataclass(frozen=True, slots=True)
class Sample:
    """What an application of a kind takes, in the order in which it is sent."""

    kind: PermitKind
    entries: tuple[Entry, ...]
    terms: Terms
    application: Application
    documents: tuple[Document, ...]
    """About the permit: by ``NUMBER``."""
    file: bytes
    """A page that can stand in for the file of any document."""

    @property
    def submits(self) -> PermitAction:
        """The step by which it is handed in."""
        first = allowed(FAMILY_OF[self.kind], PermitState.DRAFT)
        return next(each for each in _SUBMITS if each in first)


def sample_of(
    kind: PermitKind,
    holder_id: str,
    device_id: str,
    zone_ids: Sequence[str],
    at: datetime,
    moved: Entry | None = None,
) -> Sample:
    """Return what somebody may send to apply for a permit of a kind with one device.

    ``moved`` is what moves by the device as it is registered; else it is made up as well.
    """
    needs = NEEDS[kind]
    mode = DriverMode.DRIVER_SEATED if needs.driver_mode else None
    moved = moved or Entry(f"sample-{device_id}"[:64], device_id, particulars_of(kind, device_id))
    roles = (*needs.people, *((OFFICER_OF[mode],) if mode else ()))
    people = [
        Entry(each, None, person(each, role))
        for role in dict.fromkeys(roles)
        for each in (f"sample-{role.value.replace('_', '-')}-{holder_id}"[:64],)
    ]
    entries = (moved, *people)
    said = {item: f"SAMPLE {item}" for item in needs.content}
    application = Application(mode, None, tuple(each.entry_id for each in entries), said)
    terms = _terms(kind, device_id, zone_ids, at)
    handed = Handed(
        number=NUMBER,
        kind=kind,
        holder_id=holder_id,
        terms=terms,
        application=application,
        entries=_entered(entries),
        papers={},
        # Whatever a class may ask for: a paper too many is none too few.
        asked_of={moved.entry_id: frozenset(When)},
    )
    papers = (paper_of(each) for each in missing(handed))
    documents = [sample_document(each[1], each[0], legal_day(at)) for each in papers if each]
    return Sample(kind, entries, terms, application, tuple(documents), page("SAMPLE"))


def _entered(entries: Sequence[Entry]) -> Mapping[str, Entered]:
    return {each.entry_id: Entered(each.particulars, each.device_id) for each in entries}


def _terms(kind: PermitKind, device_id: str, zone_ids: Sequence[str], at: datetime) -> Terms:
    begins = datetime.combine(legal_day(at) + _AHEAD, _MORNING, SHANGHAI).astimezone(UTC)
    flies = FAMILY_OF[kind] in FLIGHTS
    return Terms(
        device_ids=frozenset({device_id}),
        zone_ids=frozenset(zone_ids),
        valid_from=begins,
        valid_to=begins + (_A_FLIGHT if kind in _ONE_FLIGHT else _SOME_WEEKS),
        max_speed_mps=10.0,
        max_height_agl_m=100.0 if flies else None,
    )
