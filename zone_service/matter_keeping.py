"""Matters from the command line: looked at as the platform's administrator, taken further by a person."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlmodel import Session

from permits.accident import Accident
from permits.issuing import Ruling
from permits.matter import About
from permits.matter_deadlines import MatterCase
from permits.matter_states import MatterAction, MatterKind
from permits.matter_step import MatterDetail
from permits.rule_words import Language
from zone_service.clock import now
from zone_service.provision import opened
from zone_service.review_keeping import signed_in
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.matters import MatterShown
from zone_service.settings import Settings
from zone_service.store import matters
from zone_service.store.records import PLATFORM, Principal, Role
from zone_service.store.scoping import MAX_PAGE


@dataclass(frozen=True, slots=True)
class Typed:
    """Who types, and in which language they are answered."""

    username: str
    password: str
    language: Language


def matters_there(
    settings: Settings,
    kinds: Sequence[MatterKind],
    language: Language,
    *,
    number: str = "",
    overdue: bool = False,
    is_open: bool | None = None,
) -> list[MatterShown]:
    """Return matters of some kinds; all of them, a page after another."""
    found: list[MatterShown] = []
    at = now()
    with closing(opened(settings)) as store, store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        while True:
            page = matters.page(
                session,
                PLATFORM,
                under=under,
                number=number or None,
                kinds=kinds,
                is_open=is_open,
                overdue_at=at if overdue else None,
                after=found[-1].matter_id if found else "",
                limit=MAX_PAGE,
            )
            found += [MatterShown.of(each, at, language) for each in page]
            if len(page) < MAX_PAGE:
                return found


def one_matter(settings: Settings, matter_id: str, language: Language) -> MatterShown:
    """Return one matter with what is due in it and all that was done.

    Raises:
        NotFound: there is none.
    """
    with closing(opened(settings)) as store, store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        return MatterShown.of(matters.get(session, PLATFORM, matter_id, under), now(), language)


def tell(
    settings: Settings,
    typed: Typed,
    number: str,
    accident: Accident,
    document_ids: Sequence[str] = (),
) -> MatterShown:
    """Report an accident as somebody; an authority puts it on record.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who type.
        NotFound: there is no permit that they may see.
        MatterError, PapersRefused: it is refused.
    """

    def told(session: Session, who: Principal, under: Ruling) -> MatterCase:
        decides = who.role in (Role.REVIEWER, Role.POLICE)
        action = MatterAction.RECORD if decides else MatterAction.REPORT
        return matters.begin(
            session, who, number, MatterKind.ACCIDENT, action, accident, now(),
            under=under, document_ids=document_ids,
        )  # fmt: skip

    return _done(settings, typed, told)


def begin(
    settings: Settings,
    typed: Typed,
    number: str,
    kind: MatterKind,
    action: MatterAction,
    about: About,
    reason: str,
    document_ids: Sequence[str] = (),
) -> MatterShown:
    """Begin a matter under a permit as somebody.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who type.
        NotFound: there is no permit that they may see.
        MatterError, Conflict: it is refused.
    """

    def begun(session: Session, who: Principal, under: Ruling) -> MatterCase:
        return matters.begin(
            session, who, number, kind, action, about, now(), reason,
            under=under, document_ids=document_ids,
        )  # fmt: skip

    return _done(settings, typed, begun)


def act(
    settings: Settings,
    typed: Typed,
    matter_id: str,
    action: MatterAction,
    reason: str,
    document_ids: Sequence[str] = (),
    details: Mapping[MatterDetail, str] | None = None,
) -> MatterShown:
    """Do one step in a matter as somebody.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who type.
        NotFound: there is no matter that they may see.
        MatterError, Conflict: it is refused.
    """

    def acted(session: Session, who: Principal, under: Ruling) -> MatterCase:
        return matters.act(
            session, who, matter_id, action, now(), reason,
            under=under, document_ids=document_ids, details=details,
        )  # fmt: skip

    return _done(settings, typed, acted)


def _done(
    settings: Settings, typed: Typed, does: Callable[[Session, Principal, Ruling], MatterCase]
) -> MatterShown:
    with signed_in(settings, typed.username, typed.password) as (store, who):
        with store.write() as session:
            case = does(session, who, RuleLibrary(settings).ruling(session))
        return MatterShown.of(case, now(), typed.language)
