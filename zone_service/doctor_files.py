"""Whether every file that a document speaks of is there, and every byte of it."""

from sqlalchemy.exc import SQLAlchemyError

from zone_service.doctor_findings import Finding, State, Words
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
        return Finding(
            "files", State.FAIL, first, Words("let this user read {folder}", folder=files.folder)
        )
    if lost:
        found = Words(
            "{lost} of {count} are gone or not as they were: {names}",
            lost=len(lost),
            count=len(known),
            names=" ".join(lost[:3]),
        )
        advice = Words(
            "copy them from a backup into {folder}/<first two letters>/", folder=files.folder
        )
        return Finding("files", State.FAIL, found, advice)
    size_mib = sum(each.size_bytes for each in known) / MIB
    more = Words("; {others} of no document", others=len(others)) if others else ""
    return Finding(
        "files",
        State.OK,
        Words("{count} whole, {size:.1f} MiB{more}", count=len(known), size=size_mib, more=more),
    )
