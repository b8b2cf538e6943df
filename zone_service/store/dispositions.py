"""What a file of a breach rests on and does elsewhere: the violation, the papers, the permit's own step."""

from collections.abc import Mapping

from sqlmodel import Session

from permits.document_kinds import KINDS
from permits.ending_steps import ENDED, HALTED
from permits.governance_file import Breach, File, FileChanged, OnRecord, Sighting
from permits.governance_said import PAPER, Said
from permits.governance_states import FileAction
from permits.issuing import Ruling
from permits.paper_words import PapersRefused, fault
from permits.permit import PermitAction, PermitState
from permits.termination_grounds import TerminationGround
from permits.transition import Detail
from permits.violation import Severity
from zone_service.store import permit_taking, permits
from zone_service.store.errors import NotFound
from zone_service.store.records import Principal
from zone_service.store.scoping import one
from zone_service.store.tables import DocumentRow, PermitRow, ViolationRow

_OVER = frozenset({*ENDED, PermitState.DEREGISTERED, PermitState.CLOSED})
_ON_PERMIT: Mapping[FileAction, tuple[PermitAction, frozenset[PermitState]]] = {
    FileAction.SUSPEND: (PermitAction.SUSPEND, _OVER | {*HALTED}),
    FileAction.END: (PermitAction.TERMINATE, _OVER),
}
"""The permit's own step, and where what it is for is so already."""
_SAID: Mapping[FileAction, Mapping[Detail, str]] = {
    FileAction.END: {Detail.GROUND: TerminationGround.GRAVE_VIOLATION.value},
}
"""What is said with the permit's own step."""
_MOST = 2000
"""Letters of the reason of a permit's step."""


def on_record(
    session: Session, principal: Principal, organisation_id: str, seen: Sighting
) -> OnRecord | None:
    """Return what the violation says that a file is about; ``None`` where it is about none.

    Raises:
        NotFound: there is none such of this organisation; so of the permit.
    """
    if seen.permit_number is not None:
        require_its_permit(session, principal, organisation_id, seen.permit_number)
    if seen.violation_id is None:
        return None
    row = one(session, ViolationRow, principal, seen.violation_id)
    if organisation_id not in {row.organisation_id, row.other_organisation_id}:
        raise NotFound(what="violation", key=seen.violation_id)
    # Of two operators the permit is the first one's.
    own = row.organisation_id == organisation_id
    return OnRecord(row.code, Severity(row.severity), row.permit_number if own else None)


def require_its_permit(
    session: Session, principal: Principal, organisation_id: str, number: str
) -> None:
    """Refuse a permit that is not this organisation's.

    Raises:
        NotFound: the answer is the same as where there is none.
    """
    if one(session, PermitRow, principal, number).holder_id != organisation_id:
        raise NotFound(what="permit", key=number)


def require_paper(session: Session, file: File, said: Said | None) -> None:
    """Refuse what is said without the document that it names.

    Raises:
        PapersRefused: there is none of this kind and organisation that has its file and counts.
    """
    if said is None:
        return
    row, kind = session.get(DocumentRow, said.document_id), PAPER[type(said)]
    if (
        row is None
        or (row.organisation_id, row.kind) != (file.organisation_id, kind.value)
        or row.sha256 is None
        or row.withdrawn_at is not None
    ):
        names = KINDS[kind].english, KINDS[kind].chinese
        raise PapersRefused(fault("document_id", said.document_id, "of organisation", kind=names))


def act_on_permit(
    session: Session, principal: Principal, file: File, changed: FileChanged, under: Ruling
) -> None:
    """Take the permit's own step with a step of the file, by whoever takes that.

    Where the permit is suspended already, or over, there is nothing left to do; anything else that
    refuses the step refuses the disposition with it.

    Raises:
        NotAllowed, Conflict, PermitError: the permit's step is refused, by name.
    """
    about, wanted = file.about, _ON_PERMIT.get(changed.action)
    if wanted is None or not isinstance(about, Breach) or about.permit_number is None:
        return
    action, so_already = wanted
    found = permit_taking.case_of(session, about.permit_number, under)
    if permit_taking.let_law(session, found, changed.at, under).permit.state in so_already:
        return
    why = f"{file.file_id}: {changed.reason}"[:_MOST]
    permits.apply_action(
        session, principal, about.permit_number, action, changed.at, why,
        under=under, details=_SAID.get(changed.action),
    )  # fmt: skip
