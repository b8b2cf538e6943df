"""Documents from the command line: looked at by anybody, handed in and withdrawn by somebody named."""

from contextlib import closing
from pathlib import Path

from permits.document import Covered, Document
from permits.document_kinds import DocumentKind
from permits.issuing import legal_day
from zone_service.acting import Named, acting
from zone_service.clock import now
from zone_service.file_content import ENDINGS
from zone_service.provision import opened
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.documents import DocumentShown
from zone_service.settings import Settings
from zone_service.store import changed_papers, documents
from zone_service.store.errors import NotFound
from zone_service.store.files import Files
from zone_service.store.records import PLATFORM, KeptDocument
from zone_service.store.scoping import MAX_PAGE

_PART_BYTES = 1 << 20


def hand_in(settings: Settings, who: Named, document: Document, file: Path) -> DocumentShown:
    """Hand a document in together with its file: both or neither.

    Raises:
        NotFound: there is nothing that it is about.
        PapersRefused, FileRefused: what it states, or its file, cannot be taken.
    """
    files, rules = Files(settings.files_dir), RuleLibrary(settings)
    with acting(settings, who) as (store, principal):
        with files.incoming(settings.document_max_bytes) as incoming, file.open("rb") as source:
            while part := source.read(_PART_BYTES):
                incoming.write(part)
            stored = incoming.keep()
        with store.write() as session:
            kept, under = documents.add(session, principal, document, now()), rules.ruling(session)
            return _shown(
                changed_papers.put_file(session, principal, kept.document_id, stored, now(), under)
            )


def documents_there(
    settings: Settings, covers: Covered | None, kind: DocumentKind | None
) -> list[DocumentShown]:
    """Return documents in the order in which they came."""
    found: list[KeptDocument] = []
    with closing(opened(settings)) as store, store.read() as session:
        while part := documents.page(
            session,
            PLATFORM,
            covers=covers,
            kind=kind,
            after=found[-1].document_id if found else "",
            limit=MAX_PAGE,
        ):
            found += part
    return [_shown(each) for each in found]


def saved(settings: Settings, document_id: str, folder: Path) -> Path:
    """Copy the file of a document into a folder and return its path.

    Raises:
        NotFound: there is no such document, or it has no file.
        FileLost: its file is gone.
        FileExistsError: there is a file of that name.
    """
    with closing(opened(settings)) as store, store.read() as session:
        file = documents.get(session, PLATFORM, document_id).document.file
    if file is None:
        raise NotFound(what="file of document", key=document_id)
    target = folder / f"{document_id}.{ENDINGS[file.media_type]}"
    with target.open("xb") as copy:
        copy.write(Files(settings.files_dir).whole(file).read_bytes())
    return target


def withdrawn(settings: Settings, who: Named, document_id: str) -> None:
    """Withdraw a document.

    Raises:
        NotFound: there is no such document.
        Conflict: it has been withdrawn.
    """
    with acting(settings, who) as (store, principal), store.write() as session:
        under = RuleLibrary(settings).ruling(session)
        changed_papers.withdraw(session, principal, document_id, now(), under)


def _shown(kept: KeptDocument) -> DocumentShown:
    return DocumentShown.of(kept, legal_day(now()))
