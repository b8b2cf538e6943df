"""The life of a suspension of some vehicles or segments: one table."""

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
from permits.transition import APPLICANT, POLICE, REVIEWER, SYSTEM

_G, _E = MatterGuard, MatterEffect
_AUTHORITY = REVIEWER | POLICE

SUSPENSION_STEPS: tuple[MatterStep, ...] = (
    *steps(
        A.SUSPEND,
        S.NEW,
        S.SUSPENDED,
        _AUTHORITY | SYSTEM,
        _G.PERMIT_STANDS,
        _G.PARTS_ARE_ITS,
        _E.HALT_PARTS,
        reason=True,
        takes=(MatterDetail.GROUND,),
    ),
    *steps(A.START_RECTIFICATION, S.SUSPENDED, S.RECTIFICATION, APPLICANT | _AUTHORITY),
    *steps(
        A.REQUEST_RESUME,
        S.RECTIFICATION,
        S.RESUME_REQUESTED,
        APPLICANT,
        MatterDeadline.RECTIFICATION,
        paper=DocumentKind.RECTIFICATION_REPORT,
    ),
    *steps(
        A.REFUSE_RESUME,
        S.RESUME_REQUESTED,
        S.RECTIFICATION,
        _AUTHORITY,
        _G.SAME_AUTHORITY,
        reason=True,
    ),
    *steps(
        A.RESUME,
        S.RESUME_REQUESTED,
        S.RESUMED,
        _AUTHORITY,
        _G.SAME_AUTHORITY,
        _G.THIRD_PARTY_ACCEPTS,
        _G.GROUND_GONE,
        _E.FREE_PARTS,
    ),
    *steps(A.LAPSE, (S.SUSPENDED, S.RECTIFICATION, S.RESUME_REQUESTED), S.LAPSED, SYSTEM),
)
