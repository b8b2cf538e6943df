"""Preconditions from the command line: as the administrator sees them, attested by the person who types."""

from contextlib import closing

from permits.precondition_codes import PreconditionCode
from zone_service.clock import now
from zone_service.provision import opened
from zone_service.review_keeping import signed_in
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.preconditions import PreconditionsShown
from zone_service.settings import Settings
from zone_service.store import preconditions
from zone_service.store.records import PLATFORM


def preconditions_of(settings: Settings, number: str) -> PreconditionsShown:
    """Return the preconditions of a permit as they are now.

    Raises:
        NotFound: there is no such permit.
    """
    with closing(opened(settings)) as store, store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        found = preconditions.get(session, PLATFORM, number, now(), under)
        return PreconditionsShown.of(found, under.sheet)


def attested(
    settings: Settings,
    username: str,
    password: str,
    number: str,
    code: PreconditionCode,
    document_id: str,
    *,
    met: bool,
    note: str,
) -> PreconditionsShown:
    """Attest a precondition as somebody of a department.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who attest.
        StoreError, PermitError, PapersRefused: as ``preconditions.attest``.
    """
    with signed_in(settings, username, password) as (store, who), store.write() as session:
        under = RuleLibrary(settings).ruling(session)
        found = preconditions.attest(
            session, who, number, code, document_id, now(), under=under, met=met, note=note
        )
        return PreconditionsShown.of(found, under.sheet)
