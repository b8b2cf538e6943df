"""Graded governance from the command line, as the person who types: they prove it with their password."""

from permits.governance import FileCase, Opinion
from permits.governance_states import FileAction, FileKind
from permits.rule_words import Language
from zone_service.clock import now
from zone_service.review_keeping import signed_in
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.governance import AdmissionGiven, BreachGiven, FileShown
from zone_service.settings import Settings
from zone_service.store import governance
from zone_service.store.scoping import MAX_PAGE

Who = tuple[str, str]
"""A name and its password."""


def files(
    settings: Settings, who: Who, kind: FileKind | None, language: Language
) -> list[FileShown]:
    """Return the files that somebody may see.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who ask.
    """
    found: list[FileCase] = []
    with signed_in(settings, *who) as (store, principal), store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        while part := governance.page(
            session,
            principal,
            under,
            kind=kind,
            after=found[-1].file.file_id if found else "",
            limit=MAX_PAGE,
        ):
            found += part
    return [FileShown.of(each, now(), language) for each in found]


def opened(
    settings: Settings, who: Who, text: str, kind: FileKind, language: Language
) -> FileShown:
    """Open a file from JSON as the API takes it: an application, or a breach.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who ask.
        ValidationError, PapersRefused: all that is wrong with it.
    """
    with signed_in(settings, *who) as (store, principal):
        with store.read() as session:
            under = RuleLibrary(settings).ruling(session)
        with store.write() as session:
            if kind is FileKind.SANDBOX:
                asked = AdmissionGiven.model_validate_json(text)
                made = governance.apply(
                    session,
                    principal,
                    asked.admission(),
                    now(),
                    under=under,
                    organisation_id=asked.organisation_id,
                )
            else:
                given = BreachGiven.model_validate_json(text)
                made = governance.open_breach(
                    session, principal, given.organisation_id, given.breach(), now(), under=under
                )
    return FileShown.of(made, now(), language)


def acted(
    settings: Settings,
    who: Who,
    file_id: str,
    action: FileAction,
    reason: str,
    opinion: Opinion | None,
    language: Language,
) -> FileShown:
    """Do one step with a file.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who ask.
        NotFound: there is none that they may see.
        GovernanceRefused: the table or a guard refuses it.
    """
    with signed_in(settings, *who) as (store, principal):
        with store.read() as session:
            under = RuleLibrary(settings).ruling(session)
        with store.write() as session:
            done = governance.act(
                session, principal, file_id, action, now(), reason, under=under, opinion=opinion
            )
    return FileShown.of(done, now(), language)
