"""The life of a suspension of some vehicles or segments: one table."""

from permits.document_kinds import DocumentKind
from permits.matter_states import MatterAction as A
from permits.matter_states import MatterState as S
from permits.matter_step import (
    MatterDeadline,
    MatterDetail,
    MatterEffect,
    MatterGuard,
    MatterObject,
    MatterStep,
    steps,
)
from permits.transition import APPLICANT, OWNER, POLICE, REVIEWER, SYSTEM

_G, _E, _O = MatterGuard, MatterEffect, MatterObject
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
    # Who drives a vehicle puts it right: of a consortium's that is the member whose it is, or who applied.
    *steps(A.START_RECTIFICATION, S.SUSPENDED, S.RECTIFICATION, APPLICANT | OWNER | _AUTHORITY),
    *steps(
        A.REQUEST_RESUME,
        S.RECTIFICATION,
        S.RESUME_REQUESTED,
        APPLICANT | OWNER,
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
    # It limits what the permit allows. Who has left the permit may do nothing under it: nothing is left to
    # be halted or put right. Who comes back is added by the consent of all that decide, and checked anew.
    *steps(
        A.LAPSE,
        (S.SUSPENDED, S.RECTIFICATION, S.RESUME_REQUESTED),
        S.LAPSED,
        SYSTEM,
        _O.PERMIT,
        _O.VEHICLES,
    ),
)
