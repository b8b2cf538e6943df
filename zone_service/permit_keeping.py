"""Permits from the command line, as the platform's administrator: what is due, and what was done."""

from contextlib import closing
from datetime import datetime

from permits.permit import PermitState
from permits.rule_words import Language
from zone_service.provision import opened
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.permits import PermitDue, PermitWithHistory
from zone_service.settings import Settings
from zone_service.store import permit_taking, permits
from zone_service.store.records import PLATFORM

_AT_ONCE = 1000


def permits_there(
    settings: Settings,
    at: datetime,
    language: Language,
    *,
    overdue: bool = False,
    state: PermitState | None = None,
) -> list[PermitDue]:
    """Return permits with what is due of each; all of them, a page after another."""
    found: list[PermitDue] = []
    with closing(opened(settings)) as store, store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        while True:
            after = found[-1].number if found else ""
            page = permits.page(
                session,
                PLATFORM,
                state=state,
                overdue_at=at if overdue else None,
                after=after,
                limit=_AT_ONCE,
            )
            cases = permit_taking.cases_of(session, page, under)
            found += [PermitDue.of_case(each, at, language) for each in cases]
            if len(page) < _AT_ONCE:
                return found


def one_permit(
    settings: Settings, number: str, at: datetime, language: Language
) -> PermitWithHistory:
    """Return one permit with what is due of it and all that was done to it.

    Raises:
        NotFound: there is none.
    """
    with closing(opened(settings)) as store, store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        case = permits.case(session, PLATFORM, number, under)
        return PermitWithHistory.with_history(case, at, language)
