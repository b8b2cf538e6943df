"""The register from the command line, as the platform's administrator."""

from contextlib import closing

from pydantic import ValidationError

from permits.aircraft_class import classify
from permits.document_kinds import CoveredKind
from permits.entries import Aircraft
from zone_service.clock import now
from zone_service.provision import opened
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.register import ClassShown, EntryGiven, EntryShown, EntryWithClass
from zone_service.settings import Settings
from zone_service.store import register
from zone_service.store.errors import InvalidValue
from zone_service.store.records import PLATFORM, RegisterEntry
from zone_service.store.scoping import MAX_PAGE


def registered(settings: Settings, text: str) -> EntryShown:
    """Register what a JSON text describes, as ``POST /api/register`` takes it.

    Raises:
        InvalidValue: it is not such a text; lists each member at fault.
        PapersRefused, NotFound, Conflict: as ``register.add``.
    """
    try:
        given = EntryGiven.model_validate_json(text)
    except ValidationError as error:
        found = (
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}"
            for each in error.errors()
        )
        raise InvalidValue("; ".join(found)) from None
    with closing(opened(settings)) as store, store.write() as session:
        wanted = given.entry(PLATFORM.organisation_id)
        return _shown(register.add(session, PLATFORM, wanted, now()))


def entries_there(settings: Settings, kind: CoveredKind | None) -> list[EntryShown]:
    """Return every entry by its id."""
    found: list[RegisterEntry] = []
    with closing(opened(settings)) as store, store.read() as session:
        while part := register.page(
            session,
            PLATFORM,
            kind=kind,
            after=found[-1].entry_id if found else "",
            limit=MAX_PAGE,
        ):
            found += part
    return [_shown(each) for each in found]


def one_entry(settings: Settings, entry_id: str) -> EntryWithClass:
    """Return one entry, with the class of an aircraft and why it is that.

    Raises:
        NotFound: there is none.
    """
    with closing(opened(settings)) as store, store.read() as session:
        found = register.get(session, PLATFORM, entry_id)
        sheet = RuleLibrary(settings).ruling(session).sheet
    classed = None
    if isinstance(found.particulars, Aircraft):
        classed = ClassShown.of(classify(found.particulars, sheet))
    return EntryWithClass(**_shown(found).model_dump(), classed=classed)


def linked(settings: Settings, entry_id: str, device_id: str | None) -> None:
    """Say by which device something is seen to move.

    Raises:
        NotFound, InvalidValue, Conflict: as ``register.link``.
    """
    with closing(opened(settings)) as store, store.write() as session:
        register.link(session, PLATFORM, entry_id, device_id, now())


def _shown(entry: RegisterEntry) -> EntryShown:
    return EntryShown.of(entry, PLATFORM.role)
