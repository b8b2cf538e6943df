"""Whether every file that a document speaks of is there, and every byte of it."""

from sqlalchemy.exc import SQLAlchemyError

from zone_service.doctor_findings import Finding, State
from zone_service.settings import Settings
from zone_service.store import documents, recognitions
from zone_service.store.engine import Store
from zone_service.store.files import Files

MIB = 1024**2


def kept_files(settings: Settings, store: Store) -> Finding:
    """Read every file and compare it with its hash."""
    files = Files(settings.files_dir)
    try:
        with store.read() as session:
            known = list(documents.kept_files(session))
            known = list(dict.fromkeys([*known, *recognitions.kept_files(session)]))
        lost = [each.sha256 for each in known if not files.is_intact(each)]
        others = set(files.names()) - {each.sha256 for each in known}
    except (SQLAlchemyError, OSError) as error:
        first = str(error).partition("\n")[0]
        return Finding("files", State.FAIL, first, f"let this user read {files.folder}")
    if lost:
        found = f"{len(lost)} of {len(known)} are gone or not as they were: {' '.join(lost[:3])}"
        advice = f"copy them from a backup into {files.folder}/<first two letters>/"
        return Finding("files", State.FAIL, found, advice)
    size_mib = sum(each.size_bytes for each in known) / MIB
    more = f"; {len(others)} of no document" if others else ""
    return Finding("files", State.OK, f"{len(known)} whole, {size_mib:.1f} MiB{more}")
