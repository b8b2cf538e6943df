"""Bundles made and taken in: the file is read and its papers are kept before the database is written."""

from collections.abc import Container, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from permits.recognising import NOTHING_HERE, Agreement, agreement_of
from permits.recognition import Bundle
from permits.recognition_trust import TrustList, read_trust_list
from permits.recognition_words import BundleRefused, Reason, Refused, refused
from permits.rule_words import Language
from permits.sheet import Sheet
from zone_service.clock import now
from zone_service.issuer_key import issuer
from zone_service.provision import opened as opened_store
from zone_service.recognition_file import file_name
from zone_service.recognition_opening import Opened, judged, opened, written
from zone_service.recognition_seal import require_usable
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import issuer_keys, recognition_export, recognitions, trust_lists
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, FileRefused, InvalidValue
from zone_service.store.files import Files
from zone_service.store.records import PLATFORM, KeptTrustList, Principal, Recognition


@dataclass(frozen=True, slots=True)
class Told:
    """What others are to be told."""

    entry_ids: tuple[str, ...]
    addressed: tuple[str, ...]
    days: int
    """For how long it counts."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a file."""

    found: Opened
    refusals: tuple[Refused, ...]
    kept: Recognition | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """Where it happens: the store and the files of an installation, and how long a bundle may be."""

    store: Store
    files: Files
    data_dir: Path
    most_bytes: int


def exported(
    office: Office, principal: Principal, wanted: Told, sheet: Sheet, at: datetime
) -> tuple[Bundle, bytes]:
    """Return a bundle and its file, signed with the key of this installation.

    Raises:
        InvalidValue: the rule set knows no such jurisdiction, or none at all; it would last too long.
        NotAllowed, NotFound: as ``recognition_export.told``.
        FileLost: a file that it should bring is not there.
    """
    agreement = _required(agreement_of(sheet))
    _require_addressed(agreement, wanted)
    key = issuer(office.data_dir)
    with office.store.write() as session:
        issuer_keys.keep(session, key.key_id, key.public, at)
        bundle = recognition_export.told(
            session,
            principal,
            wanted.entry_ids,
            agreement=agreement,
            addressed=wanted.addressed,
            valid_to=at + timedelta(days=wanted.days),
            at=at,
        )
    files = {each.sha256: office.files.whole(each).read_bytes() for each in bundle.files}
    content = written(bundle, files, key)
    if len(content) > office.most_bytes:
        raise InvalidValue(why="bundle too large", found=len(content), most=office.most_bytes)
    return bundle, content


def imported(
    office: Office,
    principal: Principal,
    content: bytes,
    sheet: Sheet,
    at: datetime,
    *,
    dry_run: bool = False,
) -> Looked:
    """Look at a file whole, and keep what it says if nothing speaks against it.

    Raises:
        NotAllowed: neither a reviewer nor an administrator.
        Conflict: another bundle of its issuer came meanwhile.
    """
    agreement = _required(agreement_of(sheet))
    with office.store.read() as session:
        trusted = trust_lists.in_force(session).trusted
        found = opened(content, trusted, office.most_bytes)
        here = NOTHING_HERE if found.bundle is None else recognitions.here(session, found.bundle)
    wrong = judged(found, agreement, at, here)
    if not wrong and not dry_run:
        wrong = tuple(_kept_files(office, found))
    if wrong or dry_run or found.bundle is None or found.key is None:
        return Looked(found, wrong)
    with office.store.write() as session:
        _require_trusted(trust_lists.in_force(session).trusted, found)
        kept = recognitions.keep(
            session, principal, found.bundle, found.sha256, found.key.key_id, at
        )
    return Looked(found, (), kept)


def published(
    store: Store,
    principal: Principal,
    text: str,
    reason: str,
    at: datetime,
    expected: Container[int] | None,
) -> KeptTrustList:
    """Publish the next trust list.

    Raises:
        TrustListRefused: all that is wrong with it, keys that are none included.
        NotAllowed, Stale: as ``trust_lists.publish``.
    """
    require_usable(read_trust_list(text))
    with store.write() as session:
        return trust_lists.publish(session, principal, text, reason, at, expected=expected)


