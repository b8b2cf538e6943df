"""The life of a hearing before a grave act: one table."""

from permits.document_kinds import DocumentKind
from permits.matter_states import MatterAction as A
from permits.matter_states import MatterState as S
from permits.matter_step import MatterDeadline, MatterGuard, MatterObject, MatterStep, steps
from permits.transition import APPLICANT, POLICE, REVIEWER, SYSTEM

_G, _D = MatterGuard, MatterDeadline
_AUTHORITY = REVIEWER | POLICE
_EXERCISED = (S.WAIVED, S.NOT_ASKED, S.HELD)
_OPEN = (S.ANNOUNCED, S.ASKED_FOR, *_EXERCISED)

HEARING_STEPS: tuple[MatterStep, ...] = (
    *steps(
        A.ANNOUNCE, S.NEW, S.ANNOUNCED, _AUTHORITY, _G.ASKS_FOR_HEARING, _G.NONE_OPEN, reason=True
    ),
    *steps(A.ASK, S.ANNOUNCED, S.ASKED_FOR, APPLICANT, _G.TIME_TO_ASK, _D.HEARING_REQUEST),
    *steps(A.WAIVE, (S.ANNOUNCED, S.ASKED_FOR), S.WAIVED, APPLICANT),
    *steps(A.RUN_OUT, S.ANNOUNCED, S.NOT_ASKED, SYSTEM, _G.TIME_TO_ASK_OVER),
    *steps(
        A.HOLD,
        S.ASKED_FOR,
        S.HELD,
        _AUTHORITY,
        _D.HEARING_HELD,
        paper=DocumentKind.HEARING_MINUTES,
    ),
    # The decision is a step of the permit: the matter follows it.
    *steps(A.DECIDE, _EXERCISED, S.DECIDED, SYSTEM),
    *steps(A.DROP, _OPEN, S.DROPPED, _AUTHORITY, reason=True),
    # About the permit as a whole: it goes on whoever leaves.
    *steps(A.LAPSE, _OPEN, S.LAPSED, SYSTEM, MatterObject.PERMIT),
)
