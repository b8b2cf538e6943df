"""What was disclosed beforehand, as everybody may read it."""

from sqlmodel import Session, col, select

from permits.governance_states import FileAction
from permits.public_disclosure import PublicDisclosure, public_disclosure
from zone_service.store import registry
from zone_service.store.governance import changes_of, file_of
from zone_service.store.tables import GovernanceEventRow, GovernanceFileRow


def public(session: Session) -> tuple[PublicDisclosure, ...]:
    """Return all that was ever disclosed, in the order of the files."""
    row, event = GovernanceFileRow, GovernanceEventRow
    told = select(event.file_id).where(event.action == FileAction.DISCLOSE.value)
    asked = select(row).where(col(row.file_id).in_(told)).order_by(col(row.file_id))
    files = [file_of(each) for each in session.exec(asked)]
    changes = changes_of(session, [each.file_id for each in files])
    names = registry.names(session, {each.organisation_id for each in files})
    found = (
        public_disclosure(
            each,
            changes.get(each.file_id, ()),
            names.get(each.organisation_id, each.organisation_id),
        )
        for each in files
    )
    return tuple(each for each in found if each is not None)