def _require_trusted(trusted: TrustList, found: Opened) -> None:
    """A key that was revoked while the file was read is not trusted any more."""
    if found.key is None or trusted.keys.get(found.key.key_id) != found.key:
        raise Conflict(why="trust list changed")


def _kept_files(office: Office, found: Opened) -> list[Refused]:
    wrong = []
    for digest, content in (found.files or {}).items():
        try:
            with office.files.incoming(office.most_bytes) as incoming:
                incoming.write(content)
                incoming.keep(digest)
        except FileRefused as error:
            said = (error.fault.said(Language.ENGLISH), error.fault.said(Language.CHINESE))
            wrong.append(refused(Reason.FILE_REFUSED, file_name(digest), said))
    return wrong


def _required(agreement: Agreement | None) -> Agreement:
    if agreement is None:
        raise InvalidValue(why="recognises nobody")
    return agreement


def _require_addressed(agreement: Agreement, wanted: Told) -> None:
    others = sorted({*agreement.jurisdictions} - {agreement.own})
    strangers = [each for each in wanted.addressed if each not in others]
    if strangers or not wanted.addressed:
        found = ", ".join(strangers) or "nobody"
        raise InvalidValue(why="addressed to", found=found, expected=", ".join(others))
    if not 1 <= wanted.days <= agreement.most_days:
        raise InvalidValue(why="days", found=wanted.days, most=f"{agreement.most_days:g}")


# --- from the command line, as the platform's administrator


def office_of(settings: Settings, store: Store) -> Office:
    """Return the office of an installation."""
    return Office(
        store, Files(settings.files_dir), settings.data_dir, settings.recognition_max_bytes
    )


def export_from(settings: Settings, wanted: Told) -> tuple[Bundle, bytes]:
    """Do as ``exported``."""
    with closing(opened_store(settings)) as store:
        return exported(
            office_of(settings, store), PLATFORM, wanted, _sheet(settings, store), now()
        )


def import_into(settings: Settings, content: bytes, *, dry_run: bool) -> Looked:
    """Do as ``imported``."""
    with closing(opened_store(settings)) as store:
        office, sheet = office_of(settings, store), _sheet(settings, store)
        return imported(office, PLATFORM, content, sheet, now(), dry_run=dry_run)


def verified(settings: Settings, content: bytes, trust: str | None) -> Looked:
    """Look at a file without a network; with the text of a trust list without a database too.

    Raises:
        TrustListRefused: the text is none.
    """
    if trust is None:
        return import_into(settings, content, dry_run=True)
    trusted = read_trust_list(trust)
    require_usable(trusted)
    found = opened(content, trusted, settings.recognition_max_bytes)
    agreement = _required(agreement_of(shipped_sheet(settings.rule_set)))
    return Looked(found, judged(found, agreement, now()))


def recognised_there(settings: Settings) -> Sequence[Recognition]:
    """Return all that was recognised, in the order in which it came."""
    found: list[Recognition] = []
    with closing(opened_store(settings)) as store, store.read() as session:
        while part := recognitions.page(
            session, PLATFORM, after=found[-1].recognition_id if found else 0
        ):
            found += part
    return found


def trust_list_of(settings: Settings) -> KeptTrustList:
    """Return the trust list in force."""
    with closing(opened_store(settings)) as store, store.read() as session:
        return trust_lists.in_force(session)


def publish_into(settings: Settings, text: str, reason: str) -> KeptTrustList:
    """Do as ``published``, after the one that is in force."""
    with closing(opened_store(settings)) as store:
        return published(store, PLATFORM, text, reason, now(), None)


def require_recognised(looked: Looked) -> Looked:
    """Return what came of a file that nothing speaks against.

    Raises:
        BundleRefused: all that does.
    """
    if looked.refusals:
        raise BundleRefused(*looked.refusals)
    return looked


def _sheet(settings: Settings, store: Store) -> Sheet:
    with store.read() as session:
        return RuleLibrary(settings).ruling(session).sheet
