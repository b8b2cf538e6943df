"""The life of an accident from its first report until all is accepted: one table."""

from permits.document_kinds import DocumentKind
from permits.matter_states import MatterAction as A
from permits.matter_states import MatterState as S
from permits.matter_step import (
    MatterDeadline,
    MatterDetail,
    MatterEffect,
    MatterGuard,
    MatterStep,
    steps,
)
from permits.transition import APPLICANT, OWNER, POLICE, REVIEWER

_G, _E, _D = MatterGuard, MatterEffect, MatterDeadline
_AUTHORITY = REVIEWER | POLICE
# All that hold a permit together answer for its tests: who applied, and whose vehicle it was.
_SUBJECT = APPLICANT | OWNER
_FIRST = (_G.PERMIT_WAS_GRANTED, _G.PARTS_ARE_ITS, _G.TOLD_WELL, _E.HALT_PARTS)

ACCIDENT_STEPS: tuple[MatterStep, ...] = (
    # It never lapses: what happened is to be reported and analysed by whom it happened to, wherever the
    # vehicle is since (removed, its member left, the permit replaced or over). Only its halt ends with that.
    *steps(A.REPORT, S.NEW, S.REPORTED, _SUBJECT, *_FIRST),
    # What an operator did not report an authority puts on record: the report is owed from then on.
    *steps(A.RECORD, S.NEW, S.RECORDED, _AUTHORITY, *_FIRST),
    *steps(A.REPORT, S.RECORDED, S.REPORTED, _SUBJECT, _D.ACCIDENT_FIRST),
    *steps(
        A.FILE_REPORT,
        S.REPORTED,
        S.REPORT_FILED,
        _SUBJECT,
        _D.ACCIDENT_REPORT,
        paper=DocumentKind.ACCIDENT_REPORT,
    ),
    *steps(A.RETURN_REPORT, S.REPORT_FILED, S.REPORTED, _AUTHORITY, reason=True),
    *steps(A.ACCEPT_REPORT, S.REPORT_FILED, S.REPORT_ACCEPTED, _AUTHORITY),
    *(
        row
        for state in (S.RECORDED, S.REPORTED, S.REPORT_FILED, S.REPORT_ACCEPTED)
        for row in steps(
            A.DETERMINE_LIABILITY,
            state,
            state,
            # On the road the police alone, by the rule set; elsewhere who supervises.
            _AUTHORITY,
            _G.LIABILITY_OPEN,
            reason=True,
            needs=(MatterDetail.LIABILITY,),
        )
    ),
    *steps(
        A.FILE_ANALYSIS,
        S.REPORT_ACCEPTED,
        S.ANALYSIS_FILED,
        _SUBJECT,
        _G.LIABILITY_KNOWN,
        _D.ACCIDENT_ANALYSIS,
        paper=DocumentKind.ACCIDENT_ANALYSIS,
    ),
    *steps(A.RETURN_ANALYSIS, S.ANALYSIS_FILED, S.REPORT_ACCEPTED, _AUTHORITY, reason=True),
    *steps(A.ACCEPT_ANALYSIS, S.ANALYSIS_FILED, S.CLOSED, _AUTHORITY, _E.FREE_PARTS),
)
